"""What the spectrum panel draws, as plain arrays, in axes that stay still while the timeline is dragged."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from workbench.analysis.spectra.edges import seen_from
from workbench.analysis.spectra.spectrum import SpectrumResult, spectral_histogram
from workbench.evaluation.ranks.approximated import WEIGHTS, Approximated
from workbench.figures.spectrum.axes import axes_of, on_axis, top_of
from workbench.figures.spectrum.initialisation import told_audit
from workbench.figures.spectrum.layer import is_small
from workbench.figures.spectrum.others import SEED, overview_count, spectrum_of
from workbench.runs.errors import shown
from workbench.runs.place import place_in
from workbench.runs.remaining import is_known
from workbench.runs.saying import counted
from workbench.runs.spec import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from workbench.analysis.spectra.marchenko_pastur import MarchenkoPastur, Scale
    from workbench.evaluation.ranks.approximated import Matrix
    from workbench.figures.spectrum.axes import Axes
    from workbench.runs.place import Place

    Float64 = NDArray[np.float64]
    Curve = tuple[Float64, Float64]

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
    contradiction: str = ""  # that the initial weights do not fit the initialiser which the run names, a sentence

    @property
    def height(self) -> str:
        """What the axis of the bars says."""
        return COUNTS if self.question.counted else DENSITY[self.scale]

    @property
    def named_outliers(self) -> bool:
        """Whether the ticks are the outliers; else they are the largest eigenvalues."""
        return len(self.result.outliers) == len(self.rug)

    @property
    def doubt(self) -> str:
        """Why the number of inputs may be too large, or the law of the initialiser wrong, in sentences; or ""."""
        return " ".join(filter(None, (self.result.doubt, self.contradiction)))

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
    if place.group is not None:
        from workbench.figures.spectrum.group import group_picture

        yield group_picture(question)
        return
    if question.about == WEIGHTS and not (is_small(place.layer_view) and is_known(place.run, place.snapshot)):
        yield _picture(question, quickly=True)
    yield _picture(question, quickly=False)


def picture_of(question: Question) -> Picture | None:
    """The whole of `pictures_of`."""
    if question.place.group is not None:
        return next(iter(pictures_of(question)))
    return _picture(question, quickly=False)


def _picture(question: Question, quickly: bool) -> Picture | None:
    axes = axes_of(question, (question.place,), quickly)
    return picture_on(axes, 0, question, quickly)


def picture_on(axes: Axes, number: int, question: Question, quickly: bool) -> Picture | None:
    """The picture of a single run, the one of this number on these axes; None where every weight is zero."""
    place, run = question.place, question.place.run
    scale, edges, first = axes.scale, axes.edges, axes.firsts[number]
    result = spectrum_of(place, question.about, scale, quickly=quickly)
    if result.entries is None:
        return None
    counts, _ = np.histogram(result.eigenvalues, bins=edges)
    density = spectral_histogram(result.eigenvalues, result.units, edges, scale)
    initial = np.zeros(len(counts))
    if first is not None and run.spec.holds_initialisation:
        initial = spectral_histogram(first.eigenvalues, first.units, edges, scale)
    bulk = result.shown_bulk
    laws = {"initialiser": result.initialiser, "entries": result.entries, "bulk": None if bulk is None else bulk.law}
    curves = {name: curve_of(law, scale, result.units) for name, law in laws.items()}
    null = _null(question, scale) if question.shuffled else None
    outline = None if null is None else spectral_histogram(null.eigenvalues, null.units, edges, scale)
    if question.counted:  # bins are equally wide on their axis, so that all heights change alike
        height = result.units * float(np.diff(on_axis(edges, scale))[0])
        density, initial = density * height, initial * height
        curves = {name: (x, y * height) for name, (x, y) in curves.items()}
        outline = None if outline is None else outline * height
    began, contradiction = told_audit(place_in(run, place.layer, 0)) if question.about == WEIGHTS else ("", "")
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
        limits={name: limits_of(law, scale) for name, law in laws.items()},
        rug=on_axis(rug, scale),
        rug_texts=tuple(f"{value:.3g}" for value in rug),
        view=axes.view,
        top=top_of(density, initial, curves),
        place=place.words if question.about == WEIGHTS else f"{place.words}, {question.about.name}",
        axes=f"{question.axes} {scale}{' counts' * question.counted}",
        words=_words(question, result, edges, null) + f". {began}" * bool(began and place.snapshot == 0),
        start=run.spec.start,
        null=outline,
        matrix=question.about.name,
        contradiction=contradiction,
    )


def _null(question: Question, scale: Scale) -> SpectrumResult:
    return spectrum_of(question.place, question.about, scale, shuffled=SEED)


def curve_of(law: MarchenkoPastur | None, scale: Scale, units: int) -> Curve:
    """The law as a density over so many `units`, of which that of a bulk may have fewer."""
    if law is None:
        return NO_CURVE
    x, y = law.curve(scale)
    return on_axis(x, scale), y * (law.units / units)


def limits_of(law: MarchenkoPastur | None, scale: Scale) -> tuple[float, ...]:
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
    if question.about != WEIGHTS:
        said.append(overview_count((question.place,)))
    of = "" if question.about == WEIGHTS else f", {question.about.name}"
    return f"{question.place.words}{of}: {'; '.join(filter(None, said))}"


def _eigenvalues(count: int) -> str:
    return counted(count, "eigenvalue") if count else "no eigenvalue"
