"""The curves of one network's figure on the axes of another's of the same kind."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from workbench.figures.looks import PARTS, Dash
from workbench.runs.saying import counted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from workbench.figures.figure import Floats
    from workbench.figures.low_rank.figure import LowRankFigure
    from workbench.figures.pruning.figure import PruningFigure
    from workbench.figures.spectrum.figure import SpectrumFigure
    from workbench.figures.timeline.figure import PrintedTrack, TimelineFigure
    from workbench.figures.training import TrainingFigure
    from workbench.runs.place import Place

    Lines = Iterator["BesideLine"]

INSIDE = 0.03  # of a track: how near its border a curve that leaves its scale stays


@dataclass(frozen=True, eq=False)
class BesideLine:
    """A curve of the other network; without a colour it has the one that stands for this network."""

    x: Floats  # of steps the edges, one more than `y`
    y: Floats
    axes: int = 0  # of those of the figure, from the top
    colour: str = ""
    dash: Dash | Literal["beside"] = "solid"
    steps: bool = False
    grows: bool = False  # whether the axis grows for it


def _spectrum(ours: SpectrumFigure, theirs: SpectrumFigure, _alone: bool) -> Lines:
    heights = theirs.density
    if ours.height == "eigenvalues":  # in each bin: as many as there would be in bins of this width
        heights = heights * (_bin(ours) / _bin(theirs))
    yield BesideLine(theirs.edges, heights, steps=True, grows=True)


def _bin(figure: SpectrumFigure) -> float:
    """The width of a bin on its axis; all are equally wide."""
    edges = np.log10(figure.edges) if figure.scale == "log" else figure.edges
    return float(edges[1] - edges[0])


def _pruning(_ours: PruningFigure, theirs: PruningFigure, _alone: bool) -> Lines:
    for curve in theirs.curves:
        yield BesideLine(curve.across, curve.mean, colour=curve.look.colour, dash="beside")


def _low_rank(_ours: LowRankFigure, theirs: LowRankFigure, _alone: bool) -> Lines:
    yield BesideLine(np.arange(float(len(theirs.lost))), theirs.lost)
    if len(theirs.ranks):
        dash = PARTS[theirs.part].dash
        yield BesideLine(theirs.ranks.astype(np.float64), theirs.accuracy, dash="dashed" if dash == "solid" else dash)


def _training(ours: TrainingFigure, theirs: TrainingFigure, _alone: bool) -> Lines:
    if ours.over != theirs.over:  # one knows its iterations and the other does not
        return
    for axes, traces in enumerate((theirs.loss, theirs.accuracy)):
        for trace in traces:
            yield BesideLine(trace.x, trace.y, axes, dash=PARTS[trace.part].dash, grows=axes == 0)


def _timeline(ours: TimelineFigure, theirs: TimelineFigure, alone: bool) -> Lines:
    known = {track.name: track for track in theirs.tracks if not track.reason}
    places = _places(ours, theirs)
    for number, track in enumerate(ours.tracks):
        foot = float(len(ours.tracks) - 1 - number)
        for name, values in known[track.name].curves.items() if track.name in known else ():
            heights = values if alone else _inside(track, foot, values)
            yield BesideLine(places, heights, dash=PARTS[name].dash if name in PARTS else "solid")


def _inside(track: PrintedTrack, foot: float, values: Floats) -> Floats:
    """Where values lie in a track; those beyond its scale lie at its border."""
    return np.clip(track.heights(foot, values), foot + INSIDE, foot + 1.0 - INSIDE)


def _places(ours: TimelineFigure, theirs: TimelineFigure) -> Floats:
    """Where the snapshots of the other run lie between those of the first; NaN beyond them, or where neither counts
    what the other counts.
    """
    if ours.time.words.partition(",")[0] != theirs.time.words.partition(",")[0]:
        return np.full(len(theirs.time.numbers), np.nan)
    order = np.argsort(ours.time.numbers, kind="stable")
    known = ours.time.numbers[order], ours.time.places[order]
    places: Floats = np.interp(theirs.time.numbers, *known, left=np.nan, right=np.nan)
    return places


def _views(ours: SpectrumFigure, theirs: SpectrumFigure) -> tuple[float, float]:
    """From where to where the axis goes that has room for both."""
    return min(ours.view[0], theirs.view[0]), max(ours.view[1], theirs.view[1])


def _of_spectrum(_ours: SpectrumFigure, theirs: SpectrumFigure) -> str:
    if not theirs.outliers_named:
        return ""
    largest = f", the largest {theirs.outliers[0]:.3g}" if len(theirs.outliers) else ""
    return f"{counted(len(theirs.outliers), 'outlier')}{largest}"


def _of_pruning(_ours: PruningFigure, theirs: PruningFigure) -> str:
    return "; ".join(curve.finding[1] for curve in theirs.curves)


def _of_low_rank(_ours: LowRankFigure, theirs: LowRankFigure) -> str:
    return ", ".join(f"{name} {rank}" for name, rank in theirs.elbows)


def _of_training(_ours: TrainingFigure, theirs: TrainingFigure) -> str:
    return ", ".join(f"{trace.part} loss {trace.y[-1]:.3g}" for trace in theirs.loss)


def _of_timeline(ours: TimelineFigure, theirs: TimelineFigure) -> str:
    """Which of its curves leave the scale of their track."""
    known = {track.name: track for track in theirs.tracks if not track.reason}
    pairs = [(track, known[track.name]) for track in ours.tracks if track.name in known]
    beyond = [other for track, other in pairs if other.scale[1] > track.scale[1]]
    return ", ".join(f"{track.title} up to {track.ends[1]}" for track in beyond)


@dataclass(frozen=True)
class Row:
    """A kind of figure in which another network stands beside."""

    curves: Callable[[Any, Any, bool], Lines]  # of ours and theirs, and whether `alone` of ours
    needs: Literal["shape", "name", "run"]  # what both have in common: a layer of one shape, of one name, nothing
    says: Callable[[Any, Any], str]  # what is found of the other one, in few words
    alone: Callable[[Any], bool] = lambda _ours: False  # whether there is a single track, drawn in its own numbers
    views: Callable[[Any, Any], tuple[float, float] | None] = lambda _ours, _theirs: None  # across, with room for both
    over_time: bool = False  # whether it shows all snapshots, so that it is of no moment

    def name(self, place: Place) -> str:
        """What the network at a place is called next to its curves."""
        return place.name if self.over_time else place.words_with("")


ROWS: dict[str, Row] = {
    "spectrum": Row(_spectrum, "shape", _of_spectrum, views=_views),
    "pruning": Row(_pruning, "shape", _of_pruning),
    "low_rank": Row(_low_rank, "shape", _of_low_rank),
    "training": Row(_training, "run", _of_training, over_time=True),
    "timeline": Row(_timeline, "name", _of_timeline, alone=lambda ours: len(ours.tracks) == 1, over_time=True),
}
