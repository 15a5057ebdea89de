"""The empirical spectral density of W Wᵀ and what the Marchenko–Pastur law says of it (report, section 3.3).

All densities are per eigenvalue of the whole m × m matrix: everything together has area 1, of which the m − n
certain zeros of a layer with Q = n/m < 1 hold 1 − Q at λ = 0 (stated, never drawn); the histogram's bars hold
what lies in the bins and the law's curve min(1, Q). So the curve can be laid over the bars as it is. On a log
axis both are densities per decade instead.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np

from workbench.analysis.marchenko_pastur import MarchenkoPastur, Scale, bulk_variance

if TYPE_CHECKING:
    from workbench.analysis.matrices import Float64Array

Verdict = Literal["bulk", "grown", "shrunk", "gone"]

_BINS = {"linear": 40, "log": 60}
_REACH = 1.3  # of the largest edge: how far the linear axis goes
_LOG_FROM = 10.0  # times the reference's edge: a λ_max beyond it wants the log axis


@dataclass(frozen=True, eq=False)
class SpectrumResult:
    """A layer's spectrum, its histogram, the laws it is compared with, and what that comparison says."""

    units: int
    inputs: int
    eigenvalues: Float64Array  # the min(m, n) that need not be zero, descending
    scale: Scale
    edges: Float64Array  # (bins + 1,) in λ on both scales
    density: Float64Array  # (bins,) per unit of λ (linear) or per decade (log), of all m eigenvalues
    undrawn: int  # how many of `eigenvalues` lie in no bin: beyond the last or, on a log axis, zero
    initialiser: MarchenkoPastur | None  # σ² from the initialiser, where that is known
    entries: MarchenkoPastur | None  # σ² = tr G/(mn); None only if every weight is zero
    fitted: MarchenkoPastur | None  # σ² fitted to the bulk; None where there is none
    verdict: Verdict
    counted_against: MarchenkoPastur | None  # the law whose `limit` the outliers exceed
    outliers: Float64Array  # descending; empty where the verdict is "shrunk" or "gone"
    words: str  # the verdict as a sentence

    @property
    def q(self) -> float:
        """The aspect ratio Q = n/m."""
        return self.inputs / self.units

    @property
    def certain_zeros(self) -> int:
        """The m − n eigenvalues that are zero whatever the weights are (Q < 1); not in `eigenvalues`."""
        return max(self.units - self.inputs, 0)


def spectral_histogram(
    eigenvalues: Float64Array, units: int, edges: Float64Array, scale: Scale = "linear"
) -> Float64Array:
    """The histogram of `eigenvalues` in given bins, as a density over all `units` eigenvalues.

    So that two snapshots can be drawn in the same bins. Per unit of λ, or per decade for `scale` "log".
    """
    counts, _ = np.histogram(eigenvalues, bins=edges)
    widths = np.diff(edges if scale == "linear" else np.log10(edges))
    heights: Float64Array = counts / (units * widths)
    return heights


def empirical_spectral_density(
    eigenvalues: Float64Array,
    units: int,
    inputs: int,
    initial_variance: float | None = None,
    scale: Scale | None = None,
) -> SpectrumResult:
    """The spectrum of W Wᵀ with its histogram, Marchenko–Pastur laws, outliers and verdict.

    `eigenvalues` are the min(m, n) that `matrices.eigenvalues` gives; `initial_variance` is that of the
    entries at initialisation. Bins: 40 over [0, 1.3 λ₊] (λ₊ the larger of the initialiser's and the entries'
    law), or 60 on a log axis when λ_max > 10 λ₊ of the initialiser (else the entries), or as `scale` asks;
    outliers inside the bins are counted in them as well.

    The verdict compares the fitted bulk (`bulk_variance`) with the initialiser's variance; they agree within
    max(.1, 3·min(m, n)^(−2/3)). "bulk": they do, or no initialiser is known; outliers are counted beyond the
    initialiser's limit (else the fitted bulk's). "grown": the bulk is wider; counted beyond the fitted limit,
    as the bulk's own eigenvalues would count otherwise. "shrunk": it is narrower, as weight decay does;
    "gone": no bulk fits; in both nothing is counted. Raises ValueError for eigenvalues that are not finite,
    negative or not min(m, n) many.
    """
    values = _checked(eigenvalues, units, inputs)
    trace = float(values.sum())
    entries = _law(units, inputs, trace / (units * inputs))
    initialiser = None if initial_variance is None else MarchenkoPastur(units, inputs, initial_variance)
    fitted = _law(units, inputs, bulk_variance(values, units, inputs))
    verdict = _verdict(initialiser, fitted, len(values))
    judge = {"bulk": initialiser or fitted, "grown": fitted}.get(verdict)
    outliers = values[values > judge.limit] if judge else values[:0]
    drawn = [law for law in (initialiser, entries) if law is not None]
    chosen, edges = _bins(values, drawn, scale)
    density = spectral_histogram(values, units, edges, chosen)
    inside = np.count_nonzero((values >= edges[0]) & (values <= edges[-1]))
    result = SpectrumResult(
        units=units,
        inputs=inputs,
        eigenvalues=values,
        scale=chosen,
        edges=edges,
        density=density,
        undrawn=len(values) - int(inside),
        initialiser=initialiser,
        entries=entries,
        fitted=fitted,
        verdict=verdict,
        counted_against=judge,
        outliers=outliers,
        words="",
    )
    return replace(result, words=_words(result))


