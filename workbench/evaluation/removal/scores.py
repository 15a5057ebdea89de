"""Scores of a layer's units that need the network or images: the smaller, the less a unit should be missed.

All are (m,) float64 on the evaluator's data (give it validation images, and report on test).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import nn
from torch.func import functional_call

from workbench.analysis.matrices import check_square
from workbench.analysis.orders import find_order
from workbench.evaluation import run_evaluators
from workbench.evaluation.networks.memory import with_room
from workbench.evaluation.removal.oracle import greedy_oracle, places
from workbench.evaluation.results import FIRST
from workbench.nets.devices import full_precision

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from os import PathLike

    from numpy.typing import NDArray

    from workbench.evaluation.evaluator import Evaluator
    from workbench.evaluation.networks.network import Values
    from workbench.evaluation.results import Removed
    from workbench.runs.place import Place

    Float64 = NDArray[np.float64]

ORACLE = "oracle"
GRADIENT_IMAGES = FIRST  # the first so many of the part: the fixed batch of `snip` and `taylor`


def in_out_norm(evaluator: Evaluator) -> Float64:
    """‖w_in‖·‖w_out‖: the norm of a unit's weights times that of the following layer's weights that take it.

    Where no one layer takes the units (the last layer, or where a network branches) it is the norm alone.
    """
    following, units = evaluator.split.following, evaluator.units
    lengths = _norms(evaluator)
    if following is None:
        return lengths
    taken_by = _double(following.weight)  # outputs × (units · positions), or outputs × units of a group × kernel
    groups = following.groups if isinstance(following, nn.Conv2d) else 1
    squares = np.square(taken_by.reshape(groups, len(taken_by) // groups, units // groups, -1))
    outgoing: Float64 = np.sqrt(squares.sum(axis=(1, 3))).ravel()
    return lengths * outgoing


def bn_norm(evaluator: Evaluator) -> Float64:
    """The norm of a unit's weights with the batch norm after it folded in: ‖w‖·|γ|/√(σ² + ε); ‖w‖ without one."""
    scale = evaluator.split.norm_scale
    return _norms(evaluator) * (1.0 if scale is None else np.abs(_double(scale)))


def activation_norm(evaluator: Evaluator) -> Float64:
    """Root mean square of a unit's output after its non-linearity, over all images and positions."""
    total: Float64 = np.zeros(evaluator.units)
    for outputs in _outputs(evaluator):
        total += np.square(outputs, dtype=np.float64).sum(axis=0)
    means: Float64 = np.sqrt(total / _positions(evaluator))
    return means


def mean_activity(evaluator: Evaluator) -> Float64:
    """The fraction of images and positions at which a unit's output is above zero.

    One less the "average percentage of zeros" of Hu and others (arXiv:1607.03250, 2016).
    """
    total = sum(np.count_nonzero(outputs > 0, axis=0) for outputs in _outputs(evaluator))
    fractions: Float64 = np.asarray(total, dtype=np.float64) / _positions(evaluator)
    return fractions


def snip(evaluator: Evaluator) -> Float64:
    """Σ|∂L/∂w · w| over a unit's weights, L the mean loss on the first 1,000 images (Lee and others, ICLR 2019)."""
    return _ask_with_gradients(evaluator, partial(_snip, evaluator))


def _snip(evaluator: Evaluator) -> Float64:
    split = evaluator.split
    weight = split.layer.weight.detach().clone().requires_grad_()
    for (taken, shortcuts), labels, share in _gradient_batches(evaluator):
        outputs = split.outputs(taken, partial(functional_call, split.layer, {"weight": weight}))
        logits = split.logits(split.gathering(split.activation(outputs)), shortcuts)
        (share * nn.functional.cross_entropy(logits, labels)).backward()  # type: ignore[no-untyped-call]
    assert weight.grad is not None
    product = (weight.grad * weight.detach()).flatten(1)
    sums: Float64 = np.abs(_double(product)).sum(axis=1)
    return sums


def taylor(evaluator: Evaluator) -> Float64:
    """Mean over the first 1,000 images of |Σ ∂L/∂a · a| over a unit's positions, a its output after non-linearity.

    To first order what the loss on an image changes when the unit is zero (Molchanov and others, ICLR 2017).
    """
    return _ask_with_gradients(evaluator, partial(_taylor, evaluator))


def _taylor(evaluator: Evaluator) -> Float64:
    split = evaluator.split
    total: Float64 = np.zeros(evaluator.units)
    for (taken, shortcuts), labels, share in _gradient_batches(evaluator):
        with torch.no_grad():
            active = split.activation(split.outputs(taken))
        active.requires_grad_()
        logits = split.logits(split.gathering(active), shortcuts)
        (gradient,) = torch.autograd.grad(nn.functional.cross_entropy(logits, labels, reduction="sum"), active)
        product = (gradient * active.detach()).reshape(len(labels), evaluator.units, -1)
        total += share * np.abs(_double(product.sum(2))).mean(axis=0)
    return total


