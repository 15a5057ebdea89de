"""What became of each unit of a layer: dead, hardly moved from its initialisation, or trained; and what
those that hardly moved carry of a spectrum."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from workbench.cached import cached_property

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from workbench.analysis.matrices import AnyFloatArray, Float64Array
    from workbench.analysis.spectra.marchenko_pastur import MarchenkoPastur

DEAD = -2
HARDLY_MOVED = -1
HARDLY_MOVED_COSINE = 0.95  # a unit closer to its initial direction than this has hardly moved


@dataclass(frozen=True, eq=False)
class UnitStates:
    """Which units are dead and which, of the others, have hardly moved; both (m,) bool, never both true."""

    dead: NDArray[np.bool_]
    hardly_moved: NDArray[np.bool_]

    @cached_property
    def others(self) -> NDArray[np.bool_]:
        """The units that are alive and have moved, (m,) bool."""
        return ~(self.dead | self.hardly_moved)

    def among(self, present: NDArray[np.bool_]) -> UnitStates:
        """The same with the units that are not `present`, (m,) bool, in no state: they are removed."""
        return UnitStates(self.dead & present, self.hardly_moved & present)

    def groups(self, component: NDArray[np.int32]) -> NDArray[np.int32]:
        """A label per unit for colouring, (m,) int32: `DEAD`, `HARDLY_MOVED`, or the unit's component."""
        if component.shape != self.dead.shape:
            raise ValueError(f"{len(self.dead)} units, but the components of {len(component)}")
        moved = np.where(self.hardly_moved, np.int32(HARDLY_MOVED), component.astype(np.int32))
        return np.where(self.dead, np.int32(DEAD), moved)


def unit_states(
    units: int, activity: AnyFloatArray | None = None, cosines_to_start: AnyFloatArray | None = None
) -> UnitStates:
    """The states of a layer's `units` from what is known of them.

    `activity` (m,) is the fraction of images on which each unit is above zero: a unit with exactly 0 is dead.
    `cosines_to_start` (m,) is cos(w(t), w(0)) as `unit_cosines` gives it: above .95 a living unit has hardly
    moved. What is None is unknown, and no unit is then called so. Raises ValueError for other lengths.
    """
    dead = _known(units, activity, "activity") == 0.0
    still = _known(units, cosines_to_start, "cosines to the start") > HARDLY_MOVED_COSINE
    return UnitStates(dead=dead, hardly_moved=still & ~dead)


def unit_cosines(weights: AnyFloatArray, initial_weights: AnyFloatArray) -> Float64Array:
    """The cosine between each unit's weights and its initial ones, (m,) float64; 0 where either row is zero.

    Both are m × n. Raises ValueError when the shapes differ or a row is not finite.
    """
    if weights.ndim != 2 or weights.shape != initial_weights.shape:
        raise ValueError(f"weights of shape {weights.shape} cannot be compared with {initial_weights.shape}")
    product = _row_products(weights, initial_weights)
    lengths = np.sqrt(_row_products(weights, weights)) * np.sqrt(_row_products(initial_weights, initial_weights))
    if not (np.isfinite(product).all() and np.isfinite(lengths).all()):
        raise ValueError("the weights have NaN or infinite entries: the training diverged; choose another snapshot")
    cosine = np.divide(product, lengths, out=np.zeros_like(lengths), where=lengths > 0.0)
    clipped: Float64Array = np.clip(cosine, -1.0, 1.0)
    return clipped


def _row_products(left: AnyFloatArray, right: AnyFloatArray) -> Float64Array:
    products: Float64Array = np.einsum("ij,ij->i", left, right, dtype=np.float64)
    return products


def _known(units: int, values: AnyFloatArray | None, what: str) -> AnyFloatArray:
    if values is None:
        return np.full(units, np.nan)
    if values.shape != (units,):
        raise ValueError(f"{what} of {units} units must have the shape ({units},), not {values.shape}")
    return values


@dataclass(frozen=True)
class QuietUnits:
    """How many units are dead, how many others have hardly moved, and what they carry; None is unknown."""

    dead: int | None
    hardly_moved: int | None
    share: float | None  # of the squared eigenvectors between the initialiser's edges, 0 to 1


def share_between(gram: Float64Array, law: MarchenkoPastur, states: UnitStates) -> float | None:
    """How much of the eigenvectors between the edges of a law lies in dead units and those that have hardly moved.

    It is the mean over these eigenvectors of Σ vᵢ² over the units, from 0 to 1; None where there is no such vector.
    """
    values, vectors = np.linalg.eigh(gram)
    between = (values >= law.floor) & (values <= law.limit)
    if not between.any():
        return None
    return float(np.square(vectors[~states.others][:, between]).sum() / np.count_nonzero(between))
