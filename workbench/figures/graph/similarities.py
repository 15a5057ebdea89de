"""How alike two units are: the similarities of the weight graph, as one table."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

import numpy as np

from workbench.analysis.close_pairs import directions_of_weights
from workbench.analysis.graph import KERNELS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from workbench.analysis.close_pairs import Directions
    from workbench.analysis.graph import Kernel
    from workbench.runs.layer import Layer

SimilarityName = Literal["weights", "weights-and-bias", "report-code"]  # the names in `SIMILARITIES`


@dataclass(frozen=True)
class Similarity:
    """One row of the table: where the units of a layer point, so that their cosines are what is compared."""

    title: str
    words: str
    directions: Callable[[Layer, int], Directions]  # of the layer at a snapshot
    rows: Callable[[Layer, int], NDArray[np.floating]]  # (m, k) what points there
    inputs: Callable[[Layer, int], int]  # numbers a direction has, which decide the chance level
    cosine: str = "cosine"  # what a cosine is called in a figure
    kernel: Kernel = "report"  # of `analysis.graph.KERNELS`: how an edge is weighed


def _with_bias(layer: Layer, snapshot: int) -> NDArray[np.floating]:
    """[w, b]; of a removed unit, whose weights are zero, only zeros.

    ValueError: the run holds no bias of its own for each unit.
    """
    bias = layer.bias(snapshot)
    if bias is None:
        raise ValueError(
            f"{layer.name} has no bias of its own for each unit, so its bias cannot be part of the similarity"
        )
    bias = np.where(layer.present(snapshot), bias, 0.0)
    return np.column_stack((layer.live_weights(snapshot), bias))


SIMILARITIES: Mapping[str, Similarity] = MappingProxyType(
    {
        "weights": Similarity(
            "weights",
            "cosine of the weights (the report)",
            lambda layer, snapshot: layer.directions(snapshot),
            lambda layer, snapshot: layer.live_weights(snapshot),
            lambda layer, snapshot: layer.inputs_left(snapshot),
        ),
        "weights-and-bias": Similarity(
            "weights and bias",
            "cosine of the weights and the bias; at 1, with ReLU, one unit is a multiple of the other",
            lambda layer, snapshot: directions_of_weights(_with_bias(layer, snapshot)),
            _with_bias,
            lambda layer, snapshot: layer.inputs_left(snapshot) + 1,
            cosine="cosine with bias",
        ),
        "report-code": Similarity(
            "weights, as in the report's code",
            "cosine of the weights, weighed as in the report's code: exp(−d²/k²), d = (1 − cosine)/2, k = mean d",
            lambda layer, snapshot: layer.directions(snapshot),
            lambda layer, snapshot: layer.live_weights(snapshot),
            lambda layer, snapshot: layer.inputs_left(snapshot),
            kernel="code",
        ),
    }
)


def has_least_weight(name: str) -> bool:
    """Whether a cut-off of this similarity can be the least weight of an edge, as in the report's code."""
    return KERNELS[similarity(name).kernel].width == "mean_distance"


def compared_in_words(name: str, least_weight: float | None) -> str:
    """What a graph adds on its edges, as a clause; "" for the weights alone."""
    row = similarity(name)
    least = "" if least_weight is None else f", least weight {least_weight:g}"
    more = f"weighed by the kernel of the report's code{least}" if row.kernel == "code" else f"edges by {row.cosine}"
    return "" if row == SIMILARITIES["weights"] else more


def similarity(name: str) -> Similarity:
    """The row of this name. ValueError: there is none."""
    if name not in SIMILARITIES:
        raise ValueError(f'unknown similarity "{name}": choose one of {", ".join(SIMILARITIES)}')
    return SIMILARITIES[name]
