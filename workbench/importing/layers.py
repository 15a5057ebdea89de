"""The net and the layers of somebody else's parameters. Loads no torch, but for a net of torchvision."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from workbench.importing.evidence import readings
from workbench.importing.foreign import ImportProblem
from workbench.nets.catalogue import architecture
from workbench.nets.recognition import recognised
from workbench.runs.errors import shown
from workbench.runs.spec import UNKNOWN, NetSpec
from workbench.runs.state_layers import without_layer

if TYPE_CHECKING:
    from pathlib import Path

    from workbench.importing.foreign import Shapes
    from workbench.runs.layout import LayerInfo

TORCHVISION = "torchvision:"  # begins the name of a net of torchvision
OF_TORCHVISION = f"One of torchvision is written {TORCHVISION}NAME."


def known_net(wanted: str | None, path: Path, shapes: Shapes) -> tuple[NetSpec, tuple[LayerInfo, ...], Shapes, str]:
    """The net, its layers, the parameters in its order, and a note.

    `wanted` is of the catalogue or "torchvision:NAME"; None: what the shapes say. ImportProblem: it is another.
    """
    if wanted is not None and wanted.startswith(TORCHVISION):
        from workbench.importing.torchvision import layers_of  # loads torch

        layers, ordered = layers_of(wanted.removeprefix(TORCHVISION), path, shapes)
        return NetSpec(wanted, classes=layers[-1].units), layers, ordered, ""
    try:
        found = recognised({key: shape for key, (shape, _) in shapes.items()}, wanted)
    except ValueError as error:
        raise ValueError(f"{error} {OF_TORCHVISION}") from error
    if found is None:
        if wanted is not None:
            title = architecture(wanted).title
            raise ImportProblem(path, f"does not hold the parameters of {title}", "leave the net out, or name another")
        return NetSpec(UNKNOWN), layers_of(readings(shapes)), shapes, ""
    net = NetSpec(found.name, found.widths, found.bias, found.image_shape, found.classes)
    if found.by_name:
        shapes = _as_in_catalogue(net, shapes)
        return net, layers_of(readings(shapes)), shapes, ""
    note = f"taken for {architecture(found.name).title} by the shapes of its parameters"
    return net, layers_of(readings(shapes)), shapes, note


def _as_in_catalogue(net: NetSpec, shapes: Shapes) -> Shapes:
    from workbench.nets.shapes import parameter_shapes

    order = parameter_shapes(net.name, net.image_shape or (1, 1, 1), net.classes or 1, net.widths, net.bias)
    return {key: shapes[key] for key in order}


def refuse_function(what: str, name: str | None) -> None:
    """Nothing; ValueError where the "net" or "data" of an import is the name of a function."""
    if name is not None and ":" in name and not name.startswith(TORCHVISION):
        where = f"in the window with File ▸ Network and data…, on the command line with --{what}"
        advice = f"leave it out, and name it where accuracies are asked, {where}"
        raise ValueError(f"{name}: a run keeps no functions; {advice}")


def chosen_layers(
    wanted: tuple[str, ...] | None, path: Path, layers: tuple[LayerInfo, ...], shapes: Shapes
) -> tuple[tuple[LayerInfo, ...], Shapes]:
    """The layers that are wanted by names or patterns (None: all), and their parameters. ImportProblem: none."""
    if not layers:
        notes = "; ".join(without_layer(shapes, ()))
        problem = f"holds no weights of linear or convolutional layers{f' ({notes})' if notes else ''}"
        raise ImportProblem(path, problem, "choose other files")
    if wanted is None:
        return layers, shapes
    kept = tuple(layer for layer in layers if any(fnmatchcase(layer.name, pattern) for pattern in wanted))
    if not kept:
        names = ", ".join(shown(layer.name) for layer in layers[:20])
        raise ImportProblem(path, f"has no layer {', '.join(wanted)}", f"it has {names}")
    weights = {layer.key for layer in kept}
    beside = {f"{key.removesuffix('weight')}bias" for key in weights}
    return kept, {key: shape for key, shape in shapes.items() if key in weights | beside}
