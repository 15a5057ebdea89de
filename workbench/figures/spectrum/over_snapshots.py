"""What a layer's spectrum says in numbers, snapshot by snapshot."""

from __future__ import annotations

from dataclasses import astuple, dataclass, fields
from typing import TYPE_CHECKING

from workbench.analysis.spectra.measures import SpectrumMeasures, measures
from workbench.analysis.spectra.power_law import PowerLaw, fit_power_law
from workbench.analysis.spectra.spectrum import edge_counts
from workbench.evaluation.ranks.approximated import WEIGHTS
from workbench.figures.spectrum.layer import layer_spectrum
from workbench.runs.errors import RunError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from os import PathLike

    from workbench.analysis.spectra.spectrum import EdgeCounts, Source, SpectrumResult
    from workbench.evaluation.ranks.approximated import Approximated
    from workbench.runs.place import Place

_EDGES = ("variance", "lower_edge", "upper_edge", "above", "below")
_TAIL = ("alpha", "alpha_low", "alpha_high", "x_min", "ks_distance", "tail")
COLUMNS = ("snapshot", "epoch", *(each.name for each in fields(SpectrumMeasures)), *_EDGES, *_TAIL)


@dataclass(frozen=True, eq=False)
class SnapshotSpectrum:
    """The spectrum of a layer at a snapshot, in numbers."""

    place: Place
    measures: SpectrumMeasures | None  # None: the training had diverged, or every weight is zero
    variance: float | None  # σ² of the law whose edges are counted against; None: there is no such law
    edges: tuple[float, float] | None
    counts: EdgeCounts | None
    tail: PowerLaw

    def row(self) -> tuple[float | int | None, ...]:
        """The numbers in the order of `COLUMNS`; None where one does not exist."""
        known = (None,) * 6 if self.measures is None else astuple(self.measures)
        edges = (None, None) if self.edges is None else self.edges
        counts = (None, None) if self.counts is None else (self.counts.beyond, self.counts.below)
        tail = self.tail
        fit = (None,) * 6 if tail.refusal else (
            tail.alpha, tail.low, tail.high, tail.x_min, tail.distance, tail.tail)  # fmt: skip
        epoch = float(self.place.run.epochs[self.place.snapshot])
        return (self.place.snapshot, epoch, *known, self.variance, *edges, *counts, *fit)


def spectra_over_snapshots(
    place: Place,
    about: Approximated = WEIGHTS,
    shuffled: int | None = None,
    source: Source = "counted",
    root: str | PathLike[str] | None = None,
    snapshots: Iterable[int] | None = None,
    resamples: int = 0,
) -> Iterator[SnapshotSpectrum]:
    """The numbers at these snapshots (None: all), one after another; σ² of the edges is from `source`.

    `resamples` of the power law's bootstrap; 0: α without an interval. Errors as in `layer_spectrum`.
    """
    for snapshot in range(place.run.snapshots) if snapshots is None else snapshots:
        yield spectrum_in_numbers(place.at(snapshot), about, shuffled, source, root, resamples)


def spectrum_in_numbers(
    place: Place,
    about: Approximated = WEIGHTS,
    shuffled: int | None = None,
    source: Source = "counted",
    root: str | PathLike[str] | None = None,
    resamples: int = 0,
) -> SnapshotSpectrum:
    """The numbers at one place, as `spectra_over_snapshots`."""
    how = {"matrix": about.matrix, "units": about.units, "shuffled": shuffled, "root": root}
    try:
        result = layer_spectrum(place.run, place.layer, place.snapshot, quiet=False, **how)  # type: ignore[arg-type]
    except RunError as error:
        return SnapshotSpectrum(place, None, None, None, None, PowerLaw(refusal=error.problem or str(error)))
    return _numbers(place, result, source, resamples)


def _numbers(place: Place, result: SpectrumResult, source: Source, resamples: int) -> SnapshotSpectrum:
    if result.entries is None:
        return SnapshotSpectrum(place, None, None, None, None, PowerLaw(refusal="all weights are zero"))
    law, tail = result.law(source), fit_power_law(result.eigenvalues, resamples)
    known = measures(result.eigenvalues)
    if law is None:
        return SnapshotSpectrum(place, known, None, None, None, tail)
    counts = edge_counts(result.eigenvalues, law)
    return SnapshotSpectrum(place, known, law.variance, (law.low, law.high), counts, tail)
