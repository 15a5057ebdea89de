"""A layer's weights on its real inputs: W Σ Wᵀ, streamed in double precision.

The inputs are those from the validation images, like everything that is chosen; of a run that holds none out, from the
training images. Where W has no more rows than columns, Σ is never needed: W x is the layer's output without its bias.
"""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

import numpy as np
import torch

from workbench.analysis import matrices
from workbench.analysis.low_rank import data_vectors
from workbench.evaluation import run_evaluators

if TYPE_CHECKING:
    from os import PathLike

    from numpy.typing import NDArray

    from workbench.evaluation.evaluator import Evaluator
    from workbench.evaluation.networks.network import WeightLayer
    from workbench.evaluation.run_evaluators import PartName
    from workbench.runs.place import Place
    from workbench.runs.run import Run

    Float64 = NDArray[np.float64]

_MOMENTS: WeakKeyDictionary[Evaluator, Moments] = WeakKeyDictionary()  # they live as long as their evaluator


@dataclass(frozen=True, eq=False)
class Moments:
    """The mean of y yᵀ and of y over all images and, of a convolution, all positions."""

    second: Float64  # (k, k)
    mean: Float64  # (k,)
    count: int  # images times positions

    def matrix(self, centred: bool) -> Float64:
        """The covariance of y; or E[y yᵀ], its uncentred form."""
        return self.second - np.outer(self.mean, self.mean) if centred else self.second


@dataclass(frozen=True, eq=False)
class OnData:
    """W Σ^½, as W Σ Wᵀ or, where W has more rows than columns, itself."""

    gram: Float64 | None  # (m, m)
    matrix: Float64 | None  # (m, n)

    def eigenvalues(self, rows: NDArray[np.int64], count: int) -> Float64:
        """The `count` largest eigenvalues of W Σ Wᵀ of these rows, descending."""
        if self.gram is not None:
            return matrices.eigenvalues_of_gram(self.gram[np.ix_(rows, rows)], min(count, len(rows)))
        assert self.matrix is not None
        return matrices.eigenvalues(self.matrix[rows])[:count]

    def vectors(self, rows: NDArray[np.int64], weights: Float64, count: int) -> Float64:
        """The left singular vectors of these rows of W Σ^½, of which `weights` are those of W, (rows, count)."""
        if self.gram is not None:
            return data_vectors(self.gram[np.ix_(rows, rows)], weights, count)
        assert self.matrix is not None
        return data_vectors(matrices.gram(self.matrix[rows]), weights, count)


def on_data(
    place: Place, root: str | PathLike[str] | None = None, weights: Float64 | None = None, centred: bool = False
) -> OnData:
    """A layer's weights, or other `weights` (m, n) in their place, on its inputs.

    Σ is E[x xᵀ] as in ASVD (Yuan et al. 2023) and SVD-LLM (Wang et al. 2024), which least changes the outputs while
    biases stay; `centred`, the covariance. For a convolution x are the patches that it sees. DataMissing, NotNamed and
    ValueError as in `run_evaluators`; TooManyUnits where both sides are too large.
    """
    evaluator = run_evaluators.evaluator(place, part_of_inputs(place.run), root, budget_bytes=0)
    layer, of_inputs = evaluator.split.layer, _takes_inputs(evaluator)
    if not of_inputs:
        matrices.check_square(evaluator.units)
        return OnData(_known(evaluator, layer if weights is None else _with(layer, weights)).matrix(centred), None)
    seen = _known(evaluator, _passing(layer)).matrix(centred)
    values, vectors = np.linalg.eigh(seen)
    own = evaluator.weights().astype(np.float64) if weights is None else weights
    return OnData(None, own @ (vectors * np.sqrt(np.maximum(values, 0.0))))


def part_of_inputs(run: Run) -> PartName:
    """The images whose inputs count: validation; training where the run holds none out."""
    return "validation" if run.spec.data.validation > 0.0 else "train"


def _takes_inputs(evaluator: Evaluator) -> bool:
    """Whether Σ is smaller than W Σ Wᵀ; the groups of a convolution have no Σ in common."""
    layer = evaluator.split.layer
    return layer.weight[0].numel() < evaluator.units and getattr(layer, "groups", 1) == 1


def _known(evaluator: Evaluator, layer: WeightLayer) -> Moments:
    """Those of the network's own layer, or of its inputs, are kept with the evaluator."""
    kept = layer is evaluator.split.layer or _takes_inputs(evaluator)
    found = _MOMENTS.get(evaluator) if kept else None
    if found is None:
        found = moments_of(evaluator, layer)
        if kept:
            _MOMENTS[evaluator] = found
    return found


def moments_of(evaluator: Evaluator, layer: WeightLayer) -> Moments:
    """The moments of the outputs, without bias, of a layer in the place of the evaluator's."""
    bare = deepcopy(layer)
    bare.bias = None
    first: Float64 | None = None
    second: Float64 | None = None
    count = 0
    for index in range(len(evaluator.prefix.chunks)):
        outputs = evaluator.prefix.ask(lambda index=index: evaluator.prefix.outputs_of(bare, index))  # type: ignore[misc]
        values = outputs.movedim(1, -1).reshape(-1, outputs.shape[1]).cpu().numpy().astype(np.float64)
        one, two = values.sum(axis=0), values.T @ values
        first, second = (one, two) if first is None or second is None else (first + one, second + two)
        count += len(values)
    assert first is not None
    assert second is not None
    return Moments(second / count, first / count, count)


def _with(layer: WeightLayer, weights: Float64) -> WeightLayer:
    changed = deepcopy(layer)
    tensor = changed.weight.detach()
    tensor.copy_(torch.as_tensor(weights, dtype=tensor.dtype).reshape(tensor.shape))
    return changed


def _passing(layer: WeightLayer) -> WeightLayer:
    """A layer of the same kind whose outputs are what it takes: its inputs, or the patches of a convolution."""
    passing, count = deepcopy(layer), layer.weight[0].numel()
    eye = torch.eye(count, dtype=layer.weight.dtype, device=layer.weight.device)
    passing.weight = torch.nn.Parameter(eye.reshape(count, *layer.weight.shape[1:]), requires_grad=False)
    passing.bias = None
    return passing
