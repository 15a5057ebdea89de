"""Low-rank approximation of a layer: what is lost at every rank, and where the elbow is (report, section 3.3).

W_k is the best rank-k approximation of W. Everything but accuracies follows from the Gram matrix G = W Wᵀ: with
U_k its k leading eigenvectors, W_k = U_k U_kᵀ W. For other matrices than W give their own Gram matrix:
`moved_gram` for W − W₀, `matrices.cosines(G)` for normalised rows, `G[np.ix_(units, units)]` for chosen units.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np

from workbench.analysis.matrices import gram, left_vectors
from workbench.analysis.spectra.spectrum import empirical_spectral_density
from workbench.analysis.spectra.words import no_edge

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from workbench.analysis.matrices import AnyFloatArray, Float64Array

_ROUNDING = 1e-12  # of a difference on axes from 0 to 1: closer ones are equal, and the lower rank is taken
_PERCENT = 100.0
_NOISE = 1e-12  # of the largest eigenvalue of W Σ Wᵀ: what outputs in single precision leave of an exact zero


class LeftBasis(NamedTuple):
    """The leading eigenvectors of a Gram matrix, one column each, and their eigenvalues, both descending."""

    vectors: Float64Array  # (m, r) orthonormal columns; the largest entry of each is positive
    eigenvalues: Float64Array  # (r,) ≥ 0


@dataclass(frozen=True, eq=False)
class LowRank:
    """What a layer's rank-k approximations keep, for k = 0…min(m, n), and the elbows seen in that."""

    units: int
    inputs: int
    eigenvalues: Float64Array  # (r,) of W Wᵀ, r = min(m, n), descending
    residuals: Float64Array  # (r + 1,) ‖W − W_k‖²_F
    norm_percent: Float64Array  # (r + 1,) 100·‖W_k‖_F/‖W‖_F
    energy_percent: Float64Array  # (r + 1,) 100·‖W_k‖²_F/‖W‖²_F
    kneedle: int
    eigengap: int
    above_edge: int | None  # eigenvalues beyond the Marchenko–Pastur edge; None where there is no law to compare with
    no_edge: str  # why not, as a clause; "" where there is one

    @property
    def ranks(self) -> int:
        """The full rank r = min(m, n)."""
        return len(self.eigenvalues)


def low_rank(
    eigenvalues: Float64Array,
    units: int,
    inputs: int,
    initial_variance: float | None = None,
    zero_units: int = 0,
    zero_inputs: int = 0,
) -> LowRank:
    """The residuals, norms, energies and elbows of a layer from the min(m, n) eigenvalues of W Wᵀ.

    `initial_variance` is that of the entries at initialisation, for the Marchenko–Pastur edge; leave it out for
    W − W₀ or normalised rows, whose edge is then fitted to the bulk. No law counts in `zero_units` of the units and
    `zero_inputs` of the inputs, which have only zero weights. Raises ValueError for eigenvalues that are not finite,
    negative, or not min(m, n) many.
    """
    spectrum = empirical_spectral_density(eigenvalues, units, inputs, initial_variance, None, zero_units, zero_inputs)
    values = np.sort(np.asarray(eigenvalues, dtype=np.float64))[::-1]
    return LowRank(
        units=units,
        inputs=inputs,
        eigenvalues=values,
        residuals=residuals(values),
        norm_percent=norm_percent(values),
        energy_percent=energy_percent(values),
        kneedle=kneedle(residuals(values)),
        eigengap=eigengap(values),
        above_edge=len(spectrum.outliers) if spectrum.counted_against else None,
        no_edge=no_edge(spectrum),
    )


@dataclass(frozen=True)
class Estimator:
    """A rule that proposes a rank; how it looks in every plot."""

    title: str
    meaning: str
    rank: Callable[[LowRank, int | None], int | None]  # of what is known and of the smallest rank within a tolerance
    colour: str  # a name in `looks.OKABE_ITO`
    symbol: Literal["o", "^", "s", "D"]  # of matplotlib
    needs_accuracies: bool = False


ELBOWS: Mapping[str, Estimator] = MappingProxyType(
    {
        "Kneedle": Estimator(
            "Kneedle", "Where the residual bends: largest 1 − x − y, counted from 0",
            lambda found, _: found.kneedle, "vermillion", "o",
        ),
        "gap": Estimator(
            "eigengap", "Before the widest gap between two eigenvalues",
            lambda found, _: found.eigengap, "bluish green", "^",
        ),
        "MP edge": Estimator(
            "Marchenko–Pastur edge", "Eigenvalues above the edge of Marchenko and Pastur",
            lambda found, _: found.above_edge, "reddish purple", "s",
        ),
        "tolerance": Estimator(
            "tolerance", "Smallest rank that keeps the validation accuracy", lambda _, within: within, "orange", "D",
            needs_accuracies=True,
        ),
    }
)  # fmt: skip


OF_WEIGHTS = tuple(name for name, each in ELBOWS.items() if not each.needs_accuracies)


