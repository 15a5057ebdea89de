"""What the page shows of each snapshot, as plain arrays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from workbench.figures.graph.figure import graph_figure
from workbench.figures.graph.groups import NOT_DRAWN
from workbench.figures.graph.words import in_words
from workbench.figures.spectrum.figure import spectrum_figure
from workbench.figures.spectrum.picture import Question, picture_of
from workbench.figures.stacks.moving import MovingGraph
from workbench.figures.stacks.picture import StackedResult
from workbench.runs.collection.naming import moment
from workbench.runs.errors import RunError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    from workbench.figures.graph.figure import GraphFigure
    from workbench.figures.graph.picture import GraphResult
    from workbench.figures.settings import GraphSettings, SpectrumSettings
    from workbench.figures.spectrum.figure import SpectrumFigure
    from workbench.runs.place import Place
    from workbench.runs.run import Run

HIDDEN = 255  # the group of a unit that is not drawn
NO_PAIRS = np.zeros((0, 2), np.int64)


@dataclass(frozen=True, eq=False)
class GraphMoment:
    """A weight graph with the places of its nodes, as its figure has them."""

    positions: NDArray[np.float64]  # (m, 2) pixels of the layout, y upwards
    corners: NDArray[np.float64]  # (2, 2) lower left and upper right of what is in sight
    norms: NDArray[np.float64]  # (m,)
    largest_norm: float  # that has the largest radius
    groups: NDArray[np.uint8]  # (m,) as `figures.graph.groups`; `HIDDEN` where a unit is not drawn
    names: tuple[tuple[int, str], ...]  # of the groups, in the order of the legend
    labels: tuple[tuple[str, float, float], ...]  # of blocks: the text and its lower left corner
    edges: NDArray[np.int64]  # (E, 2) between drawn units, i < j, in the order of i·m + j
    cosines: NDArray[np.float64]  # (E,)
    opacities: NDArray[np.float64]  # (E,)
    cutoff: float
    joined: NDArray[np.int64]  # (p, 2) pairs of units of a stack that a line joins, i < j, in that order
    words: str
    layers: tuple[tuple[str, int], ...] = ()  # of a stack: their names, and how many units each has


@dataclass(frozen=True, eq=False)
class Moment:
    """A snapshot; without a graph where its weights are not finite, without a spectrum also where all are zero."""

    snapshot: int
    label: str
    graph: GraphMoment | None
    spectrum: SpectrumFigure | None
    words: str  # of the spectrum


def moments(
    place: Place,
    graph: GraphSettings,
    spectrum: SpectrumSettings,
    snapshots: Iterable[int],
    others: Sequence[Run] = (),
) -> Iterator[Moment]:
    """The snapshots of a layer, one after another; each layout starts from where the one before came to rest.

    The layers of `others` are stacked under it in the graph. ValueError: the layer has no such similarity or matrix,
    or the layers cannot be stacked.
    """
    moving = MovingGraph(place, graph, others)
    for snapshot in snapshots:
        here = place.at(snapshot)
        label = moment(place.run, snapshot)
        try:
            result, positions = moving.at(snapshot)
        except RunError as error:  # the training diverged
            yield Moment(snapshot, label, None, None, error.problem or str(error))
            continue
        drawn = graph_moment(graph_figure(result, positions, pairs=graph.pairs), in_words(result), _layers(result))
        yield Moment(snapshot, label, drawn, *_spectrum(here, spectrum))


def _layers(result: GraphResult) -> tuple[tuple[str, int], ...]:
    if not isinstance(result, StackedResult):
        return ()
    return tuple(zip(result.stack.names, result.stack.counts, strict=True))


def graph_moment(figure: GraphFigure, words: str, layers: tuple[tuple[str, int], ...] = ()) -> GraphMoment:
    """What a figure of a weight graph shows; `layers` are those of a stack."""
    edges, opacities = _shaded(figure)
    units = len(figure.norms)
    order = np.argsort(edges[:, 0] * units + edges[:, 1], kind="stable")
    edges, opacities = edges[order], opacities[order]
    whole = figure.edges[:, 0] * units + figure.edges[:, 1]
    by_pair = np.argsort(whole)
    found = by_pair[np.searchsorted(whole[by_pair], edges[:, 0] * units + edges[:, 1])]
    return GraphMoment(
        positions=figure.positions,
        corners=np.stack(figure.corners()),
        norms=figure.norms,
        largest_norm=figure.largest_norm,
        groups=np.where(figure.groups == NOT_DRAWN, HIDDEN, figure.groups).astype(np.uint8),
        names=figure.group_names,
        labels=tuple((label, *place) for label, place in figure.labels()),
        edges=edges,
        cosines=figure.cosines[found],
        opacities=opacities,
        cutoff=figure.cutoff,
        words=words,
        layers=layers,
        joined=NO_PAIRS if figure.pairs is None else np.unique(np.sort(figure.pairs, axis=1), axis=0),
    )


def _shaded(figure: GraphFigure) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """The drawn edges, (E, 2), and how strong each is drawn, (E,)."""
    shades = figure.shades()
    if not shades:
        return np.zeros((0, 2), np.int64), np.zeros(0)
    return np.concatenate([members for members, _ in shades]), np.concatenate(
        [np.full(len(members), opacity) for members, opacity in shades]
    )


def _spectrum(place: Place, chosen: SpectrumSettings) -> tuple[SpectrumFigure | None, str]:
    scale = None if chosen.scale == "auto" else chosen.scale
    picture = picture_of(Question(place, scale, chosen.matrix, shuffled=chosen.shuffled, counted=chosen.counts))
    if picture is None:
        return None, f"{place.words}: all weights are zero, so there is no spectrum"
    return spectrum_figure(picture, chosen.initial), picture.words
