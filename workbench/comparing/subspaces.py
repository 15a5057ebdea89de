"""The space that the units of a layer end up in, and where each of them lies with respect to it, over the training."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.analysis.subspaces.rows import NEAR, row_space
from workbench.analysis.subspaces.stacked import stacked
from workbench.analysis.subspaces.units import distances, units_in_space
from workbench.comparing.sides import opened

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from workbench.analysis.matrices import Float64Array
    from workbench.analysis.subspaces.stacked import Stacked
    from workbench.analysis.subspaces.units import UnitsInSpace
    from workbench.comparing.sides import Given
    from workbench.runs.place import Place

COLUMNS = ("unit", "norm", "similarity", "residual", "inside_similarity")
OVER_TIME = ("snapshot", "unit", "distance")
LARGEST = 50  # units of the largest norm that correlations are over


@dataclass(frozen=True, eq=False)
class Subspace:
    """The rank-k row space of a layer at a snapshot, and its units."""

    words: str  # "fc1 of A, epoch 3"
    rank: int
    energy: float  # the share of ‖W‖²_F in the space, 0…1
    units: UnitsInSpace
    distances: Float64Array  # (T, m) of each unit at each snapshot from this space; NaN for a unit without weights
    chance: float  # the distance of a random direction, √(1 − k/n): the root of its mean square
    notes: tuple[str, ...]

    def rows(self) -> Iterator[tuple[int | float | None, ...]]:
        """The numbers of each unit; None: it has no direction."""
        found = self.units
        for unit, row in enumerate(zip(found.norm, found.similarity, found.residual, found.inside, strict=True)):
            yield unit, *(None if np.isnan(value) else float(value) for value in row)

    def rows_over_time(self) -> Iterator[tuple[int | float | None, ...]]:
        """(snapshot, unit, distance) of every unit at every snapshot."""
        for snapshot, row in enumerate(self.distances):
            yield from ((snapshot, unit, None if np.isnan(far) else float(far)) for unit, far in enumerate(row))

    def correlations(self, count: int | None = LARGEST) -> dict[str, float]:
        """Pearson's correlation of the norm with each other column, over the units of the largest norm."""
        return self.units.correlations(count)

    def to_dataframe(self) -> Any:
        """The rows as a pandas table. ImportError without pandas."""
        import pandas as pd

        return pd.DataFrame(self.rows(), columns=list(COLUMNS))


def subspace(a: Given, layer: str, rank: int = 10, near: float = NEAR) -> Subspace:
    """The space of rank k that the units of a layer lie closest to, and each unit's distance from it over time.

    `a` is a run (its last snapshot), a `Place`, or a path ("RUN.h5@3" for a snapshot). RunError: the file cannot be
    read; ValueError: it is no run, or has no such layer or space; IndexError: no such snapshot.
    """
    with opened(a) as (side,):
        if side.place is None:
            raise ValueError(f"{side.name} is no run: a checkpoint has one moment only; import it as a run first")
        weights = side.weights(layer)
        space = row_space(weights, rank, near)
        over_time = np.array(list(_over_time(side.place, layer, space.basis)))
        found = units_in_space(weights, side.place.run.layer(layer).weights(0), space.basis)
        inputs = int(np.count_nonzero(weights.any(axis=0)))
        words = side.words(layer)
    notes = (f"{words}: {space.doubt}",) if space.doubt else ()
    return Subspace(words, rank, space.energy, found, over_time, float(np.sqrt(1 - rank / inputs)), notes)


def _over_time(place: Place, layer: str, basis: Float64Array) -> Iterator[Float64Array]:
    known = place.run.layer(layer)
    for snapshot in range(place.run.snapshots):
        yield distances(known.weights(snapshot), basis)


def joint_svd(networks: Sequence[Given], layer: str | Sequence[str], rank: int = 10) -> Stacked:
    """The joint singular value decomposition of a layer of several networks, stacked, each divided by its norm.

    `layer` is its name in all of them, or its names one by one. Each network is a run (its last snapshot), a `Place`,
    or a path: of a run, "RUN.h5@3" for a snapshot, or of a checkpoint. RunError: a file cannot be read; ValueError:
    their inputs differ, or there is no such rank.
    """
    names = [layer] * len(networks) if isinstance(layer, str) else list(layer)
    with opened(*networks) as sides:
        found = stacked([side.weights(name) for side, name in zip(sides, names, strict=True)], rank)
        return replace(found, names=tuple(side.name for side in sides))
