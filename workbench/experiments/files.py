"""What lies in the file of a trial: nothing, a part of its training, all of it, or something else."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from workbench.nets.architectures.catalogue import architecture, data_set
from workbench.nets.architectures.names import network_name, of_torchvision
from workbench.nets.variance import initialiser
from workbench.runs.collection.groups import difference
from workbench.runs.errors import RunError
from workbench.runs.run import open_run
from workbench.runs.spec import SpecError
from workbench.training.checks import length
from workbench.training.resuming import check_resumable
from workbench.training.surgery import parent_of, resolved

if TYPE_CHECKING:
    from workbench.experiments.table import Trial
    from workbench.runs.run import Run
    from workbench.runs.spec import RunSpec

ANOTHER_FOLDER = "choose another folder, or move this file away"


@dataclass(frozen=True)
class Found:
    """What the file of a trial holds of its training."""

    state: Literal["missing", "partial", "complete"]
    iteration: int = 0  # of the last snapshot
    iterations: int = 0  # of the whole training; 0: not known yet
    accuracies: tuple[float, ...] = ()  # of the test images at each snapshot, percent


def examine(trial: Trial) -> Found:
    """What the file of `trial` holds; needs no torch.

    RunError: it is no run, or one of another training, or a part that cannot be resumed. SpecError: the specification
    names what there is not.
    """
    if not os.path.lexists(trial.path):
        return Found("missing", 0, trial.spec.iterations or 0)
    with open_run(trial.path) as run:
        why = disagreement(trial.spec, run)
        if why is not None:
            raise RunError(trial.path, f"is another training: {why}", ANOTHER_FOLDER)
        iterations = run.spec.iterations or 0
        last = int(run.iterations[-1]) if run.snapshots else 0
        accuracies = tuple(map(float, run.test_accuracy))
        if run.finished and last >= iterations:
            return Found("complete", last, iterations, accuracies)
        check_resumable(run)
        return Found("partial", last, iterations, accuracies)


def disagreement(asked: RunSpec, run: Run) -> str | None:
    """In what the training of `run` differs from the one that is asked for, in words; None: in nothing.

    Where it was trained and how it was called does not count. SpecError as `examine`.
    """
    stored = run.spec
    if stored.origin is not None or stored.facts is None:
        return "it was not trained by this workbench"
    asked = _resolved(asked)
    field = difference(_comparable(asked), _comparable(stored))
    if field is None and asked.seed != stored.seed:
        field = "seed"
    if field is None and asked.parent != stored.parent:
        return "it starts from the weights of another run"
    if field is not None:
        return f"its {field} is {_value(stored, field)}, and {_value(asked, field)} is asked for"
    with suppress(SpecError):  # where both lengths are given and differ
        if length(asked, stored.facts.train_images)[0] == stored.iterations:
            return None
    return f"it has {stored.iterations} iterations, and {_length(asked)} are asked for"


def _resolved(spec: RunSpec) -> RunSpec:
    """The specification with the names and widths that a run would store."""
    try:
        name, data, init = network_name(spec.net.name), data_set(spec.data.name), initialiser(spec.initialiser)
    except ValueError as error:
        raise SpecError(str(error)) from error
    widths = None if of_torchvision(name) else spec.net.widths or architecture(name).widths
    spec = spec.changed(
        net=replace(spec.net, name=name, widths=widths),
        data=replace(spec.data, name=data.name),
        initialiser=init.name,
    )
    if spec.surgery is None:
        return spec.changed(parent=None)
    with parent_of(spec) as run:
        return spec.changed(parent=run.run_id, surgery=resolved(run, spec.surgery))


def _comparable(spec: RunSpec) -> RunSpec:
    """The specification without what follows from the rest of it."""
    surgery = None if spec.surgery is None else replace(spec.surgery, parent="")
    net = replace(spec.net, image_shape=None, classes=None)
    order = None if spec.order_seed == spec.seed else spec.order_seed
    return spec.changed(net=net, surgery=surgery, iterations=None, epochs=None, order_seed=order)


def _value(spec: RunSpec, field: str) -> object:
    part: object = spec
    for name in field.split("."):
        part = getattr(part, name, None)
    return part


def _length(spec: RunSpec) -> str:
    return f"{spec.epochs:g} epochs" if spec.epochs is not None else str(spec.iterations)
