"""Fused loops for what follows a change when only linear layers with ReLU between them are left.

One image at a time: the following layer's outputs `y` (float32) are brought from one level to the next by one
column, and the rest of the network is run on them at once, all within the processor's first caches. A unit that gives
what it would give when removed changes nothing on that image, and the last answer stands.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numba import njit

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

_fused: Callable[..., Any] = njit(fastmath=True, error_model="numpy", nogil=True, cache=True)


@_fused
def _answer(y: Any, weights: Any, biases: Any, sizes: Any, label: int, work: Any) -> tuple[int, float]:
    """Prediction and cross-entropy from `y`; `sizes` are the widths from `y` to the logits."""
    values, at_weight, at_bias, here = y, 0, 0, 0
    for depth in range(1, sizes.size):
        inputs, outputs = sizes[depth - 1], sizes[depth]
        hidden, other = work[here], work[1 - here]
        for j in range(inputs):
            hidden[j] = max(values[j], np.float32(0))
        for unit in range(outputs):
            total = np.float32(0)
            row = weights[at_weight + unit * inputs : at_weight + (unit + 1) * inputs]
            for j in range(inputs):
                total += row[j] * hidden[j]
            other[unit] = total + biases[at_bias + unit]
        values, here = other, 1 - here
        at_weight += inputs * outputs
        at_bias += outputs
    classes, best = sizes[-1], 0
    for unit in range(1, classes):
        if values[unit] > values[best]:
            best = unit
    total = np.float32(0)
    for unit in range(classes):
        total += np.exp(values[unit] - values[best])
    return best, np.log(total) + values[best] - values[label]


@_fused
def removal(
    taken: Any,
    constants: Any,
    order: Any,
    columns: Any,
    start: Any,
    weights: Any,
    biases: Any,
    sizes: Any,
    labels: Any,
    predictions: Any,
    losses: Any,
) -> None:
    """Fills predictions (n, m + 1) and adds to losses (m + 1,) at every level of a removal.

    taken (n, m) is what the following layer takes, constants (m,) the same of removed units, columns (m, m₂) its
    weights transposed, start (m₂,) its output with all units removed. The units are put back one by one, from all
    removed to none: so every level is a sum of what is really there, and no rounding is left behind by what went.
    """
    count, m = taken.shape[0], order.size
    y = np.empty(start.size, np.float32)
    work = np.empty((2, sizes.max()), np.float32)
    for image in range(count):
        y[:] = start
        best, loss = _answer(y, weights, biases, sizes, labels[image], work)
        predictions[image, m] = best
        losses[m] += loss
        for level in range(m - 1, -1, -1):
            unit = order[level]
            change = taken[image, unit] - constants[unit]
            if change != 0:
                column = columns[unit]
                for j in range(y.size):
                    y[j] += change * column[j]
                best, loss = _answer(y, weights, biases, sizes, labels[image], work)
            predictions[image, level] = best
            losses[level] += loss


@_fused
def leave_one_out(
    outputs: Any,
    changes: Any,
    units: Any,
    columns: Any,
    weights: Any,
    biases: Any,
    sizes: Any,
    labels: Any,
    correct: Any,
    losses: Any,
) -> None:
    """Adds to correct and losses, each (units,), what is reached with one more unit removed.

    outputs (n, m₂) are those of the following layer now, changes (n, m) = constant − taken of every unit.
    """
    y = np.empty(outputs.shape[1], np.float32)
    work = np.empty((2, sizes.max()), np.float32)
    for image in range(outputs.shape[0]):
        label, now = labels[image], outputs[image]
        best_now, loss_now = _answer(now, weights, biases, sizes, label, work)
        for index in range(units.size):
            unit = units[index]
            change, best, loss = changes[image, unit], best_now, loss_now
            if change != 0:
                column = columns[unit]
                for j in range(y.size):
                    y[j] = now[j] + change * column[j]
                best, loss = _answer(y, weights, biases, sizes, label, work)
            correct[index] += best == label
            losses[index] += loss


def packed(arrays: list[NDArray[np.float32]]) -> NDArray[np.float32]:
    """One flat float32 array of all entries, as the loops take them."""
    return np.concatenate([np.zeros(0, np.float32), *(array.ravel() for array in arrays)]).astype(np.float32)
