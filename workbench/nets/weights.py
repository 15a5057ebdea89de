"""The tensors that a network computes with, where its state dict holds what they are computed from."""

from __future__ import annotations

from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING, Any

import torch
from torch import nn
from torch.nn.utils import parametrize, prune
from torch.nn.utils.spectral_norm import SpectralNorm
from torch.nn.utils.weight_norm import WeightNorm

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

# What torch puts between the names of modules that it wraps: torch.compile, activation checkpoints, FSDP.
WRAPPERS = ("_orig_mod", "_checkpoint_wrapped_module", "_fsdp_wrapped_module")


def plain_name(name: str) -> str:
    """The name of a module or parameter as if nothing were wrapped."""
    return ".".join(part for part in name.split(".") if part not in WRAPPERS)


def uncompiled() -> AbstractContextManager[Any]:
    """A block in which compiled modules run as they were written, so that hooks in them are called."""
    stance = getattr(torch.compiler, "set_stance", None)
    return nullcontext() if stance is None else stance("force_eager")


@contextmanager
def evaluating(net: nn.Module) -> Iterator[None]:
    """Put `net` into evaluation mode without gradients; afterwards every module is in the mode it was in."""
    training = [module for module in net.modules() if module.training]
    net.eval()
    try:
        with torch.no_grad():
            yield
    finally:
        for module in training:
            module.training = True


def computed(child: nn.Module) -> dict[str, torch.Tensor]:
    """The tensors that `child` computes from its own parameters, under the names by which it uses them.

    By pruning, weight norm, spectral norm and any parametrization of torch, from the parameters as they are now.
    """
    found: dict[str, torch.Tensor] = {}
    if parametrize.is_parametrized(child):
        for name, parametrization in child.parametrizations.items():  # type: ignore[union-attr, operator]
            with evaluating(parametrization):  # spectral norm would go on with its power iteration otherwise
                found[name] = parametrization()
    with torch.no_grad():
        for hook in child._forward_pre_hooks.values():
            if isinstance(hook, prune.BasePruningMethod):
                found[hook._tensor_name] = hook.apply_mask(child)  # type: ignore[no-untyped-call]
            elif isinstance(hook, WeightNorm):
                found[hook.name] = hook.compute_weight(child)
            elif isinstance(hook, SpectralNorm):
                found[hook.name] = hook.compute_weight(child, do_power_iteration=False)
    return found


def state(module: nn.Module) -> dict[str, torch.Tensor]:
    """The state dict under plain names, with computed tensors in place of what they are computed from."""
    made = {plain_name(name): tensors for name, child in module.named_modules() if (tensors := computed(child))}
    gone = {key for name, tensors in made.items() for own in tensors for key in _sources(name, own)}
    found: dict[str, torch.Tensor] = {}
    for key, value in module.state_dict().items():
        plain = plain_name(key)
        for owner in _owners(plain):
            found |= {_joined(owner, own): tensor for own, tensor in made.pop(owner, {}).items()}
        if gone.isdisjoint((plain, *_owners(plain))):
            found[plain] = value
    return found


def _sources(owner: str, name: str) -> list[str]:
    ends = [f"{name}_{end}" for end in ("orig", "mask", "g", "v", "u")]
    return [_joined(owner, end) for end in (*ends, f"parametrizations.{name}")]


def _owners(key: str) -> list[str]:
    """The modules that a parameter lies in, the network first."""
    parts = key.split(".")
    return [".".join(parts[:length]) for length in range(len(parts))]


def _joined(owner: str, name: str) -> str:
    return f"{owner}.{name}" if owner else name
