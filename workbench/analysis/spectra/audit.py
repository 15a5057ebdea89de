"""Which initialiser fits the spectrum that a layer began with."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from typing import TYPE_CHECKING

from workbench.analysis.spectra.marchenko_pastur import MarchenkoPastur
from workbench.analysis.spectra.spectrum import EdgeCounts, edge_counts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from workbench.analysis.matrices import Float64Array

_DEVIATIONS = 3.5  # standard errors; chance is farther off in 1 of 2,000 layers


@dataclass(frozen=True)
class Candidate:
    """How an initialiser compares with the initial spectrum."""

    name: str
    title: str
    variance: float  # of its entries
    ratio: float  # the variance of the entries that were drawn, as a multiple of it
    counts: EdgeCounts  # of the eigenvalues, against its edges
    fits: bool


@dataclass(frozen=True)
class InitialisationAudit:
    """Every initialiser of a catalogue beside the initial spectrum, the nearest variance first."""

    variance: float  # of the entries that were drawn: tr G/(mn)
    candidates: tuple[Candidate, ...]

    @property
    def fitting(self) -> tuple[Candidate, ...]:
        """Those that fit; two may share a variance."""
        return tuple(each for each in self.candidates if each.fits)

    def words(self, layer: str, said: str = "") -> str:
        """What was found, in a sentence or two; `said` is the initialiser that the run names."""
        drawn = f"σ² = {self.variance:.3g}"
        if not self.fitting:
            nearest = self.candidates[0]
            counts = nearest.counts
            outside = counts.beyond + counts.below
            more = f" and {outside} eigenvalues outside of its edges" if outside else ""
            why = f"its nearest, {nearest.title}, has {nearest.variance:.3g}{more}"
            return f"No initialiser of the catalogue fits the initial weights of {layer} ({drawn}): {why}."
        names = " or ".join(each.title for each in self.fitting)
        others = [each.title for each in self.candidates if not each.fits]
        but = f", not {' or '.join(others)}" if others else ""
        found = f"The initial weights of {layer} fit {names} ({drawn}){but}."
        return f"{found} {self.contradiction(layer, said)}".rstrip()

    def contradiction(self, layer: str, said: str) -> str:
        """That the initialiser which the run names does not fit, a sentence; "" where it does, or is not known."""
        title = next((each.title for each in self.candidates if each.name == said and not each.fits), "")
        return f"The run says {title}, which does not fit the initial weights of {layer}." if title else ""


def audit(
    eigenvalues: Float64Array, units: int, inputs: int, catalogue: Mapping[str, tuple[str, float]]
) -> InitialisationAudit:
    """The initial spectrum beside each initialiser of `catalogue`: its name -> (title, variance of an entry).

    One fits where the variance of the entries is within 3.5 standard errors of its own (of Gaussian entries, whose
    are the largest) and no eigenvalue lies beyond its edges with their margins. ValueError: all weights are zero.
    """
    variance = float(eigenvalues.sum()) / (units * inputs)
    if variance <= 0.0:
        raise ValueError("the initial weights are all zero, which no initialiser draws")
    tolerance = _DEVIATIONS * sqrt(2.0 / (units * inputs))
    found = []
    for name, (title, own) in catalogue.items():
        counts = edge_counts(eigenvalues, MarchenkoPastur(units, inputs, own))
        ratio = variance / own
        fits = abs(ratio - 1.0) <= tolerance and not counts.beyond and not counts.below
        found.append(Candidate(name, title, own, ratio, counts, fits))
    found.sort(key=lambda each: max(each.ratio, 1.0 / each.ratio))
    return InitialisationAudit(variance, tuple(found))
