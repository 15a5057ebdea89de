"""The curves of a run, one number (or one per class) for each snapshot."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from workbench.runs import commits, layout
from workbench.runs.confinement.structure import FOREIGN
from workbench.runs.errors import RunError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from workbench.runs.rows import Rows

    Float64 = NDArray[np.float64]

CLOCKS = ("epoch", "iteration")  # of which snapshots have ever larger values
LATEST = 1e15  # of both


def read_curves(rows: Rows, snapshots: int) -> tuple[dict[str, Float64], tuple[str, ...]]:
    """Every curve over the committed snapshots, read-only, NaN where the file has none; and notes.

    RunError where the snapshots do not increase. A value that bit rot has put out of order (its checksum tells) is
    taken out, with a note.
    """
    curves = {name: np.full(snapshots, np.nan) for name in layout.HISTORY_FIELDS}
    for path in rows.structure.order:
        if path.startswith(f"{layout.HISTORY}/"):
            stored = rows.block(path, 0, snapshots).astype(np.float64, copy=False)
            curves[path.rpartition("/")[2]] = stored
    notes = [note for name in CLOCKS for note in _put_in_order(rows, name, curves[name])]
    for curve in curves.values():
        curve.flags.writeable = False
    return curves, tuple(notes)


def _put_in_order(rows: Rows, name: str, curve: Float64) -> list[str]:
    """Notes on the values taken out of `curve`, which increases afterwards."""
    path = f"{layout.HISTORY}/{name}"
    if path not in rows.structure.order or _increases(curve):
        return []
    rotten = [snapshot for snapshot in range(len(curve)) if not _as_written(rows, path, snapshot)]
    curve[rotten] = np.nan
    if not _increases(curve):
        known = np.flatnonzero(~np.isnan(curve))
        before = np.concatenate([[-1.0], curve[known][:-1]])
        late = known[(curve[known] <= before) | (curve[known] > LATEST) | (curve[known] < 0)]
        problem = f"does not increase as it should at snapshot {late[0]}"
        raise RunError(rows.path, problem, FOREIGN, path)
    return [f"{path} is damaged at snapshot {', '.join(map(str, rotten[:5]))}{'…' if len(rotten) > 5 else ''}"]


def _increases(curve: Float64) -> bool:
    known = curve[~np.isnan(curve)]
    return bool((known[1:] > known[:-1]).all() and (known >= 0).all() and (known <= LATEST).all())


def _as_written(rows: Rows, path: str, snapshot: int) -> bool:
    place = 4 + rows.structure.order.index(path)  # among the words of a commit record
    return int(rows.records(snapshot, 1)[0, place]) == commits.checksum(rows.row(path, snapshot))
