"""What chance gives for a weight graph: independent directions, as many and of as many numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from workbench.analysis.close_pairs import directions_of_weights, of_either_sign
from workbench.analysis.directions.independent import IndependentUnits, dimensions, in_dimensions, independent_rows
from workbench.analysis.graph import graph_of_directions
from workbench.evaluation.similarity.table import SIMILARITIES, Compared
from workbench.runs.saying import counted, plural

if TYPE_CHECKING:
    from workbench.analysis.directions.independent import Space
    from workbench.analysis.graph import WeightGraph
    from workbench.evaluation.similarity.table import SimilarityName
    from workbench.runs.place import Place

DRAWS = 5  # graphs of independent directions, whose components are counted
MOST_UNITS = 600  # of a layer whose components are drawn: a fraction of a second


@dataclass(frozen=True)
class GraphByChance:
    """Edges and isolated units are exact expectations; components are the mean of some draws."""

    units: int
    inputs: Space
    edges: float
    isolated: float
    components: float | None  # of two units or more; None: the layer is too large to draw

    @property
    def words(self) -> str:
        """The same as a sentence."""
        found = [_rounded(self.edges, 3, "edge"), _rounded(self.isolated, 4, "isolated unit")]
        found += (
            [] if self.components is None else [f"{_rounded(self.components, 3, 'component')} of two units or more"]
        )
        many = f"{counted(self.units, 'independent direction')} {in_dimensions(self.inputs)}"
        return f"By chance ({many}): {', '.join(found)}."


def graph_by_chance(graph: WeightGraph, place: Place, similarity: SimilarityName = "weights") -> GraphByChance | None:
    """What chance gives for a graph of a place; None: it has no nodes."""
    row = SIMILARITIES[similarity]
    inputs = row.inputs(Compared.of(place))
    if not graph.nodes or dimensions(inputs) < 1:
        return None
    chance = IndependentUnits(graph.nodes, inputs, graph.cutoff, row.sides)
    drawn = None
    if graph.nodes <= MOST_UNITS:
        drawn = float(np.mean([_components(chance, seed) for seed in range(DRAWS)]))
    return GraphByChance(graph.nodes, inputs, chance.edges, chance.isolated, drawn)


def _rounded(number: float, digits: int, noun: str) -> str:
    text = f"{number:,.{digits}g}"
    return f"{text} {plural(float(text.replace(',', '')), noun)}"


def _components(chance: IndependentUnits, seed: int) -> int:
    directions = directions_of_weights(independent_rows(chance.units, chance.inputs, seed))
    if chance.sides == 2:
        directions = of_either_sign(directions)
    return graph_of_directions(directions, chance.cutoff).clusters
