"""The graph that a panel shows as a program."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.figures.settings import GraphSettings
from workbench.gui.state.program import program

if TYPE_CHECKING:
    from workbench.figures.graph.needs import GraphNeeds


def program_of(needs: GraphNeeds) -> str:
    """A program that makes the same graph and prints what it has."""
    given: dict[str, object] = {"cutoff": needs.cutoff, "kernel_variance": needs.variance}
    if needs.similarity != GraphSettings.similarity:
        given["similarity"] = needs.similarity
    if needs.unit != GraphSettings.cutoff_unit:
        given["cutoff_unit"] = needs.unit
    if needs.distance > 0.0:
        given["mean_distance"] = needs.distance
    return program(
        needs.place.run,
        f"place = run.place({needs.place.layer!r}, {needs.place.snapshot})",
        f"graph = wb.layer_graph(place, {', '.join(f'{name}={value!r}' for name, value in given.items())})",
        "print(graph.component_sizes, graph.isolated, len(graph.edges))",
    )
