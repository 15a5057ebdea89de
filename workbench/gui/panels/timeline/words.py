"""How the numbers of the timeline are written, and what its line says."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from workbench.figures.overview.history import OF_ROWS, UPDATE
from workbench.figures.timeline.reading import PARTS
from workbench.runs.collection.groups import RunGroup
from workbench.runs.collection.naming import moment, moment_beside_number
from workbench.runs.saying import counted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from workbench.figures.timeline.answers import Known
    from workbench.runs.place import Place
    from workbench.runs.run import Run


def accuracies(run: Run | RunGroup, snapshot: int) -> str:
    """The stored accuracies of a snapshot, as far as they are known; of a group their means."""
    known = {part: run.history(f"{part}_accuracy")[snapshot] for part in PARTS}
    mean = "mean " if isinstance(run, RunGroup) else ""
    return ", ".join(f"{mean}{part} {accuracy:.2f} %" for part, accuracy in known.items() if np.isfinite(accuracy))


def where(place: Place, snapshot: int, layer: str, at: str) -> str:
    """Which snapshot the numbers are of: the selected one, or `at` the mouse."""
    run = place.source
    when = moment_beside_number(run, snapshot)
    both = np.isfinite(run.epochs).all() and np.isfinite(run.iterations[snapshot])
    iteration = f"iteration {run.iterations[snapshot]:,.0f}, " if both else ""
    name = f"{place.name} · {layer}" if layer else place.name
    return f"{name}{at}: {f'{when}, ' if when else ''}{iteration}snapshot {snapshot} of {run.snapshots - 1}"


def about_rule(rule: str, known: Known | None, run: Run | RunGroup, reason: str = "") -> str:
    """What a rule has found: how many snapshots, and which is the first; or what is wrong with it.

    `reason` is why nothing can be known.
    """
    if not rule:
        return ""
    if reason:
        return f"where {rule} is not known: {reason}"
    if known is None or known.question.rule != rule or not known.complete:
        return f"checking where {rule}…"
    if known.held is None:
        return f"the rule cannot be used: {known.problem}"
    held = np.flatnonzero(known.held)
    if not len(held):
        return f"{rule} at no snapshot{' in each run' if isinstance(run, RunGroup) else ''}"
    first = int(held[0])
    when = moment(run, first)
    beside = "" if when.startswith("snapshot") else f" (snapshot {first})"
    everywhere = f" in each of {len(run.runs)} runs" if isinstance(run, RunGroup) else ""
    return f"{rule}{everywhere} at {len(held)} of {counted(len(known.held), 'snapshot')}, first at {when}{beside}"


def program_lines(place: Place, tracks: Sequence[str]) -> Iterator[str]:
    """The lines of a program that prints what is shown: the selected snapshot, then the tracks of the layer."""
    yield f"at = {place.snapshot}"
    yield "print(run.epochs[at], run.iterations[at])"
    yield "print(run.test_accuracy[at], run.validation_accuracy[at], run.train_accuracy[at])"
    numbers = [name for name in tracks if name in OF_ROWS]
    if numbers and place.layer:
        yield f"print('snapshot', {', '.join(map(repr, numbers))})"
        yield "for row in wb.overview(run, all_snapshots=True).layers:"
        yield f"    if row.layer == {place.layer!r}:"
        yield f"        print(row.snapshot, {', '.join(f'row.{name}' for name in numbers)})"
    if UPDATE in tracks and place.layer:
        yield f"layer = run.layer({place.layer!r})"
        yield "for snapshot in range(1, run.snapshots):"
        yield "    old, new = layer.weights(snapshot - 1), layer.weights(snapshot)"
        yield "    print(snapshot, ((new - old) ** 2).sum() ** 0.5 / (old**2).sum() ** 0.5)  # ‖ΔW‖/‖W‖"
