"""How large a network of given widths is: parameters and multiply-adds, for many widths at once. Loads no torch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from workbench.nets.architectures.catalogue import architecture

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from workbench.nets.architectures.catalogue import Architecture, ImageShape

    Int64 = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Sizes:
    """Sizes of networks, each (…)."""

    parameters: Int64  # what is trained: weights, biases, scale and shift of batch norms
    operations: Int64  # multiply-adds of linear and convolutional layers on one image; nothing else is counted


def sizes(name: str, image_shape: ImageShape | None, units: Int64, bias: bool = True) -> Sizes:
    """The sizes of the networks that `architectures.build` makes, for `units` (…, layers): the classes come last.

    A width may be 0: nothing of that layer is left, and of the next one only its biases. ValueError: there is no such
    network, or it has another number of layers.
    """
    plan = architecture(name)
    shape = plan.image_shape if image_shape is None else image_shape
    widths = np.asarray(units, dtype=np.int64)
    expected, given = len(plan.widths) + 1, widths.shape[-1] if widths.ndim else 0
    if given != expected and (plan.blocks or given < 2):
        raise ValueError(f"{plan.title} has {expected} layers with units, the classifier included, not {widths.shape}.")
    parameters, operations = np.zeros(widths.shape[:-1], np.int64), np.zeros(widths.shape[:-1], np.int64)
    for number, (positions, fan) in enumerate(_layers(plan, shape, given - 1 - plan.convolutions)):
        below = widths[..., number - 1] if number else np.int64(shape[0])
        weights = widths[..., number] * below * fan
        normed = plan.batch_norm if number < plan.convolutions else plan.hidden_norm and number < given - 1
        own = bias + (2 if normed else 0)
        parameters += weights + own * widths[..., number]
        operations += weights * positions
    return Sizes(parameters, operations)


def _layers(plan: Architecture, image_shape: ImageShape, hidden: int) -> Iterator[tuple[int, int]]:
    """Layer by layer (positions at which its weights are used, weights of a unit for each unit of the layer below)."""
    height, width = image_shape[1:]
    for block in plan.blocks:
        for _ in block:
            yield height * width, plan.kernel**2
        height, width = (1, 1) if plan.peak else (height // 2, width // 2)
    yield 1, plan.positions(*image_shape[1:])  # what is flattened are the positions of each channel
    yield from ((1, 1) for _ in range(hidden))
