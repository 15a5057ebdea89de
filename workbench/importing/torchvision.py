"""A classifier of torchvision whose weights lie in a local file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from workbench.importing.files.foreign import ImportProblem
from workbench.nets.torchvision_loading import classifier
from workbench.nets.units import layers
from workbench.runs.errors import shown
from workbench.runs.layout import layer_info

if TYPE_CHECKING:
    from pathlib import Path

    from workbench.importing.files.foreign import Shapes
    from workbench.runs.layout import LayerInfo


def layers_of(name: str, path: Path, shapes: Shapes) -> tuple[tuple[LayerInfo, ...], Shapes]:
    """The layers of torchvision's classifier `name`, and the parameters in `shapes` in its order.

    ImportProblem where the file at `path` does not hold just its parameters. ValueError: there is no such classifier.
    """
    with torch.device("meta"):
        last = layers(classifier(name))[-1]
        module = classifier(name, shapes.get(f"{last.name}.weight", ((last.units,), ""))[0][0])
    theirs = {key: tuple(value.shape) for key, value in module.state_dict().items()}
    for key in sorted(set(theirs) ^ set(shapes)):
        side = "lacks" if key in theirs else "has also"
        raise ImportProblem(path, f"does not hold the parameters of {name}: it {side} {shown(key)}", "name another net")
    for key, shape in theirs.items():
        if shapes[key][0] != shape:
            problem = f"does not hold the parameters of {name}: {key} is {shapes[key][0]} and not {shape}"
            raise ImportProblem(path, problem, "name another net")
    return tuple(map(layer_info, layers(module))), {key: shapes[key] for key in theirs}
