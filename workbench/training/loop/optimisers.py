"""Optimisers and learning-rate schedules by name."""

from __future__ import annotations

import math
from inspect import unwrap
from typing import TYPE_CHECKING, Any, TypeVar, cast

import torch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from workbench.runs.spec import OptimiserSpec

Kind = TypeVar("Kind", bound=torch.optim.Optimizer)
NEVER_COMPILED = ("add_param_group", "zero_grad", "state_dict", "load_state_dict")
FUSED_DEVICES = ("cpu", "cuda", "mps")  # where PyTorch updates all parameters in one call


def optimiser(spec: OptimiserSpec, parameters: Iterable[torch.nn.Parameter], device: torch.device) -> Any:
    """The torch optimiser that `spec` describes, with its learning rate at the first step.

    Weight decay is PyTorch's: added to the gradient of every parameter, biases included.
    """
    return _OPTIMISERS[spec.name](parameters, spec, device.type in FUSED_DEVICES)


def learning_rate(spec: OptimiserSpec, iteration: int, iterations: int) -> float:
    """The learning rate of step `iteration` (the first is 0) out of `iterations`.

    "constant"; "step": a tenth from one half of the steps and a hundredth from three quarters (the report's
    VGG19BN); "cosine": half a cosine down to almost 0 (Loshchilov & Hutter 2017, without restarts).
    """
    return spec.learning_rate * _SCHEDULES[spec.schedule](iteration / iterations)


def set_learning_rate(optimiser: torch.optim.Optimizer, rate: float) -> None:
    """Use this learning rate for all parameters from now on."""
    for group in optimiser.param_groups:
        group["lr"] = rate


def _uncompiled(kind: type[Kind]) -> type[Kind]:
    """An optimiser whose methods never ask torch's compiler to leave them alone.

    Torch loads the whole compiler for that: three seconds and 80 MB in every process that trains.
    """
    methods: dict[str, object] = {name: unwrap(getattr(kind, name)) for name in NEVER_COMPILED}
    return cast("type[Kind]", type(kind.__name__, (kind,), {**methods, "step": torch.no_grad()(unwrap(kind.step))}))


_SGD, _Adam = _uncompiled(torch.optim.SGD), _uncompiled(torch.optim.Adam)


def _sgd(parameters: Iterable[torch.nn.Parameter], spec: OptimiserSpec, fused: bool) -> torch.optim.Optimizer:
    return _SGD(parameters, spec.learning_rate, spec.momentum, weight_decay=spec.weight_decay, fused=fused)


def _adam(parameters: Iterable[torch.nn.Parameter], spec: OptimiserSpec, fused: bool) -> torch.optim.Optimizer:
    return _Adam(parameters, spec.learning_rate, weight_decay=spec.weight_decay, fused=fused)


def _constant(done: float) -> float:
    return 1.0


def _step(done: float) -> float:
    return 1.0 if done < 0.5 else 0.1 if done < 0.75 else 0.01


def _cosine(done: float) -> float:
    return 0.5 * (1.0 + math.cos(math.pi * done))


_OPTIMISERS: dict[str, Callable[[Iterable[torch.nn.Parameter], OptimiserSpec, bool], torch.optim.Optimizer]] = {
    "sgd": _sgd,
    "adam": _adam,
}
_SCHEDULES: dict[str, Callable[[float], float]] = {"constant": _constant, "step": _step, "cosine": _cosine}
