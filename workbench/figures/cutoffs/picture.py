"""What the cut-offs of a layer's weight graph give: the similarities, how many reach each, and the components."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from workbench.analysis.directions.independent import share_beyond
from workbench.analysis.edges.distribution import BINS, count_pairs
from workbench.analysis.edges.growth import Growth, growth
from workbench.evaluation.similarity.table import Compared, similarity
from workbench.figures.graph.words import components_in_words
from workbench.runs.saying import counted as number_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from workbench.analysis.edges.distribution import PairCosines
    from workbench.analysis.graph import WeightGraph
    from workbench.figures.graph.needs import GraphNeeds
    from workbench.figures.graph.picture import Graphs

    Floats = NDArray[np.float64]

BARS = 50  # at least, over the cosines that there are
TOP = 5.0  # per cent of the pairs, as the report marks them
POINTS = 400  # of a curve


@dataclass(frozen=True, eq=False)
class CutoffsPicture:
    """All that the four plots show of a place."""

    needs: GraphNeeds
    cutoff: float  # cosine
    pairs: int  # of units
    edges: Floats  # (B + 1,) of the bars, cosines
    counts: NDArray[np.int64]  # (B,) pairs in each
    chance: Floats  # (B,) pairs that independent directions have there
    cosines: Floats  # (P,) ascending
    shares: Floats  # (P,) per cent of the pairs with at least this cosine
    chance_shares: Floats  # (P,) of independent directions
    top: float  # the cosine that 5 % of the pairs reach
    growth: Growth
    sizes: NDArray[np.int64]  # (C,) of the components at the cut-off, the largest first; isolated units too
    largest_norms: Floats  # (C,) of their units
    words: str  # what is shown and found, in one line


def picture_of(needs: GraphNeeds, graphs: Graphs) -> CutoffsPicture | None:
    """The picture; None where fewer than two units point anywhere. Errors as `Graphs.results`."""
    at, row = Compared.of(needs.place), similarity(needs.similarity)
    graph = graphs.graph(needs)
    if graph.nodes < 2:
        return None
    directions, inputs = row.directions(at), row.inputs(at)
    counted = count_pairs(directions)
    bars = _bars(counted)
    edges = np.linspace(-1.0, 1.0, len(bars) + 1)
    there = np.flatnonzero(bars)
    low, high = int(there[0]), int(there[-1]) + 1
    edges = edges[low : high + 1]
    beyond = np.array([share_beyond(cosine, inputs, row.sides) for cosine in edges.tolist()])
    cosines = np.linspace(edges[0], 1.0, POINTS)
    shares = np.array([counted.count_from(cosine) for cosine in cosines.tolist()]) / counted.pairs
    return CutoffsPicture(
        needs=needs,
        cutoff=graph.cutoff,
        pairs=counted.pairs,
        edges=edges,
        counts=bars[low:high],
        chance=counted.pairs * (beyond[:-1] - beyond[1:]),
        cosines=cosines,
        shares=100.0 * shares,
        chance_shares=100.0 * np.array([share_beyond(cosine, inputs, row.sides) for cosine in cosines.tolist()]),
        top=counted.border_of(int(counted.pairs * TOP / 100.0)),
        growth=growth(directions, counted),
        sizes=graph.component_sizes,
        largest_norms=_largest_norms(graph),
        words=_words(needs, graph, counted),
    )


def _bars(counted: PairCosines) -> NDArray[np.int64]:
    """The pairs in bins from −1 to 1, of which at least `BARS` span those that there are."""
    there = np.flatnonzero(counted.counts)
    span = max(int(there[-1] - there[0]) + 1, 1)
    bins = 1 << int(np.ceil(np.log2(BARS * BINS / span)))
    return counted.counts_in(min(bins, BINS))


def _largest_norms(graph: WeightGraph) -> Floats:
    found = np.zeros(len(graph.component_sizes))
    np.maximum.at(found, graph.component[graph.present], graph.norms[graph.present])
    return found


def _words(needs: GraphNeeds, graph: WeightGraph, counted: PairCosines) -> str:
    share = 100.0 * len(graph.edges) / counted.pairs
    top = counted.border_of(int(counted.pairs * TOP / 100.0))
    pairs = number_of(counted.pairs, "pair")
    found = f"{needs.place.words}: {share:.2g} % of {pairs} reach the cut-off {graph.cutoff:.3g}"
    return f"{found}; {components_in_words(graph)}, {graph.isolated:,} isolated; {TOP:g} % of the pairs reach {top:.3g}"
