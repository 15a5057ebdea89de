"""What a Keras model says of its layers: their classes, in the model's order."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

DEEPEST = 12  # models inside models
MOST = 20_000  # layers
LONGEST = 200  # characters of a name
LACKING, NORM = {"scale": "gamma", "center": "beta"}, "Normalization"  # options of norms, and the arrays they make
WRAPPED = ("layer", "forward_layer", "backward_layer")  # what the layer inside a wrapper is called in a file


def classes_in(text: str | bytes) -> dict[str, str]:
    """{a layer's own name, and its place in a file: its class}; ValueError where the text is no JSON.

    The class of an EinsumDense comes with its equation: "EinsumDense abc,cd->abd", that of a norm with the arrays it
    lacks: "BatchNormalization gamma".
    """
    try:
        config = json.loads(text)
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error
    found: dict[str, str] = {}
    for name, kind in _walk(_layers(config), "layers", 0):
        found.setdefault(name[:LONGEST], kind[:LONGEST])
        if len(found) >= MOST:
            break
    return found


def _layers(config: Any) -> Iterable[Any]:
    inner = config.get("config") if isinstance(config, dict) else None
    found = inner.get("layers") if isinstance(inner, dict) else inner  # the oldest files list them at once
    return found if isinstance(found, list) else ()


def _walk(layers: Iterable[Any], place: str, depth: int) -> Iterator[tuple[str, str]]:
    """(name or place, class) of every layer. Keras numbers the layers of one class in the order of the model."""
    count: dict[str, int] = {}
    for layer in layers:
        inner = layer.get("config") if isinstance(layer, dict) else None
        if not isinstance(inner, dict) or depth > DEEPEST:
            continue
        kind = _class(layer)
        base = snake_case(kind.partition(" ")[0])
        count[base] = count.get(base, -1) + 1
        path = f"{place}/{base}{f'_{count[base]}' if count[base] else ''}"
        yield path, kind
        yield str(inner.get("name", "")), kind
        if isinstance(inner.get("layer"), dict):
            for word in WRAPPED:
                yield f"{path}/{word}", _class(inner["layer"])
        yield from _walk(_layers(layer), f"{path}/layers", depth + 1)


def _class(layer: dict[str, Any]) -> str:
    kind, inner = str(layer.get("class_name", "")), layer.get("config")
    if not isinstance(inner, dict):
        return kind
    lacking = [array for option, array in LACKING.items() if inner.get(option) is False and kind.endswith(NORM)]
    equation = inner.get("equation")
    return " ".join([kind, *([equation] if isinstance(equation, str) else lacking)])


def snake_case(name: str) -> str:
    """A class's name as Keras writes it in the paths of a file: Conv2DTranspose → conv2d_transpose."""
    name = re.sub(r"\W+", "", name)
    name = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", name)
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", name).lower()