def elbows(found: LowRank, within_tolerance: int | None = None) -> dict[str, int | None]:
    """The rank that each estimator proposes, by its name; None where it cannot say."""
    return {name: each.rank(found, within_tolerance) for name, each in ELBOWS.items()}


def ranks_of_weights(found: LowRank) -> list[int | None]:
    """The ranks that the estimators `OF_WEIGHTS` propose, in their order."""
    return [ELBOWS[name].rank(found, None) for name in OF_WEIGHTS]


def elbows_of_weights(found: LowRank) -> Iterator[tuple[str, str]]:
    """(title, rank) of each estimator that needs no accuracies; "none (why)" where it cannot say."""
    for each in ELBOWS.values():
        if not each.needs_accuracies:
            rank = each.rank(found, None)
            yield each.title, f"none ({found.no_edge})" if rank is None else str(rank)


def residuals(eigenvalues: Float64Array) -> Float64Array:
    """RE(k) = ‖W − W_k‖²_F = Σ_{j>k} λⱼ for k = 0…r, (r + 1,) float64, from r descending eigenvalues.

    RE(0) = ‖W‖²_F and RE(r) = 0 exactly; added up from the smallest, so that small residuals are exact too.
    """
    return np.append(np.cumsum(np.asarray(eigenvalues, np.float64)[::-1])[::-1], 0.0)


def energy_percent(eigenvalues: Float64Array) -> Float64Array:
    """100·‖W_k‖²_F/‖W‖²_F for k = 0…r, (r + 1,) float64; 100 throughout for a W of zeros, which loses nothing."""
    lost = residuals(eigenvalues)
    if lost[0] == 0.0:
        return np.full(len(lost), _PERCENT)
    kept: Float64Array = _PERCENT * (1.0 - lost / lost[0])
    return kept


def norm_percent(eigenvalues: Float64Array) -> Float64Array:
    """100·‖W_k‖_F/‖W‖_F for k = 0…r, (r + 1,) float64: the report's Fig. 8."""
    return _PERCENT * np.sqrt(energy_percent(eigenvalues) / _PERCENT)


def kneedle(residuals: Float64Array) -> int:
    """The elbow of a convex curve that falls over k = 0…r, counted from 0: the argmax of 1 − x − y.

    x = k/r and y, the curve from its least to its largest value, go from 0 to 1 (Satopää et al. 2011 for smooth
    curves). For residuals that is the number of eigenvalues above their mean. The lowest of equal ranks; 0 for a
    constant curve. Raises ValueError for no curve.
    """
    heights = np.asarray(residuals, dtype=np.float64)
    if heights.ndim != 1 or not len(heights):
        raise ValueError(f"an elbow needs one height per rank, not the shape {heights.shape}")
    span = float(heights.max() - heights.min())
    if span == 0.0:
        return 0
    x = np.linspace(0.0, 1.0, len(heights))
    y = (heights - heights.min()) / span
    return _first_largest(1.0 - x - y)


def eigengap(eigenvalues: Float64Array) -> int:
    """The rank before the widest gap λ_k − λ_{k+1}, 1 ≤ k ≤ r, with λ_{r+1} = 0; the lowest of equal ones.

    0 for a W of zeros. Raises ValueError for no eigenvalue.
    """
    values = np.asarray(eigenvalues, dtype=np.float64)
    if values.ndim != 1 or not len(values):
        raise ValueError(f"an eigengap needs one eigenvalue per rank, not the shape {values.shape}")
    if values[0] == 0.0:
        return 0
    return 1 + _first_largest((values - np.append(values[1:], 0.0)) / values[0])


def smallest_rank_within(accuracies: AnyFloatArray, tolerance: float, ranks: Sequence[int] | None = None) -> int:
    """The smallest rank whose accuracy is at most `tolerance` below that of the last, the full rank.

    `accuracies` are at `ranks`, 0…r if not said, in the tolerance's unit (points). Choose on validation. Raises
    ValueError for a negative tolerance, no accuracy, and ranks that are not as many, ascending.
    """
    known = np.asarray(accuracies, dtype=np.float64)
    at = np.arange(len(known)) if ranks is None else np.asarray(ranks)
    if known.ndim != 1 or not len(known) or at.shape != known.shape or not (np.diff(at) > 0).all():
        raise ValueError(f"{known.shape} accuracies need as many ascending ranks, not {at.shape}")
    if not tolerance >= 0.0:
        raise ValueError(f"a tolerance is 0 or more points, not {tolerance}")
    return int(at[np.argmax(known >= known[-1] - tolerance)])


