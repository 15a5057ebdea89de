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
import psutil
import pytest
from hosting import assert_stopped_with_a_last_snapshot, children, up_to, up_to_steps

from workbench.runs.confinement.children import environment
from workbench.runs.run import open_run
from workbench.runs.spec import DataSpec
from workbench.training.events import (
    Finished,
    Heartbeat,
    Progress,
    Silent,
    Snapshot,
    Started,
    TrainingError,
)
from workbench.training.loop.loop import train
from workbench.training.process import host as host_module
from workbench.training.process.host import host
from workbench.training.process.wire import Request, decode

if TYPE_CHECKING:
    from pathlib import Path

    from workbench.runs.spec import RunSpec

pytestmark = pytest.mark.usefixtures("nothing_left")


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
        "import os, workbench.training.loop.loop as loop; real = loop.prepare\n"
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
