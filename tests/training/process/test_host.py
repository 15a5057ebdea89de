"""Training in a process of its own: it stops when asked, and whatever dies, the run so far opens."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
from contextlib import closing
from typing import TYPE_CHECKING

import msgspec
import numpy as np
import psutil
import pytest
import warm_children
from processes import children_with

from workbench.runs.confinement.children import environment
from workbench.runs.confinement.examination import confined
from workbench.runs.run import open_run
from workbench.runs.spec import DataSpec
from workbench.training.events import (
    Event,
    Finished,
    Heartbeat,
    Paused,
    Progress,
    Renamed,
    Saving,
    Silent,
    Snapshot,
    Started,
    TrainingError,
)
from workbench.training.loop import train
from workbench.training.process import host as host_module
from workbench.training.process.host import host
from workbench.training.process.wire import Request, decode
from workbench.training.resuming import resumable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from workbench.runs.spec import RunSpec


@pytest.fixture(autouse=True)
def nothing_left() -> Iterator[None]:
    """No child process, reading thread or pipe outlives its test."""
    confined.start()  # the process that looks into files stays
    warm_children.start()  # so does the one that children are forked from
    threads, descriptors = threading.active_count(), descriptor_count()
    yield
    assert not children()
    assert threading.active_count() == threads
    assert descriptor_count() <= descriptors


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


def test_a_hosted_training_makes_the_same_run_as_one_in_this_process(
    tiny: RunSpec, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("workbench.runs.confinement.children.Popen", subprocess.Popen)  # loads torch itself
    path = tmp_path / "run.h5"
    events = list(host(tiny, path))
    told = [event for event in events if isinstance(event, Started | Snapshot | Finished)]
    assert [type(event).__name__ for event in told] == ["Started", *["Snapshot"] * 3, "Finished"]
    assert told[-1] == Finished(str(path), 3, "finished")
    assert any(isinstance(event, Heartbeat) for event in events)  # while the child was importing torch
    *_, last = train(tiny)
    assert isinstance(last, Snapshot)
    with open_run(path) as run:
        assert (run.snapshots, run.finished) == (3, True)
        for key, value in run.parameters(-1).items():
            # another number of threads may add in another order
            assert value == pytest.approx(last.parameters[key], abs=1e-4)
    assert [each.name for each in tmp_path.iterdir()] == ["run.h5"]


def test_closing_the_generator_ends_the_process_and_leaves_a_closed_file(long: RunSpec, tmp_path: Path) -> None:
    path = tmp_path / "run.h5"
    events = host(long, path)
    up_to_steps(events)
    (child,) = children()
    events.close()
    assert not child.is_running()
    assert_stopped_with_a_last_snapshot(path)


def test_a_request_to_stop_ends_the_events_with_a_word_about_it(long: RunSpec, tmp_path: Path) -> None:
    path = tmp_path / "run.h5"
    stop = threading.Event()
    seen = []
    for event in host(long, path, should_stop=stop.is_set):
        seen.append(event)
        if isinstance(event, Progress) and event.phase == "training":
            stop.set()
    told = [event for event in seen if not isinstance(event, Heartbeat)]
    assert told[-1] == Finished(str(path), 2, "stopped")
    assert isinstance(told[-2], Snapshot)
    assert_stopped_with_a_last_snapshot(path)


def test_a_training_stopped_before_it_began_leaves_no_file(
    long: RunSpec, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("workbench.runs.confinement.children.Popen", subprocess.Popen)  # loads torch itself
    path = tmp_path / "run.h5"
    events = host(long, path)
    next(events)
    events.close()
    assert not list(tmp_path.iterdir())


def test_a_process_that_does_not_stop_is_killed_and_its_file_closed(long: RunSpec, tmp_path: Path) -> None:
    path = tmp_path / "run.h5"
    events = host(long, path)
    up_to(events, Snapshot)
    (child,) = children()
    child.suspend()
    events.close()
    with open_run(path) as run:
        assert (run.snapshots, run.capacity, run.finished) == (1, 1, True)
    assert [each.name for each in tmp_path.iterdir()] == ["run.h5"]


def test_a_process_that_is_stopped_by_the_system_is_said_not_to_answer_until_it_does(
    long: RunSpec, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(host_module, "SILENCE", 1.0)
    with closing(host(long, tmp_path / "run.h5")) as events:
        up_to(events, Snapshot)
        (child,) = children()
        child.suspend()
        *_, silent = up_to(events, Silent)
        assert isinstance(silent, Silent)
        assert "the training process does not respond (stopped by the system?)" in silent.problem
        assert isinstance(next(events), Silent)  # as long as it lasts
        child.resume()
        up_to(events, Progress)


def test_a_process_may_be_silent_for_longer_while_it_starts(
    long: RunSpec, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, seconds in (("HEARTBEAT", 0.02), ("SILENCE", 0.0), ("STARTING", float("inf"))):
        monkeypatch.setattr(host_module, name, seconds)
    with closing(host(long, tmp_path / "run.h5")) as events:
        before = up_to(events, Started)[:-1]
    assert Heartbeat in map(type, before)
    assert Silent not in map(type, before)


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


def test_a_killed_process_becomes_an_error_that_says_what_is_left(long: RunSpec, tmp_path: Path) -> None:
    path = tmp_path / "run.h5"
    events = host(long, path)
    up_to(events, Snapshot)
    (child,) = children()
    child.kill()
    with pytest.raises(TrainingError, match=r"was killed by SIGKILL.*the run so far is at .*run\.h5 with 1 snapshot"):
        list(events)
    with open_run(path) as run:
        assert (run.snapshots, run.finished) == (1, False)


def test_a_process_that_dies_at_once_shows_its_last_words(
    tiny: RunSpec, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(host_module, "CHILD", "no_such_module")
    with pytest.raises(TrainingError, match="ended unexpectedly with exit status 1; nothing was stored") as caught:
        list(host(tiny, tmp_path / "run.h5"))
    assert "No module named no_such_module" in caught.value.details


def test_an_error_in_the_training_is_one_sentence_with_the_traceback_as_details(
    tiny: RunSpec, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("WORKBENCH_DATA", raising=False)
    with pytest.raises(TrainingError, match="no data folder is named") as caught:
        list(host(tiny.changed(data=DataSpec("mnist")), tmp_path / "run.h5", root=None))
    assert "\n" not in str(caught.value)
    assert "Traceback" in caught.value.details
    assert not list(tmp_path.iterdir())


def test_a_spec_that_makes_no_sense_is_refused(tiny: RunSpec, tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="the batch size is at least 1, not 0"):
        list(host(tiny.changed(batch_size=0), tmp_path / "run.h5"))


def test_an_existing_file_is_refused_and_stays_as_it_is(tiny: RunSpec, tmp_path: Path) -> None:
    path = tmp_path / "run.h5"
    path.write_bytes(b"precious")
    with pytest.raises(FileExistsError, match="never overwritten"):
        next(host(tiny, path))
    assert path.read_bytes() == b"precious"


def test_the_process_prints_nothing_but_events(tiny: RunSpec, tmp_path: Path) -> None:
    request = msgspec.json.encode(Request(str(tmp_path / "run.h5"), tiny))
    child_environment = environment()
    code = (
        "import os, workbench.training.loop as loop; real = loop.prepare\n"
        "def noisy(*a):\n print('a library prints'); os.system('echo a process prints'); return real(*a)\n"
        "loop.prepare = noisy\n"
        "from workbench.training.process.child import main; raise SystemExit(main())"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        input=request + b'\n{"stop":true}\n',
        capture_output=True,
        env=child_environment,
        check=False,
        timeout=120,
    )
    lines = done.stdout.splitlines()
    assert all(json.loads(line)["event"] for line in lines)
    assert b"a library prints" in done.stderr
    assert b"a process prints" in done.stderr
    assert decode(lines[-1]).__class__ is Finished
    assert done.returncode == 0


@pytest.mark.skipif(sys.platform == "win32", reason="kills a process by signal")
def test_the_process_ends_by_itself_when_its_host_is_killed(long: RunSpec, tmp_path: Path) -> None:
    path = tmp_path / "run.h5"
    code = (
        "import sys; from workbench.runs.spec import RunSpec; from workbench.training.process.host import host\n"
        "for event in host(RunSpec.from_json(sys.argv[1].encode()), sys.argv[2]):\n"
        " print(type(event).__name__, flush=True)"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", code, long.to_json().decode(), str(path)],
        stdout=subprocess.PIPE,
        env=environment(),
    )
    assert parent.stdout is not None
    with parent, parent.stdout:
        for line in parent.stdout:
            if line.strip() == b"Snapshot":
                break
        (child,) = psutil.Process(parent.pid).children()
        parent.send_signal(signal.SIGKILL)
    _, alive = psutil.wait_procs([child], timeout=15)
    assert not alive
    with open_run(path) as run:
        assert (run.snapshots, run.finished) == (1, False)
