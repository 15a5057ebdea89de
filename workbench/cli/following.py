"""A training as it goes by on a terminal: a progress bar, and one line at the end."""

from __future__ import annotations

import sys
from contextlib import closing
from typing import TYPE_CHECKING, Any

from workbench.runs.counted import counted
from workbench.training.events import Event, Finished, Paused, Progress, Snapshot, Started

if TYPE_CHECKING:
    from collections.abc import Callable, Generator


def followed(events: Generator[Event, None, None]) -> int:
    """The exit status of a recorded training that is followed to its end, also by Ctrl-C."""
    from tqdm import tqdm

    with closing(events), tqdm(unit="it", dynamic_ncols=True, disable=None) as bar:
        shown = _Shown(bar)
        for event in events:
            shown.take(event)
    if shown.ending:
        print(shown.ending)
    return 0


class _Shown:
    """The bar, and what has been said beside it."""

    def __init__(self, bar: Any) -> None:
        self._bar = bar
        self._paused = False
        self._note = ""
        self._newest: Snapshot | None = None
        self.ending = ""  # the line to end with
        self._takes: dict[type, Callable[[Any], None]] = {
            Started: self._started,
            Progress: self._progress,
            Snapshot: self._snapshot,
            Finished: self._finished,
        }

    def take(self, event: Event) -> None:
        """Show an event."""
        if isinstance(event, Paused) != self._paused:
            self._paused = not self._paused
            self._say(f"paused: {event.problem}" if isinstance(event, Paused) else "going on")
        if type(event) in self._takes:
            self._takes[type(event)](event)

    def _say(self, text: str) -> None:
        self._bar.write(text, file=sys.stderr)

    def _started(self, event: Started) -> None:
        self._bar.total = event.snapshots[-1]
        self._say(
            f"{event.title}: {counted(event.snapshots[-1], 'iteration')}, "
            f"{counted(len(event.snapshots), 'snapshot')}, "
            f"{event.bytes / 1e6:.1f} MB, on {event.spec.device}"
        )

    def _progress(self, event: Progress) -> None:
        self._bar.n = event.iteration
        self._bar.refresh()
        self._say_note(event.note)

    def _say_note(self, note: str) -> None:
        if note and note != self._note:  # from the moment something is noteworthy every event carries it
            self._note = note
            self._say(note)

    def _snapshot(self, event: Snapshot) -> None:
        self._newest = event
        self._say_note(event.note)
        self._bar.set_postfix_str(f"epoch {event.epoch:.3g}, test {event.test_accuracy:.2f} %")

    def _finished(self, event: Finished) -> None:
        self.ending = f"{event.path}: {counted(event.snapshots, 'snapshot')}, {event.reason}"
        if self._newest is not None:
            reached = f"test accuracy {self._newest.test_accuracy:.2f} %"
            self.ending += f" at epoch {self._newest.epoch:.4g}, {reached}"
