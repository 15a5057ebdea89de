"""The difference ΔW of two weight matrices of one shape: its size, and its rank against noise with the same entries."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf, nan
from typing import TYPE_CHECKING, Literal

import numpy as np

from workbench.analysis.matrices import eigenvalues, finite_matrix
from workbench.analysis.spectra.bulk import fit_bulk
from workbench.analysis.spectra.marchenko_pastur import MarchenkoPastur

if TYPE_CHECKING:
    from workbench.analysis.matrices import AnyFloatArray, Float64Array

    Kind = Literal["identical", "exact", "noise", "above noise", "everywhere"]
    Source = Literal["", "bulk", "entries"]

_FLOAT32 = float(np.finfo(np.float32).eps)
_HEAVY = 5.0  # kurtosis of entries (3: normal, 6: Laplace) beyond which the law is not relied on alone
_SHUFFLES, _DEVIATIONS = 9, 6.0  # of the largest eigenvalue of shuffled entries
_ROUNDING = 4.0  # times the rounding of float32 numbers: what storing a sum leaves


@dataclass(frozen=True, eq=False)
class Difference:
    """ΔW = B − A and the eigenvalues of ΔWΔWᵀ."""

    kind: Kind
    units: int  # that changed at all
    inputs: int  # whose weights changed at all
    norm: float  # ‖ΔW‖_F
    relative: float  # ‖ΔW‖_F/‖A‖_F; infinite where A is zero
    scale: float  # s of the nearest multiple sA of A to B: below 1 the weights have shrunk; 1 where A is zero
    eigenvalues: Float64Array  # of ΔWΔWᵀ, descending, without the certain zeros
    rank: int  # how many of them stand out; of an exact low rank, how many are not zero
    noise_edge: float  # of the eigenvalues: what chance reaches, its margin included; NaN where there is no noise
    source: Source  # what says how large the noise is
    entries_edge: float  # the same edge for noise with the variance of all entries, what stands out included

    @property
    def share(self) -> float:
        """The share of ‖ΔW‖² in the directions that stand out, 0…1."""
        total = self.eigenvalues.sum()
        return float(self.eigenvalues[: self.rank].sum() / total) if total else 0.0

    @property
    def of_scale(self) -> float:
        """The share of ‖ΔW‖² that is a multiple of A: what shrinking or growing alone explains, 0…1."""
        return ((self.scale - 1.0) / self.relative) ** 2 if 0.0 < self.relative < inf else 0.0

    @property
    def outliers(self) -> int:
        """How many eigenvalues lie beyond the edge of noise; of an exact low rank, all that are not zero."""
        return self.rank


def difference(before: AnyFloatArray, after: AnyFloatArray) -> Difference:
    """What changed from one m × n matrix to another, and the rank of the change.

    The size of the noise is fitted to the bulk of the spectrum (see `fit_bulk`), so that what stands out does not
    raise its own edge; where no bulk follows the Marchenko–Pastur law it is that of all entries, and the rank is what
    stands out at least. Where a few large entries make up the noise, its edge is at least what shuffled entries reach.
    Rows and columns without any change are left out of the law. An exact low rank is at most half
    of the possible one, and the rest is zero up to rounding. ValueError: another shape, or not finite.
    """
    first, second = finite_matrix(before, "the first matrix"), finite_matrix(after, "the second matrix")
    if first.shape != second.shape:
        raise ValueError(f"matrices of {first.shape} and {second.shape} have no difference")
    delta = second - first
    most, delta = min(delta.shape), delta[delta.any(axis=1)][:, delta.any(axis=0)]
    norm, length = float(np.linalg.norm(delta)), float(np.linalg.norm(first))
    if not delta.size:
        return Difference("identical", 0, 0, 0.0, 0.0, 1.0, np.zeros(0), 0, nan, "", nan)
    scale = float(np.vdot(first, second)) / length**2 if length else 1.0
    units, inputs = delta.shape
    size = units, inputs, norm, norm / length if length else inf, scale
    found = eigenvalues(delta)
    entries = MarchenkoPastur(units, inputs, norm**2 / delta.size).limit
    exact = _exact_rank(found, delta, max(float(np.abs(first).max()), float(np.abs(second).max())))
    if 0 < exact <= most // 2:
        return Difference("exact", *size, found, exact, nan, "", entries)
    bulk = fit_bulk(found, units, inputs)
    edge = entries if bulk is None else _edge_of_heavy_tails(delta, found, bulk.limit)
    rank = int(np.count_nonzero(found > edge))
    kind: Kind = "everywhere" if bulk is None and rank else "above noise" if rank else "noise"
    return Difference(kind, *size, found, rank, edge, "entries" if bulk is None else "bulk", entries)


def _edge_of_heavy_tails(delta: Float64Array, found: Float64Array, edge: float) -> float:
    """`edge`, or what shuffled entries reach where a few large entries make up the noise, as in a sparse change.

    The law holds for entries with light tails. Step by step, what stands out is taken away before the entries are
    shuffled again, so that a low-rank change does not hide itself.
    """
    beyond = int(np.count_nonzero(found > edge))
    if not beyond:
        return edge
    left, values, right = np.linalg.svd(delta, full_matrices=False)

    def without(rank: int) -> Float64Array:
        rest: Float64Array = delta - (left[:, :rank] * values[:rank]) @ right[:rank]
        return rest

    if max(_kurtosis(delta), _kurtosis(without(beyond))) <= _HEAVY:
        return edge
    random, rank, highest = np.random.default_rng(0), 0, np.inf
    while True:
        rest = without(rank).ravel()
        reached = [float(eigenvalues(random.permutation(rest).reshape(delta.shape))[0]) for _ in range(_SHUFFLES)]
        highest = min(highest, float(np.mean(reached) + _DEVIATIONS * np.std(reached)))
        more = int(np.count_nonzero(found > max(edge, highest)))
        if more <= rank:
            return max(edge, highest)
        rank = more


def _kurtosis(values: Float64Array) -> float:
    squares = np.square(values)
    return float(np.square(squares).mean() / squares.mean() ** 2)


def _exact_rank(found: Float64Array, delta: Float64Array, largest: float) -> int:
    """How many directions are not zero up to rounding.

    A low-rank change that was added to weights in float32 leaves their rounding in every direction: at most half a
    unit in the last place of the largest weight in each entry.
    """
    computing = found[0] * max(delta.shape) * np.finfo(np.float64).eps
    units, inputs = delta.shape
    storing = MarchenkoPastur(units, inputs, (_ROUNDING * _FLOAT32 * largest) ** 2 / 12).limit
    return int(np.count_nonzero(found > max(computing, storing)))