@dataclass(frozen=True)
class Score:
    """A score of units by name."""

    title: str
    of: Callable[[Evaluator], Float64]


SCORES: dict[str, Score] = {
    "in_out_norm": Score("norm in × norm out", in_out_norm),
    "bn_norm": Score("norm with batch norm folded in", bn_norm),
    "activation_norm": Score("activation norm", activation_norm),
    "mean_activity": Score("mean activity", mean_activity),
    "snip": Score("SNIP", snip),
    "taylor": Score("Taylor", taylor),
}


def output_correlation(evaluator: Evaluator) -> Float64:
    """The correlation matrix (m, m) of the units' outputs after bias, batch norm and non-linearity.

    Over all images and, of a convolution, all positions: exact, summed up in double precision chunk by chunk around
    the first chunk's means. Units whose output never changes have zero rows, also on the diagonal. TooManyUnits where
    the matrix would be too large.
    """
    units = evaluator.units
    check_square(units)
    centre, first, second = None, np.zeros(units), np.zeros((units, units))
    for outputs in _outputs(evaluator):
        values = outputs.astype(np.float64)
        centre = values.mean(axis=0) if centre is None else centre
        values -= centre
        first += values.sum(axis=0)
        second += values.T @ values
    count = _positions(evaluator)
    covariance = second - np.outer(first, first) / count
    never = np.diagonal(covariance) <= 1e-12 * np.diagonal(second)  # what rounding leaves of an exact zero
    deviation = np.sqrt(np.where(never, 1.0, np.diagonal(covariance)))
    correlation: Float64 = covariance / np.outer(deviation, deviation)
    correlation[never] = correlation[:, never] = 0.0
    np.fill_diagonal(correlation, np.where(never, 0.0, 1.0))
    return np.clip(correlation, -1.0, 1.0)


def scores_for(
    place: Place,
    name: str,
    root: str | PathLike[str] | None = None,
    removed: Removed = "bias",
) -> Float64:
    """What the pruning order `name` ranks by, on the run's validation images: (m,) scores or the (m, m) correlation.

    `removed` matters to the oracle only, which removes units as it goes. ValueError: nothing measures its scores.
    DataMissing as `run_evaluators.data_of`.
    """
    evaluator = run_evaluators.evaluator(place, "validation", root)
    if name == ORACLE:
        return places(list(greedy_oracle(evaluator, removed)))
    if find_order(name).needs == "correlation":
        return output_correlation(evaluator)
    if name not in SCORES:
        raise ValueError(f'nothing measures the scores of "{name}": add a function to `SCORES`')
    return SCORES[name].of(evaluator)


def _outputs(evaluator: Evaluator) -> Iterator[NDArray[np.float32]]:
    """Each unit's output after its non-linearity, (images · positions, m), chunk by chunk."""
    for index in range(len(evaluator.prefix.chunks)):
        active = evaluator.prefix.ask(partial(evaluator.prefix.activated, index))
        yield active.movedim(1, -1).reshape(-1, evaluator.units).cpu().numpy()


def _positions(evaluator: Evaluator) -> int:
    """Images times positions."""
    return len(evaluator.data) * evaluator.prefix.shape[1:].numel()


def _ask_with_gradients(evaluator: Evaluator, compute: Callable[[], Float64]) -> Float64:
    """As `Prefix.ask`, with gradients."""
    where = evaluator.network.device
    with full_precision(where):
        return with_room(compute, evaluator.prefix.make_room, where)


def _gradient_batches(evaluator: Evaluator) -> Iterator[tuple[tuple[torch.Tensor, Values], torch.Tensor, float]]:
    """((what the layer takes, shortcuts), labels, its share of all) of the fixed batch, few images at a time."""
    count, at = min(GRADIENT_IMAGES, len(evaluator.data)), 0
    for inputs in evaluator.prefix.inputs(slice(0, count)):
        with torch.no_grad():
            seen = evaluator.split.before(inputs)
        labels = evaluator.data.labels[at : at + len(inputs)].to(inputs.device)
        yield seen, labels, len(inputs) / count
        at += len(inputs)


def _norms(evaluator: Evaluator) -> Float64:
    return np.asarray(np.linalg.norm(evaluator.weights().astype(np.float64), axis=1))


def _double(tensor: torch.Tensor) -> Float64:
    return tensor.detach().cpu().double().numpy()
