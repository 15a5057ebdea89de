"""Initial weights, the same on every device."""

from __future__ import annotations

from copy import deepcopy
from math import sqrt
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import nn

from workbench.nets.neighbours import neighbours
from workbench.nets.planting import plant
from workbench.nets.units import layers
from workbench.nets.variance import initial_variance, initialiser

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from workbench.nets.units import Layer
    from workbench.nets.variance import Initialiser


_PERMUTATION_STREAM = 5  # of a seed; 0 to 2 are in `parts`, 3 and 4 in the steps of a training


def initialise(module: nn.Module, name: str, seed: int) -> None:
    """Draws all weights of `module` in place: layer by layer in module order, each weight before its bias.

    The numbers come from one generator on the CPU and are then copied, so they do not depend on the device.
    Biases are zero, or PyTorch's own (uniform in ±1/√n) for "torch_default". Batch norms become the identity:
    weight 1, bias 0, running statistics forgotten. Layers that are not trained keep their weights. ValueError: no such
    initialiser, or one that plants units where that is not possible.
    """
    way = initialiser(name)
    generator = torch.Generator("cpu").manual_seed(seed)
    with torch.no_grad():
        for layer in layers(module):
            if module.get_submodule(layer.name).get_parameter("weight").requires_grad:  # a fixed classifier stays
                _draw_layer(module.get_submodule(layer.name), layer, way, generator)
        for child in module.modules():
            if isinstance(child, nn.modules.batchnorm._BatchNorm):
                child.reset_parameters()
        if way.plants:
            plant(module)


def redraw(module: nn.Module, names: Sequence[str], name: str, seed: int) -> None:
    """Draws the layers called `names` in place as `initialise` does with this seed; the others stay as they are.

    A batch norm on the output of one becomes the identity. ValueError: no such layer or initialiser.
    """
    fresh = deepcopy(module)
    initialise(fresh, name, seed)
    last = layers(module)[-1].name
    for layer in names:
        for part in _own_parts(module, layer, last):
            module.get_submodule(part).load_state_dict(fresh.get_submodule(part).state_dict())


def permute_inputs(module: nn.Module, names: Sequence[str], seed: int) -> None:
    """Lets the layers called `names` read the units before them in another order, in place.

    The weights that read one unit (its channel, its positions) read another one afterwards: a random cycle through all
    units, so that none keeps its readers. ValueError: no such layer, or none before it.
    """
    known = layers(module)
    order = [layer.name for layer in known]
    for name in names:
        if name not in order[1:]:
            raise ValueError(f"{name!r} is no layer behind another one; these are {', '.join(order[1:])}")
        at = order.index(name)
        cycle = _cycle(known[at - 1].units, np.random.SeedSequence((seed, _PERMUTATION_STREAM, at)))
        weight = module.get_submodule(name).get_parameter("weight")
        with torch.no_grad():
            by_unit = weight.reshape(len(weight), len(cycle), -1)
            weight.copy_(by_unit[:, torch.from_numpy(cycle)].reshape(weight.shape))


def freeze(module: nn.Module, names: Sequence[str]) -> None:
    """Lets no training change the parameters of the layers called `names`, and of a batch norm on their output.

    What a batch norm measures of its inputs goes on. ValueError: no such layer, or no other that can be trained.
    """
    known = [layer.name for layer in layers(module)]
    for name in names:
        if name not in known:
            raise ValueError(f"there is no layer {name!r} to freeze; there are {', '.join(known)}")
        for part in _own_parts(module, name, known[-1]):
            module.get_submodule(part).requires_grad_(False)
    if names and not any(parameter.requires_grad for parameter in module.parameters()):
        raise ValueError(f"nothing is left to train: all of {', '.join(known)} keep their weights")


def _own_parts(module: nn.Module, layer: str, last: str) -> tuple[str, ...]:
    """A layer and the batch norm on its output."""
    if isinstance(module, nn.Sequential):
        norm = None if layer == last else neighbours(module, layer).batch_norm
    else:
        norm = _norm_behind(module, layer)
    return (layer,) if norm is None else (layer, norm)


def _norm_behind(module: nn.Module, layer: str) -> str | None:
    """The batch norm that is the very next module after a layer in a network that branches; None: there is none."""
    modules = dict(module.named_modules())
    names = list(modules)
    following = names[names.index(layer) + 1 : names.index(layer) + 2]
    return next((name for name in following if isinstance(modules[name], nn.modules.batchnorm._BatchNorm)), None)


def _cycle(count: int, seed: np.random.SeedSequence) -> NDArray[np.int64]:
    """A random permutation that is one cycle through all numbers: from two on, none stays where it is."""
    around = np.random.Generator(np.random.PCG64(seed)).permutation(count)
    cycle = np.empty(count, np.int64)
    cycle[around] = np.roll(around, 1)
    return cycle


def _draw_layer(child: nn.Module, layer: Layer, way: Initialiser, generator: torch.Generator) -> None:
    weight, bias = child.get_parameter("weight"), child.bias
    sigma = sqrt(initial_variance(way.name, layer.kind, layer.units, layer.inputs, layer.kernel_area))
    if way.distribution == "normal":
        weight.copy_(torch.randn(weight.shape, generator=generator) * sigma)
    else:
        weight.copy_(_uniform(weight.shape, sqrt(3) * sigma, generator))
    if isinstance(bias, nn.Parameter):
        bias.zero_()
        if way.random_bias:
            bias.copy_(_uniform(bias.shape, 1 / sqrt(layer.inputs), generator))


def _uniform(shape: torch.Size, bound: float, generator: torch.Generator) -> torch.Tensor:
    return (2 * torch.rand(shape, generator=generator) - 1) * bound
