"""The shapes of a network's parameters without building it.

Loads no torch for networks of the catalogue: the window forecasts with it. torchvision's are made once, without memory
for their parameters; that takes seconds, and what was found is cached.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.nets.architectures.catalogue import ImageShape, architecture
from workbench.nets.architectures.names import of_torchvision

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from workbench.nets.architectures.catalogue import Architecture

Shape = tuple[tuple[int, ...], str]  # and the NumPy name of the number type
Shapes = dict[str, Shape]
_OF_TORCHVISION: dict[tuple[str, ImageShape, int], Shapes | str] = {}  # or why it cannot be trained


def parameter_shapes(
    name: str,
    image_shape: ImageShape,
    classes: int = 10,
    widths: Sequence[int] | None = None,
    bias: bool = True,
) -> Shapes:
    """State-dict key -> (shape, NumPy dtype name), as `architectures.build` makes them, in its order.

    The arguments are those of `build`. ValueError: no such network, an image too small for its pools, a wrong
    number of widths, a size below 1; of torchvision, also what `shapes_if_trainable` refuses.
    """
    if of_torchvision(name):
        return _of_torchvision(name, image_shape, classes)
    plan = architecture(name)
    units = plan.widths_for(image_shape, classes, widths)
    return dict(_parameters(plan, image_shape, classes, units, bias))


def at_hand(name: str, image_shape: ImageShape, classes: int) -> bool:
    """Whether `parameter_shapes` answers at once."""
    return not of_torchvision(name) or (name, image_shape, classes) in _OF_TORCHVISION


def _of_torchvision(name: str, image_shape: ImageShape, classes: int) -> Shapes:
    key = name, image_shape, classes
    if key not in _OF_TORCHVISION:
        from workbench.nets.architectures.torchvision_nets import shapes_if_trainable  # loads torch and torchvision

        try:
            _OF_TORCHVISION[key] = shapes_if_trainable(*key)
        except (ValueError, ImportError) as error:  # the second: torchvision is not installed
            _OF_TORCHVISION[key] = str(error)
    found = _OF_TORCHVISION[key]
    if isinstance(found, str):
        raise ValueError(found)
    return found


def _parameters(
    plan: Architecture, image_shape: ImageShape, classes: int, widths: tuple[int, ...], bias: bool
) -> Iterator[tuple[str, Shape]]:
    channels, height, width = image_shape
    for number, filters in enumerate(widths[: plan.convolutions], 1):
        yield from _layer(f"conv{number}", (filters, channels, plan.kernel, plan.kernel), bias)
        if plan.batch_norm:
            yield from _batch_norm(f"bn{number}", filters)
        channels = filters
    inputs = channels * plan.positions(height, width)
    norms, hidden = plan.convolutions if plan.batch_norm else 0, widths[plan.convolutions :]
    for number, units in enumerate((*hidden, classes), 1):
        yield from _layer(f"fc{number}", (units, inputs), bias)
        if plan.hidden_norm and number <= len(hidden):
            yield from _batch_norm(f"bn{norms + number}", units)
        inputs = units


def _layer(name: str, shape: tuple[int, ...], bias: bool) -> Iterator[tuple[str, Shape]]:
    yield f"{name}.weight", (shape, "float32")
    if bias:
        yield f"{name}.bias", (shape[:1], "float32")


def _batch_norm(name: str, units: int) -> Iterator[tuple[str, Shape]]:
    for part in ("weight", "bias", "running_mean", "running_var"):
        yield f"{name}.{part}", ((units,), "float32")
    yield f"{name}.num_batches_tracked", ((), "int64")
