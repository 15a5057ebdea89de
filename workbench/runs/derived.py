"""What a run file keeps besides the weights and that follows from them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.analysis import matrices
from workbench.runs.layout import GRAM, SPECTRUM, keeps_gram
from workbench.runs.rows import plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from workbench.runs.layout import LayerInfo

AFFORDABLE = 5e10  # multiply-adds of all spectra of a snapshot: a second or two of one core


def affordable(layers: Iterable[LayerInfo]) -> bool:
    """Whether the spectra of all layers cost little enough to be made with each snapshot of somebody else's network."""
    return sum(map(_work, layers)) <= AFFORDABLE


def derived(
    layers: Iterable[LayerInfo], parameters: Mapping[str, np.ndarray[Any, Any]], types: Mapping[str, str]
) -> dict[str, np.ndarray[Any, Any]]:
    """{path: row} of eigenvalues and Gram matrices of one snapshot.

    `parameters`: path -> row as it is stored; `types`: state-dict key -> number type.
    """
    rows: dict[str, np.ndarray[Any, Any]] = {}
    for layer in layers:
        values, gram = spectrum(layer, layer.matrix(plain(parameters[layer.weight_path], types[layer.key])))
        rows[f"{SPECTRUM}/{layer.name}"] = values
        if gram is not None:
            rows[f"{GRAM}/{layer.name}"] = gram
    return rows


def _work(layer: LayerInfo) -> float:
    """Multiply-adds of a layer's spectrum, roughly: the Gram matrix of the shorter side and its eigenvalues."""
    short, long = sorted((layer.units, layer.inputs))
    gram = layer.units if keeps_gram(layer.units, layer.inputs) else short
    return float(gram) ** 2 * long + 4.0 * float(short) ** 3


def spectrum(layer: LayerInfo, weights: np.ndarray[Any, Any]) -> tuple[Any, Any]:
    """Eigenvalues of W Wᵀ (without the certain zeros) and W Wᵀ itself where the run file keeps it, else None.

    All NaN where a weight is not finite: such a snapshot is kept and said to be so.
    """
    matrix = weights.reshape(layer.units, layer.inputs)
    count = min(layer.units, layer.inputs)
    if not np.isfinite(matrix).all():
        gram = np.full((layer.units, layer.units), np.nan) if keeps_gram(layer.units, layer.inputs) else None
        return np.full(count, np.nan), gram
    if not keeps_gram(layer.units, layer.inputs):
        return matrices.eigenvalues(matrix), None
    gram = matrices.gram(matrix)
    return matrices.eigenvalues_of_gram(gram, count), gram
