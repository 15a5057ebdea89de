"""What a training needs to go on, in NAME.resume.h5 next to NAME.h5 (resources/run-file.md).

Written as a run is: all metadata at birth, then only raw bytes. It has two places that are used in turn, so that one
of them is whole at any moment; a place counts when its record and the checksums of all its rows say so.
"""

from __future__ import annotations

import os
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from workbench.runs import commits, layout
from workbench.runs.errors import RunError, RunMoved
from workbench.runs.files.descriptor import identity, sync_folder
from workbench.runs.files.moved import ADVICE, check_in_place, lies_at
from workbench.runs.layout import DatasetPlan
from workbench.runs.rows import Array, Rows, open_rows
from workbench.runs.writing.birth import build, disk_error, put_in_place

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from os import PathLike

    State = Mapping[str, Array]

PLACES = 2
TRAIN_ANEW = "start a new training from its weights ('Prune and train on', or workbench train --from)"


def resume_path(run: str | PathLike[str]) -> Path:
    """The file beside the run `run` that keeps what its training needs to go on."""
    path = Path(os.path.realpath(run))
    return path.with_name(f"{path.stem}.resume{path.suffix}")


def is_resume_file(path: Path) -> bool:
    """Whether the file is called like the state of a training and lies beside that training's run."""
    stem = path.stem
    return stem.lower().endswith(".resume") and path.with_name(f"{stem[: -len('.resume')]}{path.suffix}").exists()


