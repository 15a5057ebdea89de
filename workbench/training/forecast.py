"""How large a training's file becomes, before anything is started and without torch."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING

from workbench.nets.architectures.catalogue import data_set
from workbench.nets.architectures.names import network_name
from workbench.nets.architectures.shapes import at_hand, parameter_shapes
from workbench.runs.layout import LayerInfo, plan
from workbench.runs.spec import SpecError
from workbench.runs.writing.birth import forecast_bytes
from workbench.training.checks import check, length
from workbench.training.schedule import snapshot_iterations
from workbench.training.surgery import check_beginning

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workbench.nets.architectures.catalogue import DataSet, ImageShape
    from workbench.nets.architectures.shapes import Shapes
    from workbench.runs.spec import RunSpec

KINDS = {2: "linear", 4: "conv2d"}  # by the rank of the weights; batch norm's have rank 1


class Misfit(SpecError):
    """Values that do not go together; `field` names the one to look at ("" where it is none)."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True)
class Forecast:
    """The size of a training to come. Exact, but for class subsets, which are taken to be equally large."""

    snapshots: int
    iterations: int
    bytes: int  # of the run file, at most


def forecast(spec: RunSpec) -> Forecast:
    """The forecast for `spec`; a Misfit says in one sentence why it cannot be trained."""
    with _about("net"):
        network_name(spec.net.name)
    with _about(""):
        check(spec)
        data = data_set(spec.data.name)
    with _about("classes"):
        images, classes = _chosen(spec, data)
    with _about("validation"):
        held_out = round(spec.data.validation * images)
        if held_out >= images:
            raise SpecError("no image is left to train on: hold fewer out")
    with _about("length"):
        iterations, per_epoch = length(spec, images - held_out)
    with _about("surgery"):
        exact = spec.iterations is not None or spec.data.classes is None
        check_beginning(spec, data.image_shape, classes, iterations if exact else None)
    with _about("snapshots"):
        snapshots = len(snapshot_iterations(spec.snapshots, iterations, per_epoch))
    with _about("net" if spec.net.widths is None else "widths"):
        parameters = parameter_shapes(spec.net.name, data.image_shape, classes, spec.net.widths, spec.net.bias)
        rows = plan(_layers(parameters), parameters, classes)
    with _about("frozen"):
        _check_frozen(spec, [layer.name for layer in _layers(parameters)])
    return Forecast(snapshots, iterations, forecast_bytes(rows, snapshots))


def answers_at_once(spec: RunSpec) -> bool:
    """Whether `forecast` takes no time; else it loads torch and makes a network of torchvision, which takes seconds."""
    try:
        return at_hand(*_made_for(spec))
    except ValueError:  # which it says at once, too
        return True


def look_at_network(spec: RunSpec) -> None:
    """Take these seconds, so that `forecast` answers at once from now on."""
    with suppress(ValueError):  # which it says again
        parameter_shapes(*_made_for(spec))


def _made_for(spec: RunSpec) -> tuple[str, ImageShape, int]:
    data = data_set(spec.data.name)
    return spec.net.name, data.image_shape, _chosen(spec, data)[1]


@contextmanager
def _about(field: str) -> Iterator[None]:
    """A ValueError in this block is about `field`."""
    try:
        yield
    except ValueError as error:
        raise Misfit(field, str(error)) from error


def _chosen(spec: RunSpec, data: DataSet) -> tuple[int, int]:
    """Training images before any is held out, and classes."""
    if spec.data.classes is None:
        return data.train_images, data.classes
    count = len(spec.data.classes)
    if not spec.data.classes or not set(spec.data.classes) <= set(range(data.classes)):
        raise SpecError(f"{data.title} has the classes 0 to {data.classes - 1}, not all of {spec.data.classes}")
    if count < 2:
        raise SpecError("a classifier needs at least two classes")
    if len(set(spec.data.classes)) < count:
        raise SpecError("each class can be named once")
    return data.train_images * count // data.classes, count


def _check_frozen(spec: RunSpec, layers: list[str]) -> None:
    for name in spec.frozen:
        if name not in layers:
            raise SpecError(f"there is no layer {name!r} to freeze; there are {', '.join(layers)}")
    if set(spec.frozen) >= set(layers):
        raise SpecError(f"nothing is left to train: all of {', '.join(layers)} keep their weights")


def _layers(parameters: Shapes) -> tuple[LayerInfo, ...]:
    weights = [(key, shape) for key, (shape, _) in parameters.items() if len(shape) in KINDS]
    return tuple(
        LayerInfo(key.removesuffix(".weight"), KINDS[len(shape)], shape[0], prod(shape[1:]), order)
        for order, (key, shape) in enumerate(weights)
    )
