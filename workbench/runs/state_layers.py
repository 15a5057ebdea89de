"""The layers of a network of which only the state dict is there: guessed from names and shapes."""

from __future__ import annotations

from dataclasses import replace
from math import prod
from typing import TYPE_CHECKING

from workbench.runs.errors import few_of
from workbench.runs.layout import LAYER_KINDS, WEIGHT_DTYPES, LayerInfo

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    Parameters = Mapping[str, tuple[tuple[int, ...], str]]  # state-dict key -> shape, number type

KINDS = {rank: kind for kind, rank in LAYER_KINDS.items()}
FUSED = ("c_attn", "qkv", "in_proj")  # what layers of three projections in one are called
COMPUTED = (".weight_v", ".weight_orig", ".parametrizations.weight.original0", ".parametrizations.weight.original")
EMBEDDINGS = ("embed", "wte", "wpe", "token", "position")  # tables of rows, not of units


def layers_of_state(parameters: Parameters) -> tuple[LayerInfo, ...]:
    """Every linear and convolutional layer, in the order of the state dict.

    A weight is a layer's when it has two to five axes and is no embedding by its name; it is transposed where its bias
    fits the other axis; attention projections that share one weight are three layers.
    """
    return tuple(_with_order(parameters))


def _with_order(parameters: Parameters) -> Iterator[LayerInfo]:
    order = 0
    for key, (shape, dtype) in parameters.items():
        for layer in _layers(key, shape, parameters) if dtype in WEIGHT_DTYPES else ():
            yield replace(layer, order=order)
            order += 1


def computed_weights(parameters: Iterable[str]) -> list[str]:
    """Names of what has weights computed from others: by weight norm, spectral norm or pruning of torch."""
    found = (key.removesuffix(ending) for key in parameters for ending in COMPUTED if key.endswith(ending))
    return list(dict.fromkeys(found))


def other_matrices(parameters: Parameters, layers: Iterable[LayerInfo]) -> list[str]:
    """Keys of floating-point parameters of two axes or more that are no layer's, nor what weights are computed from."""
    known, computed = {layer.key for layer in layers}, tuple(f"{name}." for name in computed_weights(parameters))
    return [
        key
        for key, (shape, dtype) in parameters.items()
        if key not in known
        and dtype in WEIGHT_DTYPES
        and sum(length > 1 for length in shape) > 1
        and not (computed and key.startswith(computed))
    ]


def without_layer(parameters: Parameters, layers: Iterable[LayerInfo]) -> Iterator[str]:
    """Notes on the weights that are kept and are no layer's."""
    computed = computed_weights(parameters)
    if computed:
        yield (
            f"no layer is shown of {few_of(computed)}: weights computed from other parameters (weight norm, spectral "
            "norm, pruning); make them plain before they are saved to see them"
        )
    others = other_matrices(parameters, layers)
    if others:
        yield f"kept, but of no linear or convolutional layer: {few_of(others)}"


def _layers(key: str, shape: tuple[int, ...], parameters: Parameters) -> Iterator[LayerInfo]:
    name = key.removesuffix(".weight")
    last = name.rpartition(".")[2]
    if last == "in_proj_weight" and len(shape) == 2 and shape[0] % 3 == 0:  # of a multi-head attention
        yield from _split(f"{key.removesuffix('_weight')}", key, shape[0] // 3, shape[1], False)
        return
    own = key.endswith((".weight", "_proj_weight")) or key == "weight"
    if parameters.get(_bias(key), ((), ""))[0] == shape:  # of a norm: a factor for each number
        return
    if not own or len(shape) not in KINDS or any(word in last.lower() for word in EMBEDDINGS):
        return
    transposed = _is_transposed(key, shape, parameters)
    units, rest = (shape[1], shape[0]) if transposed else (shape[0], shape[1])
    inputs = rest * prod(shape[2:])
    if last in FUSED and len(shape) == 2 and units == 3 * inputs:
        yield from _split(name, key, inputs, inputs, transposed)
        return
    plain = key.endswith(".weight") and not transposed
    shown = name.removesuffix("_weight") if name != "weight" else "layer"
    yield LayerInfo(shown, KINDS[len(shape)], units, inputs, 0, parameter="" if plain else key, transposed=transposed)


def _bias(key: str) -> str:
    return f"{key.removesuffix('weight')}bias"


def _split(name: str, key: str, units: int, inputs: int, transposed: bool) -> Iterator[LayerInfo]:
    for at, part in enumerate("qkv"):
        yield LayerInfo(
            f"{name}.{part}", "linear", units, inputs, 0, parameter=key, first=at * units, transposed=transposed
        )


def _is_transposed(key: str, shape: tuple[int, ...], parameters: Parameters) -> bool:
    """Whether the inputs are the weight's first axis, as its bias shows; square ones go with their neighbours."""
    bias = parameters.get(_bias(key), ((), ""))[0]
    if shape[0] != shape[1] or len(bias) != 1:
        return len(bias) == 1 and bias[0] == shape[1] and bias[0] != shape[0]
    block = key.removesuffix(".weight").rpartition(".")[0]
    beside = [
        (other, each)
        for other, (each, _) in parameters.items()
        if other != key and other.startswith(f"{block}.") and other.endswith(".weight") and len(each) == len(shape)
    ]
    uneven = [(other, each) for other, each in beside if each[0] != each[1]]
    return bool(uneven) and all(_is_transposed(other, each, parameters) for other, each in uneven)
