"""Units with a known redundancy: some repeat others, and some never fire. What finds redundancy must find these."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import nn

from workbench.nets.units import layers

if TYPE_CHECKING:
    from numpy.typing import NDArray

EVERY = 10  # units: one of so many never fires, and another repeats the unit before it
SILENT = -1_000.0  # a bias, or the shift of a batch norm, that no input of ordinary size overcomes


def planted_units(units: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The units of a hidden layer that repeat the unit before them, and those that never fire, ascending."""
    every = np.arange(units)
    return every[every % EVERY == 1], every[every % EVERY == EVERY - 1]


def plant(module: nn.Module) -> None:
    """Make the `planted_units` of every hidden layer of a network of the catalogue, in place.

    A repeated unit has the weights of the unit before it, and the layers after it weigh both alike: gradients are the
    same for both, so they stay equal throughout the training. A dead unit has a bias, or the shift of a batch norm, of
    −1,000: it gets no gradient. ValueError: a layer has no bias, so that no unit can be silenced.
    """
    found = layers(module)
    with torch.no_grad():
        for layer, following in pairwise(found):  # the outgoing weights before they are repeated
            repeated, dead = (torch.from_numpy(each) for each in planted_units(layer.units))
            own, after = module.get_submodule(layer.name), module.get_submodule(following.name)
            _repeat_outgoing(after.get_parameter("weight"), layer.units, repeated)
            for parameter in own.parameters():
                parameter[repeated] = parameter[repeated - 1]
            _silence(module, layer.name, dead)


def _repeat_outgoing(weight: torch.Tensor, units: int, repeated: torch.Tensor) -> None:
    """The next layer's inputs of each repeated unit weigh as much as those of the unit before it; a view is written."""
    by_unit = weight.view(len(weight), units, -1)
    by_unit[:, repeated] = by_unit[:, repeated - 1]


def _silence(module: nn.Module, name: str, dead: torch.Tensor) -> None:
    children = dict(module.named_children())
    following = list(children)[list(children).index(name) + 1]
    norm = children[following]
    target = norm if isinstance(norm, nn.modules.batchnorm._BatchNorm) else children[name]
    bias = target.bias
    if not isinstance(bias, nn.Parameter):
        raise ValueError(f"no unit of {name} can be silenced, because it has no bias: plant units with bias on")
    bias[dead] = SILENT
