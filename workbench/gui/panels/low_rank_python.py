"""A program that computes what the low-rank panel shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.gui.program import absolute, naming, program

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from workbench.figures.low_rank_picture import Question
    from workbench.runs.run import Run

_FACTORS = (
    "from workbench.evaluation.evaluator import exact",
    "from workbench.evaluation.factors import factors_of",
    "from workbench.evaluation.of_run import evaluator",
)
_GROUP = ("from contextlib import ExitStack", "from workbench.evaluation.groups import group_curves")


def as_python(about: Question, part: str, rank: int, group: Sequence[Run] = ()) -> str:
    """The program for W, W − W₀ or the rows of some units; it prints the reading at `rank`.

    Of a `group` it prints what the panel says of it too: means with their sample variances.
    """
    reading = (
        f"at = curve.at({rank})",
        'print(f"accuracy {at.accuracy:.2f} %, loss {at.loss:.4g}")',
        *_over_group(about, part, rank, group),
    )
    imports = _GROUP if group else ()
    layer, snapshot = about.layer, about.snapshot
    if about.matrix == "weights":
        found = f"found = wb.low_rank(run, {layer!r}, snapshot={snapshot}, part={part!r})"
        norm = f'print(f"norm {{found.spectrum.norm_percent[{rank}]:.1f}} %")'
        return program(about.run, found, norm, "curve = found.curve", *reading, imports=imports)
    of = "base=layer.weights(0)" if about.matrix == "moved" else f"units={list(about.units)}"
    return program(
        about.run,
        f"layer = run.layer({layer!r})",
        f"factors = factors_of(layer.weights({snapshot}), {of})",
        f"asked = evaluator(run, {layer!r}, {snapshot}, {part!r})",
        "curve = exact(asked.rank_curve(factors=factors))",
        *reading,
        imports=(*imports, *_FACTORS),
    )


def _over_group(about: Question, part: str, rank: int, group: Sequence[Run]) -> Iterator[str]:
    if not group:
        return
    yield "with ExitStack() as stack:"
    yield "    group = ["
    for run in group:
        again = "run" if run.run_id == about.run_id else f"stack.enter_context(wb.open_run({absolute(run.path)}))"
        yield f"        {again},"
    yield "    ]"
    for number, run in enumerate(group):
        yield from (f"    {line}" for line in naming(run, f"group[{number}]") if run.run_id != about.run_id)
    asked = f"group, {about.layer!r}, {about.snapshot}, {part!r}, moved={about.matrix == 'moved'}"
    yield f"    *_, curves = group_curves({asked})"
    yield "over = curves.over_runs"
    yield f"mean, low, high, variance = (each[{rank}] for each in (over.mean, over.low, over.high, over.variance))"
    yield 'print(f"mean accuracy {mean:.2f} % (95 %: {low:.2f} to {high:.2f}), sample variance {variance:.3g}")'
    yield f"for name, mean, variance, count in curves.at({rank}).rows():"
    yield '    print(f"{name}: mean {mean:.2f}, sample variance {variance:.3g} over {count} trainings")'
