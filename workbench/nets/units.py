"""A network seen as layers of units: names and sizes, weight matrices, and how often each unit is active."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from math import prod
from typing import TYPE_CHECKING, Literal

import numpy as np
import torch
from torch import nn

from workbench.nets.weights import computed, evaluating

if TYPE_CHECKING:
    from typing import Self

    from numpy.typing import NDArray
    from torch.utils.hooks import RemovableHandle


Kind = Literal["linear", "conv1d", "conv2d", "conv3d"]


@dataclass(frozen=True)
class Layer:
    """A linear or convolutional layer: a weight matrix of `units` rows and `inputs` columns."""

    name: str  # the module's name in the network; of a projection in one with others, followed by .q, .k or .v
    kind: Kind
    units: int  # m: neurons or filters
    inputs: int  # n: weights of one unit
    order: int  # 0, 1, … from the input to the output
    kernel_area: int  # positions of a filter's window; 1 for a linear layer
    parameter: str = ""  # the state-dict key of the weights where that is not "<name>.weight"
    first: int = 0  # where its units begin in a parameter that holds several layers
    transposed: bool = False  # the parameter's first axis are the inputs


def layers(module: nn.Module) -> tuple[Layer, ...]:
    """Every linear and convolutional layer of `module`, in module order.

    Attention projections that share one parameter are three layers (q, k, v). A layer whose weight is computed from
    other parameters (pruning, weight norm and the like) counts as if that weight were its own.
    """
    found: list[Layer] = []
    for name, child in module.named_modules():
        found += (replace(layer, order=len(found) + at) for at, layer in enumerate(_layers_of(name, child)))
    return tuple(found)


_CONVOLUTIONS: dict[type[nn.Module], tuple[Kind, bool]] = {  # and whether the inputs are the weights' first axis
    nn.Conv1d: ("conv1d", False),
    nn.Conv2d: ("conv2d", False),
    nn.Conv3d: ("conv3d", False),
    nn.ConvTranspose1d: ("conv1d", True),
    nn.ConvTranspose2d: ("conv2d", True),
    nn.ConvTranspose3d: ("conv3d", True),
}
_FUSED = ("c_attn", "qkv", "in_proj")  # what layers of three projections in one are called


def _layers_of(name: str, child: nn.Module) -> list[Layer]:
    """The layers whose weights `child` itself holds; their order is not set."""
    if isinstance(child, nn.MultiheadAttention):
        return _projections(name, child)
    described = _described(child)
    weight = None if described is None else computed(child).get("weight", child._parameters.get("weight"))
    if weight is None or described is None or isinstance(weight, nn.UninitializedParameter):
        return []
    kind, transposed = described
    units, inputs = weight_matrix(weight.transpose(0, 1) if transposed else weight).shape
    key = f"{name}.weight" if name else "weight"  # the network itself may be a layer
    if kind == "linear" and units == 3 * inputs and name.rpartition(".")[2] in _FUSED:
        return _split(name, key, inputs, inputs, transposed)
    area, own = prod(weight.shape[2:]), name or type(child).__name__.lower()
    return [Layer(own, kind, units, inputs, 0, area, key if transposed or not name else "", 0, transposed)]


def _described(child: nn.Module) -> tuple[Kind, bool] | None:
    """The kind of a layer, and whether its weights are transposed; None: it is no layer of units."""
    if isinstance(child, nn.Linear):
        return "linear", False
    if type(child).__name__ == "Conv1D" and hasattr(child, "nf"):  # of transformers: linear, the inputs first
        return "linear", True
    for kind, described in _CONVOLUTIONS.items():
        if isinstance(child, kind):
            return None if described[1] and getattr(child, "groups", 1) > 1 else described
    return None


def _projections(name: str, attention: nn.MultiheadAttention) -> list[Layer]:
    start = f"{name}." if name else ""
    if attention.in_proj_weight is not None:  # a parameter, or computed
        return _split(start + "in_proj", f"{start}in_proj_weight", attention.embed_dim, attention.embed_dim, False)
    weights = {f"{part}_proj": getattr(attention, f"{part}_proj_weight") for part in "qkv"}
    return [
        Layer(start + part, "linear", *weight.shape, 0, 1, f"{start}{part}_weight")
        for part, weight in weights.items()
        if weight is not None
    ]


def _split(name: str, parameter: str, units: int, inputs: int, transposed: bool) -> list[Layer]:
    """Queries, keys and values, which lie one after another in one parameter."""
    return [
        Layer(f"{name}.{part}", "linear", units, inputs, 0, 1, parameter, at * units, transposed)
        for at, part in enumerate("qkv")
    ]


def weight_matrix(weight: torch.Tensor) -> torch.Tensor:
    """The m × n view of a weight tensor: a row per unit, filters flattened but for the output channel."""
    return weight.flatten(1)


class OutputWatcher:
    """Sees, while it is entered as a context, the output of each layer of `net` after batch norm and ReLU.

    Every forward pass made meanwhile is seen. The layer's own output is taken where no ReLU follows before the next
    layer; in a network that is no sequence, where ReLU may be a function, that of a batch norm on it. `net` should be
    in evaluation mode (see `evaluating`). What is seen goes to `take`.
    """

    def __init__(self, net: nn.Module) -> None:
        self._net = net
        modules = dict(net.named_modules())  # projections that share a module have no output of their own
        self.layers = [layer for layer in layers(net) if layer.name in modules]
        self._handles: list[RemovableHandle] = []
        self._waiting: tuple[Layer, torch.Tensor] | None = None  # a layer's output, until its ReLU has run

    def take(self, layer: Layer, output: torch.Tensor) -> None:
        """What a subclass does with the output of a layer on some images; later steps may write over it."""
        raise NotImplementedError

    def __enter__(self) -> Self:
        for layer in self.layers:
            child = self._net.get_submodule(layer.name)
            self._handles.append(child.register_forward_hook(partial(self._layer_ran, layer)))
        branches = not isinstance(self._net, nn.Sequential)
        for child in self._net.modules():
            if isinstance(child, nn.ReLU):
                self._handles.append(child.register_forward_hook(self._relu_ran))
            elif branches and isinstance(child, nn.modules.batchnorm._BatchNorm):
                self._handles.append(child.register_forward_hook(self._norm_ran))
        self._handles.append(self._net.register_forward_hook(self._net_ran))
        return self

    def __exit__(self, *_: object) -> None:
        self._waiting = None
        while self._handles:
            self._handles.pop().remove()

    def _layer_ran(self, layer: Layer, _module: nn.Module, _inputs: object, output: torch.Tensor) -> None:
        self._take_waiting()
        self._waiting = layer, output

    def _norm_ran(self, _norm: nn.Module, inputs: tuple[object, ...], output: torch.Tensor) -> None:
        """In a network whose ReLU is a function and no module, this is what comes nearest to a layer's output."""
        if self._waiting is not None and inputs and inputs[0] is self._waiting[1]:
            self._waiting = self._waiting[0], output

    def _relu_ran(self, _relu: nn.Module, _inputs: object, output: torch.Tensor) -> None:
        if self._waiting is not None:
            self._waiting = self._waiting[0], output
            self._take_waiting()

    def _net_ran(self, *_: object) -> None:
        self._take_waiting()

    def _take_waiting(self) -> None:
        if self._waiting is not None:
            layer, output = self._waiting
            self._waiting = None
            self.take(layer, output.detach())


