"""Whether a specification makes sense, before anything is loaded."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from workbench.nets.architectures.names import of_torchvision
from workbench.nets.variance import initialiser
from workbench.runs.saying import counted, plural
from workbench.runs.spec import RunSpec, SpecError
from workbench.training.loop.optimisers import OPTIMISERS, SCHEDULES, with_momentum

if TYPE_CHECKING:
    from collections.abc import Callable

PRECISIONS = {"float32": "float32", "bfloat16": "bfloat16, mixed"}
DEVICES = {"auto": "fastest available", "cpu": "cpu", "cuda": "cuda", "mps": "mps"}  # which is there, torch knows

# What must hold, the value it is about, and how to say what is allowed; a table is named as it is then.
_CHECKS: tuple[tuple[Callable[[RunSpec], bool], Callable[[RunSpec], object], str | Callable[[], str]], ...] = (
    (
        lambda s: s.net.widths is None or not of_torchvision(s.net.name),
        lambda s: ", ".join(map(str, s.net.widths or ())),
        "a network of torchvision has its own widths",
    ),
    (
        lambda s: s.net.bias or not of_torchvision(s.net.name),
        lambda s: "layers without biases",
        "a network of torchvision keeps its biases",
    ),
    (
        lambda s: not (of_torchvision(s.net.name) and initialiser(s.initialiser).plants),
        lambda s: s.net.name,
        "units are planted in networks of the catalogue",
    ),
    (lambda s: s.batch_size >= 1, lambda s: s.batch_size, "the batch size is at least 1"),
    (lambda s: 0 <= s.seed < 2**63, lambda s: s.seed, "the seed is a whole number from 0 to 2⁶³ − 1"),
    (
        lambda s: 0 <= s.batch_seed < 2**63,
        lambda s: s.batch_seed,
        "the seed of the batches' order is a whole number from 0 to 2⁶³ − 1",
    ),
    (
        lambda s: s.optimiser.name in OPTIMISERS,
        lambda s: s.optimiser.name,
        lambda: f"optimisers are {', '.join(OPTIMISERS)}",
    ),
    (
        lambda s: s.optimiser.schedule in SCHEDULES,
        lambda s: s.optimiser.schedule,
        lambda: f"learning-rate schedules are {', '.join(SCHEDULES)}",
    ),
    (lambda s: s.precision in PRECISIONS, lambda s: s.precision, f"precisions are {', '.join(PRECISIONS)}"),
    (
        lambda s: 0 < s.optimiser.learning_rate < math.inf,
        lambda s: s.optimiser.learning_rate,
        "the learning rate is above 0",
    ),
    (
        lambda s: 0 <= s.optimiser.momentum < 1,
        lambda s: s.optimiser.momentum,
        "the momentum is from 0 to below 1",
    ),
    (
        lambda s: OPTIMISERS[s.optimiser.name].takes_momentum or s.optimiser.momentum == 0,
        lambda s: s.optimiser.momentum,
        lambda: f"only {' and '.join(with_momentum())} {plural(len(with_momentum()), 'takes', 'take')} a momentum",
    ),
    (
        lambda s: 0 <= s.optimiser.weight_decay < math.inf,
        lambda s: s.optimiser.weight_decay,
        "the weight decay is at least 0",
    ),
    (
        lambda s: 0 <= s.data.validation < 1,
        lambda s: s.data.validation,
        "the validation part is from 0 to below 1",
    ),
    (lambda s: 0 <= s.data.label_noise <= 1, lambda s: s.data.label_noise, "the label noise is from 0 to 1"),
    (
        lambda s: s.iterations is not None or s.epochs is not None,
        lambda s: None,
        "the length of the training is given in epochs or in iterations",
    ),
    (
        lambda s: s.iterations is None or s.iterations >= 1,
        lambda s: s.iterations,
        "there is at least 1 iteration",
    ),
    (
        lambda s: s.epochs is None or 0 < s.epochs < math.inf,
        lambda s: s.epochs,
        "the number of epochs is above 0",
    ),
)


def check(spec: RunSpec) -> None:
    """Raise SpecError, which says what is allowed, where a value of `spec` makes no sense by itself."""
    for holds, value, allowed in _CHECKS:
        if not holds(spec):
            raise SpecError(f"{allowed() if callable(allowed) else allowed}, not {value(spec)}")


def length(spec: RunSpec, train_images: int) -> tuple[int, int]:
    """Iterations in all and per epoch. An epoch is ceil(images / batch) iterations: the short batch is kept.

    A SpecError where `spec` gives both iterations and epochs and they differ.
    """
    per_epoch = math.ceil(train_images / spec.batch_size)
    from_epochs = None if spec.epochs is None else max(1, round(spec.epochs * per_epoch))
    if from_epochs is not None and spec.iterations not in (None, from_epochs):
        raise SpecError(
            f"{spec.epochs:g} {plural(spec.epochs or 0, 'epoch is', 'epochs are')} {counted(from_epochs, 'iteration')} "
            f"of batch {spec.batch_size}, not {spec.iterations}: give one of the two"
        )
    return spec.iterations or from_epochs or 1, per_epoch
