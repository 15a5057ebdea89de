"""The training on which the faults are tried, what a run of it must hold, and what may never be wrong with one."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import h5py
import numpy as np

from workbench.runs import commits, layout
from workbench.runs.errors import RunError
from workbench.runs.run import Run, open_run
from workbench.runs.spec import DataSpec, NetSpec, OptimiserSpec, RunSpec
from workbench.runs.writing.resumption import resume_path
from workbench.training.resuming import check_resumable

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

SPEC = RunSpec(
    NetSpec("lenet", widths=(24, 12)),
    DataSpec("digits", classes=(3, 5, 7)),
    OptimiserSpec("adam", learning_rate=1e-2),
    batch_size=50,
    iterations=24,
    snapshots="every:3",
    device="cpu",
    seed=4,
)
SNAPSHOTS = 9
NAME = "run.h5"

Truth = dict[str, "np.ndarray"]  # path in the file -> (T, …), without the seconds


def rows_of(run: Run) -> Truth:
    """All rows of the run but the seconds, which differ from training to training."""
    stored = run.rows
    paths = [path for path in stored.structure.order if path != f"{layout.HISTORY}/seconds"]
    return {path: stored.block(path, 0, run.snapshots) for path in paths}


def wrong(path: Path, acknowledged: int, truth: Mapping[str, np.ndarray]) -> list[str]:
    """What is wrong with the run at `path` after a fault: nothing may be.

    `acknowledged` snapshots were said to be safe. Looks at the run as the workbench reads it and as plain h5py does,
    and at whether its training could go on.
    """
    if not path.exists():
        return ["the run is gone"] if acknowledged else []
    try:
        with open_run(path) as run:
            return [*_wrong_rows(run, acknowledged, truth), *_wrong_plainly(run, truth), *_wrong_beside(run)]
    except RunError as error:
        return [f"does not open: {error}"]


def _wrong_rows(run: Run, acknowledged: int, truth: Mapping[str, np.ndarray]) -> list[str]:
    found = []
    if run.snapshots < acknowledged:
        found.append(f"{acknowledged - run.snapshots} of {acknowledged} committed snapshots are lost")
    found += [f"{path} is wrong" for path, block in rows_of(run).items() if block.tobytes() != _first(truth, path, run)]
    records = run.rows.records(0, run.snapshots)
    for snapshot, record in enumerate(records):
        checksums = [commits.checksum(run.rows.row(path, snapshot)) for path in run.rows.structure.order]
        if checksums != record[4:-1].tolist():
            found.append(f"a checksum of snapshot {snapshot} is wrong")
    return found


def _wrong_plainly(run: Run, truth: Mapping[str, np.ndarray]) -> list[str]:
    with h5py.File(run.path, "r", locking=False) as file:
        read = {path: np.asarray(file[path][: run.snapshots]) for path in truth}
    return [f"{path} is wrong in h5py" for path, block in read.items() if block.tobytes() != _first(truth, path, run)]


def _wrong_beside(run: Run) -> list[str]:
    if run.finished and run.snapshots == SNAPSHOTS:
        return []
    try:
        check_resumable(run)
    except RunError as error:
        return [f"cannot go on: {error}"]
    return []


def _first(truth: Mapping[str, np.ndarray], path: str, run: Run) -> bytes:
    return truth[path][: run.snapshots].tobytes()


def left_over(folder: Path) -> list[str]:
    """Files in the folder besides the run and what is beside it."""
    return sorted(set(os.listdir(folder)) - {NAME, resume_path(folder / NAME).name})
