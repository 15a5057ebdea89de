"""A weight graph as a file for other programs: GraphML, GEXF, or a table of its nodes and edges."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path
    from typing import TextIO

    import networkx as nx

    from workbench.analysis.graph import WeightGraph

Facts = dict[str, Any]
NODES = "of_nodes"  # among the facts: more columns of the nodes, by name: the layer in a stack, positions
COLUMNS = ("row", "unit", "other unit", "norm", "activity", "component", "cosine", "edge weight")


def writer_of(path: Path) -> Callable[[WeightGraph, Any, Facts, TextIO], None] | None:
    """What writes a file with this ending; None for JSON, which every other ending means."""
    return WRITERS.get(path.suffix.lower())


def _as_table(graph: WeightGraph, activity: Any, facts: Facts, stream: TextIO) -> None:
    """Nodes, then edges, told apart by the first column."""
    rows, more = csv.writer(stream, lineterminator="\n"), facts.get(NODES, {})
    rows.writerow((*COLUMNS, *more))
    for unit in graph.present.nonzero()[0].tolist():
        active = "" if activity is None else float(activity[unit])
        known = float(graph.norms[unit]), active, int(graph.component[unit])
        rows.writerow(("node", unit, "", *known, "", "", *(column[unit] for column in more.values())))
    pairs = zip(graph.edges.tolist(), graph.inner_products.tolist(), graph.weights.tolist(), strict=True)
    none = ("",) * len(more)
    rows.writerows(("edge", i, j, "", "", "", cosine, weight, *none) for (i, j), cosine, weight in pairs)


def _as_graphml(graph: WeightGraph, activity: Any, facts: Facts, stream: TextIO) -> None:
    import networkx as nx

    stream.write("\n".join(nx.generate_graphml(_described(graph, activity, facts))) + "\n")


def _as_gexf(graph: WeightGraph, activity: Any, facts: Facts, stream: TextIO) -> None:
    import networkx as nx

    described = _described(graph, activity, facts)
    for _, known in described.nodes(data=True):
        if "x" in known:  # as Gephi places it
            known["viz"] = {"position": {"x": known["x"], "y": known["y"], "z": 0.0}}
    stream.write("\n".join(nx.generate_gexf(described)) + "\n")


def _described(graph: WeightGraph, activity: Any, facts: Facts) -> nx.Graph[int]:
    """For networkx: what is known of nodes and graph as attributes that its files can hold."""
    found = graph.to_networkx()
    found.graph |= {name: value for name, value in facts.items() if isinstance(value, str | int | float)}
    found.graph["cutoff"] = graph.cutoff
    for unit, attributes in found.nodes(data=True):
        attributes["component"] = int(graph.component[unit])
        columns = facts.get(NODES, {})
        attributes |= {name: column[unit] for name, column in columns.items() if column[unit] is not None}
        if activity is not None:
            attributes["activity"] = float(activity[unit])
    return found


WRITERS: Mapping[str, Callable[[WeightGraph, Any, Facts, TextIO], None]] = {
    ".csv": _as_table,
    ".graphml": _as_graphml,
    ".gexf": _as_gexf,
}
