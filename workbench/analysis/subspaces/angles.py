"""Principal angles between two spaces, exact for small angles too, and what chance gives."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from workbench.analysis.matrices import Float64Array

DRAWS = 400  # pairs of random spaces
SPREAD = (2.5, 97.5)  # percent: 95 % of chance lies between


@dataclass(frozen=True, eq=False)
class Chance:
    """The principal angles between random spaces, in degrees, each (k,) and ascending."""

    mean: Float64Array
    low: Float64Array  # 95 % of the random spaces lie between these
    high: Float64Array


def principal_angles(first: Float64Array, second: Float64Array) -> Float64Array:
    """The principal angles between the spans of two sets of orthonormal columns: degrees, ascending, min(k₁, k₂).

    Angles up to 45° come from their sines and the others from their cosines (Björck & Golub 1973; Knyazev & Argentati
    2002): the cosine of a small angle is 1 up to rounding. ValueError: the spaces do not lie in the same one.
    """
    if len(first) != len(second):
        raise ValueError(f"spaces in {len(first)} and {len(second)} dimensions have no angles between them")
    if first.shape[1] < second.shape[1]:
        first, second = second, first
    shared = first.T @ second
    cosines = np.clip(np.linalg.svd(shared, compute_uv=False), 0.0, 1.0)  # descending
    sines = np.linalg.svd(second - first @ shared, compute_uv=False)[::-1]
    small = np.square(cosines) >= 0.5
    angles = np.where(small, np.arcsin(np.clip(sines, 0.0, 1.0)), np.arccos(cosines))
    ascending: Float64Array = np.rad2deg(np.sort(angles))
    return ascending


@lru_cache(maxsize=64)
def chance(dimensions: int, rank: int, other_rank: int, seed: int = 0) -> Chance:
    """The principal angles between independent random spaces of these ranks in so many dimensions.

    Simulated: the one space may be that of the first axes, and of the other only the length of what lies outside them
    matters, whose Gram matrix is Wishart (its Cholesky factor: Bartlett 1933). ValueError: such spaces do not exist.
    """
    large, small = max(rank, other_rank), min(rank, other_rank)
    if not 1 <= small <= large <= dimensions:
        raise ValueError(f"there are no spaces of rank {rank} and {other_rank} in {dimensions} dimensions")
    generator, outside = np.random.default_rng(seed), dimensions - large
    rest = min(outside, small)
    axes = np.eye(large + rest, large)
    draws = np.empty((DRAWS, small))
    for draw in draws:
        inside = generator.standard_normal((large, small))
        below = _bartlett(generator, outside, small) if outside > small else generator.standard_normal((rest, small))
        draw[:] = principal_angles(axes, np.linalg.qr(np.vstack((inside, below)))[0])
    low, high = np.percentile(draws, SPREAD, axis=0)
    return Chance(draws.mean(axis=0), low, high)


def _bartlett(generator: np.random.Generator, degrees: int, size: int) -> Float64Array:
    """A triangular matrix R with RᵀR distributed as GᵀG of a Gaussian (degrees, size) matrix G."""
    factor = np.triu(generator.standard_normal((size, size)), 1)
    factor[np.diag_indices(size)] = np.sqrt(generator.chisquare(degrees - np.arange(size)))
    return factor
