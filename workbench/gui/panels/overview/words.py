"""What the overview says in its line and below its table, and which panel shows what a number rests on."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from workbench.runs.saying import counted

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from workbench.figures.overview.costs import LayerCosts
    from workbench.gui.panels.overview.answers import Overview
    from workbench.runs.place import Place

SHOWS = {
    "dead": "graph",
    "hardly_moved": "graph",
    "isolated": "graph",
    "component": "graph",
    "repeated": "graph",
    "removable": "pruning",
    "mergeable": "pruning",
    "rank": "low_rank",
}  # which panel shows what a number rests on


def doubts(known: Overview, costs: Mapping[str, LayerCosts], layer: str) -> Iterable[str]:
    """What makes the finding of a layer doubtful, each once."""
    row, found = known.histories.get(layer, {}).get(known.last), costs.get(layer)
    return dict.fromkeys((*(() if row is None else row.doubts), *(() if found is None else found.warnings)))


def line_of(known: Overview, place: Place, measuring: Mapping[str, LayerCosts] | None, problem: str) -> str:
    """What is shown, and what is still computed; `measuring`: the costs so far, None where no more come."""
    words = f"{replace(place, layer='').words}: {counted(len(known.histories), 'layer')}"
    if place.snapshot != known.last:
        words += "; the findings are of the last snapshot"
    if known.known < known.total:
        words += f"; computing earlier snapshots, {known.known:,} of {known.total:,} done"
    if problem:
        return f"{words}. {problem}"
    return words if measuring is None else f"{words}; {progress(len(known.histories), measuring)}"


def progress(layers: int, costs: Mapping[str, LayerCosts]) -> str:
    """How far the measuring of what can be removed is: the first numbers of all layers come before exact ones."""
    first = sum(each.removable is not None or each.complete for each in costs.values())
    if first < layers:
        return f"measuring what can be removed, first numbers of {first} of {counted(layers, 'layer')}"
    exact = sum(each.complete for each in costs.values())
    return f"first numbers of all layers; measuring exactly, {exact} of {layers:,} done"
