"""A full disk: the training waits, says so, loses nothing, and goes on when there is room."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from faults.trained import NAME, SNAPSHOTS, SPEC, left_over, rows_of, wrong

from workbench.runs.files.descriptor import Descriptor
from workbench.runs.run import open_run
from workbench.training import recording
from workbench.training.events import Event, Finished, Paused, Snapshot
from workbench.training.forecast import forecast
from workbench.training.loop.loop import train
from workbench.training.process.host import host
from workbench.training.recording import record_run

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from faults.trained import Truth


@pytest.fixture(scope="module")
def truth(tmp_path_factory: pytest.TempPathFactory) -> Truth:
    """The rows of a run that had room all the time."""
    path = tmp_path_factory.mktemp("roomy") / NAME
    for _ in record_run(path, train(SPEC)):
        pass
    with open_run(path) as run:
        return rows_of(run)


pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """The next try comes at once."""
    monkeypatch.setattr(recording, "RETRY", 0.0)


class Disk:
    """Lets calls of `write` or `sync` fail, like a full disk, as long as `full` is set."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, call: str, code: int) -> None:
        self.full = False
        real = getattr(Descriptor, call)

        def perhaps(descriptor: Descriptor, *arguments: object) -> None:
            if self.full:
                raise OSError(code, os.strerror(code))
            real(descriptor, *arguments)

        monkeypatch.setattr(Descriptor, call, perhaps)


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("call", ["write", "sync"])
@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT, errno.EIO], ids=["full", "quota", "input/output"])
def test_a_training_waits_for_the_disk_and_loses_nothing(
    tmp_path: Path, truth: Truth, monkeypatch: pytest.MonkeyPatch, call: str, code: int
) -> None:
    disk = Disk(monkeypatch, call, code)
    path, waits = tmp_path / NAME, list[Paused]()
    for event in record_run(path, train(SPEC)):
        if isinstance(event, Snapshot) and event.index == 3:
            disk.full = True
        if isinstance(event, Paused):
            waits.append(event)
            disk.full = len(waits) < 3
            assert wrong(path, 4, truth) == []
    assert len(waits) == 3
    assert os.strerror(code) in waits[0].problem
    assert "keeps its" in waits[0].problem
    assert wrong(path, SNAPSHOTS, truth) == []
    assert left_over(tmp_path) == []


@pytest.mark.usefixtures("quick")
def test_a_training_that_waits_can_be_stopped_and_keeps_what_is_there(
    tmp_path: Path, truth: Truth, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk, stop = Disk(monkeypatch, "write", errno.ENOSPC), threading.Event()
    path, events = tmp_path / NAME, list[Event]()
    for event in record_run(path, train(SPEC, should_stop=stop.is_set), stop.is_set):
        events.append(event)
        if isinstance(event, Snapshot) and event.index == 3:
            disk.full = True
        if isinstance(event, Paused):
            stop.set()
            disk.full = False  # the word that the run is finished needs none
    assert events[-1] == Finished(str(path), 5, "stopped")
    assert wrong(path, 5, truth) == []


LIMITED = """
import resource, sys, torch
from faults.trained import SPEC
from workbench.training import recording
from workbench.training.events import Paused, Snapshot
from workbench.training.loop.loop import train
torch.set_num_threads(1)
recording.RETRY = 0.0
waits = 0
def limit(size): resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
for event in recording.record_run(sys.argv[1], train(SPEC)):
    if isinstance(event, Snapshot) and event.index == 2: limit(1_060_000)
    if isinstance(event, Paused):
        waits += 1
        print(event.problem)
        if waits == 3: limit(resource.RLIM_INFINITY)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="has no limits on the size of files")
def test_a_limit_on_the_size_of_files_is_waited_for_too(tmp_path: Path, truth: Truth) -> None:
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, str(tmp_path / NAME)],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("File too large") == 3
    assert wrong(tmp_path / NAME, SNAPSHOTS, truth) == []


@contextmanager
def small_disk(place: Path) -> Iterator[Path]:
    """A file system with room for the run and not for what lies beside it; skips the test where none may be mounted."""
    mount = shutil.which("mount")
    if sys.platform != "linux" or mount is None or os.geteuid() != 0:
        pytest.skip("only root on Linux can mount a small file system")
    place.mkdir()
    size = forecast(SPEC).bytes + 300_000
    done = subprocess.run(
        [mount, "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(place)], capture_output=True, text=True, check=False
    )
    if done.returncode:
        pytest.skip(f"no small file system could be mounted: {done.stderr.strip()}")
    try:
        yield place
    finally:
        subprocess.run(["umount", str(place)], check=True)


def make_room(disk: Path) -> None:
    """The file system becomes larger."""
    subprocess.run(["mount", "-o", "remount,size=20m", str(disk)], check=True)


@pytest.mark.usefixtures("quick")
def test_on_a_small_file_system_the_training_waits_until_there_is_more_room(tmp_path: Path, truth: Truth) -> None:
    with small_disk(tmp_path / "disk") as disk:
        waits = 0
        for event in record_run(disk / NAME, train(SPEC)):
            if isinstance(event, Paused):
                waits += 1
                assert "has 0 MB free" in event.problem
                assert wrong(disk / NAME, 1, truth) == []
                if waits == 2:
                    make_room(disk)
        assert waits == 2
        assert wrong(disk / NAME, SNAPSHOTS, truth) == []
        assert left_over(disk) == []


def test_a_hosted_training_tells_that_it_waits_and_can_be_stopped(tmp_path: Path, truth: Truth) -> None:
    with small_disk(tmp_path / "disk") as disk:
        stop, events = threading.Event(), list[Event]()
        for event in host(SPEC, disk / NAME, should_stop=stop.is_set):
            events.append(event)
            if isinstance(event, Paused):
                stop.set()
        assert [type(event) for event in events if isinstance(event, Snapshot | Paused)][:2] == [Snapshot, Paused]
        assert events[-1] == Finished(str(disk / NAME), 1, "stopped")
        assert wrong(disk / NAME, 1, {path: block[:1] for path, block in truth.items()}) == []
