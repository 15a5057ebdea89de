"""What a weight graph depends on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from workbench.figures.graph.similarities import has_least_weight

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workbench.figures.graph.groups import Colouring
    from workbench.figures.graph.similarities import SimilarityName
    from workbench.figures.settings import GraphSettings
    from workbench.figures.stacks.members import Member
    from workbench.runs.place import Place


@dataclass(frozen=True)
class GraphNeeds:
    """All that the graph depends on."""

    place: Place
    cutoff: float | None  # None: what `layer_graph` chooses, or what follows from `least_weight`
    variance: float
    similarity: SimilarityName = "weights"
    least_weight: float | None = None
    colouring: Colouring = "auto"
    stacked: tuple[Member, ...] = ()  # the layers under that of the place

    @property
    def edges(self) -> object:
        """All that nodes and edges depend on, but for the file, which this does not keep open."""
        place = self.place
        under = tuple(each.key for each in self.stacked)
        return place.layer, place.snapshot, self.cutoff, self.variance, self.similarity, self.least_weight, under

    @property
    def axes(self) -> str:
        """Which ground it is laid out on, for what is zoomed to."""
        under = "".join(f" {each.words}" for each in self.stacked)
        return f"{self.place.run.run_id} {self.place.layer}{under}"

    @property
    def ground(self) -> object:
        """What has a layout of its own: the layer, and which are stacked under it, at whatever snapshot."""
        return self.place.subject, tuple(each.ground for each in self.stacked)


def needs_of(place: Place, chosen: GraphSettings, stacked: Sequence[Member] = ()) -> GraphNeeds:
    """What a graph with these settings depends on; a least weight above 0 counts where the similarity has one.

    `stacked` are the layers under that of the place.
    """
    shape = place.layer_view
    cutoff, least = chosen.cutoffs.get(f"{shape.units}x{shape.inputs}"), None
    if chosen.least_weight > 0.0 and has_least_weight(chosen.similarity):
        cutoff, least = None, round(chosen.least_weight, 3)
    cutoff = None if cutoff is None else round(cutoff, 3)
    how = chosen.variance, chosen.similarity, least, chosen.colouring
    return GraphNeeds(place, cutoff, *how, tuple(stacked))
