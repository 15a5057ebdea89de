"""The figures of a film, snapshot by snapshot, on one ground and in one layout for all of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from workbench.figures.graph.figure import graph_figure
from workbench.figures.kinds import chosen_settings, figure, named_settings
from workbench.figures.page import Page, boxes_of
from workbench.figures.stacks.moving import MovingGraph
from workbench.figures.timeline.figure import TimelineFigure
from workbench.runs.place import Place

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from workbench.figures.figure import Figure
    from workbench.figures.graph.figure import GraphFigure
    from workbench.figures.page import Box
    from workbench.films.film import Film, Scene


@dataclass(frozen=True)
class Prepared:
    """So many snapshots are computed and laid out."""

    done: int
    total: int


class FilmFigures:
    """All figures of a film. `prepare` comes first."""

    def __init__(self, film: Film) -> None:
        self._film = film
        self._series: list[_Series] = [
            _GraphSeries(film, scene) if scene.kind == "graph" else _PlainSeries(film, scene) for scene in film.scenes
        ]
        self._boxes: Sequence[Box] = ()

    def prepare(self) -> Iterator[Prepared]:
        """Compute the figures of every snapshot and find the layout that has room for them all.

        RunError: a snapshot is not finite; ValueError, DataMissing: as `run_evaluators.figure`.
        """
        film = self._film
        for number, snapshot in enumerate(film.snapshots):
            page = self.page(snapshot)
            boxes = boxes_of(page.drawn(film.style.dpi))
            self._boxes = _common(self._boxes, boxes) if self._boxes else boxes
            yield Prepared(number + 1, len(film.snapshots))
        for series in self._series:
            series.keep_still()

    def page(self, snapshot: int) -> Page:
        """The page of a snapshot."""
        return Page(tuple(series.figure(snapshot) for series in self._series), self._film.style)

    def drawn(self, page: Page) -> Any:
        """The page's matplotlib figure in the layout of the film, at its resolution."""
        return page.drawn(self._film.style.dpi, self._boxes)


def _common(boxes: Sequence[Box], others: Sequence[Box]) -> tuple[Box, ...]:
    """What lies in both, box by box."""
    pairs = zip(boxes, others, strict=True)
    return tuple((max(a[0], b[0]), max(a[1], b[1]), min(a[2], b[2]), min(a[3], b[3])) for a, b in pairs)


class _Series(Protocol):
    """One figure over the snapshots."""

    def figure(self, snapshot: int) -> Figure:
        """At a snapshot; the first time they are asked for in their order."""

    def keep_still(self) -> None:
        """From now on every figure has the same ground."""


class _PlainSeries:
    """A figure that depends on its snapshot alone. All are kept: some take long to compute, and all are small."""

    def __init__(self, film: Film, scene: Scene) -> None:
        self._film, self._scene = film, scene
        self._known: dict[int, Figure] = {}

    def figure(self, snapshot: int) -> Figure:
        if snapshot not in self._known:
            film, scene = self._film, self._scene
            first = next(iter(self._known.values()), None)
            if isinstance(first, TimelineFigure):  # which is of all snapshots
                self._known[snapshot] = first.at(snapshot)
            else:
                others: Any = {"group": scene.group, "beside": scene.beside}
                made = figure(scene.kind, film.run, film.layer, snapshot, film.units, **others, **scene.settings)
                self._known[snapshot] = made.figure
        return self._known[snapshot]

    def keep_still(self) -> None:
        """The axes of these figures are the same at every snapshot, or move with it."""


class _GraphSeries:
    """The weight graph, whose nodes go from snapshot to snapshot."""

    def __init__(self, film: Film, scene: Scene) -> None:
        assert film.layer is not None
        self._film = film
        self._settings = chosen_settings("graph", named_settings("graph", film.run, film.layer, scene.settings))
        self._moving = MovingGraph(Place(film.run, film.layer), self._settings, scene.group, film.start)
        self._low, self._high = np.full(2, np.inf), np.full(2, -np.inf)
        self._still = False

    def figure(self, snapshot: int) -> GraphFigure:
        result, places = self._moving.at(snapshot)
        settings, before = self._settings, self._moving.before(result)
        made = graph_figure(result, places, frozenset(self._film.units), settings.view, settings.pairs, before)
        if made.ground is not None:  # the place that was zoomed to, wherever the nodes go
            return made
        if self._still:
            return replace(made, ground=(tuple(self._low.tolist()), tuple(self._high.tolist())))
        low, high = made.corners()
        self._low, self._high = np.minimum(self._low, low), np.maximum(self._high, high)
        return made

    def keep_still(self) -> None:
        self._still = True
