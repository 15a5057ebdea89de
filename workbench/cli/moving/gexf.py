"""The weight graph over all snapshots as one GEXF file, with an interval for each, so that Gephi plays it."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from workbench.analysis.graph import WeightGraph

SPACE = "http://www.gexf.net/1.2draft"
OF_NODES = {"norm": "double", "activity": "double", "component": "integer", "x": "double", "y": "double"}
OF_EDGES = {"weight": "double", "inner_product": "double"}


@dataclass(frozen=True, eq=False)
class Instant:
    """The graph of a snapshot, with the places of its nodes."""

    snapshot: int
    graph: WeightGraph
    positions: NDArray[np.floating]  # (m, 2) pixels of the layout, y upwards
    radii: NDArray[np.floating]  # (m,) pixels of the layout
    activity: NDArray[np.floating] | None  # (m,); None: the run stores none


def gexf_over_time(instants: Sequence[Instant], about: str) -> Iterator[str]:
    """The file, piece by piece. Time is the snapshot: each lasts from its number to the next one.

    Nodes and edges have spells while they are there, and their numbers an interval for each snapshot; size and place on
    the sheet are those of the last snapshot.
    """
    first, last = instants[0].snapshot, instants[-1].snapshot + 1
    yield (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<gexf xmlns="{SPACE}" xmlns:viz="{SPACE}/viz" version="1.2">\n'
        f"<meta><creator>workbench</creator><description>{escape(about)}</description></meta>\n"
        f'<graph mode="dynamic" defaultedgetype="undirected" timeformat="double" start="{first}" end="{last}">\n'
    )
    yield from _declared("node", OF_NODES)
    yield from _declared("edge", OF_EDGES)
    yield "<nodes>\n"
    for unit in range(instants[0].graph.units):
        yield from _node(unit, instants)
    yield "</nodes>\n<edges>\n"
    yield from _edges(instants)
    yield "</edges>\n</graph>\n</gexf>\n"


def _declared(kind: str, columns: Mapping[str, str]) -> Iterator[str]:
    yield f'<attributes class="{kind}" mode="dynamic">\n'
    yield from (f'<attribute id="{name}" title="{name}" type="{what}"/>\n' for name, what in columns.items())
    yield "</attributes>\n"


def _node(unit: int, instants: Sequence[Instant]) -> Iterator[str]:
    """A unit while it is there; a removed one that never was is no node."""
    there = [each for each in instants if each.graph.present[unit]]
    if not there:
        return
    (x, y), size = there[-1].positions[unit], there[-1].radii[unit]
    yield f'<node id="{unit}" label="unit {unit}">{_spells([each.snapshot for each in there])}<attvalues>'
    for each in there:
        active = () if each.activity is None else (("activity", float(each.activity[unit])),)
        graph, (across, up) = each.graph, each.positions[unit]
        found = ("norm", float(graph.norms[unit])), *active, ("component", int(graph.component[unit]))
        yield from _values(each.snapshot, (*found, ("x", float(across)), ("y", float(up))))
    yield f'</attvalues><viz:size value="{size:.4g}"/><viz:position x="{x:.1f}" y="{y:.1f}" z="0.0"/></node>\n'


def _edges(instants: Sequence[Instant]) -> Iterator[str]:
    """Each pair once, with the snapshots in which it is joined."""
    counts = [len(each.graph.edges) for each in instants]
    pairs = np.concatenate([each.graph.edges for each in instants])
    which = np.repeat(np.arange(len(instants)), counts)
    weights = np.concatenate([each.graph.weights for each in instants]).tolist()
    cosines = np.concatenate([each.graph.inner_products for each in instants]).tolist()
    order = np.lexsort((which, pairs[:, 1], pairs[:, 0])).tolist()
    rows = ((tuple(pairs[at].tolist()), at) for at in order)
    for number, ((i, j), group) in enumerate(groupby(rows, key=lambda row: row[0])):
        found = [at for _, at in group]
        snapshots = [instants[which[at]].snapshot for at in found]
        yield f'<edge id="{number}" source="{i}" target="{j}">{_spells(snapshots)}<attvalues>'
        for at, snapshot in zip(found, snapshots, strict=True):
            yield from _values(snapshot, (("weight", weights[at]), ("inner_product", cosines[at])))
        yield "</attvalues></edge>\n"


def _values(snapshot: int, found: Iterable[tuple[str, float]]) -> Iterator[str]:
    for name, value in found:
        yield f'<attvalue for="{name}" value="{value}" start="{snapshot}" end="{snapshot + 1}"/>'


def _spells(snapshots: Sequence[int]) -> str:
    """The intervals that these snapshots, ascending, cover together."""
    ends: list[list[int]] = []
    for snapshot in snapshots:
        if ends and ends[-1][1] == snapshot:
            ends[-1][1] = snapshot + 1
        else:
            ends.append([snapshot, snapshot + 1])
    spells = "".join(f'<spell start="{low}" end="{high}"/>' for low, high in ends)
    return f"<spells>{spells}</spells>"