class ActivityCounter(OutputWatcher):
    """Counts, while it is entered as a context, on how many images each unit of `net` is active.

    A unit is active on an image when its output after batch norm and ReLU is above zero at any position.
    """

    def __init__(self, net: nn.Module) -> None:
        super().__init__(net)
        self._seen: dict[str, int] = {}
        self._counts: dict[str, torch.Tensor] = {}

    def fractions(self) -> dict[str, NDArray[np.float32]]:
        """The fraction of the images seen on which each unit was active: layer name -> (m,) float32.

        ValueError: no images were seen.
        """
        if not self._seen:
            raise ValueError("Activity needs at least one image; none was passed through the network.")
        counts = {name: count.cpu().numpy() for name, count in self._counts.items()}
        return {name: (count / self._seen[name]).astype(np.float32) for name, count in counts.items()}

    def take(self, layer: Layer, output: torch.Tensor) -> None:
        """Count in the images on which each unit is above zero."""
        name, positive = layer.name, output > 0
        if positive.ndim > 2:  # the units of a linear layer are the last axis, the channels of a convolution the second
            positions = positive.flatten(1, -2) if layer.kind == "linear" else positive.flatten(2).transpose(1, 2)
            positive = positions.any(1)
        count = positive.sum(0)
        self._seen[name] = self._seen.get(name, 0) + len(positive)
        self._counts[name] = self._counts[name] + count if name in self._counts else count


def activity(net: nn.Module, images: torch.Tensor, chunk: int = 250) -> dict[str, NDArray[np.float32]]:
    """The fraction of `images` on which each unit is active: layer -> (m,) float32 (see `ActivityCounter`).

    `images` is N × C × H × W, normalised, on the network's device; they are passed through `chunk` at a time.
    ValueError: no images.
    """
    with evaluating(net), ActivityCounter(net) as counter:
        for start in range(0, len(images), chunk):
            net(images[start : start + chunk])
    return counter.fractions()
