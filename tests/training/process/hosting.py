"""A hosted training followed by a test, and what it leaves."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import numpy as np
import psutil
from processes import children_with

from workbench.runs.run import open_run
from workbench.training.events import (
    Event,
    Progress,
)
from workbench.training.resuming import resumable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def children() -> list[psutil.Process]:
    return children_with("workbench.training.process.child")


def descriptor_count() -> int:
    process = psutil.Process()
    count: int = process.num_handles() if sys.platform == "win32" else process.num_fds()
    return count


def assert_stopped_with_a_last_snapshot(path: Path) -> None:
    with open_run(path) as run:
        assert (run.snapshots, run.capacity, run.state) == (2, 2, "stopped early")
        assert 0 < run.iterations[1] < 500_000  # the second that was planned
        assert np.isfinite(run.test_accuracy[1])
        assert resumable(run)
    assert sorted(each.name for each in path.parent.iterdir()) == ["run.h5", "run.resume.h5"]


def up_to(events: Iterator[Event], kind: type[Event]) -> list[Event]:
    """The events up to the first one of this kind."""
    seen = []
    for event in events:
        seen.append(event)
        if isinstance(event, kind):
            return seen
    raise AssertionError(f"no {kind.__name__} came")


def up_to_steps(events: Iterator[Event]) -> None:
    """Follow the events until a step was made."""
    assert any(isinstance(event, Progress) and event.phase == "training" for event in events)
