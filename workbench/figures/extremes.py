"""Which snapshots give the axes of a run their scale, so that they stay still while the timeline is dragged.

A run that holds its initialisation grows from its first snapshot to its last. A series of somebody else's checkpoints
may begin and end anywhere: there the extremes of all its snapshots count.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

import numpy as np

from workbench.runs.errors import RunError
from workbench.runs.layout import SPECTRUM

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from workbench.runs.run import Run

    Float64 = NDArray[np.float64]
    Known = dict[tuple[str, int], tuple[int, ...]]

MOST_SNAPSHOTS = 64  # that are looked at
MOST_BYTES = 64 << 20  # that are read to look at them


def ends(run: Run) -> tuple[int, ...]:
    """The first snapshot and the last."""
    return (0, run.snapshots - 1)


def looked_at(run: Run, bytes_each: int) -> tuple[int, ...]:
    """The snapshots among which the extremes of a run are looked for; as many as can be read at once, evenly spread.

    Only the ends where the run holds its initialisation.
    """
    if run.spec.holds_initialisation:
        return ends(run)
    most = min(MOST_SNAPSHOTS, max(MOST_BYTES // max(bytes_each, 1), 2), run.snapshots)
    return tuple(sorted(set(np.linspace(0, run.snapshots - 1, most).round().astype(int).tolist())))


def of_spectra(run: Run, name: str) -> tuple[int, ...]:
    """The snapshots whose spectra give the axes of a layer their scale: of the largest and smallest eigenvalues."""
    layer = run.layer(name)
    if run.spec.holds_initialisation or not layer.stores(SPECTRUM):
        return ends(run)
    known = _known.setdefault(run.open_file, {})
    key = (name, run.snapshots)
    if key not in known:
        known[key] = _extremes(looked_at(run, 8 * min(layer.units, layer.inputs)), layer.eigenvalues)
    return known[key]


def _extremes(snapshots: tuple[int, ...], eigenvalues: Callable[[int], Float64]) -> tuple[int, ...]:
    """Those with the largest and the smallest first eigenvalue, and with the smallest of all; the ends if none is."""
    found: dict[int, tuple[float, float]] = {}
    for snapshot in snapshots:
        try:
            values = eigenvalues(snapshot)
        except RunError:  # diverged there: its own picture says so
            continue
        if values[0] > 0:
            found[snapshot] = float(values[0]), float(values[values > values[0] * np.finfo(np.float64).eps][-1])
    if not found:
        return (snapshots[0], snapshots[-1])
    largest = {snapshot: each[0] for snapshot, each in found.items()}
    smallest = {snapshot: each[1] for snapshot, each in found.items()}
    at = min(largest, key=lambda each: largest[each]), max(largest, key=lambda each: largest[each])
    return tuple(sorted({*at, min(smallest, key=lambda each: smallest[each])}))


_known: WeakKeyDictionary[object, Known] = WeakKeyDictionary()  # by the open file
