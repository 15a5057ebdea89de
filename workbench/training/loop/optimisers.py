"""Optimisers and learning-rate schedules, one row of a table each. Torch is loaded when an optimiser is made."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from inspect import unwrap
from typing import TYPE_CHECKING, Any

from workbench.runs.spec import OptimiserSpec

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import torch

NEVER_COMPILED = ("add_param_group", "zero_grad", "state_dict", "load_state_dict")
FUSED_DEVICES = ("cpu", "cuda", "mps")  # where PyTorch updates all parameters in one call


@dataclass(frozen=True)
class Optimiser:
    """One of `torch.optim`."""

    title: str
    torch_class: str
    usual: OptimiserSpec  # its name, and its constants where no recipe says others
    takes_momentum: bool = False
    fused: bool = True  # whether PyTorch can update all parameters in one call


@dataclass(frozen=True)
class Schedule:
    """The learning rate over a training; `factor` gives its part of the first one after this part of all steps."""

    title: str
    factor: Callable[[float], float]


OPTIMISERS = {
    row.usual.name: row
    for row in (
        Optimiser("SGD", "SGD", OptimiserSpec("sgd", learning_rate=0.1, momentum=0.9), takes_momentum=True),
        Optimiser("Adam", "Adam", OptimiserSpec("adam", learning_rate=1e-3)),
    )
}
SCHEDULES = {
    "constant": Schedule("constant", lambda done: 1.0),
    # A tenth from one half of the steps and a hundredth from three quarters (the report's VGG19BN).
    "step": Schedule("tenth at ½ and ¾", lambda done: 1.0 if done < 0.5 else 0.1 if done < 0.75 else 0.01),
    # Half a cosine down to almost 0 (Loshchilov & Hutter 2017, without restarts).
    "cosine": Schedule("cosine to zero", lambda done: 0.5 * (1.0 + math.cos(math.pi * done))),
}


def with_momentum() -> dict[str, Optimiser]:
    """The optimisers that take a momentum."""
    return {name: row for name, row in OPTIMISERS.items() if row.takes_momentum}


def optimiser(spec: OptimiserSpec, parameters: Iterable[torch.nn.Parameter], device: torch.device) -> Any:
    """The torch optimiser that `spec` describes, with its learning rate at the first step.

    Weight decay is PyTorch's: added to the gradient of every parameter, biases included.
    """
    row = OPTIMISERS[spec.name]
    more = {"momentum": spec.momentum} if row.takes_momentum else {}
    if row.fused:
        more["fused"] = device.type in FUSED_DEVICES
    return _uncompiled(row.torch_class)(parameters, spec.learning_rate, weight_decay=spec.weight_decay, **more)


def learning_rate(spec: OptimiserSpec, iteration: int, iterations: int) -> float:
    """The learning rate of step `iteration` (the first is 0) out of `iterations`."""
    return spec.learning_rate * SCHEDULES[spec.schedule].factor(iteration / iterations)


def set_learning_rate(optimiser: torch.optim.Optimizer, rate: float) -> None:
    """Use this learning rate for all parameters from now on."""
    for group in optimiser.param_groups:
        group["lr"] = rate


@cache
def _uncompiled(name: str) -> Any:
    """An optimiser of torch whose methods never ask torch's compiler to leave them alone.

    Torch loads the whole compiler for that: three seconds and 80 MB in every process that trains.
    """
    import torch

    kind = getattr(torch.optim, name)
    methods: dict[str, object] = {method: unwrap(getattr(kind, method)) for method in NEVER_COMPILED}
    return type(name, (kind,), {**methods, "step": torch.no_grad()(unwrap(kind.step))})
