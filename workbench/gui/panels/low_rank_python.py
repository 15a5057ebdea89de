"""A program that computes what the low-rank panel shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.gui.state.program import absolute, naming, program

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from workbench.figures.low_rank.picture import Question
    from workbench.runs.run import Run

_GROUP = ("from contextlib import ExitStack",)


def as_python(about: Question, part: str, rank: int, group: Sequence[Run] = ()) -> str:
    """Return a program that prints what the matrix keeps and costs at `rank`.

    For a `group` it also prints what the panel says about it: means with their sample variances.
    """
    settings = {"snapshot": about.place.snapshot, "part": part, "matrix": about.matrix, "units": list(about.units)}
    given = "".join(f", {name}={value!r}" for name, value in settings.items() if value not in ("weights", []))
    return program(
        about.place.run,
        f"found = wb.low_rank(run, {about.place.layer!r}{given})",
        f'print(f"norm {{found.spectrum.norm_percent[{rank}]:.1f}} %")',
        f"at = found.curve.at({rank})",
        'print(f"accuracy {at.accuracy:.2f} %, loss {at.loss:.4g}")',
        *_over_group(about, part, rank, group),
        imports=_GROUP if group else (),
    )


def _over_group(about: Question, part: str, rank: int, group: Sequence[Run]) -> Iterator[str]:
    if not group:
        return
    yield "with ExitStack() as stack:"
    yield "    group = ["
    for run in group:
        opened = f"stack.enter_context(wb.open_run({absolute(run.path)}))"
        again = "run" if run.locator == about.place.run.locator else opened
        yield f"        {again},"
    yield "    ]"
    for number, run in enumerate(group):
        yield from (f"    {line}" for line in naming(run, f"group[{number}]") if run.locator != about.place.run.locator)
    asked = f"group, {about.place.layer!r}, {about.place.snapshot}, {part!r}, matrix={about.matrix!r}"
    yield f"    *_, curves = wb.group_curves({asked})"
    yield "over = curves.over_runs"
    yield f"mean, low, high, variance = (each[{rank}] for each in (over.mean, over.low, over.high, over.variance))"
    yield 'print(f"mean accuracy {mean:.2f} % (95 %: {low:.2f} to {high:.2f}), sample variance {variance:.3g}")'
    yield f"for name, mean, variance, count in curves.at({rank}).rows():"
    yield '    print(f"{name}: mean {mean:.2f}, sample variance {variance:.3g} over {count} trainings")'
