"""Which nodes of the weight graph stand for the selected units, and which units for the nodes that are clicked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.gui.state.program import absolute, program

if TYPE_CHECKING:
    from workbench.figures.stacks.members import Member
    from workbench.figures.stacks.picture import StackedResult
    from workbench.gui.panels.graph.panel import GraphPanel

    Nodes = frozenset[int]


class ChosenNodes:
    """Belongs to a graph panel. Of a single layer nodes are units; in a stack several nodes can stand for one."""

    def __init__(self, panel: GraphPanel) -> None:
        self._panel = panel
        panel.view.selected.connect(self._on_view_selected)

    def mark(self) -> None:
        """Ring the nodes of the selected units."""
        units, result = self._panel.session.selection.units, self._panel.result
        self._panel.view.mark(units if result is None else result.nodes_of(units))

    def units_of(self, nodes: Nodes) -> Nodes:
        """The units of the selected layer that these nodes stand for."""
        result = self._panel.result
        return nodes if result is None else result.units_of(nodes)

    def _on_view_selected(self, nodes: Nodes) -> None:
        before = self._panel.view.item.chosen
        clicked = before - nodes if nodes < before and len(before - nodes) == 1 else frozenset[int]()  # taken out
        self._panel.session.select(units=self.units_of(nodes) - self.units_of(clicked))


def stack_program(result: StackedResult) -> str:
    """A program that makes the same stack and prints its graph and its pairs."""
    needs, layer = result.needs, result.needs.place.layer
    files = {needs.place.run.locator: "run"}
    lines = []
    for member in needs.stacked:
        run = member.place.run
        if run.locator not in files:
            files[run.locator] = f"run_{len(files)}"
            lines.append(f"{files[run.locator]} = wb.open_run({absolute(run.path)})")
    places = [_place(member, files[member.place.run.locator]) for member in result.members]
    given = f"cutoff={result.graph.requested!r}, kernel_variance={needs.variance!r}"
    return program(
        needs.place.run,
        *lines,
        f"stack = wb.stack({', '.join(places)}, layer={layer!r}, similarity={needs.similarity!r})",
        f"graph = stack.graph({given})",
        "print(graph.component_sizes, graph.isolated, len(graph.edges))",
        "for pairs in stack.pairs:",
        "    print(pairs.words)",
    )


def _place(member: Member, run: str) -> str:
    place = f"{run}.place({member.place.layer!r}, {member.place.snapshot})"
    return place if member.rank is None else f"({place}, {member.rank})"