def joint_ranks(spectra: Mapping[str, Float64Array], tolerance: float) -> dict[str, int]:
    """For each layer the smallest rank that loses at most the fraction `tolerance` of ‖W‖²_F; one for all layers.

    `spectra` are the layers' eigenvalues by name. Raises ValueError for a tolerance outside [0, 1].
    """
    if not 0.0 <= tolerance <= 1.0:
        raise ValueError(f"a tolerance of energy is a fraction from 0 to 1, not {tolerance}")
    lost = {name: residuals(eigenvalues) for name, eigenvalues in spectra.items()}
    return {name: int(np.argmax(curve <= tolerance * curve[0])) for name, curve in lost.items()}


def left_basis(gram: Float64Array, count: int | None = None) -> LeftBasis:
    """The `count` leading eigenvectors of an (m, m) Gram matrix, (m, count), and their eigenvalues.

    `count` is min(m, n) for a layer (all m if not said). Then W_k = U_k U_kᵀ W with U_k the first k columns, and
    a layer's own output before the bias, z = W x, becomes U_k U_kᵀ z. Signs are fixed, so that equal matrices
    give equal bases. Raises ValueError for a count outside 0…m and for a matrix that is not square and finite.
    """
    square = np.asarray(gram, dtype=np.float64)
    if square.ndim != 2 or square.shape[0] != square.shape[1] or not np.isfinite(square).all():
        raise ValueError(f"a Gram matrix is square and finite; this one, of shape {square.shape}, is not")
    wanted = len(square) if count is None else count
    if not 0 <= wanted <= len(square):
        raise ValueError(f"a Gram matrix of {len(square)} units has 0 to {len(square)} eigenvectors, not {wanted}")
    values, vectors = np.linalg.eigh(square)
    leading = vectors[:, ::-1][:, :wanted]
    largest = np.take_along_axis(leading, np.abs(leading).argmax(axis=0)[None], axis=0)
    return LeftBasis(np.ascontiguousarray(leading * np.sign(largest)), np.maximum(values[::-1][:wanted], 0.0))


def approximation(weights: AnyFloatArray, vectors: Float64Array, rank: int) -> Float64Array:
    """W_k = U_k U_kᵀ W, (m, n) float64, from the (m, n) weights and the (m, ≥ k) vectors of their left basis.

    Raises ValueError for a rank that the basis does not reach.
    """
    if not 0 <= rank <= vectors.shape[1]:
        raise ValueError(f"this basis reaches ranks from 0 to {vectors.shape[1]}, not {rank}")
    leading = vectors[:, :rank]
    projected: Float64Array = leading @ (leading.T @ np.asarray(weights, dtype=np.float64))
    return projected


def data_vectors(on_data: Float64Array, weights: AnyFloatArray, count: int) -> Float64Array:
    """The `count` leading left singular vectors of W Σ^½, (m, count), from W Σ Wᵀ (m × m); no inverse is taken.

    U_k U_kᵀ W is the rank-k matrix with the least loss tr((W − W_k) Σ (W − W_k)ᵀ) (Eckart & Young, for W Σ^½). Where Σ
    leaves directions open, because no input reaches them, those of W itself follow, so that W_r is W.
    """
    rows = np.asarray(weights, dtype=np.float64)
    square = np.asarray(on_data, dtype=np.float64)
    within = left_vectors(rows) if len(rows) > rows.shape[1] else None  # the space of all outputs, where it is smaller
    values, vectors = np.linalg.eigh(square if within is None else within.T @ square @ within)
    values, vectors = values[::-1], vectors[:, ::-1]
    known = vectors[:, :count][:, values[:count] > _NOISE * max(values[0], 0.0)]
    return _completed(known if within is None else within @ known, rows, count)


def loss_on_data(weights: AnyFloatArray, approximation: AnyFloatArray, moments: Float64Array) -> float:
    """tr((W − A) Σ (W − A)ᵀ): the mean squared change of the outputs where Σ is E[x xᵀ] of the inputs, (n, n)."""
    change = np.asarray(weights, dtype=np.float64) - np.asarray(approximation, dtype=np.float64)
    return float(np.einsum("ij,jk,ik->", change, moments, change))


def _completed(known: Float64Array, weights: Float64Array, count: int) -> Float64Array:
    """The orthonormal columns `known` and, up to `count`, the leading left singular vectors of the rest of W."""
    missing = count - known.shape[1]
    if not missing:
        return known
    rest = weights - known @ (known.T @ weights)
    more = left_vectors(rest)[:, :missing]
    basis: Float64Array = np.linalg.qr(np.hstack((known, more)))[0]  # what rounding leaves of `known` in the others
    return basis


def moved_gram(weights: AnyFloatArray, initial_weights: AnyFloatArray) -> Float64Array:
    """The (m, m) Gram matrix of W − W₀, what training added. Raises ValueError when the shapes differ."""
    if np.shape(weights) != np.shape(initial_weights):
        raise ValueError(f"weights of shape {np.shape(weights)} did not start as {np.shape(initial_weights)}")
    return gram(np.asarray(weights, np.float64) - np.asarray(initial_weights, np.float64))


def _first_largest(values: Float64Array) -> int:
    return int(np.argmax(values >= values.max() - _ROUNDING))
