"""Two trainings from one start, layer by layer: which unit became which, and the angles between the row spaces."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from workbench.analysis.changes.partners import MOST_UNITS, partners
from workbench.comparing.angles import principal_angles

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workbench.analysis.changes.partners import Partners
    from workbench.comparing.angles import Angles
    from workbench.runs.place import Place

COLUMNS = (
    "layer", "redrawn", "units", "pairs_beyond_chance", "pairs", "median_cosine", "chance_cosine", "smallest_angle",
    "largest_angle", "expected_angle",
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class LayerPair:
    """A layer of two trainings."""

    layer: str
    redrawn: bool  # the second one began with other weights in it
    units: int
    partners: Partners | None  # None: there are too many units to match
    angles: Angles | None  # None: the weights span no such spaces

    def row(self) -> tuple[object, ...]:
        """The numbers by `COLUMNS`; None where there is none."""
        found, angles = self.partners, self.angles
        pairs = (None,) * 4 if found is None else (found.matched, len(found.cosines), found.typical, found.chance)
        ends: tuple[float | None, ...] = (None,) * 3
        if angles is not None:
            ends = float(angles.degrees[0]), float(angles.degrees[-1]), float(np.mean(angles.chance.mean))
        return self.layer, "yes" if self.redrawn else "no", self.units, *pairs, *ends

    @property
    def words(self) -> str:
        """The same in a sentence."""
        parts = []
        if self.partners is not None:
            found = self.partners
            many = f"{found.matched:,} of {len(found.cosines):,} pairs beyond chance (cosine > {found.chance:.2f})"
            parts.append(f"{many}, median {found.typical:.2f}")
        if self.angles is not None:
            degrees, chance = self.angles.degrees, self.angles.chance.mean
            random = f"random spaces {chance[0]:.0f}° to {chance[-1]:.0f}°"
            parts.append(f"angles of rank {self.angles.rank} {degrees[0]:.0f}° to {degrees[-1]:.0f}° ({random})")
        return f"{self.layer}{' (redrawn)' if self.redrawn else ''}: {'; '.join(parts) or 'not compared'}"


def layer_pairs(place: Place, other: Place, redrawn: tuple[str, ...] = (), rank: int = 10) -> Iterator[LayerPair]:
    """The layers that both have, in their order; spaces are of this rank, or of the largest that a layer has.

    ValueError: weights are not finite.
    """
    there = {layer.name for layer in other.run.layers}
    for layer in place.run.layers:
        if layer.name not in there:
            continue
        one, two = (each.run.layer(layer.name).live_weights(each.snapshot) for each in (place, other))
        found = angles = None
        if one.shape[1] == two.shape[1]:
            found = partners(one, two) if max(len(one), len(two)) <= MOST_UNITS else None
            angles = _angles(place, other, layer.name, min(rank, len(one), len(two), one.shape[1]))
        yield LayerPair(layer.name, layer.name in redrawn, len(one), found, angles)


def _angles(place: Place, other: Place, layer: str, rank: int) -> Angles | None:
    try:
        return principal_angles(place, other, layer, rank)
    except ValueError:  # of so low a rank that there is no such space
        return None
