"""The figures of the weight graph, of one layer or of several stacked, from places and settings."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from workbench.figures.graph.figure import PAPER, graph_figure, settled
from workbench.figures.graph.needs import needs_of
from workbench.figures.stacks.drift import OF_FIRST, OF_STACK, earlier, earlier_place
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


def graph_of(at: Wanted, chosen: GraphSettings, notes: list[str]) -> Figure:
    """The figure of a layer, or of a stack. Positions of twice as many nodes hold behind them where arrows begin."""
    graphs = StackedGraphs()
    result = graph_result(graphs, at.place, chosen, at.group)
    units, given = result.graph.units, np.array(at.positions, np.float32).reshape(-1, 2)
    positions = given[:units] if len(given) in (units, 2 * units) else settled(result, chosen)
    before, place = None, None if result.needs.stacked else earlier_place(at.place, chosen.arrows)
    if chosen.arrows != "none" and place is None:
        notes.append(OF_STACK if result.needs.stacked else OF_FIRST)
    if place is not None:
        before = earlier(graphs, result, positions, place, PAPER, chosen)
        notes.append(before.words)
        if len(given) == 2 * units:
            before = replace(before, tails=given[units:])
    return graph_figure(result, positions, frozenset(at.units), chosen.view, chosen.pairs, before)
