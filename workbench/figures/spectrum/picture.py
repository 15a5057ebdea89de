"""What the spectrum panel draws, as plain arrays, in axes that stay still while the timeline is dragged."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, floor, log2, log10
from typing import TYPE_CHECKING

import numpy as np

from workbench.analysis.spectra.edges import seen_from
from workbench.analysis.spectra.spectrum import SpectrumResult, spectral_histogram
from workbench.evaluation.ranks.approximated import WEIGHTS, Approximated
from workbench.figures.spectrum.layer import is_small
from workbench.figures.spectrum.others import SEED, snapshots_of_axes, spectrum_of
from workbench.runs.errors import RunError, shown
from workbench.runs.remaining import is_known
from workbench.runs.saying import counted
from workbench.runs.spec import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    from workbench.analysis.spectra.marchenko_pastur import MarchenkoPastur, Scale
    from workbench.evaluation.ranks.approximated import Matrix
    from workbench.runs.place import Place

    Float64 = NDArray[np.float64]
    Curve = tuple[Float64, Float64]

WIDEST = 2.0  # times the bins: a linear axis extends no further for outliers, or the bulk would be too narrow to see
QUARTER_DECADES = 4
DENSITY: dict[Scale, str] = {"linear": "density per unit of λ", "log": "density per decade"}
COUNTS = "eigenvalues"
NO_CURVE = np.zeros(0), np.zeros(0)


@dataclass(frozen=True)
class Question:
    """What a picture of a spectrum depends on; `scale` None leaves the choice to the data."""

    place: Place
    scale: Scale | None
    matrix: Matrix = "weights"
    units: tuple[int, ...] = ()  # ascending: only their rows; none: every unit
    shuffled: bool = False  # whether the spectrum of shuffled entries is drawn too
    counted: bool = False  # whether bars are eigenvalues in a bin instead of a density

    @property
    def about(self) -> Approximated:
        """The matrix."""
        return Approximated(self.matrix, self.units)

    @property
    def axes(self) -> str:
        """Which layer and matrix it is of, for what is zoomed to."""
        of = "" if self.about == WEIGHTS else f" {self.matrix}"
        return f"{self.place.run.run_id} {self.place.layer}{of}"


@dataclass(frozen=True, eq=False)
class Picture:
    """A spectrum in the coordinates of its axes: λ itself, or its decimal logarithm on a log axis."""

    question: Question  # that it answers
    result: SpectrumResult
    scale: Scale
    edges: Float64  # (bins + 1,) in λ
    counts: NDArray[np.int64]  # (bins,) eigenvalues in each bin
    density: Float64  # (bins,), or counts
    initial: Float64  # (bins,) of snapshot 0; all zero where it has no finite spectrum or is no initialisation
    curves: dict[str, Curve]  # "initialiser", "entries", "bulk": Marchenko–Pastur densities, empty where there is none
    limits: dict[str, tuple[float, ...]]  # their edges
    rug: Float64  # outliers, and what lies beyond the bins, descending
    rug_texts: tuple[str, ...]
    view: tuple[float, float]  # of the axis of eigenvalues
    top: float  # of the axis of densities
    place: str  # the run, layer and epoch
    axes: str  # which axes these are, for what is zoomed to
    words: str
    start: str = "at initialisation"  # what snapshot 0 is called
    null: Float64 | None = None  # (bins,) of the shuffled entries, where they are drawn
    matrix: str = "W"  # what the matrix is called

    @property
    def height(self) -> str:
        """What the axis of the bars says."""
        return COUNTS if self.question.counted else DENSITY[self.scale]

    @property
    def ticks(self) -> Float64:
        """The edges of the bins in the coordinates of the axis."""
        return on_axis(self.edges, self.scale)

    def reading(self, x: float, y: float) -> str:
        """What lies under a point of the plot, in words."""
        value = 10.0**x if self.scale == "log" else x
        here = f"λ = {value:.4g}, {'count' if self.question.counted else 'density'} {y:.3g}"
        outlier = self._outlier_near(x)
        if outlier is not None:
            return f"{here}: {outlier}"
        number = int(np.searchsorted(self.edges, value, side="right")) - 1
        if 0 <= number < len(self.counts):
            low, high = self.edges[number : number + 2]
            return f"{here}: {_eigenvalues(int(self.counts[number]))} from {low:.3g} to {high:.3g}"
        nearest = self.result.eigenvalues[np.abs(self.result.eigenvalues - value).argmin()]
        return f"{here}: outside of the bins; the nearest eigenvalue is {nearest:.4g}"

    def _outlier_near(self, x: float) -> str | None:
        """The outlier within a hundredth of the axis of a point, and how far it lies beyond the edge; None: none."""
        law = self.result.counted_against
        if law is None or not len(self.result.outliers):
            return None
        away = np.abs(on_axis(self.result.outliers, self.scale) - x)
        nearest = int(away.argmin())
        if away[nearest] > 0.01 * (self.view[1] - self.view[0]):
            return None
        seen = seen_from(self.result.outliers[nearest : nearest + 1], law)[0]
        return (
            f"eigenvalue {nearest + 1} is {seen.eigenvalue:.4g}, {seen.distance:.3g} beyond the edge "
            f"({seen.margins:.3g} times what chance reaches)"
        )


def pictures_of(question: Question) -> Iterator[Picture | None]:
    """The picture that answers `question`, first without what takes long to read.

    That are the units of a large layer that have hardly moved, and the units that are removed from other layers.

    None where every weight is zero. RunError where the snapshot's spectrum is not finite or cannot be read.
    """
    place = question.place
    if question.about == WEIGHTS and not (is_small(place.layer_view) and is_known(place.run, place.snapshot)):
        yield _picture(question, quickly=True)
    yield _picture(question, quickly=False)


def picture_of(question: Question) -> Picture | None:
    """The whole of `pictures_of`."""
    return _picture(question, quickly=False)


def _picture(question: Question, quickly: bool) -> Picture | None:
    place, run = question.place, question.place.run
    at = snapshots_of_axes(place, question.about)
    scale = question.scale or _scale(_end(question, each, None) for each in at)
    ends = {each: _end(question, each, scale) for each in at}
    references = [end for end in ends.values() if end is not None]
    first = ends.get(0)
    result = spectrum_of(place, question.about, scale, quickly=quickly)
    if result.entries is None:
        return None
    edges = _edges(references or [result], scale)
    counts, _ = np.histogram(result.eigenvalues, bins=edges)
    density = spectral_histogram(result.eigenvalues, result.units, edges, scale)
    initial = np.zeros(len(counts))
    if first is not None and run.spec.holds_initialisation:
        initial = spectral_histogram(first.eigenvalues, first.units, edges, scale)
    bulk = result.shown_bulk
    laws = {"initialiser": result.initialiser, "entries": result.entries, "bulk": None if bulk is None else bulk.law}
    curves = {name: _curve(law, scale, result.units) for name, law in laws.items()}
    null = _null(question, scale) if question.shuffled else None
    outline = None if null is None else spectral_histogram(null.eigenvalues, null.units, edges, scale)
    if question.counted:  # bins are equally wide on their axis, so that all heights change alike
        height = result.units * float(np.diff(on_axis(edges, scale))[0])
        density, initial = density * height, initial * height
        curves = {name: (x, y * height) for name, (x, y) in curves.items()}
        outline = None if outline is None else outline * height
    beyond = max(len(result.outliers), int(np.count_nonzero(result.eigenvalues > edges[-1])))
    rug = result.eigenvalues[:beyond]
    return Picture(
        question=question,
        result=result,
        scale=scale,
        edges=edges,
        counts=counts,
        density=density,
        initial=initial,
        curves=curves,
        limits={name: _limits(law, scale) for name, law in laws.items()},
        rug=on_axis(rug, scale),
        rug_texts=tuple(f"{value:.3g}" for value in rug),
        view=_view(edges, [each.eigenvalues for each in references], scale),
        top=_top(density, initial, curves),
        place=place.words if question.about == WEIGHTS else f"{place.words}, {question.about.name}",
        axes=f"{question.axes} {scale}{' counts' * question.counted}",
        words=_words(question, result, edges, null),
        start=run.spec.start,
        null=outline,
        matrix=question.about.name,
    )


def on_axis(values: Float64, scale: Scale) -> Float64:
    """λ in the coordinates of its axis."""
    return np.log10(values) if scale == "log" else values


def _null(question: Question, scale: Scale) -> SpectrumResult:
    return spectrum_of(question.place, question.about, scale, shuffled=SEED)


def _end(question: Question, snapshot: int, scale: Scale | None) -> SpectrumResult | None:
    """A spectrum by which the axes are chosen; None where it is not finite or all zero."""
    try:
        found = spectrum_of(question.place.at(snapshot), question.about, scale, quiet=False)
    except RunError:  # diverged there: nothing to hold the axes still with
        return None
    return found if found.entries is not None else None


def _scale(ends: Iterable[SpectrumResult | None]) -> Scale:
    """The one that any of the ends asks for, so that the axis does not change in between."""
    return "log" if "log" in {end.scale for end in ends if end is not None} else "linear"


def _edges(fixed: Sequence[SpectrumResult], scale: Scale) -> Float64:
    """The bins of these spectra together, rounded so that a growing run rarely moves them."""
    low = min(float(result.edges[0]) for result in fixed)
    high = max(float(result.edges[-1]) for result in fixed)
    bins = len(fixed[0].edges)
    if scale == "linear":
        unit = float(fixed[0].edges[-1])
        return np.linspace(0.0, unit * _quarters_up(high / unit), bins)
    return np.logspace(
        floor(log10(low) * QUARTER_DECADES) / QUARTER_DECADES,
        ceil(log10(high) * QUARTER_DECADES) / QUARTER_DECADES,
        bins,
    )


def _quarters_up(ratio: float) -> float:
    return ceil(ratio * 4.0 - 1e-9) / 4.0


def _view(edges: Float64, references: Sequence[Float64], scale: Scale) -> tuple[float, float]:
    low, high = (float(edge) for edge in on_axis(edges[[0, -1]], scale))
    if scale == "log":
        return low, high
    largest = max((float(values[0]) for values in references), default=0.0)
    return low, high * min(max(_quarters_up(1.05 * largest / high), 1.0), WIDEST)


def _top(density: Float64, initial: Float64, curves: dict[str, Curve]) -> float:
    """The initial spectrum fills the axis; a higher one doubles it as often as needed: few steps."""
    usual = _height(initial, curves["initialiser"]) or _height(density, curves["entries"]) or 1.0
    now = _height(density, curves["entries"])
    return 1.08 * usual * 2.0 ** max(ceil(log2(max(now / usual, 1e-9))), 0)


def _height(density: Float64, curve: Curve) -> float:
    """Of bars and curve; the law of a square layer goes to infinity at 0 and must not flatten the bars."""
    bars = float(density.max())
    return max(bars, min(float(curve[1].max(initial=0.0)), 1.5 * bars))


def _curve(law: MarchenkoPastur | None, scale: Scale, units: int) -> Curve:
    """The law as a density over so many `units`, of which that of a bulk may have fewer."""
    if law is None:
        return NO_CURVE
    x, y = law.curve(scale)
    return on_axis(x, scale), y * (law.units / units)


def _limits(law: MarchenkoPastur | None, scale: Scale) -> tuple[float, ...]:
    if law is None:
        return ()
    drawn = [edge for edge in (law.low, law.high) if edge > 0.0]  # λ = 0 is the end of the axis, not an edge
    return tuple(on_axis(np.array(drawn), scale).tolist())


def _words(question: Question, result: SpectrumResult, edges: Float64, null: SpectrumResult | None) -> str:
    said = [f"{result.finding}; largest {result.eigenvalues[0]:.3g}, Q = {result.q:.3g}"]
    initialiser = question.place.run.spec.initialiser
    if null is not None:
        said.append(f"with shuffled entries the largest is {null.eigenvalues[0]:.3g}")
    if result.initialiser is None and question.about.kind.drawn:
        said.append(f"unknown initialiser{'' if initialiser == UNKNOWN else f' “{shown(initialiser)}”'}")
    below = int(np.count_nonzero(result.eigenvalues < edges[0]))
    if below:
        said.append(f"{_eigenvalues(below)} below the log axis")
    of = "" if question.about == WEIGHTS else f", {question.about.name}"
    return f"{question.place.words}{of}: {'; '.join(said)}"


def _eigenvalues(count: int) -> str:
    return counted(count, "eigenvalue") if count else "no eigenvalue"
