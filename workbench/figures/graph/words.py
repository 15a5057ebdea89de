"""What is said of a weight graph and of its units."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.evaluation.similarity.table import compared_in_words
from workbench.figures.graph import known
from workbench.figures.graph.cutoff import UNITS
from workbench.figures.graph.layer import cutoff_in_words
from workbench.runs.saying import counted

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from workbench.analysis.graph import WeightGraph
    from workbench.figures.graph.picture import GraphResult


def in_words(result: GraphResult) -> str:
    """What is shown and found, in one line."""
    graph, place = result.graph, result.of_what
    if not graph.nodes:
        return f"{place}: every weight is zero, so there is no graph"
    found = components_in_words(graph)
    whose = dead_clause(graph, None if result.activity is None else result.states.dead)
    between = int(result.drawn_edges.sum())
    all_nodes = graph.nodes <= known.MOST_NODES
    edges = counted(len(graph.edges), "edge")
    how = compared_in_words(result.needs.similarity)
    drawn = "" if all_nodes else _drawn_clause(graph, between)
    more = [*result.more_words, how, given_in_words(result), cutoff_in_words(graph), drawn, removed_clause(graph)]
    return "; ".join([f"{place}: {found}, {graph.isolated:,} isolated{whose}", edges, *filter(None, more)])


def components_in_words(graph: WeightGraph) -> str:
    """Its components of two units or more: "2 components (6, 4)"."""
    clusters = graph.component_sizes[: graph.clusters].tolist()
    if not clusters:
        return "no two units are joined"
    if len(clusters) == 1:
        return f"1 component of {clusters[0]:,}"
    sizes = ", ".join(f"{size:,}" for size in clusters[:3]) + (", …" if len(clusters) > 3 else "")
    return f"{len(clusters):,} components ({sizes})"


def given_in_words(result: GraphResult) -> str:
    """The cosine of a cut-off that is given in another unit, as a clause; "" of one that is a cosine."""
    needs, graph = result.needs, result.graph
    if needs.unit == "cosine" or needs.cutoff is None:
        return ""
    title = UNITS[needs.unit].title.replace("≥", "").replace("≤", "").strip()
    amount = UNITS[needs.unit].scale(graph.nodes * (graph.nodes - 1) // 2).text(needs.cutoff)
    return f"cut off at {title[:1].lower()}{title[1:]} {amount}: cosine {graph.requested:.3g}"


def removed_clause(graph: WeightGraph) -> str:
    """How many units are removed, as the spectrum says it; "" where none is."""
    removed = graph.units - graph.nodes
    return f"{counted(removed, 'unit')} of {graph.units:,} with all weights zero left out" if removed else ""


def _drawn_clause(graph: WeightGraph, between: int) -> str:
    """What of a graph of very many nodes is drawn; `between` edges join those that are."""
    first = "the most edges" if between else "the largest norms"
    units = f"drawn: the {known.MOST_NODES:,} of {graph.nodes:,} units with {first}"
    if not between:
        return units
    return f"{units}, and the edges between them"


def dead_clause(graph: WeightGraph, dead: NDArray[np.bool_] | None) -> str:
    """What a sentence adds on the dead units after the isolated ones; None: they are not known."""
    if dead is None:
        return ", dead units unknown (the run stores no activity)"
    count = int((dead & graph.present).sum())
    if count == graph.isolated > 0 and bool(dead[graph.alone].all()):
        return " and dead" if count == 1 else ", all dead"
    among = " of them" if count and not bool((dead & graph.present & ~graph.alone).any()) else ""
    return f", {count:,}{among} dead"


def unit_in_words(result: GraphResult, unit: int) -> str:
    """What is known of one unit."""
    graph = result.graph
    if not graph.present[unit]:
        return f"{result.name_of(unit)}: removed, all of its weights are zero"
    parts = [f"{result.name_of(unit)}: norm {graph.norms[unit]:.3g}", f"degree {graph.degrees[unit]}"]
    if result.activity is not None:
        parts.append(f"active on {100 * result.activity[unit]:.1f} % of the images")
    size = int(graph.component_sizes[graph.component[unit]])
    parts.append(f"in a component of {size}" if size > 1 else "isolated")
    return ", ".join([*parts, *filter(None, [result.state_of(unit)])])
