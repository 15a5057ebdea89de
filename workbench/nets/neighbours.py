"""What stands around a layer in a network, and which of its units are taken out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import nn

from workbench.nets.units import layers

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


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
        raise ValueError(f"{layer} is the classifier: its units are the classes and stay.")
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
