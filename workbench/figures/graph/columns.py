"""Nodes of the weight graph coloured by a number of each unit, in steps; or by the label of each."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from workbench.figures.graph.groups import DEAD_STEP, DEAD_UNITS, NOT_DRAWN, OTHER_UNITS, STEP, STEPS, STILL_UNITS
from workbench.figures.overview.layer import cosines_to_start, died_at
from workbench.figures.overview.units import LABELS, table_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from workbench.analysis.graph import WeightGraph
    from workbench.runs.place import Place

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int32]

LABEL = "label"
_LABELLED = {"dead": DEAD_UNITS, "untrained": STILL_UNITS, "unmoved": STILL_UNITS, "removed": NOT_DRAWN}


@dataclass(frozen=True)
class Column:
    """One row: a number of each unit, by which nodes can be coloured."""

    title: str
    values: Callable[[Place, WeightGraph], Floats | NDArray[np.float32] | None]  # (m,), NaN or None: not known


def _of_table(name: str) -> Callable[[Place, WeightGraph], Floats]:
    return lambda place, _graph: np.asarray(getattr(table_of(place), name), np.float64)


def _norm_change(place: Place, graph: WeightGraph) -> Floats | None:
    return graph.norms - place.layer_view.norms(0) if place.run.spec.holds_initialisation else None


COLUMNS: Mapping[str, Column] = MappingProxyType(
    {
        "norm": Column("norm", lambda _place, graph: graph.norms),
        "norm_change": Column("norm change since snapshot 0", _norm_change),
        "cosine_to_start": Column("cosine to snapshot 0", lambda place, _graph: cosines_to_start(place, {})),
        "bias": Column("bias", lambda place, _graph: place.layer_view.bias(place.snapshot)),
        "activity": Column("activity", lambda place, _graph: place.layer_view.activity(place.snapshot)),
        "died_at": Column("snapshot of death", lambda place, _graph: died_at(place)),
        "degree": Column("edges", lambda _place, graph: graph.degrees.astype(np.float64)),
        "nearest_cosine": Column("cosine with the nearest unit", _of_table("nearest_cosine")),
        "potential_share": Column("share of the frame potential", _of_table("potential_share")),
    }
)


@dataclass(frozen=True, eq=False)
class ColumnColours:
    """The group of each unit, which its colour and shape show, and what the groups are called."""

    groups: Ints  # (m,) numbers of `figures.graph.groups`
    names: Mapping[int, str]


def colours_by(
    name: str, place: Place, graph: WeightGraph, dead: NDArray[np.bool_], drawn: NDArray[np.bool_]
) -> ColumnColours | None:
    """The colours by a column; None where it is not known of any unit, or there is no such column.

    Numbers are in `STEPS` steps of equal width from the smallest to the largest. Dead units keep the shape of a cross.
    """
    if name == LABEL:
        return _by_label(place, drawn)
    found = COLUMNS[name].values(place, graph) if name in COLUMNS else None
    if found is None:
        return None
    values = np.where(graph.present, np.asarray(found, np.float64), np.nan)
    known = np.isfinite(values)
    if not known.any():
        return None
    borders = np.linspace(values[known].min(), values[known].max(), STEPS + 1)
    steps = np.zeros(len(values), np.int32)
    steps[known] = np.clip(np.searchsorted(borders, values[known], side="right") - 1, 0, STEPS - 1)
    groups = np.where(known, steps + STEP, OTHER_UNITS)
    groups = np.where(dead, np.where(known, steps + DEAD_STEP, DEAD_UNITS), groups)
    groups = np.where(drawn, groups, NOT_DRAWN).astype(np.int32)
    return ColumnColours(groups, _named(groups, COLUMNS[name].title, borders))


def _named(groups: Ints, title: str, borders: Floats) -> dict[int, str]:
    texts = [f"{low:.3g} to {high:.3g}" for low, high in pairwise(borders.tolist())]
    if borders[0] == borders[-1]:
        texts = [f"{borders[0]:.3g}"] * STEPS
    names = {STEP + step: text for step, text in enumerate(texts)}
    names |= {OTHER_UNITS: "not known"} | {DEAD_STEP + step: f"dead: {text}" for step, text in enumerate(texts)}
    names |= {DEAD_UNITS: "dead"}
    found = {group: text for group, text in names.items() if group in set(groups.tolist())}
    first = next(iter(found), None)
    return {group: f"{title} {text}" if group == first else text for group, text in found.items()}


def _by_label(place: Place, drawn: NDArray[np.bool_]) -> ColumnColours:
    labels = table_of(place).labels
    others = [label for label in LABELS if label not in _LABELLED]
    numbers = {label: _LABELLED.get(label, others.index(label) if label in others else 0) for label in LABELS}
    groups = np.where(drawn, np.array([numbers[label] for label in LABELS])[labels], NOT_DRAWN).astype(np.int32)
    there = {LABELS[number] for number in set(labels[drawn].tolist())}
    return ColumnColours(groups, {number: label for label, number in numbers.items() if label in there})
