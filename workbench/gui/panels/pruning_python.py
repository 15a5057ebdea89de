"""A program that measures what the pruning panel shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.gui.state.program import program

if TYPE_CHECKING:
    from workbench.figures.pruning.question import Question


def as_python(asked: Question) -> str:
    """The program prints every curve, and what the selected units cost."""
    lines: list[str] = []
    layer = asked.place.layer
    how = f"snapshot={asked.place.snapshot}, removed={asked.removed!r}, part={asked.part!r}"
    if asked.orders:
        which = f"layers={asked.layers!r}, rule={asked.rule!r}" if asked.joint else f"layer={layer!r}"
        lines += [
            f"found = wb.prune(run, {which}, orders={asked.orders!r}, {how})",
            "for order, removed, accuracy, std, loss in found.rows():",
            "    print(order, removed, accuracy, std, loss)",
        ]
    if asked.merges:
        lines += [
            f"*_, merged = wb.merging(run, {layer!r}, snapshot={asked.place.snapshot}, part={asked.part!r})",
            "for cosine, removed, accuracy, loss in merged.rows():",
            '    print("merged", removed, accuracy, cosine, loss)',
        ]
    if asked.units:
        lines += [
            f"cost = wb.ablate(run, {layer!r}, units={sorted(asked.units)}, {how})",
            'print("units", len(cost.units), cost.ablated.accuracy, cost.ablated.loss)',
        ]
    return program(asked.place.run, *(lines or ["print(run.test_accuracy)"]))
