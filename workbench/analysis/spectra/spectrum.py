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

from workbench.analysis.spectra import words as spectrum_words
from workbench.analysis.spectra.bulk import Bulk, fit_bulk
from workbench.analysis.spectra.edges import BeyondEdge, seen_from
from workbench.analysis.spectra.marchenko_pastur import MarchenkoPastur, Scale
from workbench.analysis.spectra.measures import SpectrumMeasures, measures
from workbench.analysis.spectra.power_law import PowerLaw, fit_power_law
from workbench.cached import cached_property

if TYPE_CHECKING:
    from workbench.analysis.matrices import Float64Array
    from workbench.analysis.spectra.edges import Edges
    from workbench.analysis.units import QuietUnits

Verdict = Literal["bulk", "grown", "shrunk", "gone"]
Source = Literal["counted", "initialiser", "entries", "bulk"]  # of σ²; "counted": of the law outliers are beyond

_BINS = {"linear": 40, "log": 60}
_REACH = 1.3  # of the largest edge: how far the linear axis goes
_LOG_FROM = 10.0  # times the reference's edge: a λ_max beyond it wants the log axis


@dataclass(frozen=True)
class EdgeCounts:
    """How many eigenvalues lie where, seen from a law's edges with their finite-size margins."""

    beyond: int  # λ₊
    between: int
    below: int  # λ₋


@dataclass(frozen=True, eq=False)
class SpectrumResult:
    """A layer's spectrum, its histogram, the laws it is compared with, and what that comparison says.

    Units whose weights are all zero are left out, as if the layer never had them: `units` are the others.
    """

    units: int
    inputs: int
    zero_units: int  # left out
    silent_inputs: int  # left out: they come from removed units of the layer before
    eigenvalues: Float64Array  # the min(m, n) that need not be zero, descending
    scale: Scale
    edges: Float64Array  # (bins + 1,) in λ on both scales
    density: Float64Array  # (bins,) per unit of λ (linear) or per decade (log), of all m eigenvalues
    undrawn: int  # how many of `eigenvalues` lie in no bin: beyond the last or, on a log axis, zero
    initialiser: MarchenkoPastur | None  # σ² from the initialiser, where that is known
    entries: MarchenkoPastur | None  # σ² = tr G/(mn); None only if every weight is zero
    bulk: Bulk | None  # σ² fitted to the lowest eigenvalues; None where no law fits
    verdict: Verdict
    quiet: QuietUnits | None = None  # dead units and those that have hardly moved, where that was looked up
    zero_inputs: int = 0  # left out: of a change, those whose weights never moved
    doubt: str = ""  # why `inputs` may be too many, a sentence

    @property
    def q(self) -> float:
        """The aspect ratio Q = n/m."""
        return self.inputs / self.units

    @property
    def certain_zeros(self) -> int:
        """The m − n eigenvalues that are zero whatever the weights are (Q < 1); not in `eigenvalues`."""
        return max(self.units - self.inputs, 0)

    @property
    def counts(self) -> EdgeCounts | None:
        """The eigenvalues counted against the initialiser's edges; None where the initialiser is unknown."""
        return None if self.initialiser is None else edge_counts(self.eigenvalues, self.initialiser)

    @property
    def counted_against(self) -> MarchenkoPastur | Bulk | None:
        """The law whose `limit` the outliers exceed: the initialiser's; the bulk's where that has grown, or alone."""
        if self.entries is None:
            return None
        return self.bulk if self.verdict == "grown" or self.initialiser is None else self.initialiser

    def law(self, source: Source) -> MarchenkoPastur | Bulk | None:
        """The law whose σ² is from that source; None where there is none."""
        laws = {"initialiser": self.initialiser, "entries": self.entries, "bulk": self.bulk}
        return self.counted_against if source == "counted" else laws[source]

    @cached_property
    def outliers(self) -> Float64Array:
        """The eigenvalues beyond the limit of the law that they are counted against, descending; none without one."""
        judge = self.counted_against
        return self.eigenvalues[self.eigenvalues > (np.inf if judge is None else judge.limit)]

    @cached_property
    def measures(self) -> SpectrumMeasures:
        """The norms and ranks of the matrix."""
        return measures(self.eigenvalues)

    @cached_property
    def power_law(self) -> PowerLaw:
        """The power law of the upper tail, with a bootstrap interval of its exponent; or why there is none."""
        return fit_power_law(self.eigenvalues)

    def seen_from(self, source: Source = "counted") -> list[BeyondEdge]:
        """Every eigenvalue seen from the edges of the law with that σ²; none where there is no such law."""
        law = self.law(source)
        return [] if law is None else seen_from(self.eigenvalues, law)

    @property
    def shown_bulk(self) -> Bulk | None:
        """The fitted law where the words name it, and so the picture draws it."""
        return self.bulk if self.initialiser is None or self.verdict in ("grown", "shrunk") else None

    def with_quiet(self, units: QuietUnits) -> SpectrumResult:
        """The same, with the units that training left where they began."""
        return replace(self, quiet=units)

    @cached_property
    def finding(self) -> str:
        """What the comparison says, as a clause."""
        return spectrum_words.finding(self)

    @property
    def words(self) -> str:
        """What the comparison says, in sentences."""
        said = f"{self.finding[0].upper()}{self.finding[1:]}."
        return f"{said} {self.doubt}" if self.doubt else said


