"""What the overview says in its line and below its table, and which panel and curve show what a number rests on."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from workbench.figures.overview.measures import MEASURES
from workbench.figures.pruning.dead_first import DEAD_FIRST, ORDERS
from workbench.gui.widgets.forms.values import names
from workbench.runs.collection.naming import moment_beside_number
from workbench.runs.saying import counted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from workbench.figures.overview.costs import LayerCosts
    from workbench.figures.overview.words import Basis
    from workbench.gui.panels.base import Panel
    from workbench.gui.panels.overview.answers import Overview
    from workbench.runs.place import Place

SHOWS = {
    "dead": "graph",
    "hardly_moved": "graph",
    "isolated": "graph",
    "component": "graph",
    "repeated": "graph",
    "removable": "pruning",
    "more": "pruning",
    "mergeable": "pruning",
    "rank": "low_rank",
}  # which panel shows what a number rests on
MERGED = "merged"  # the merging curve, among the orders of the pruning panel
SO_FAR = {"": "", "about": " so far", "at least": "; other orders are still being measured"}  # by hedge


def show_curve(panels: Mapping[str, Panel], kind: str, order: str) -> None:
    """Check the curve that such a number is read from in the pruning panel, where it is not drawn there.

    The panel draws that of `DEAD_FIRST` by itself beside the usual orders.
    """
    name = MERGED if kind == "mergeable" else order if kind in ("removable", "more") else ""
    if not name or "pruning" not in panels:
        return
    pruning = panels["pruning"]
    shown = names(pruning.settings()["orders"])
    if name not in shown and not (name == DEAD_FIRST and set(ORDERS) <= set(shown)):
        pruning.restore({"orders": [*shown, name]})


_MEASURE = {"component": "clusters", "more": "removable", "rank": "elbow"}  # where it has another name


def tip_of(basis: Basis, costs: LayerCosts | None) -> str:
    """What a number of a finding counts, for who points at it; `costs` are those of its layer."""
    name = _MEASURE.get(basis.kind, basis.kind)
    measure = next(each for each in MEASURES if each.name == name)
    said = f"{measure.head}: {measure.meaning}"
    if name != "removable" or costs is None:
        return said
    besides = ", besides those that are dead" if basis.kind == "more" else ""
    return f"{said}{besides}; in the order {costs.order}, on {costs.basis}{SO_FAR[costs.hedge(name)]}"


def heading(known: Overview, place: Place) -> str:
    """Of which snapshot the findings are, where another one is selected; else ""."""
    if place.snapshot == known.last:
        return ""
    beside = moment_beside_number(known.question.place.run, known.last)
    return f"At the last snapshot{f', {beside}' if beside else ''}:"


def doubt(known: Overview, costs: Mapping[str, LayerCosts], layer: str, when: str = "") -> str:
    """What makes the finding of a layer doubtful, each once; empty: nothing. `when` is the heading of the findings."""
    row, found = known.histories.get(layer, {}).get(known.last), costs.get(layer)
    doubts = dict.fromkeys((*(() if row is None else row.doubts), *(() if found is None else found.warnings)))
    return f"{f'{when} ' if when else ''}{layer}: {'; '.join(doubts)}." if doubts else ""


def line_of(known: Overview, place: Place, measuring: Mapping[str, LayerCosts] | None, problem: str) -> str:
    """What is still computed, and what is shown; `measuring`: the costs so far, None where no more come."""
    layers = len(known.histories)
    said = [counted(layers, "layer")]
    if known.known < known.total:
        said = [f"computing snapshots, {known.known:,} of {known.total:,} done"]
    elif measuring is not None and not problem:
        said = [progress(layers, measuring)]
    words = f"{replace(place, layer='').words}: {'; '.join(said)}"
    return f"{words}. {problem}" if problem else words


def progress(layers: int, costs: Mapping[str, LayerCosts]) -> str:
    """How far the measuring of costs is: the first numbers of all layers come before exact ones."""
    first = sum(each.removable is not None or each.complete for each in costs.values())
    if first < layers:
        return f"measuring costs, {first} of {counted(layers, 'layer')} so far"
    exact = sum(each.complete for each in costs.values())
    return f"measuring costs exactly, {exact} of {layers:,} done"
