"""A training as it goes by on a terminal: a progress bar, and one line at the end."""

from __future__ import annotations

import signal
import sys
from contextlib import closing, contextmanager
from math import isfinite
from os.path import basename
from typing import TYPE_CHECKING, Any

from workbench import signals
from workbench.runs.pace import in_words
from workbench.runs.saying import counted
from workbench.training.events import Event, Finished, Paused, Progress, Renamed, Saving, Snapshot, Started
from workbench.training.recording import PATIENCE

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator

_SHAPE = "{l_bar}{bar}| {unit} [{elapsed}{postfix}]"  # tqdm's own time left knows of no snapshots


class Stop:
    """Whether a signal has asked the training to stop; may be called."""

    def __init__(self) -> None:
        self.signal = 0

    def __call__(self) -> bool:
        return self.signal != 0


@contextmanager
def stopped_by_signals() -> Iterator[Stop]:
    """Within, Ctrl-C, SIGTERM and SIGHUP ask to stop; a second one raises Interrupted. Ignored ones stay ignored."""
    stop = Stop()

    def ask(number: int, _frame: object) -> None:
        if stop():
            raise signals.Interrupted(number)
        stop.signal = number

    before = {each: signal.getsignal(each) for each in signals.NUMBERS}
    taken = {each: handler for each, handler in before.items() if handler not in (signal.SIG_IGN, None)}
    for each in taken:
        signal.signal(each, ask)
    try:
        yield stop
    finally:
        for each, handler in taken.items():
            signal.signal(each, handler)


def followed(events: Generator[Event, None, None], stop: Stop | None = None) -> int:
    """The exit status of a recorded training that is followed to its end, also by Ctrl-C."""
    from tqdm import tqdm

    stop = stop or Stop()
    with closing(events), tqdm(total=1.0, unit="", dynamic_ncols=True, disable=None, bar_format=_SHAPE) as bar:
        shown = _Shown(bar)
        for event in events:
            shown.take(event, stop())
    if shown.ending:
        print(shown.ending)
    return 128 + stop.signal if stop() else 0


class _Shown:
    """The bar, and what has been said beside it."""

    def __init__(self, bar: Any) -> None:
        self._bar = bar
        self._paused = self._stopping = False
        self._note = ""
        self._left = ""
        self._newest: Snapshot | None = None
        self.ending = ""  # the line to end with
        self._takes: dict[type, Callable[[Any], None]] = {
            Started: self._started,
            Progress: self._progress,
            Snapshot: self._snapshot,
            Saving: lambda event: self._say(f"saving what was recorded as {event.path}"),
            Renamed: lambda event: self._say(f"the run continues in {event.path}"),
            Finished: self._finished,
        }

    def take(self, event: Event, stopping: bool = False) -> None:
        """Show an event."""
        if stopping and not self._stopping:
            self._stopping = True
            self._say("stopping with a last snapshot; interrupt again to stop without it")
        if isinstance(event, Paused) and not self._paused:
            self._paused = True
            self._say(_pause_in_words(event))
        elif self._paused and not isinstance(event, Paused | Saving):
            self._paused = False
            if not isinstance(event, Renamed | Finished):
                self._say("continuing")
        if type(event) in self._takes:
            self._takes[type(event)](event)

    def _say(self, text: str) -> None:
        self._bar.write(text, file=sys.stderr)

    def _started(self, event: Started) -> None:
        self._say(
            f"{event.title}: {counted(event.snapshots[-1], 'iteration')}, "
            f"{counted(len(event.snapshots), 'snapshot')}, "
            f"{event.bytes / 1e6:.1f} MB, on {event.spec.device}"
        )

    def _progress(self, event: Progress) -> None:
        self._bar.n = event.estimate.done
        self._bar.unit = f"{event.iteration}/{event.iterations}"
        self._left = in_words(event.estimate)
        self._show_postfix()
        self._say_note(event.note)

    def _say_note(self, note: str) -> None:
        if note and note != self._note:  # from the moment something is noteworthy every event carries it
            self._note = note
            self._say(note)

    def _snapshot(self, event: Snapshot) -> None:
        self._newest = event
        self._say_note(event.note)
        self._show_postfix()

    def _show_postfix(self) -> None:
        newest = () if self._newest is None else (f"epoch {self._newest.epoch:.3g}{_accuracy(self._newest)}",)
        self._bar.set_postfix_str(", ".join(filter(None, (self._left, *newest))))

    def _finished(self, event: Finished) -> None:
        if event.note:
            self._say(event.note)
        if not event.snapshots:
            self.ending = f"{event.path}: {event.reason} before anything was recorded"
            return
        self.ending = f"{event.path}: {counted(event.snapshots, 'snapshot')}, {event.reason}"
        if self._newest is not None:
            self.ending += f" at epoch {self._newest.epoch:.4g}{_accuracy(self._newest)}"


def _accuracy(snapshot: Snapshot) -> str:
    """What was reached, where there was the time to measure it."""
    return f", test accuracy {snapshot.test_accuracy:.2f} %" if isfinite(snapshot.test_accuracy) else ""


def _pause_in_words(event: Paused) -> str:
    if not event.other_name:
        return f"paused: {event.problem}"
    name = basename(event.other_name)
    later = f"It continues as {name} in {PATIENCE:.0f} s; Ctrl-C saves it there and stops it."
    return f"paused: {event.problem} {later}"
