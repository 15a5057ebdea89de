"""What a state dict holds besides the weights of its layers, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.runs.errors import few_of
from workbench.runs.layout import WEIGHT_DTYPES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from workbench.runs.layout import LayerInfo

    Parameters = Mapping[str, tuple[tuple[int, ...], str]]  # state-dict key -> shape, number type

COMPUTED = (".weight_v", ".weight_orig", ".parametrizations.weight.original0", ".parametrizations.weight.original")


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
