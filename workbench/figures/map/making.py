"""The figures of the map: from what the panel shows, and from places and settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from workbench.evaluation.similarity.table import similarity
from workbench.figures.graph.needs import needs_of
from workbench.figures.map.figure import MatrixFigure, PairsFigure, PlaneFigure, SizesFigure
from workbench.figures.map.picture import (
    NAMED,
    Maps,
    MatrixPicture,
    Nothing,
    PairsPicture,
    PlanePicture,
    Question,
    SizesPicture,
)
from workbench.figures.stacks.members import RUN, members_of, run_ids

if TYPE_CHECKING:
    from collections.abc import Iterable

    from workbench.figures.drawing import Wanted
    from workbench.figures.figure import Figure
    from workbench.figures.graph.picture import GraphResult
    from workbench.figures.map.picture import Picture
    from workbench.figures.settings import MapSettings

TYPES = (MatrixFigure, PlaneFigure, PairsFigure, SizesFigure)


def map_of(at: Wanted, chosen: MapSettings, _notes: list[str]) -> Figure:
    """The figure of a place with these settings; the other runs are stacked under it. ValueError: there is none."""
    named = run_ids(chosen.stacked)
    entries = (*chosen.stacked, *(f"{RUN}{run.run_id}" for run in at.group if run.run_id not in named))
    needs = needs_of(at.place, chosen, members_of(at.place, entries, at.group))
    *_, found = Maps().pictures(Question(needs, chosen.show))
    if isinstance(found, Nothing):
        raise ValueError(found.reason)
    return map_figure(found, at.units)  # type: ignore[arg-type]  # what is coming is never last


def map_figure(picture: Picture, units: Iterable[int] = ()) -> Figure:
    """The figure of what the map shows, with these units of the selected layer marked."""
    if isinstance(picture, MatrixPicture):
        return _matrix(picture, frozenset(units))
    if isinstance(picture, PlanePicture):
        return _plane(picture, frozenset(units))
    if isinstance(picture, PairsPicture):
        return _pairs(picture)
    return _sizes(picture)


def _matrix(picture: MatrixPicture, units: frozenset[int]) -> MatrixFigure:
    found, result = picture.found, picture.result
    places = np.full(result.graph.units, -1, np.int64)
    places[found.order] = np.arange(len(found.order))
    chosen = np.array(sorted(result.nodes_of(units)), np.int64)
    there = places[chosen][places[chosen] >= 0]
    starts, ends = found.edges[:-1].tolist(), found.edges[1:].tolist()
    return MatrixFigure(
        title=result.of_what,
        compared=similarity(picture.question.needs.similarity).cosine,
        values=found.values,
        limit=picture.limit,
        groups=picture.groups.astype(np.int64),
        names=_names(result),
        units=tuple(_called(result, found.order[low:high].tolist()) for low, high in zip(starts, ends, strict=True)),
        selected=np.unique(found.bins_of(there)),
    )


def _plane(picture: PlanePicture, units: frozenset[int]) -> PlaneFigure:
    result = picture.result
    return PlaneFigure(
        title=result.of_what,
        labels=picture.labels,
        points=picture.plane.points,
        radii=result.radii,
        norms=result.graph.norms,
        groups=result.groups.astype(np.int64),
        names=_names(result),
        units=tuple(_called(result, [unit]) for unit in range(result.graph.units)),
        selected=np.array(sorted(result.nodes_of(units)), np.int64),
    )


def _pairs(picture: PairsPicture) -> PairsFigure:
    stack = picture.result.stack
    nodes, cosines, beyond = picture.rows
    others = stack.origins[nodes[:, 1]]
    numbers = {each.origin: number for number, each in enumerate(picture.result.pairs)}
    rows = (nodes[:, 0], np.array([numbers[each] for each in others.tolist()], np.int64), stack.units[nodes[:, 1]])
    return PairsFigure(
        title=picture.result.of_what,
        first=stack.names[0],
        names=tuple(stack.names[each.origin] for each in picture.result.pairs),
        edges=picture.edges,
        counts=picture.counts,
        by_chance=picture.by_chance,
        threshold=picture.threshold,
        pairs=np.stack(rows, axis=1),
        cosines=cosines,
        beyond=beyond.astype(np.int64),
    )


def _sizes(picture: SizesPicture) -> SizesFigure:
    word, numbers = picture.axis
    bands, place = picture.bands, picture.question.needs.place
    return SizesFigure(
        title=f"{place.words_with('')}",
        word=word,
        numbers=np.asarray(numbers, np.float64),
        names=tuple(name for name, _ in bands),
        sizes=np.stack([sizes for _, sizes in bands]) if bands else np.zeros((0, len(numbers)), np.int64),
        isolated=picture.isolated,
        named=min(len(bands), NAMED),
        now=min(place.snapshot, len(numbers) - 1),
    )


def _names(result: GraphResult) -> tuple[tuple[int, str], ...]:
    return tuple(result.group_names.items())


def _called(result: GraphResult, nodes: list[int]) -> str:
    """What a row of the matrix is called: "3", or of a bin "3, 17, 40"; of a stack with the layer's name."""
    named = [result.name_of(node).removeprefix("unit ") for node in nodes]
    return ", ".join(named)
