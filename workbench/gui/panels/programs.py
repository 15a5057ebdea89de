"""Programs that measure what the spectrum, pruning and low-rank panels show: *Copy as Python*."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.figures.low_rank.all_layers import all_layers_program
from workbench.figures.low_rank.over_snapshots import over_snapshots_program
from workbench.figures.pruning.dead_first import as_shown
from workbench.figures.spectrum.others import SEED
from workbench.gui.state.program import absolute, naming, program

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from workbench.figures.low_rank import picture as low_rank_picture
    from workbench.figures.low_rank.costs import Cost
    from workbench.figures.pruning import question as pruning_question
    from workbench.figures.pruning.picture import Picture
    from workbench.figures.spectrum import picture as spectrum_picture
    from workbench.runs.run import Run

_GROUP = ("from contextlib import ExitStack",)


def pruning_program(question: pruning_question.Question, shown: Picture | None = None) -> str:
    """The program prints every curve, with those that are `shown` beside them, and what the selected units cost."""
    lines, orders = list[str](), as_shown(question.orders, () if shown is None else shown.question.orders)
    layer = question.place.layer
    how = f"snapshot={question.place.snapshot}, removed={question.removed!r}, part={question.part!r}"
    compared = "" if question.similarity == "weights" else f", similarity={question.similarity!r}"
    merged = f"snapshot={question.place.snapshot}, part={question.part!r}"
    if orders:
        which = f"layers={question.layers!r}, rule={question.rule!r}" if question.joint else f"layer={layer!r}"
        lines += [
            f"found = wb.prune(run, {which}, orders={orders!r}, {how}{compared})",
            "for order, removed, accuracy, std, loss in found.rows():",
            "    print(order, removed, accuracy, std, loss)",
        ]
    if question.merges:
        lines += [
            f"*_, merged = wb.merging(run, {layer!r}, {merged}{compared})",
            "for cosine, removed, accuracy, loss in merged.rows():",
            '    print("merged", removed, accuracy, cosine, loss)',
        ]
    if question.units:
        lines += [
            f"cost = wb.ablate(run, {layer!r}, units={sorted(question.units)}, {how})",
            'print("units", len(cost.units), cost.ablated.accuracy, cost.ablated.loss)',
        ]
    return program(question.place.run, *(lines or ["print(run.test_accuracy)"]))


def spectrum_program(about: spectrum_picture.Question, scale: str, band: tuple[int, int] | None) -> str:
    """The program prints the outliers, and what the band costs: the numbers of its first and last eigenvalue."""
    place = about.place
    settings = {"matrix": about.matrix, "units": list(about.units)}
    given = "".join(f", {name}={value!r}" for name, value in settings.items() if value not in ("weights", []))
    lines = [
        f"found = wb.layer_spectrum(run, {place.layer!r}, {place.snapshot}, {scale!r}{given})",
        "print(found.words, found.outliers)",
    ]
    if about.shuffled:
        shuffled = f"wb.layer_spectrum(run, {place.layer!r}, {place.snapshot}, {scale!r}{given}, shuffled={SEED})"
        lines += [f"print({shuffled}.eigenvalues)"]
    if band is not None:
        asked = f"run, {place.layer!r}, {band[0]}, {band[1]}, snapshot={place.snapshot}{given}"
        lines += [f"band = wb.band({asked})", "print(band.words)"]
    return program(place.run, *lines)


def low_rank_program(cost: Cost, group: Sequence[Run] = (), over_time: bool = False, joint: float | None = None) -> str:
    """Return a program that prints what the matrix keeps and costs at the rank, `over_time` also at every snapshot.

    `joint`: also what all layers cost together within this tolerance of energy, in percent. For a `group` it prints
    what the panel says about it: means with their intervals and sample variances.
    """
    about, part, rank = cost.about, cost.part, cost.rank
    runs, named = (group, "group") if group else ((about.place.run,), "[run]")
    count = min(run.snapshots for run in runs)
    over = list(over_snapshots_program(cost, named, count)) if over_time else []
    over += [] if joint is None else all_layers_program(cost, named, joint)
    if group:
        return program(about.place.run, *_over_group(about, part, rank, group, over), imports=_GROUP)
    settings = {"snapshot": about.place.snapshot, "part": part, "matrix": about.matrix, "units": list(about.units)}
    given = "".join(f", {name}={value!r}" for name, value in settings.items() if value not in ("weights", []))
    return program(
        about.place.run,
        f"found = wb.low_rank(run, {about.place.layer!r}{given})",
        f'print(f"norm {{found.spectrum.norm_percent[{rank}]:.1f}} %")',
        f"at = found.curve.at({rank})",
        'print(f"accuracy {at.accuracy:.2f} %, loss {at.loss:.4g}")',
        *over,
    )


def _over_group(
    about: low_rank_picture.Question, part: str, rank: int | None, group: Sequence[Run], over: Sequence[str]
) -> Iterator[str]:
    yield "with ExitStack() as stack:"
    yield "    group = ["
    for run in group:
        opened = f"stack.enter_context(wb.open_run({absolute(run.path)}))"
        again = "run" if run.locator == about.place.run.locator else opened
        yield f"        {again},"
    yield "    ]"
    for number, run in enumerate(group):
        yield from (f"    {line}" for line in naming(run, f"group[{number}]") if run.locator != about.place.run.locator)
    arguments = f"group, {about.place.layer!r}, {about.place.snapshot}, {part!r}, matrix={about.matrix!r}"
    yield f"    *_, curves = wb.group_curves({arguments})"
    yield from (f"    {line}" for line in over)
    yield "over = curves.over_runs"
    yield f"mean, low, high, variance = (each[{rank}] for each in (over.mean, over.low, over.high, over.variance))"
    yield 'print(f"mean accuracy {mean:.2f} % (95 %: {low:.2f} to {high:.2f}), sample variance {variance:.3g}")'
    yield f"for name, mean, variance, count in curves.at({rank}).rows():"
    yield '    print(f"{name}: mean {mean:.2f}, sample variance {variance:.3g} over {count} trainings")'
