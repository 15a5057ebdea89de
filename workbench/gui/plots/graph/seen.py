"""How graphs looked when they were left, so that they come back as they were."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from workbench.analysis.layout.blocks import with_pins

if TYPE_CHECKING:
    from collections.abc import Mapping

    from workbench.analysis.layout.forces import Forces, Layout
    from workbench.gui.plots.graph.view import GraphView

    Key = tuple[object, object]  # which nodes there are, and which edges

MOST_NODES = 1 << 20  # of all layouts together: 16 MB


@dataclass(frozen=True, eq=False)
class Left:
    """A layout as it was left."""

    layout: Layout
    pins: Mapping[int, tuple[float, float]] = field(default_factory=dict)
    put: bool = False  # the nodes are where they were put, not where the layout would have them


class SeenLayouts:
    """Layouts by what they depend on: nodes, edges and forces. The oldest go where there are too many nodes."""

    def __init__(self, view: GraphView) -> None:
        self._view = view
        self._known: OrderedDict[tuple[Key, Forces], Left] = OrderedDict()

    def keep(self, key: Key, left: Left) -> None:
        """This is how the graph looks with the forces of the view."""
        known = key, self._view.forces
        self._known[known] = left
        self._known.move_to_end(known)
        while len(self._known) > 1 and sum(len(each.layout.positions) for each in self._known.values()) > MOST_NODES:
            self._known.popitem(last=False)

    def keep_shown(self) -> None:
        """The graph that is shown looks as it does now."""
        view = self._view
        if view.key is not None and view.layout_now is not None:
            self.keep(view.key, Left(view.layout_now, dict(view.pins), view.put))

    def get(self, key: Key | None, units: int = -1) -> Left | None:
        """How the graph looked, with so many units where that is said; None: it was not seen with these forces."""
        left = None if key is None else self._known.get((key, self._view.forces))
        return left if left is not None and units in (-1, len(left.layout.positions)) else None

    def glide_back(self) -> bool:
        """Let the nodes go to where they were with these edges and forces; False: that was not seen."""
        view = self._view
        left = None if view.links is None else self.get(view.key, view.links.units)
        if left is None or view.layout_now is None:
            return False
        kept = with_pins(left.layout.positions, view.pins)
        view.layout_now, view.glide = replace(left.layout, positions=kept), (view.item.positions, 0)
        view.put = left.put
        return True

    def forget(self) -> None:
        """What comes back of the nodes that are shown is laid out anew from where they are."""
        view = self._view
        for known in [each for each in self._known if view.key is not None and each[0][0] == view.key[0]]:
            del self._known[known]

    def forget_shown(self) -> None:
        """The same, and the graph that is shown next begins at the start spiral."""
        self.forget()
        self._view.layout_now = self._view.key = None