def edge_counts(eigenvalues: Float64Array, law: Edges) -> EdgeCounts:
    """How many eigenvalues lie beyond, between and below the edges of a law, each with its finite-size margin."""
    beyond, below = np.count_nonzero(eigenvalues > law.limit), np.count_nonzero(eigenvalues < law.floor)
    return EdgeCounts(int(beyond), len(eigenvalues) - int(beyond) - int(below), int(below))


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
    zero_units: int = 0,
    zero_inputs: int = 0,
    silent_inputs: int = 0,
) -> SpectrumResult:
    """The spectrum of W Wᵀ with its histogram, Marchenko–Pastur laws, outliers and verdict.

    `eigenvalues` are the min(m, n) that `matrices.eigenvalues` gives; `initial_variance` is that of the
    entries at initialisation; `zero_units` of the units and `zero_inputs` of the inputs have only zero weights
    and are left out, and `silent_inputs` are left out of `inputs` already. Bins: 40 over
    [0, 1.3 λ₊] (λ₊ the larger of the initialiser's and the entries' law), or 60 on a log axis when
    λ_max > 10 λ₊ of the initialiser (else the entries) or half of the eigenvalues would lie in the first bin, or as
    `scale` asks; outliers inside the bins are counted
    in them as well.

    Where the initialiser is known, all eigenvalues are counted against its edges. The verdict compares the fitted
    bulk (`fit_bulk`) with its variance; they agree within max(.1, 3·count^(−2/3)). "bulk": they do, or no
    initialiser is known. "grown": the bulk is wider, so outliers are those beyond the bulk's own limit, as its own
    eigenvalues would count otherwise. "shrunk": it is narrower, as weight decay does. "gone": no law fits. Raises
    ValueError for eigenvalues that are not finite, negative or not min(m, n) many.
    """
    every = _checked(eigenvalues, units, inputs)
    units, inputs = max(units - zero_units, 1), max(inputs - zero_inputs, 1)
    values = every[: min(units, inputs)]
    initialiser = None if initial_variance is None else MarchenkoPastur(units, inputs, initial_variance)
    entries = _law(units, inputs, float(values.sum()) / (units * inputs))
    bulk = fit_bulk(values, units, inputs)
    verdict = _verdict(initialiser, bulk)
    drawn = [law for law in (initialiser, entries) if law is not None]
    chosen, edges = _bins(values, drawn, scale)
    inside = np.count_nonzero((values >= edges[0]) & (values <= edges[-1]))
    return SpectrumResult(
        units=units,
        inputs=inputs,
        zero_units=zero_units,
        silent_inputs=silent_inputs,
        zero_inputs=zero_inputs,
        eigenvalues=values,
        scale=chosen,
        edges=edges,
        density=spectral_histogram(values, units, edges, chosen),
        undrawn=len(values) - int(inside),
        initialiser=initialiser,
        entries=entries,
        bulk=bulk,
        verdict=verdict,
    )


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


def _verdict(initialiser: MarchenkoPastur | None, bulk: Bulk | None) -> Verdict:
    if bulk is None:
        return "gone"
    if initialiser is None:
        return "bulk"
    ratio = bulk.law.variance / initialiser.variance
    tolerance = max(0.1, 3.0 * bulk.count ** (-2.0 / 3.0))
    if abs(ratio - 1.0) <= tolerance:
        return "bulk"
    return "grown" if ratio > 1.0 else "shrunk"


def _bins(values: Float64Array, laws: list[MarchenkoPastur], scale: Scale | None) -> tuple[Scale, Float64Array]:
    """The scale and the bin edges; the first law is the reference that decides between the scales."""
    if not laws:
        return "linear", np.linspace(0.0, 1.0, _BINS["linear"] + 1)
    # An outlier is beyond a limit, so the axis shows every law and every limit whole.
    top = max(max(_REACH * law.high, law.limit) for law in laws)
    crowded = float(np.median(values)) < top / _BINS["linear"]  # half of them in the first bin, as after weight decay
    chosen = scale or ("log" if values[0] > _LOG_FROM * laws[0].high or crowded else "linear")
    if chosen == "linear":
        return chosen, np.linspace(0.0, top, _BINS[chosen] + 1)
    rounding = max(values[0], top) * len(values) * np.finfo(np.float64).eps  # smaller ones are zeros
    low = min([*values[values > rounding][-1:], *(law.low for law in laws if law.low > 0.0), top / 100.0])
    edges = np.geomspace(low, max(values[0], top), _BINS[chosen] + 1)
    edges[0], edges[-1] = low, max(values[0], top)  # exactly, so that the extremes are inside
    return chosen, edges
