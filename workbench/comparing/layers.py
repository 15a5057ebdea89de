"""What changed from one network to another, layer by layer: how much, of which rank, and in which units."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.analysis.changes.difference import Difference, difference
from workbench.analysis.changes.partners import Partners, UnitChanges, unit_changes
from workbench.analysis.subspaces.angles import chance, principal_angles
from workbench.analysis.subspaces.rows import row_space
from workbench.comparing import words
from workbench.comparing.sides import opened, paired_layers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from workbench.analysis.matrices import AnyFloatArray, Float64Array
    from workbench.comparing.sides import Given, Side
    from workbench.runs.layout import LayerInfo

COLUMNS = (
    "layer", "other_layer", "units", "other_units", "delta_norm", "relative_norm", "scale", "delta_rank", "outliers",
    "noise_edge", "entries_edge", "share", "largest_eigenvalue", "smallest_angle", "largest_angle", "expected_angle",
    "removed", "new", "unchanged", "moved", "matched", "renumbered", "median_cosine", "matching_chance", "verdict",
)  # fmt: skip
RANK = 10  # of the spaces whose angles are given, or as far as the layer goes
FEW = 256  # different weights: no more than 8 bits can tell apart


@dataclass(frozen=True, eq=False)
class LayerChange:
    """A layer of two networks; what cannot be compared is None, and `why_not` says the reason."""

    layer: str
    other_layer: str
    units: int
    other_units: int
    difference: Difference | None
    degrees: Float64Array | None  # principal angles of the row spaces of rank 10 or less, ascending
    expected: Float64Array | None  # of random spaces
    changes: UnitChanges | None
    partners: Partners | None
    few_weights: tuple[int, int]  # how many different weights each has, as far as these are few; else 0
    why_not: str = ""

    @property
    def verdict(self) -> str:
        """What became of the layer, in a sentence."""
        return words.verdict(self)

    def cells(self) -> tuple[str | int | float | None, ...]:
        """The numbers of a row, in the order of `COLUMNS`."""
        found, angles, changes = self.difference, self.degrees, self.changes
        change = _none(8) if found is None else (
            found.norm, found.relative, found.scale, found.rank, found.outliers, found.noise_edge,
            found.entries_edge, found.share,
        )  # fmt: skip
        largest = None if found is None or not len(found.eigenvalues) else found.eigenvalues[0]
        ends = _none(3) if angles is None or self.expected is None else (angles[0], angles[-1], self.expected[-1])
        units = _none(6) if changes is None else (
            changes.removed, changes.new, changes.unchanged, changes.moved, changes.matched, changes.renumbered,
        )  # fmt: skip
        pairs = _none(2) if self.partners is None else (self.partners.typical, self.partners.chance)
        row = (*change, largest, *ends, *units, *pairs)
        return self.layer, self.other_layer, self.units, self.other_units, *map(_cell, row), self.verdict


@dataclass(frozen=True, eq=False)
class Comparison:
    """Two networks, layer by layer."""

    first: str  # "A, epoch 3"
    second: str
    layers: tuple[LayerChange, ...]
    notes: tuple[str, ...]  # layers of only one network, and other parameters that differ

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the numbers of a row."""
        return COLUMNS

    def rows(self) -> Iterator[tuple[str | int | float | None, ...]]:
        """The numbers of each layer; None: they do not exist, or cannot be compared."""
        return (layer.cells() for layer in self.layers)

    def to_dataframe(self) -> Any:
        """The rows as a pandas table. ImportError without pandas."""
        import pandas as pd

        return pd.DataFrame(self.rows(), columns=list(COLUMNS))


def compare(
    a: Given, b: Given, layer: str | None = None, rank: int = RANK, tell: Callable[[str], None] | None = None
) -> Comparison:
    """What changed from network `a` to `b` in every layer that both have, or in one of them; no data are needed.

    Each is a run (its last snapshot), a `Place`, or a path: of a run, "RUN.h5@3" for a snapshot of it, or of a
    checkpoint. `rank` is that of the row spaces between which angles are measured, or as far as the layer goes. `tell`
    hears which layer is compared. RunError: a file cannot be read; ValueError: the two have no layer
    in common; IndexError: no such snapshot.
    """
    with opened(a, b) as (first, second):
        found = []
        pairs = paired_layers(first, second, layer)
        for one, two in pairs:
            if tell is not None:
                tell(f"comparing {one.name}")
            found.append(_compared(first, second, (one, two), rank))
        notes = () if layer is not None else (*_left_over(first, second, pairs), *_other_parameters(first, second))
    return Comparison(first.name, second.name, tuple(found), tuple(notes))


def _compared(first: Side, second: Side, pair: tuple[LayerInfo, LayerInfo], rank: int) -> LayerChange:
    one, two = pair
    before, after = first.weights(one.name), second.weights(two.name)
    names = one.name, two.name, one.units, two.units
    few = _different(before), _different(after)
    if one.inputs != two.inputs:
        reason = f"its units have {one.inputs:,} inputs in one network and {two.inputs:,} in the other"
        return LayerChange(*names, None, None, None, None, None, few, reason)
    changes, partners = unit_changes(before, after)
    angles = _angles(before, after, rank)
    if one.units != two.units:
        reason = f"it has {one.units:,} units in one network and {two.units:,} in the other"
        return LayerChange(*names, None, *angles, changes, partners, few, reason)
    return LayerChange(*names, difference(before, after), *angles, changes, partners, few)


def _angles(before: AnyFloatArray, after: AnyFloatArray, rank: int) -> tuple[Float64Array | None, Float64Array | None]:
    """The angles of the spaces of this rank, or of the largest that both have, and those of chance."""
    rank = min(rank, *before.shape, *after.shape)
    try:
        spaces = [row_space(each, rank) for each in (before, after)]
    except ValueError:  # one of them has only a lower rank, or is zero
        return None, None
    used = int(np.count_nonzero(before.any(axis=0) | after.any(axis=0)))
    return principal_angles(spaces[0].basis, spaces[1].basis), chance(used, rank, rank).mean


def _different(weights: AnyFloatArray) -> int:
    """How many different weights there are, where these are as few as in a quantised layer; else 0."""
    sample = np.unique(weights.reshape(-1)[: 16 * FEW])
    if len(sample) > FEW or weights.size < 4 * FEW:
        return 0
    count = len(np.unique(weights))
    return count if count <= FEW else 0


def _left_over(first: Side, second: Side, pairs: list[tuple[LayerInfo, LayerInfo]]) -> Iterator[str]:
    for side, taken in ((first, {one.name for one, _ in pairs}), (second, {two.name for _, two in pairs})):
        left = [layer.name for layer in side.layers if layer.name not in taken]
        if left:
            yield f"only {side.name} has {words.listed(left)}"


def _other_parameters(first: Side, second: Side) -> Iterator[str]:
    """A note on biases, batch norms and the like that differ."""
    ours, theirs = first.others(), second.others()
    different = [
        key
        for key, values in ours.items()
        if key in theirs and (values.shape != theirs[key].shape or not np.array_equal(values, theirs[key]))
    ]
    if different:
        yield f"these parameters differ, too: {words.listed(different)}"


def _none(count: int) -> tuple[None, ...]:
    return (None,) * count


def _cell(value: Any) -> Any:
    """A number as a table keeps it; None where there is none."""
    if value is None or isinstance(value, int):
        return value
    return None if np.isnan(value) else float(value)
