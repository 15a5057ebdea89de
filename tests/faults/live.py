"""A run followed by several readers in several processes while it is written, and while it grows from file to file."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import h5py
import numpy as np

from workbench.runs import layout
from workbench.runs.run import Run, open_run
from workbench.runs.spec import DataSpec, NetSpec, RunSpec
from workbench.runs.writing.birth import create
from workbench.runs.writing.recorder import Recorder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).parents[2]
LAYERS = (layout.LayerInfo("fc1", "linear", 100, 400, 0), layout.LayerInfo("fc2", "linear", 10, 100, 1))
PLAN = layout.plan(LAYERS, {"fc1.weight": ((100, 400), "float32"), "fc2.weight": ((10, 100), "float32")}, 0)
FIRST_ROOM = 8
PAUSE = 0.003  # seconds between two snapshots, so that somebody else gets a turn
PATIENCE = 60.0  # seconds for the readers to start


@dataclass(frozen=True)
class Read:
    """What a reader saw: how often it looked and read a row, wrong rows, and looks that missed what was said before."""

    reads: int
    wrong: int
    behind: int


def write(path: Path, snapshots: int, readers: int = 0) -> None:
    """A run of so many snapshots, none of which was foreseen; `path`.said holds how many are safe.

    After the first one it waits for so many readers, which may take long to start.
    """
    create(path, RunSpec(NetSpec("lenet"), DataSpec("digits"), epochs=1.0), LAYERS, PLAN, FIRST_ROOM, "live")
    said = os.open(f"{path}.said", os.O_RDWR | os.O_CREAT)
    with Recorder(path, grows=True) as recorder:
        for snapshot in range(snapshots):
            recorder.commit({each.path: np.full(each.shape, snapshot + 1, each.stored) for each in PLAN})
            os.pwrite(said, (snapshot + 1).to_bytes(8, "little"), 0)
            latest = time.monotonic() + (PATIENCE if snapshot == 0 else 0.0)
            while len(list(path.parent.glob(f"{path.name}.reader-*"))) < readers and time.monotonic() < latest:
                time.sleep(PAUSE)
            time.sleep(PAUSE)
    os.close(said)


def read_as_the_workbench(path: Path) -> Read:
    """Follow the run until it is finished, as a window does."""
    with _follower(path) as follower:
        return _counted(path, lambda: _newest_of(follower))


def read_plainly(path: Path) -> Read:
    """Follow the run until it is finished, with h5py alone and whatever it gives."""
    return _counted(path, lambda: _newest_plainly(path))


class _follower:
    """The newest reading of a run."""

    def __init__(self, path: Path) -> None:
        self.run: Run = open_run(path)

    def look(self) -> None:
        newer = self.run.refreshed()
        if newer is not self.run:
            self.run.close()
        self.run = newer

    def __enter__(self) -> _follower:
        return self

    def __exit__(self, *_: object) -> None:
        self.run.close()


Newest = tuple[int, bool, list[np.ndarray]]  # snapshots, whether it is finished, rows of the newest one


def _newest_of(follower: _follower) -> Newest:
    follower.look()
    run = follower.run
    if not run.snapshots:
        return 0, run.finished, []
    rows = [run.rows.row(each.path, run.snapshots - 1) for each in PLAN]
    return run.snapshots, run.finished, [*rows, run.layer("fc1").weights(), run.epochs[-1:]]


def _newest_plainly(path: Path) -> Newest:
    with h5py.File(path, "r", locking=False) as file:
        records = file[layout.COMMIT][()]
        snapshots = int(np.count_nonzero(records[:, 1] == np.arange(1, len(records) + 1)))
        rows = [file[each.path][snapshots - 1] for each in PLAN] if snapshots else []
        return snapshots, bool(file[layout.FINISHED][()]), rows


def _counted(path: Path, newest: Callable[[], Newest]) -> Read:
    reads = wrong = behind = 0
    finished = False
    said = os.open(f"{path}.said", os.O_RDONLY)
    while not finished:
        safe = int.from_bytes(os.pread(said, 8, 0), "little")
        snapshots, finished, rows = newest()
        reads += 1
        if reads == 1:
            Path(f"{path}.reader-{os.getpid()}").touch()
        behind += snapshots < safe
        wrong += any((row != snapshots).any() for row in rows)
    os.close(said)
    return Read(reads, wrong, behind)


READERS = {"workbench": read_as_the_workbench, "h5py": read_plainly}


def followed(folder: Path, snapshots: int, readers: tuple[str, ...]) -> Iterator[tuple[str, Read]]:
    """(name, what it saw) of each of these readers, which follow one writer, all in processes of their own."""
    path = folder / "live.h5"
    with _python(f"write(path, {snapshots}, {len(readers)})", path) as writer:
        while not Path(f"{path}.said").exists() and writer.poll() is None:
            time.sleep(0.01)
        others = [_python(f"print(json.dumps(vars(READERS[{name!r}](path))))", path) for name in readers]
        for name, other in zip(readers, others, strict=True):
            out, error = other.communicate(timeout=600)
            if other.returncode:
                raise RuntimeError(f"{name}: {error}")
            yield name, Read(**json.loads(out))
        _, error = writer.communicate(timeout=600)
    if writer.returncode:
        raise RuntimeError(error)


def _python(code: str, path: Path) -> subprocess.Popen[str]:
    places = os.pathsep.join((str(ROOT), str(ROOT / "tests")))
    environment = os.environ | {"PYTHONPATH": places, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    program = f"import json, sys; from faults.live import *; path = Path(sys.argv[1]); {code}"
    command = [sys.executable, "-c", program, str(path)]
    return subprocess.Popen(command, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
