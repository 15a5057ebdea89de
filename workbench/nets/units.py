"""A network seen as layers of units: names and sizes, weight matrices, and how often each unit is active."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from math import prod
from typing import TYPE_CHECKING, Literal

import numpy as np
import torch
from torch import nn

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Self

    from numpy.typing import NDArray
    from torch.utils.hooks import RemovableHandle


@dataclass(frozen=True)
class Layer:
    """A linear or convolutional layer: a weight matrix of `units` rows and `inputs` columns."""

    name: str  # the module's name in the network
    kind: Literal["linear", "conv2d"]
    units: int  # m: neurons or filters
    inputs: int  # n: weights of one unit
    order: int  # 0, 1, … from the input to the output
    kernel_area: int  # positions of a filter's window; 1 for a linear layer


def layers(module: nn.Module) -> tuple[Layer, ...]:
    """Every linear and two-dimensional convolutional layer of `module`, in module order."""
    found: list[Layer] = []
    for name, child in module.named_modules():
        if isinstance(child, nn.Linear | nn.Conv2d):
            units, inputs = weight_matrix(child.weight).shape
            area = prod(child.kernel_size) if isinstance(child, nn.Conv2d) else 1
            kind: Literal["linear", "conv2d"] = "conv2d" if isinstance(child, nn.Conv2d) else "linear"
            found.append(Layer(name, kind, units, inputs, len(found), area))
    return tuple(found)


def weight_matrix(weight: torch.Tensor) -> torch.Tensor:
    """The m × n view of a weight tensor: a row per unit, filters flattened but for the output channel."""
    return weight.flatten(1)


class ActivityCounter:
    """Counts, while it is entered as a context, on how many images each unit of `net` is active.

    Every forward pass made meanwhile is counted. A unit is active on an image when its output after batch
    norm and ReLU is above zero at any position; the layer's own output is taken where no ReLU follows before
    the next layer. `net` should be in evaluation mode (see `evaluating`).
    """

    def __init__(self, net: nn.Module) -> None:
        self._net = net
        self._layers = layers(net)
        self._handles: list[RemovableHandle] = []
        self._images = 0
        self._counts: dict[str, torch.Tensor] = {}
        self._waiting: tuple[str, torch.Tensor] | None = None  # a layer's output, until its ReLU has run

    def __enter__(self) -> Self:
        for layer in self._layers:
            child = self._net.get_submodule(layer.name)
            self._handles.append(child.register_forward_hook(partial(self._layer_ran, layer.name)))
        for child in self._net.modules():
            if isinstance(child, nn.ReLU):
                self._handles.append(child.register_forward_hook(self._relu_ran))
        self._handles.append(self._net.register_forward_hook(self._net_ran))
        return self

    def __exit__(self, *_: object) -> None:
        self._waiting = None
        while self._handles:
            self._handles.pop().remove()

    def fractions(self) -> dict[str, NDArray[np.float32]]:
        """The fraction of the images seen on which each unit was active: layer name -> (m,) float32.

        ValueError: no images were seen.
        """
        if not self._images:
            raise ValueError("Activity needs at least one image; none was passed through the network.")
        counts = {name: count.cpu().numpy() for name, count in self._counts.items()}
        return {name: (count / self._images).astype(np.float32) for name, count in counts.items()}

    def _layer_ran(self, name: str, _layer: nn.Module, _inputs: object, output: torch.Tensor) -> None:
        self._count_waiting()
        self._waiting = name, output

    def _relu_ran(self, _relu: nn.Module, _inputs: object, output: torch.Tensor) -> None:
        if self._waiting is not None:
            self._waiting = self._waiting[0], output
            self._count_waiting()

    def _net_ran(self, _net: nn.Module, _inputs: object, output: torch.Tensor) -> None:
        self._count_waiting()
        self._images += len(output)

    def _count_waiting(self) -> None:
        if self._waiting is None:
            return
        name, output = self._waiting
        self._waiting = None
        positive = output.detach() > 0
        active = positive.flatten(2).any(2) if positive.ndim > 2 else positive
        count = active.sum(0)
        self._counts[name] = self._counts[name] + count if name in self._counts else count


@contextmanager
def evaluating(net: nn.Module) -> Iterator[None]:
    """Puts `net` into evaluation mode without gradients; afterwards every module is in the mode it was in."""
    training = [module for module in net.modules() if module.training]
    net.eval()
    try:
        with torch.no_grad():
            yield
    finally:
        for module in training:
            module.training = True


def activity(net: nn.Module, images: torch.Tensor, chunk: int = 250) -> dict[str, NDArray[np.float32]]:
    """The fraction of `images` on which each unit is active: layer -> (m,) float32 (see `ActivityCounter`).

    `images` is N × C × H × W, normalised, on the network's device; they are passed through `chunk` at a time.
    ValueError: no images.
    """
    with evaluating(net), ActivityCounter(net) as counter:
        for start in range(0, len(images), chunk):
            net(images[start : start + chunk])
    return counter.fractions()
