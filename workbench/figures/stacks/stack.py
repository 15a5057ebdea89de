"""The stack of several layers: their weights on top of one another, compared as the similarity says."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from workbench.analysis.changes.stacks import stacked
from workbench.analysis.close_pairs import directions_of_weights
from workbench.analysis.directions.independent import Tilted, joined
from workbench.analysis.graph import KERNEL_VARIANCE, default_cutoff, graph_of_directions
from workbench.analysis.low_rank import approximation, left_basis
from workbench.analysis.matrices import gram, mean_distance_of_rows
from workbench.evaluation.similarity.table import Compared, kernel_of
from workbench.evaluation.similarity.table import similarity as row_of
from workbench.figures.graph.cutoff import Basis, Ranks, cosine_at
from workbench.figures.stacks.members import Member, names_of
from workbench.runs.run import Run

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from workbench.analysis.changes.stacks import Pairs, Stack
    from workbench.analysis.directions.independent import Space
    from workbench.analysis.graph import WeightGraph
    from workbench.evaluation.similarity.table import SimilarityName
    from workbench.figures.graph.cutoff import CutoffUnit
    from workbench.runs.place import Place


@dataclass(frozen=True, eq=False)
class LayerStack:
    """Layers of equally many inputs on top of one another (report, Fig. 5), and which unit is which."""

    members: tuple[Member, ...]
    stack: Stack
    inputs: Space  # in which directions point anywhere by chance
    similarity: SimilarityName = "weights"

    @property
    def default_cutoff(self) -> float:
        """The cut-off that a graph of it opens with."""
        present = int(np.count_nonzero(self.stack.rows.any(axis=1)))
        return default_cutoff(max(present, 1), self.inputs)

    def graph(
        self,
        cutoff: float | None = None,
        kernel_variance: float = KERNEL_VARIANCE,
        cutoff_unit: CutoffUnit = "cosine",
        mean_distance: float | None = None,
    ) -> WeightGraph:
        """The weight graph of all units, whose nodes are the rows of the stack; arguments and errors as `layer_graph`.

        `mean_distance` None is that of these rows.
        """
        width = self.width(mean_distance)
        directions = cache(lambda: directions_of_weights(self.stack.rows))
        if cutoff is None:
            cosine = self.default_cutoff
        else:
            of = self.basis(kernel_variance if width is None else width)
            cosine = cosine_at(cutoff_unit, cutoff, of, Ranks(None, directions))
        return graph_of_directions(directions(), cosine, kernel_variance, kernel_of(self.similarity), width)

    def width(self, mean_distance: float | None = None) -> float | None:
        """The width of the kernel of the report's code; None of another one."""
        if kernel_of(self.similarity) != "code":
            return None
        return mean_distance or mean_distance_of_rows(self.stack.rows)

    def basis(self, width: float) -> Basis:
        """What a cut-off is converted for."""
        present = int(np.count_nonzero(self.stack.rows.any(axis=1)))
        return Basis(present, self.inputs, kernel_of(self.similarity), width)

    @property
    def pairs(self) -> tuple[Pairs, ...]:
        """Of each layer but the first, which of its units is which of the first one; not of very large layers."""
        return self.stack.pairs


def stack(
    *places: Place | Run | Member | tuple[Place, int], layer: str | None = None, similarity: SimilarityName = "weights"
) -> LayerStack:
    """The layers of these places on top of one another; a run is meant at its last snapshot, with its `layer`.

    (place, 10) is the best approximation of rank 10 of a layer. ValueError: they have unequally many
    inputs, weights are not finite, no layer is named, or outputs are to be compared; RunError: there is no such layer.
    """
    return stack_of([_member(each, layer) for each in places], similarity)


def stack_of(members: Sequence[Member], similarity: SimilarityName = "weights") -> LayerStack:
    """The same of members."""
    row = row_of(similarity)
    if similarity == "outputs":
        raise ValueError("outputs of different networks are not compared: choose the similarity of the weights")
    if row.sides == 2:
        raise ValueError("layers are stacked by the directions of their units: choose a similarity with its sign")
    names = names_of(members)
    first = members[0].place
    layers = [
        (name, _rows(each, similarity), each.same_layer(first)) for name, each in zip(names, members, strict=True)
    ]
    inputs = joined([row.inputs(Compared.of(each.place)) for each in members])
    return LayerStack(tuple(members), stacked(layers, isinstance(inputs, Tilted)), inputs, similarity)


def _member(given: Place | Run | Member | tuple[Place, int], layer: str | None) -> Member:
    if isinstance(given, Member):
        return given
    if isinstance(given, tuple):
        return Member(*given)
    if isinstance(given, Run):
        if layer is None:
            raise ValueError("which layer of the runs is stacked? name it: layer='fc1'")
        return Member(given.place(layer))
    return Member(given)


def _rows(member: Member, similarity: SimilarityName) -> NDArray[np.floating]:
    """(m, n). ValueError: they are not finite."""
    at = Compared.of(member.place)
    rows = row_of(similarity).rows(at)
    if not np.isfinite(rows).all():
        raise ValueError(f"{member.place.words}: weights are not finite: choose an earlier snapshot")
    if member.rank is None:
        return rows
    rank = min(member.rank, *rows.shape)
    return approximation(rows, left_basis(gram(rows), rank).vectors, rank)
