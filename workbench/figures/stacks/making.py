"""The figures of the weight graph, of one layer or of several stacked, from places and settings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workbench.figures.graph.figure import graph_figure, settled
from workbench.figures.graph.needs import needs_of
from workbench.figures.stacks.members import RUN, members_of, run_ids
from workbench.figures.stacks.picture import StackedGraphs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workbench.figures.drawing import Wanted
    from workbench.figures.figure import Figure
    from workbench.figures.graph.picture import GraphResult, Graphs
    from workbench.figures.settings import GraphSettings
    from workbench.runs.place import Place
    from workbench.runs.run import Run


def graph_result(
    graphs: Graphs | StackedGraphs, place: Place, chosen: GraphSettings, others: Sequence[Run] = ()
) -> GraphResult:
    """The weight graph of a layer with these settings; `graphs` keeps what several of them share.

    `others` are the runs whose layers may be stacked under it; those that no entry names are stacked at its moment.
    """
    named = run_ids(chosen.stacked)
    entries = (*chosen.stacked, *(f"{RUN}{run.run_id}" for run in others if run.run_id not in named))
    members = members_of(place, entries, others)
    *_, result = graphs.results(needs_of(place, chosen, members))
    return result


def graph_of(at: Wanted, chosen: GraphSettings, _notes: list[str]) -> Figure:
    """The figure of a layer, or of a stack."""
    result = graph_result(StackedGraphs(), at.place, chosen, at.group)
    positions: Any = at.positions
    if len(positions) != result.graph.units:
        positions = settled(result, chosen)
    return graph_figure(result, positions, frozenset(at.units), chosen.view)
