"""The words that make a run again."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from workbench.runs.spec import RunSpec


def command_line(spec: RunSpec, path: Path) -> str:
    """The command that makes such a run again, every value spelled out."""
    data, optimiser = spec.data, spec.optimiser
    values = {
        "--net": spec.net.name,
        "--widths": _listed(spec.net.widths),
        "--data": data.name,
        "--classes": _listed(data.classes),
        "--label-noise": data.label_noise,
        "--validation": data.validation,
        "--optimizer": optimiser.name,
        "--lr": optimiser.learning_rate,
        "--momentum": optimiser.momentum,
        "--weight-decay": optimiser.weight_decay,
        "--schedule": optimiser.schedule,
        "--init": spec.initialiser,
        "--batch-size": spec.batch_size,
        "--epochs": spec.epochs,
        "--iterations": spec.iterations if spec.epochs is None else None,
        "--snapshots": spec.snapshots,
        "--seed": spec.seed,
        "--device": spec.device,
        "--precision": spec.precision,
        "--out": path,
    }
    switches = {"--no-bias": not spec.net.bias, "--augment": data.augment, "--no-shuffle": not spec.shuffle}
    words = [word for flag, value in values.items() if value is not None for word in (flag, str(value))]
    return shlex.join(["workbench", "train", *words, *(flag for flag, on in switches.items() if on)])


def _listed(numbers: tuple[int, ...] | None) -> str | None:
    return None if numbers is None else ",".join(map(str, numbers))