def _checked(eigenvalues: Float64Array, units: int, inputs: int) -> Float64Array:
    values = np.sort(np.asarray(eigenvalues, dtype=np.float64))[::-1]
    if not np.isfinite(values).all():
        raise ValueError("the spectrum has NaN or infinite eigenvalues: the training diverged; choose another snapshot")
    if values.shape != (min(units, inputs),):
        raise ValueError(f"a {units} × {inputs} layer has {min(units, inputs)} eigenvalues, not {values.shape}")
    if values[-1] < 0.0:
        raise ValueError(f"W Wᵀ has no negative eigenvalue, but the least is {values[-1]:.3g}")
    return values


def _law(units: int, inputs: int, variance: float | None) -> MarchenkoPastur | None:
    return MarchenkoPastur(units, inputs, variance) if variance else None


def _verdict(initialiser: MarchenkoPastur | None, fitted: MarchenkoPastur | None, count: int) -> Verdict:
    if fitted is None:
        return "gone"
    if initialiser is None:
        return "bulk"
    ratio = fitted.variance / initialiser.variance
    tolerance = max(0.1, 3.0 * count ** (-2.0 / 3.0))
    if abs(ratio - 1.0) <= tolerance:
        return "bulk"
    return "grown" if ratio > 1.0 else "shrunk"


def _bins(values: Float64Array, laws: list[MarchenkoPastur], scale: Scale | None) -> tuple[Scale, Float64Array]:
    """The scale and the bin edges; the first law is the reference that decides between the scales."""
    if not laws:
        return "linear", np.linspace(0.0, 1.0, _BINS["linear"] + 1)
    # An outlier is beyond a limit, so the axis shows every law and every limit whole.
    top = max(max(_REACH * law.high, law.limit) for law in laws)
    chosen = scale or ("log" if values[0] > _LOG_FROM * laws[0].high else "linear")
    if chosen == "linear":
        return chosen, np.linspace(0.0, top, _BINS[chosen] + 1)
    rounding = max(values[0], top) * len(values) * np.finfo(np.float64).eps  # smaller ones are zeros
    low = min([*values[values > rounding][-1:], *(law.low for law in laws if law.low > 0.0), top / 100.0])
    edges = np.geomspace(low, max(values[0], top), _BINS[chosen] + 1)
    edges[0], edges[-1] = low, max(values[0], top)  # exactly, so that the extremes are inside
    return chosen, edges


_SENTENCES: dict[Verdict, str] = {
    "bulk": "{found} beyond the Marchenko–Pastur edge {edge:.3g} (finite-size margin {margin:.2g}).",
    "grown": (
        "The bulk has grown to {ratio:.2g} times its initial variance; "
        "{found} beyond its own edge {edge:.3g} (finite-size margin {margin:.2g})."
    ),
    "shrunk": (
        "The bulk has shrunk to {ratio:.2g} times its initial variance, as weight decay does, "
        "so outliers are not counted."
    ),
    "gone": "No bulk is left: no Marchenko–Pastur law fits the eigenvalues, so outliers are not counted.",
}


def _words(result: SpectrumResult) -> str:
    if result.entries is None:
        return "All weights are zero: there is no spectrum."
    fitted, initialiser, judge = result.fitted, result.initialiser, result.counted_against
    count = len(result.outliers)
    sentence = _SENTENCES[result.verdict].format(
        found=f"{count or 'no'} {'outlier' if count == 1 else 'outliers'}",
        edge=judge.high if judge else np.nan,
        margin=judge.margin if judge else np.nan,
        ratio=fitted.variance / initialiser.variance if fitted and initialiser else np.nan,
    )
    if result.certain_zeros:
        are, inputs = ("is" if result.certain_zeros == 1 else "are"), ("input" if result.inputs == 1 else "inputs")
        sentence += (
            f" {result.certain_zeros} of {result.units} eigenvalues {are} zero because of only "
            f"{result.inputs} {inputs} (Q < 1) and not drawn."
        )
    return sentence[0].upper() + sentence[1:]
