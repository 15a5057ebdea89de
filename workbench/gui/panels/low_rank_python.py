"""A program that computes what the low-rank panel shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.gui.program import program

if TYPE_CHECKING:
    from workbench.figures.low_rank_picture import Question

_FACTORS = (
    "from workbench.evaluation.evaluator import exact",
    "from workbench.evaluation.factors import factors_of",
    "from workbench.evaluation.of_run import evaluator",
)


def as_python(about: Question, part: str, rank: int) -> str:
    """The program for W, W − W₀ or the rows of some units; it prints the reading at `rank`."""
    reading = (
        f"at = curve.at({rank})",
        'print(f"accuracy {at.accuracy:.2f} %, loss {at.loss:.4g}")',
    )
    layer, snapshot = about.layer, about.snapshot
    if about.matrix == "weights":
        found = f"found = wb.low_rank(run, {layer!r}, snapshot={snapshot}, part={part!r})"
        norm = f'print(f"norm {{found.spectrum.norm_percent[{rank}]:.1f}} %")'
        return program(about.run, found, norm, "curve = found.curve", *reading)
    of = "base=layer.weights(0)" if about.matrix == "moved" else f"units={list(about.units)}"
    return program(
        about.run,
        f"layer = run.layer({layer!r})",
        f"factors = factors_of(layer.weights({snapshot}), {of})",
        f"asked = evaluator(run, {layer!r}, {snapshot}, {part!r})",
        "curve = exact(asked.rank_curve(factors=factors))",
        *reading,
        imports=_FACTORS,
    )
