"""Long work told on the way: a bar on a terminal, or lines of JSON for the program that started it."""

from __future__ import annotations

import os
import threading
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

from workbench.figures.progress import Event, Progress, Written, line_of
from workbench.runs.confinement.framing import framed, private_output
from workbench.runs.errors import shown
from workbench.runs.pace import in_words

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Generator, Iterator

    from workbench.runs.pace import Estimate

EVENTS = "--events"
_SHAPE = "{l_bar}{bar}| {desc}{postfix}"


def declare_events(parser: argparse.ArgumentParser) -> None:
    """The option by which the window follows the command."""
    parser.add_argument(EVENTS, action="store_true", help="print every step as a line of JSON; closing "
        "standard input stops the work")  # fmt: skip


def told(events: Generator[Event, None, None], as_json: bool) -> int:
    """The exit status of work that is followed to its end; Ctrl-C, or the end of the input, gives up cleanly."""
    with closing(events):
        return _as_lines(events) if as_json else _as_bar(events)


@contextmanager
def waiting() -> Iterator[Callable[[str], None]]:
    """Within, a line on the terminal says what is waited for; there is none where standard error is no terminal."""
    from tqdm import tqdm

    with tqdm(bar_format="{desc} ({elapsed})", dynamic_ncols=True, disable=None, leave=False) as line:

        def tell(text: str) -> None:
            line.set_description_str(shown(text), refresh=False)
            line.update()

        yield tell


@contextmanager
def bar(doing: str) -> Iterator[Callable[[Estimate], None]]:
    """Within, a bar on the terminal shows how much is done, 0…1, and how long it will still take."""
    from tqdm import tqdm

    with tqdm(total=1.0, desc=doing, bar_format=_SHAPE, dynamic_ncols=True, disable=None, leave=False) as shape:

        def tell(estimate: Estimate) -> None:
            shape.n = estimate.done
            shape.set_postfix_str(in_words(estimate))

        yield tell


def _as_bar(events: Generator[Event, None, None]) -> int:
    from tqdm import tqdm

    event: Event | None = None
    with tqdm(total=1.0, dynamic_ncols=True, disable=None, bar_format=_SHAPE, leave=False) as shape:
        for event in events:
            if isinstance(event, Progress):
                shape.n = event.done
                shape.set_description_str(event.doing, refresh=False)
                shape.set_postfix_str(in_words(event.estimate))
    if isinstance(event, Written):
        print(*event.paths, event.words, sep="\n")
    return 0


def _as_lines(events: Generator[Event, None, None]) -> int:
    """One JSON object a line on standard output, and nothing else there."""
    private = private_output()
    gone = threading.Event()
    threading.Thread(target=_wait_for_end, args=(gone,), daemon=True).start()
    for event in events:
        private.write(framed(line_of(event)))
        private.flush()
        if gone.is_set():
            return 1
    return 0


def _wait_for_end(gone: threading.Event) -> None:
    while os.read(0, 4096):
        pass
    gone.set()
