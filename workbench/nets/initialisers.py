"""Initial weights, the same on every device."""

from __future__ import annotations

from copy import deepcopy
from math import sqrt
from typing import TYPE_CHECKING

import torch
from torch import nn

from workbench.nets.neighbours import neighbours
from workbench.nets.planting import plant
from workbench.nets.units import layers
from workbench.nets.variance import initial_variance, initialiser

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workbench.nets.units import Layer
    from workbench.nets.variance import Initialiser


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
        for part in (layer, None if layer == last else neighbours(module, layer).batch_norm):
            if part is not None:
                module.get_submodule(part).load_state_dict(fresh.get_submodule(part).state_dict())


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
