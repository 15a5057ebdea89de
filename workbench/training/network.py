"""The network of a specification, and what each snapshot of it holds."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from workbench.nets.architectures import build
from workbench.nets.catalogue import architecture
from workbench.nets.units import layers
from workbench.runs.layout import DatasetPlan, LayerInfo, layer_info, plan
from workbench.runs.spec import SpecError

if TYPE_CHECKING:
    from torch import nn

    from workbench.runs.spec import RunSpec


@dataclass(frozen=True)
class Contents:
    """What each snapshot of a network holds."""

    layers: tuple[LayerInfo, ...]
    parameters: dict[str, tuple[tuple[int, ...], str]]  # state-dict key -> shape, NumPy dtype name
    plan: tuple[DatasetPlan, ...]


def network(spec: RunSpec, image_shape: tuple[int, int, int], classes: int) -> nn.Sequential:
    """The network of `spec` for such data, not initialised; ValueError where they do not fit together."""
    for asked, given, what in (
        (spec.net.image_shape, image_shape, "images of shape"),
        (spec.net.classes, classes, "a number of classes of"),
    ):
        if asked not in (None, given):
            raise SpecError(f"the network should take {what} {asked}, but the data have {given}")
    return build(spec.net.name, image_shape, classes, spec.net.widths, spec.net.bias)


def resolved_net(spec: RunSpec, contents: Contents, image_shape: tuple[int, int, int], classes: int) -> RunSpec:
    """`spec` with the net's own values written down."""
    widths = tuple(layer.units for layer in contents.layers[:-1])
    name = architecture(spec.net.name).name
    return replace(spec, net=replace(spec.net, name=name, widths=widths, image_shape=image_shape, classes=classes))


def contents_of(net: nn.Module, classes: int) -> Contents:
    """What a snapshot of `net` holds."""
    infos = tuple(layer_info(each) for each in layers(net))
    parameters = {
        key: (tuple(tensor.shape), str(tensor.dtype).removeprefix("torch.")) for key, tensor in net.state_dict().items()
    }
    return Contents(infos, parameters, plan(infos, parameters, classes))
