"""The same chain of modules under other names: those that somebody else gave its parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from torch import nn

if TYPE_CHECKING:
    from collections.abc import Sequence


def renamed(net: nn.Sequential, keys: Sequence[str]) -> nn.Sequential:
    """The modules of `net` in nested chains, so that its state dict has these keys, in its own order.

    ValueError: another number of keys, or keys by which no such chains can be named.
    """
    own = list(net.state_dict())
    if len(own) != len(keys):
        raise ValueError(f"the network has {len(own)} parameters and not {len(keys)}")
    names = {key.rpartition(".")[0]: other.rpartition(".")[0] for key, other in zip(own, keys, strict=True)}
    made = nn.Sequential()
    place = ""  # where modules without parameters go: beside the last one that had some
    for name, module in net.named_children():
        wanted = names.get(name)
        if wanted is None:
            wanted = f"{place}{name}"
        else:
            place = wanted[: wanted.rfind(".") + 1]
        _put(made, wanted, module)
    if list(made.state_dict()) != list(keys):
        raise ValueError("its parameters are named so that they cannot be those of a chain of layers")
    return made


def _put(chain: nn.Sequential, name: str, module: nn.Module) -> None:
    first, dot, rest = name.partition(".")
    if not dot:
        if first in dict(chain.named_children()):
            first = f"{first}_"  # a step without parameters whose name is taken
        chain.add_module(first, module)
        return
    inner = dict(chain.named_children()).get(first)
    if inner is None:
        inner = nn.Sequential()
        chain.add_module(first, inner)
    if not isinstance(inner, nn.Sequential) or list(chain.children())[-1] is not inner:
        raise ValueError(f"{name} stands apart from the others that begin with {first}")
    _put(inner, rest, module)
