"""A training that follows a script, for the tests of its panel."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from workbench.training.events import (
    Event,
    Finished,
    Heartbeat,
    Progress,
    Renamed,
    Snapshot,
    Started,
)
from workbench.training.recipes import recipe

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path


QUICK = recipe("digits-quick")


TITLE = "LeNet 300-100 on <b>digits</b>"


class Script:
    """Stands in for `host`: says its lines, then waits until it may go on, and ends as it is told to."""

    def __init__(self, lines: Sequence[Event], then: Sequence[Event | Exception] = ()) -> None:
        self.lines, self.then = lines, then
        self.beat: Event = Heartbeat()
        self.go_on = threading.Event()
        self.asked_to_stop = False
        self.names: list[Path] = []

    def __call__(
        self,
        _spec: Any,
        path: Path,
        _root: Any,
        _download: Any,
        should_stop: Callable[[], bool],
        new_name: Callable[[], Path | None],
    ) -> Iterator[Event]:
        for line in self.lines:
            if isinstance(line, Started):
                path.touch()
            yield line
        while not self.go_on.wait(0.01):
            if should_stop():
                self.asked_to_stop = True
                yield Finished(str(path), 1, "stopped")
                return
            if (name := new_name()) is not None:
                self.names.append(name)
                yield Renamed(str(name), "it was deleted", (1, 2))
            yield self.beat
        for line in self.then:
            if isinstance(line, Exception):
                raise line
            yield line


def started() -> Started:
    return Started(QUICK, TITLE, (), {}, (0, 10, 90), 1000)


def progress(iteration: int, **fields: Any) -> Progress:
    known = {
        "loss": 2.0 / iteration,
        "accuracy": float(iteration),
        "seconds": iteration / 4,
        "remaining": 12.0,
    }
    return Progress("training", iteration, 90, iteration / 18, **(known | fields))


def snapshot(index: int, iteration: int) -> Snapshot:
    values = {
        f"{part}_{what}": 10.0 + index for part in ("train", "validation", "test") for what in ("loss", "accuracy")
    }
    return Snapshot(index, iteration, iteration / 18, values, ())
