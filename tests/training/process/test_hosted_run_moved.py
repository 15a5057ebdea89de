"""A run that is replaced, deleted or moved while a hosted training writes it."""

from __future__ import annotations

import threading
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from hosting import assert_stopped_with_a_last_snapshot, children, up_to, up_to_steps

from workbench.runs.run import open_run
from workbench.training.events import (
    Finished,
    Paused,
    Progress,
    Renamed,
    Saving,
    Snapshot,
    TrainingError,
)
from workbench.training.process.host import host
from workbench.training.resuming import resumable

if TYPE_CHECKING:
    from pathlib import Path

    from workbench.runs.spec import RunSpec

pytestmark = pytest.mark.usefixtures("nothing_left")


@pytest.mark.parametrize("stopped", [True, False], ids=["stopped", "killed"])
def test_the_file_of_somebody_else_in_the_place_of_the_run_is_left_alone(
    long: RunSpec, tmp_path: Path, stopped: bool
) -> None:
    path, other = tmp_path / "run.h5", tmp_path / "other.h5"
    events = host(long, path)
    up_to(events, Snapshot)
    (child,) = children()
    child.suspend()  # it notices nothing
    other.write_bytes(path.read_bytes())
    before = other.read_bytes()
    other.replace(path)
    if stopped:
        events.close()
    else:
        child.kill()
        with pytest.raises(TrainingError, match=r"was killed by SIGKILL.*nothing was stored"):
            list(events)
    assert path.read_bytes() == before


@pytest.mark.parametrize("choice", ["another name", "stop", "back"])
def test_a_run_that_is_deleted_or_moved_while_it_is_written_loses_nothing(
    long: RunSpec, tmp_path: Path, choice: str
) -> None:
    path, aside, other = tmp_path / "run.h5", tmp_path / "aside.h5", tmp_path / "chosen.h5"
    stop, wanted = threading.Event(), []
    asked = lambda: wanted.pop() if wanted else None  # noqa: E731
    with closing(host(long, path, should_stop=stop.is_set, new_name=asked)) as events:
        up_to_steps(events)
        path.rename(aside) if choice == "back" else path.unlink()
        *_, paused = up_to(events, Paused)
        assert isinstance(paused, Paused)
        assert paused.other_name == str(tmp_path / "run-recovered.h5")
        if choice == "back":
            assert "run.h5 was moved to" in paused.problem
            aside.rename(path)
            up_to(events, Progress)
            stop.set()
            list(events)
            assert_stopped_with_a_last_snapshot(path)
            return
        assert "run.h5 was deleted while it was being written" in paused.problem
        if choice == "stop":
            stop.set()
        else:
            wanted.append(other)
        target = tmp_path / "run-recovered.h5" if choice == "stop" else other
        *_, saving = up_to(events, Saving)
        *_, renamed = up_to(events, Renamed)
        assert isinstance(saving, Saving)
        assert isinstance(renamed, Renamed)
        assert saving.path == renamed.path == str(target)
        if choice != "stop":
            up_to(events, Progress)
            stop.set()
        *_, finished = events
    assert isinstance(finished, Finished)
    assert (finished.path, finished.reason) == (str(target), "stopped")
    assert "was deleted" in finished.note
    with open_run(target) as run:
        assert (run.snapshots, run.state, resumable(run)) == (finished.snapshots, "stopped early", True)
    assert {each.name for each in tmp_path.iterdir()} == {target.name, f"{target.stem}.resume.h5"}