class StateKeeper:
    """Keeps the newest states of the training that writes the run `run`, which must hold that run's lock.

    RunError where a file of that name is there which no training of a workbench left behind. Where its file is deleted
    or moved later it makes another one of the same content; it never replaces a file that is put there.
    """

    def __init__(self, run: str | PathLike[str], run_id: str) -> None:
        self.path = str(resume_path(run))
        self._run_id = run_id
        self._rows: Rows | None = None
        self._gives_way: tuple[int, int] | None = None  # the file of a run that is gone, as it was found
        if os.path.lexists(self.path):
            rows = self._found()
            if rows.structure.attributes["run_id"] == run_id:
                self._rows = rows
            else:  # of a run of the same name that is gone
                self._gives_way = rows.descriptor.identity()[:2]
                rows.close()

    def keep(self, snapshot: int, state: State) -> None:
        """Write what the training needs to go on from `snapshot`; it is safe on the disk afterwards.

        DiskFull: it is not, but the state before it is; call again. RunMoved: another file was put in its place.
        """
        self._return_to_place()
        rows = self._fitting(state)
        try:
            self._write(rows, snapshot, state)
        except OSError as error:
            raise disk_error(self.path, error, "the run keeps its snapshots") from error

    def go_on_as(self, run: str | PathLike[str]) -> None:
        """Keep the states beside the run `run` from now on: the newest are copied, and the file they were in goes."""
        path = str(resume_path(run))
        if path != self.path:
            self._go_to(path)

    def close(self) -> None:
        """Close the file, which stays."""
        if self._rows is not None:
            self._rows.close()
            self._rows = None

    def remove(self) -> None:
        """Remove the file, as the training is over; another one that was put in its place stays."""
        if self._rows is not None:
            _remove(self._rows)
            self._rows = None

    def _return_to_place(self) -> None:
        """See to it that the file lies under its name; RunMoved where another one does."""
        if self._rows is None:
            return
        try:
            check_in_place(self._rows.descriptor)
        except RunMoved:
            if os.path.lexists(self.path):
                raise
            self._go_to(self.path)

    def _go_to(self, path: str) -> None:
        before, rows = self.path, self._rows
        self.path, self._rows, self._gives_way = path, None, None
        try:
            for snapshot, state in sorted(_states(rows), key=lambda each: each[0]) if rows is not None else ():
                self.keep(snapshot, state)
        except BaseException:
            self.remove()
            self.path, self._rows = before, rows
            raise
        if rows is not None:
            _remove(rows)

    def _found(self) -> Rows:
        try:
            return _opened(self.path, writing=True)
        except RunError as error:
            problem = f"is in the way: the training stores there what it needs to resume, and this file {error.problem}"
            raise RunError(self.path, problem, "move it, or choose another name for the run") from error

    def _write(self, rows: Rows, snapshot: int, state: State) -> None:
        place, checksums = snapshot % PLACES, []
        for path in rows.structure.order:
            row = np.ascontiguousarray(state[_name(path)])
            rows.descriptor.write(row, rows.offset(path, place))
            checksums.append(commits.checksum(row))
        record = commits.record(snapshot, time.time_ns() // 1000, checksums)
        rows.descriptor.write(record, rows.offset(layout.COMMIT, place))
        rows.descriptor.sync()  # once: its checksum reveals a row that did not arrive

    def _fitting(self, state: State) -> Rows:
        """The file with a place for such a state."""
        plan = _plan(state)
        if self._rows is not None and _shapes(self._rows) != plan:  # an earlier version's: it gives way
            self._gives_way = self._rows.descriptor.identity()[:2]
            self.close()
        if self._rows is None:
            self._make(plan)
            self._rows = _opened(self.path, writing=True)
        return self._rows

    def _make(self, plan: tuple[DatasetPlan, ...]) -> None:
        temporary = f"{self.path}.creating"
        with suppress(FileNotFoundError):
            os.unlink(temporary)  # left by a process that died: we hold the run's lock
        attributes = {"run_id": self._run_id, "title": "what a training needs to go on", "created": "", "software": ""}
        try:
            build(temporary, attributes, b"{}", (), plan, PLACES, layout.RESUME_FORMAT)
            self._put_in_place(temporary)
        except FileExistsError as error:
            problem = "is another program's file, which was put there while the training ran"
            raise RunMoved(self.path, problem, ADVICE) from error
        except OSError as error:
            raise disk_error(self.path, error, "the run keeps its snapshots") from error
        finally:
            with suppress(FileNotFoundError):
                os.unlink(temporary)

    def _put_in_place(self, temporary: str) -> None:
        """Give the file its name; only the one of a run that is gone is replaced."""
        with suppress(FileNotFoundError):
            if identity(os.lstat(self.path))[:2] == self._gives_way:
                os.replace(temporary, self.path)
                sync_folder(os.path.dirname(self.path))
                return
        put_in_place(temporary, self.path)


def remove_state(run: str | PathLike[str], run_id: str) -> None:
    """Remove what was kept for the training of `run`, which is over; a file of anything else stays."""
    path = str(resume_path(run))
    try:
        rows = _opened(path)
    except RunError:  # there is none, or it is no such file
        return
    if rows.structure.attributes["run_id"] == run_id:
        _remove(rows)
    rows.close()


def check_state(run: str | PathLike[str], run_id: str, snapshot: int) -> None:
    """Raise RunError where `kept_state` would find nothing. Reads very little."""
    rows = _beside(run)
    try:
        if not _has(rows, run_id, snapshot):
            raise _lacking(rows, run, snapshot)
    finally:
        rows.close()


def kept_state(run: str | PathLike[str], run_id: str, snapshot: int) -> dict[str, Array]:
    """What the training of `run` needs to go on from `snapshot`: {name: array}, as `StateKeeper.keep` was given it.

    RunError: it is not there.
    """
    rows = _beside(run)
    try:
        state = _state(rows, snapshot) if rows.structure.attributes["run_id"] == run_id else None
        if state is None:
            raise _lacking(rows, run, snapshot)
        return state
    finally:
        rows.close()


def _remove(rows: Rows) -> None:
    """Close the file and remove it, where it still lies under its name."""
    own = lies_at(rows.descriptor, rows.path)
    rows.close()
    if own:
        with suppress(FileNotFoundError):
            os.unlink(rows.path)


def _states(rows: Rows) -> Iterator[tuple[int, dict[str, Array]]]:
    """(snapshot, state) of each place that is whole."""
    for place in range(PLACES):
        record = rows.records(place, 1)[0]
        snapshot = int(record[1]) - 1
        state = _state(rows, snapshot) if snapshot >= 0 and snapshot % PLACES == place else None
        if state is not None:
            yield snapshot, state


def _state(rows: Rows, snapshot: int) -> dict[str, Array] | None:
    """The state at a snapshot; None where the file does not hold it whole."""
    record = rows.records(snapshot % PLACES, 1)[0]
    if not commits.says(record, snapshot):
        return None
    state = {path: rows.row(path, snapshot % PLACES) for path in rows.structure.order}
    if [commits.checksum(row) for row in state.values()] != record[4:-1].tolist():
        return None
    return {_name(path): row for path, row in state.items()}


def _beside(run: str | PathLike[str]) -> Rows:
    path = str(resume_path(run))
    if not os.path.exists(path):
        problem = f"cannot be resumed: {os.path.basename(path)}, which keeps the optimiser's state, is not next to it"
        raise RunError(run, problem, TRAIN_ANEW)
    return _opened(path)


def _has(rows: Rows, run_id: str, snapshot: int) -> bool:
    record = rows.records(snapshot % PLACES, 1)[0]
    return rows.structure.attributes["run_id"] == run_id and commits.says(record, snapshot)


def _lacking(rows: Rows, run: str | PathLike[str], snapshot: int) -> RunError:
    problem = f"does not hold the state at snapshot {snapshot} of {os.path.basename(run)}"
    return RunError(rows.path, problem, TRAIN_ANEW)


def _opened(path: str, writing: bool = False) -> Rows:
    return open_rows(path, writing, layout.RESUME_FORMAT)


def _plan(state: State) -> tuple[DatasetPlan, ...]:
    for name in state:
        layout.check_name(name)
    return tuple(DatasetPlan(f"{layout.PARAMETERS}/{name}", row.shape, str(row.dtype)) for name, row in state.items())


def _shapes(rows: Rows) -> tuple[DatasetPlan, ...]:
    stored = ((path, rows.structure.datasets[path]) for path in rows.structure.order)
    return tuple(DatasetPlan(path, each.shape[1:], each.dtype) for path, each in stored)


def _name(path: str) -> str:
    return path.removeprefix(f"{layout.PARAMETERS}/")
