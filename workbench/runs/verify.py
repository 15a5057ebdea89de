"""Whether a run's bytes are those that were written, its spectra and Gram matrices those of its weights."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from workbench.analysis import matrices
from workbench.runs import commits, layout
from workbench.runs.rows import Rows, plain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from workbench.runs.layer import Layer
    from workbench.runs.run import Run

TOLERANCE = 1e-9  # of the largest entry; float64 sums in another order differ by about 1e-15


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong: where, at which snapshot, and what."""

    dataset: str
    snapshot: int
    problem: str
    spoilt: bool = True  # the bytes are not those that were written; else they are, and still not what they should be

    @property
    def words(self) -> str:
        """The finding without the number of the snapshot."""
        return f"{self.dataset}: {self.problem}"

    def __str__(self) -> str:
        return f"{self.dataset}, snapshot {self.snapshot}: {self.problem}"


def verify(run: Run) -> Iterator[Finding]:
    """Everything that is wrong with the committed snapshots, as it is found; nothing for a sound run.

    Every checksum, non-finite parameters, spectra and Gram matrices against the weights, and commit
    records that are damaged. Reads the whole run, one row at a time.
    """
    for snapshot in range(run.snapshots):
        broken = set()
        for finding in check_bytes(run, snapshot):
            broken.add(finding.dataset)
            yield finding
        for layer in run.layers:
            if broken.isdisjoint((layer.weight_path, layout.COMMIT)):
                yield from _derived(layer, run.rows, snapshot, broken)
    yield from lost(run)


def check_bytes(run: Run, snapshot: int) -> Iterator[Finding]:
    """What is wrong with the stored bytes of a snapshot: checksums and non-finite parameters. Reads its rows."""
    yield from (finding for finding in check_rows(run, snapshot) if finding is not None)


def check_rows(run: Run, snapshot: int) -> Iterator[Finding | None]:
    """As `check_bytes`, with None after each row: it was read, and whoever has to can stop here."""
    rows = run.rows
    stored = rows.records(snapshot, 1)[0]
    if not commits.says(stored, snapshot):  # damaged since the run was opened
        yield Finding(layout.COMMIT, snapshot, "its commit record is damaged")
        return
    for path, checksum in zip(rows.structure.order, stored[4:-1], strict=True):
        yield from _row(rows, path, snapshot, int(checksum))
        yield None


def _row(rows: Rows, path: str, snapshot: int, checksum: int) -> Iterator[Finding]:
    row = rows.row(path, snapshot)
    if commits.checksum(row) != checksum:
        yield Finding(path, snapshot, "its checksum is wrong: the bytes are not those that were written")
        return
    measured = path.startswith((f"{layout.HISTORY}/", f"{layout.ACTIVITY}/"))  # may say "not measured"
    values = plain(row, rows.structure.datasets[path].dtype)
    if not measured and values.dtype.kind == "f":
        bad = int(np.count_nonzero(~np.isfinite(values)))
        if bad:
            yield Finding(path, snapshot, f"{bad} of {values.size} numbers are infinite or undefined", False)


def _derived(layer: Layer, rows: Rows, snapshot: int, broken: set[str]) -> Iterator[Finding]:
    """The stored Gram matrix and spectrum against the weights, which are whole and finite."""
    weights: NDArray[np.float64] = layer._matrix(snapshot).astype(np.float64)
    for group, compute in ((layout.GRAM, matrices.gram), (layout.SPECTRUM, matrices.eigenvalues)):
        path = f"{group}/{layer.name}"
        if path not in rows.structure.datasets or path in broken:
            continue
        truth = compute(weights)
        largest = float(np.abs(truth).max())
        error = float(np.abs(rows.row(path, snapshot).astype(np.float64) - truth).max())
        if not error <= TOLERANCE * largest:
            yield Finding(
                path,
                snapshot,
                f"differs from that of the weights by {error:.3g} (largest entry {largest:.3g})",
            )


def lost(run: Run) -> Iterator[Finding]:
    """Every record behind the last snapshot that is not empty."""
    for snapshot, whole in run.rows.left_over(run.snapshots):
        lost = "cannot be reached, because a record before it is damaged"
        yield Finding(layout.COMMIT, snapshot, lost if whole else "its commit record is damaged or half-written")
