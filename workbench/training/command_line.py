"""The words that make a run again."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from workbench.runs.spec import RunSpec, SurgerySpec


def command_line(spec: RunSpec, path: Path) -> str:
    """The command that makes such a run again, every value spelled out."""
    data, optimiser = spec.data, spec.optimiser
    values: dict[str, object] = {
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
        "--order-seed": spec.order_seed,
        "--freeze": ",".join(spec.frozen) or None,
        "--device": spec.device,
        "--precision": spec.precision,
        "--out": path,
    }
    if spec.surgery is not None:
        values = {**_surgery(spec.surgery), **values}
    words = [word for flag, value in values.items() if value is not None for word in (flag, str(value))]
    return shlex.join(["workbench", "train", *words, *_switches(spec)])


def _surgery(surgery: SurgerySpec) -> dict[str, object]:
    plan = surgery.iterative
    pruning = {
        "--prune": ",".join(surgery.layers),
        "--order": surgery.order,
        "--fraction": surgery.fraction,
        "--rank-at": surgery.ranked_at,
        "--units": None if surgery.units is None else "/".join(",".join(map(str, units)) for units in surgery.units),
        "--iterative": None if plan is None else f"{plan.start}:{plan.end}:{plan.every}:{plan.ratio}",
        "--joint": surgery.rule,
    }
    redrawing = {
        "--redraw": ",".join(surgery.redrawn) or None,
        "--permute": ",".join(surgery.permuted) or None,
        "--redraw-seed": surgery.redraw_seed,
    }
    return {
        "--from": surgery.parent,
        "--at": surgery.snapshot,
        **redrawing,
        **(pruning if surgery.layers else {}),
    }


def _switches(spec: RunSpec) -> list[str]:
    """What is not usual; everything where the values of a parent would be taken otherwise."""
    switches = {"bias": (spec.net.bias, True), "augment": (spec.data.augment, False), "shuffle": (spec.shuffle, True)}
    return [
        f"--{name}" if on else f"--no-{name}"
        for name, (on, usually) in switches.items()
        if spec.surgery is not None or on != usually
    ]


def _listed(numbers: tuple[int, ...] | None) -> str | None:
    return None if numbers is None else ",".join(map(str, numbers))
