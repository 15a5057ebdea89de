"""Networks built from the catalogue, for any images and classes their shape allows."""

from __future__ import annotations

from collections import Counter
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import torch
from torch import nn
from torch.overrides import TorchFunctionMode

from workbench.nets.architectures.catalogue import architecture

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from workbench.nets.architectures.catalogue import Architecture, ImageShape


def build(
    name: str,
    image_shape: ImageShape | None = None,
    classes: int = 10,
    widths: Sequence[int] | None = None,
    bias: bool = True,
) -> nn.Sequential:
    """The network called `name`, not yet initialised (see `initialise`).

    `image_shape` is channels, height, width (None: what the architecture is made for); `widths` are the units
    of every layer but the classifier, in order (None: the catalogue's). Children are named conv1, bn1, relu1,
    pool1, …, flatten, fc1, …; the last fc is the classifier. Batch norms keep their shift whatever `bias`
    says. ValueError: no such network, an image too small for its pools, a wrong number of widths, a size
    below 1.
    """
    plan = architecture(name)
    shape = plan.image_shape if image_shape is None else image_shape
    units = plan.widths_for(shape, classes, widths)
    net, seen = nn.Sequential(), Counter[str]()
    for label, module in _modules(plan, shape, classes, units, bias):
        seen[label] += 1
        net.add_module(label.replace("#", str(seen[label])), module)
    if plan.signs:
        _fix_signs(net[-1])
    return net


def _modules(
    plan: Architecture, shape: ImageShape, classes: int, widths: tuple[int, ...], bias: bool
) -> Iterator[tuple[str, nn.Module]]:
    """The modules from input to output, each with its label; "#" stands for its number among its like."""
    channels, height, width = shape
    units = iter(widths)
    for block in plan.blocks:
        for _, filters in zip(block, units, strict=False):
            yield "conv#", nn.Conv2d(channels, filters, plan.kernel, padding=plan.kernel // 2, bias=bias)
            if plan.batch_norm:
                yield "bn#", nn.BatchNorm2d(filters)
            yield "relu#", nn.ReLU()
            channels = filters
        yield "pool#", nn.AdaptiveMaxPool2d(1) if plan.peak else nn.MaxPool2d(2)
    if plan.average:
        yield "average", nn.AdaptiveAvgPool2d(1)
    yield "flatten", nn.Flatten()
    inputs = channels * plan.positions(height, width)
    for hidden in units:
        yield "fc#", nn.Linear(inputs, hidden, bias=bias)
        if plan.hidden_norm:
            yield "bn#", nn.BatchNorm1d(hidden)
        yield "relu#", nn.ReLU()
        if plan.dropout:
            yield "dropout#", nn.Dropout(plan.dropout)
        inputs = hidden
    yield "fc#", nn.Linear(inputs, classes, bias=bias)


def _fix_signs(classifier: nn.Module) -> None:
    """Of each class, half of the units speak for it and half against it, in turn; that is not trained."""
    weight = classifier.get_parameter("weight")
    with torch.no_grad():
        classes, units = (torch.arange(size, device=weight.device) for size in weight.shape)
        weight.copy_(1 - 2 * ((classes[:, None] + units * 2 // max(len(units), 1) + 1) % 2))
        for name, parameter in classifier.named_parameters():
            parameter.requires_grad_(False)
            if name == "bias":
                parameter.zero_()


@contextmanager
def shapes_only() -> Iterator[None]:
    """Within, the parameters of modules that are made have shapes but take no memory, however large they are.

    RuntimeError, TypeError or OverflowError, as torch chooses: a size that no tensor can have.
    """
    with _ShapesOnly():
        yield


class _ShapesOnly(TorchFunctionMode):
    """Sends tensors for parameters to the meta device; those that plan a network, such as ranges, stay real."""

    _FOR_PARAMETERS = (torch.empty, torch.zeros, torch.ones, torch.full, torch.rand, torch.randn)

    def __torch_function__(
        self, func: Callable[..., Any], types: object, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        given = dict(kwargs or {})
        if func in self._FOR_PARAMETERS and given.get("device") is None:
            given["device"] = "meta"
        return func(*args, **given)
