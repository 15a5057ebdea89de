"""What stands around a layer in a network, and which of its units are taken out."""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import fx, nn

from workbench.nets.units import layers

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    from numpy.typing import NDArray

    Weighted = nn.Linear | nn.Conv1d | nn.Conv2d | nn.Conv3d

# Modules without parameters that give zero where they are given zero, each unit for itself.
ZERO_STAYS = (
    nn.ReLU, nn.ReLU6, nn.LeakyReLU, nn.ELU, nn.SELU, nn.CELU, nn.GELU, nn.SiLU, nn.Mish, nn.Tanh, nn.Hardswish,
    nn.Softsign, nn.Identity, nn.Dropout, nn.Dropout1d, nn.Dropout2d, nn.Dropout3d, nn.MaxPool1d, nn.MaxPool2d,
    nn.MaxPool3d, nn.AvgPool1d, nn.AvgPool2d, nn.AvgPool3d, nn.AdaptiveAvgPool1d, nn.AdaptiveAvgPool2d,
    nn.AdaptiveAvgPool3d, nn.AdaptiveMaxPool1d, nn.AdaptiveMaxPool2d, nn.AdaptiveMaxPool3d,
)  # fmt: skip
OF_TORCH = tuple(f"torch.nn.modules.{each}" for each in (
    "linear", "conv", "batchnorm", "activation", "dropout", "pooling", "flatten",
))  # fmt: skip
CONVOLUTIONS = (nn.Conv1d, nn.Conv2d, nn.Conv3d)
NORMS = (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d)


@dataclass(frozen=True, eq=False)
class Neighbours:
    """What stands around a layer in a network's state dict."""

    layer: str
    batch_norm: str | None  # the batch norm on its output
    following: str  # the next layer with weights


def neighbours(module: nn.Module, layer: str) -> Neighbours:
    """The names around `layer` in a plain sequence of modules.

    ValueError: no such layer, or the classifier, whose units are the classes.
    """
    names = [known.name for known in layers(module)]
    if layer not in names:
        raise ValueError(f'The network has no layer "{layer}"; it has {", ".join(names)}.')
    if layer == names[-1]:
        raise ValueError(f"{layer} is the classifier: its units are the classes and cannot be removed.")
    following = names[names.index(layer) + 1]
    children = list(module.named_children())
    order = [name for name, _ in children]
    between = children[order.index(layer) + 1 : order.index(following)]
    norms = [name for name, child in between if isinstance(child, (nn.BatchNorm1d, nn.BatchNorm2d))]
    return Neighbours(layer, norms[0] if norms else None, following)


def unit_modules(module: nn.Module, layer: str, around: Neighbours | None = None) -> tuple[nn.Module, ...]:
    """The modules whose parameters have one row for each unit of `layer`: itself and the batch norm on its output.

    Where a unit's rows are all zero, so is its output after ReLU, and no gradient comes back. `around` is known for a
    network that is no plain sequence. ValueError as in `neighbours`.
    """
    norm = (neighbours(module, layer) if around is None else around).batch_norm
    return tuple(module.get_submodule(name) for name in (layer, norm) if name is not None)


def removed_units(module: nn.Module, layer: str, around: Neighbours | None = None) -> NDArray[np.int64]:
    """The units of `layer` that are taken out, ascending: all of their own parameters are exactly zero."""
    modules = unit_modules(module, layer, around)
    own = [parameter.detach() for each in modules for parameter in each.parameters(recurse=False)]
    silent = torch.stack([(rows.reshape(len(rows), -1) == 0).all(1) for rows in own]).all(0)
    units: NDArray[np.int64] = silent.nonzero().flatten().cpu().numpy()
    return units


def is_sequence(module: nn.Module) -> bool:
    """Whether each layer takes just what the one before gives, and zero wherever that one has a unit removed.

    Certain only of `nn.Sequential` itself, whose modules are layers, batch norms with statistics and factors, and what
    leaves zero at zero; after convolutions it is flattened before the first linear layer. And of a module, such as a
    LightningModule, whose `forward` calls such a sequence once and none of its parts.
    """
    before: Weighted | None = None
    flattened = False
    sequence = _only_called(module)
    if sequence is None:
        return False
    for each in _in_sequence(sequence):
        if isinstance(each, nn.Flatten):
            flattened = True
            fits = (int(each.start_dim), int(each.end_dim)) == (1, -1)
        elif isinstance(each, (nn.Linear, *CONVOLUTIONS)):
            fits = before is None or _takes_all(before, each, flattened)
            before, flattened = each, False
        elif isinstance(each, NORMS):
            whole = each.affine and each.track_running_stats
            fits = whole and before is not None and each.num_features == len(before.weight)
        else:
            fits = type(each) in ZERO_STAYS
        if not fits or type(each).__module__ not in OF_TORCH:
            return False
    return before is not None


class _Calls(fx.Tracer):
    """Follows the calls of a module's own `forward`, and runs none of the modules that it calls."""

    def is_leaf_module(self, m: nn.Module, module_qualified_name: str) -> bool:
        return True


def _only_called(module: nn.Module) -> nn.Sequential | None:
    """The sequence that is `module`, or that holds all its parameters and is called once by it; None: not known."""
    if type(module) is nn.Sequential:
        return module
    holders = [name for name, child in module.named_children() if any(True for _ in child.parameters())]
    if len(holders) != 1 or any(True for _ in module.parameters(recurse=False)):
        return None
    try:
        nodes = list(_Calls().trace(copy(module)).nodes)  # of a copy: what its `forward` keeps is none of our traces
    except Exception:  # of somebody else's code, which does what cannot be followed: then it is not known
        return None
    inside = [str(node.target) for node in nodes if node.op in ("call_module", "get_attr")]
    if [name for name in inside if name.partition(".")[0] == holders[0]] != holders:
        return None
    return _only_called(module.get_submodule(holders[0]))


def _in_sequence(module: nn.Module) -> Iterator[nn.Module]:
    """The modules in the order in which a sequence of sequences calls them."""
    for child in module.children():
        if type(child) is nn.Sequential:
            yield from _in_sequence(child)
        else:
            yield child


def _takes_all(before: Weighted, layer: Weighted, flattened: bool) -> bool:
    """Whether the inputs of a layer are the units of the one before: its channels, or these position by position."""
    units = len(before.weight)
    if isinstance(layer, nn.Linear):
        from_linear = isinstance(before, nn.Linear)
        return layer.in_features == units if from_linear else flattened and layer.in_features % units == 0
    return not flattened and type(layer) is type(before) and layer.groups == 1 and layer.in_channels == units
