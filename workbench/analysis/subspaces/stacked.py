"""Several layers of equal n stacked, [W₁; W₂; …]: the directions that they share, and those of only one of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from workbench.analysis.matrices import row_norms
from workbench.analysis.subspaces.rows import blocks, row_space

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from workbench.analysis.matrices import AnyFloatArray, Float64Array


@dataclass(frozen=True, eq=False)
class Stacked:
    """The leading right singular vectors of stacked layers."""

    singular_values: Float64Array  # (k,) descending
    shares: (
        Float64Array  # (layers, k): the share of each layer in the square of the singular value; columns add up to 1
    )
    names: tuple[str, ...] = ()  # of what is stacked

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the numbers of a row."""
        names = self.names or tuple(map(str, range(1, len(self.shares) + 1)))
        return "number", "singular_value", *(f"share of {name}" for name in names)

    @property
    def blocks(self) -> tuple[tuple[int, int], ...]:
        """The stretches of directions with nearly equal singular values, counted from 1.

        Such directions can turn into each other at the smallest change: only the mean share over a block is definite.
        """
        return blocks(self.singular_values)

    def rows(self) -> Iterator[tuple[int | float, ...]]:
        """The number, singular value and shares of each direction."""
        for number, (value, shares) in enumerate(zip(self.singular_values, self.shares.T, strict=True), 1):
            yield number, float(value), *map(float, shares)


def stacked(layers: Sequence[AnyFloatArray], rank: int, normalised: bool = True) -> Stacked:
    """The joint singular value decomposition of layers with the same inputs.

    `normalised` divides each layer by its Frobenius norm first, so that a layer of larger weights does not stand for
    all. A direction with equal shares is used alike by all layers. ValueError: the inputs differ, a layer is zero, or
    there is no such rank.
    """
    matrices = [np.asarray(each, np.float64) for each in layers]
    inputs = {each.shape[1] for each in matrices}
    if len(inputs) > 1:
        raise ValueError(f"layers with {' and '.join(map(str, sorted(inputs)))} inputs cannot be stacked")
    if normalised:
        lengths = [float(np.linalg.norm(each)) for each in matrices]
        if not all(lengths):
            raise ValueError("a layer whose weights are all zero has no directions")
        matrices = [each / length for each, length in zip(matrices, lengths, strict=True)]
    space = row_space(np.vstack(matrices), rank)
    energies = np.array([np.square(row_norms((each @ space.basis).T)) for each in matrices])
    return Stacked(space.singular_values[:rank], energies / energies.sum(axis=0))
