"""What a weight graph depends on, and how it follows from settings."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from workbench.evaluation.similarity.table import kernel_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workbench.evaluation.similarity.table import SimilarityName
    from workbench.figures.graph.cutoff import CutoffUnit
    from workbench.figures.graph.groups import Colouring
    from workbench.figures.settings import CutoffsSettings
    from workbench.figures.stacks.members import Member
    from workbench.runs.place import Place


@dataclass(frozen=True)
class GraphNeeds:
    """All that the graph depends on."""

    place: Place
    cutoff: float | None  # in its unit; None: what `layer_graph` chooses
    variance: float
    similarity: SimilarityName = "weights"
    unit: CutoffUnit = "cosine"
    colouring: Colouring = "auto"
    stacked: tuple[Member, ...] = ()  # the layers under that of the place
    distance: float = 0.0  # the width of the kernel of the report's code; 0: that of the run

    @property
    def edges(self) -> object:
        """All that nodes and edges depend on, but for the file, which this does not keep open."""
        under = tuple(each.key for each in self.stacked)
        return self.units, self.cutoff, self.unit, self.variance, self.distance, under

    @property
    def nodes_and_edges(self) -> tuple[object, object]:
        """What has a layout of its own, and what of it is laid out."""
        return self.ground, self.edges

    @property
    def units(self) -> tuple[str, int, str]:
        """All that the cosines of the layer depend on."""
        return self.place.layer, self.place.snapshot, self.similarity

    def at(self, place: Place) -> GraphNeeds:
        """The same of another place."""
        return replace(self, place=place)

    @property
    def hardly_moved(self) -> str:
        """What units are called that still point where they did at snapshot 0."""
        return self.place.run.spec.hardly_moved(self.place.snapshot)

    @property
    def axes(self) -> str:
        """Which ground it is laid out on, for what is zoomed to."""
        under = "".join(f" {each.words}" for each in self.stacked)
        return f"{self.place.run.run_id} {self.place.layer}{under}"

    @property
    def ground(self) -> object:
        """What has a layout of its own: the layer, and which are stacked under it, at whatever snapshot."""
        return self.place.subject, tuple(each.ground for each in self.stacked)


def needs_of(place: Place, chosen: CutoffsSettings, stacked: Sequence[Member] = ()) -> GraphNeeds:
    """What a graph with these settings depends on; `stacked` are the layers under that of the place."""
    shape, unit = place.layer_view, chosen.cutoff_unit
    cutoff = chosen.cutoffs.get(f"{shape.units}x{shape.inputs}" if unit == "cosine" else unit)
    if unit == "cosine" and chosen.least_weight > 0.0 and kernel_of(chosen.similarity) == "code":
        unit, cutoff = "weight", chosen.least_weight  # as settings said it before there were units
    if unit in ("cosine", "weight"):
        cutoff = None if cutoff is None else round(cutoff, 3)
    unit = "cosine" if cutoff is None else unit
    colouring: Colouring = getattr(chosen, "colouring", "auto")
    how = chosen.variance, chosen.similarity, unit, colouring
    return GraphNeeds(place, cutoff, *how, tuple(stacked), chosen.mean_distance)
