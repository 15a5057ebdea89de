"""Nodes of the weight graph that stay where they are pinned, at every snapshot."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from workbench.gui.plots.graph.view import GraphView

    Places = Mapping[int, tuple[float, float]]


class Pins(dict[int, tuple[float, float]]):
    """Where the pinned nodes of a view are, in the pixels of the layout."""

    def __init__(self, view: GraphView) -> None:
        super().__init__()
        self._view = view

    def pin(self, nodes: Iterable[int]) -> None:
        """Pin nodes where they are."""
        here = self._view.item.positions
        self.pin_at({node: (float(here[node, 0]), float(here[node, 1])) for node in nodes})

    def pin_at(self, places: Places) -> None:
        """Pin nodes there."""
        self.update(places)
        self._tell()

    def unpin(self, nodes: Iterable[int]) -> None:
        """Let nodes move again."""
        for node in list(nodes):
            self.pop(node, None)
        self._tell()

    def drop(self, held: Places, pinning: bool) -> None:
        """Nodes are dropped there by the mouse: those that are to be pinned, or already are, stay."""
        dropped = {unit: at for unit, at in held.items() if pinning or unit in self}
        if dropped:
            self.pin_at(dropped)

    def show(self, places: Places) -> None:
        """Other nodes are shown: these of them are pinned."""
        self.clear()
        self.update(places)
        self._view.item.show_pins(tuple(self))

    def _tell(self) -> None:
        self._view.item.show_pins(tuple(self))
        self._view.seen.forget()
