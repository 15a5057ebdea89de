"""Fused loops around the matrix products of a removal curve: which outputs change, and what follows from them.

On one image most units change nothing when they go (they are zero after ReLU): there the answer before stands. So
only the changed outputs of the following layer are written down, as rows for the rest of the network, and its
answers are spread over the levels again.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from workbench.analysis.compiled import compiled

CLASSES_AT_ONCE = 3


@compiled
def _changed(
    now: Any, change: float, columns: Any, unit: int, cumulative: bool, least: float, rows: Any, at: int
) -> None:
    """Fills rows[at] with the following layer's outputs after one change; with `cumulative` it stays in `now`."""
    if cumulative:
        for j in range(now.size):
            now[j] += change * columns[unit, j]
            rows[at, j] = max(now[j], least)
    else:
        for j in range(now.size):
            rows[at, j] = max(now[j] - change * columns[unit, j], least)


@compiled
def changed_rows(
    changes: Any, units: Any, columns: Any, start: Any, cumulative: bool, least: float, first_row: Any, rows: Any
) -> None:
    """Fills rows (R, m₂): the following layer's outputs at the start, then after each unit that changes something.

    changes (n, m) is what the following layer takes less the same of removed units, columns (m, m₂) its weights
    transposed, start (n or 1, m₂) its outputs to begin with. With `cumulative` the units come back from the last to the
    first of `units`, and stay: every level is a sum of what is really there, and no rounding is left behind by what
    went. Without, each of them alone is taken away. The rows of an image begin at first_row[image]. Numbers below
    `least` are written as `least` (0: ReLU).
    """
    now = np.empty(start.shape[1], np.float32)
    for image in range(changes.shape[0]):
        now[:] = start[min(image, start.shape[0] - 1)]
        at = first_row[image]
        rows[at] = np.maximum(now, least)
        for index in range(units.size - 1, -1, -1):
            change = changes[image, units[index]]
            if change != 0:
                at += 1
                _changed(now, change, columns, units[index], cumulative, least, rows, at)


@compiled
def count_changed(changes: Any, units: Any, counts: Any) -> None:
    """Fills counts (n,) with how many of `units` change something on each image; changes is (n, m)."""
    for image in range(changes.shape[0]):
        count = 0
        for unit in units:
            count += changes[image, unit] != 0
        counts[image] = count


@compiled
def _to_apply(changes: Any, image: int, units: Any, cumulative: bool, which: Any, amounts: Any) -> int:
    """Fills in what is done one after another on an image: nothing, then each unit that changes something.

    which and amounts (units + 3,) say of which units how much is added; the number of steps comes back. Steps of
    nothing stand behind them. No branch depends on the changes, which no processor could foresee.
    """
    which[0], amounts[0], steps = units[0], 0, 1
    for index in range(units.size - 1, -1, -1):
        change = changes[image, units[index]]
        which[steps], amounts[steps] = units[index], change if cumulative else -change
        steps += change != 0
    which[steps : steps + 2], amounts[steps : steps + 2] = units[0], 0
    return steps


@compiled
def _add(before: Any, amount: float, column: Any, row: Any) -> None:
    for j in range(row.size):
        row[j] = before[j] + amount * column[j]


@compiled
def _three_products(rows: Any, least: float, weights: Any, bias: Any, logits: Any, at: int) -> None:
    """Fills logits[at : at + 3] with what a linear layer makes of three rows (4, m₂), at least `least`.

    Nine sums at a time run along the rows: as many as stay in any processor's registers. See `changed_logits`.
    """
    for k in range(0, weights.shape[0], 3):
        a0 = a1 = a2 = b0 = b1 = b2 = c0 = c1 = c2 = np.float32(0)
        for j in range(rows.shape[1]):
            a, b, c = max(rows[0, j], least), max(rows[1, j], least), max(rows[2, j], least)
            w0, w1, w2 = weights[k, j], weights[k + 1, j], weights[k + 2, j]
            a0, a1, a2 = a0 + a * w0, a1 + a * w1, a2 + a * w2
            b0, b1, b2 = b0 + b * w0, b1 + b * w1, b2 + b * w2
            c0, c1, c2 = c0 + c * w0, c1 + c * w1, c2 + c * w2
        d0, d1, d2 = bias[k], bias[k + 1], bias[k + 2]
        logits[at, k + 1], logits[at, k + 2], logits[at, k + 3] = a0 + d0, a1 + d1, a2 + d2
        logits[at + 1, k + 1], logits[at + 1, k + 2], logits[at + 1, k + 3] = b0 + d0, b1 + d1, b2 + d2
        logits[at + 2, k + 1], logits[at + 2, k + 2], logits[at + 2, k + 3] = c0 + d0, c1 + d1, c2 + d2
    logits[at : at + 3, 0] = 0


@compiled
def changed_logits(
    changes: Any, units: Any, columns: Any, start: Any, cumulative: bool, least: float, first_row: Any,
    weights: Any, bias: Any, logits: Any,
) -> None:  # fmt: skip
    """Fills logits (R + 2, 1 + K): what a last linear layer makes of each row of `changed_rows`, which are not written.

    Each class is given by how far it is above the first one, which is 0: that is all that predictions and losses depend
    on, and one product less. weights (K, m₂) and bias (K,) are of these differences, K a multiple of `CLASSES_AT_ONCE`.
    Three rows are taken at a time, so that the weights are read less often; the last two of logits mean nothing.
    """
    rows = np.empty((4, start.shape[1]), np.float32)  # three of them, and the one to begin with
    which, amounts = np.empty(units.size + 3, np.int64), np.empty(units.size + 3, np.float32)
    for image in range(changes.shape[0]):
        rows[2] = rows[3] = start[min(image, start.shape[0] - 1)]
        steps = _to_apply(changes, image, units, cumulative, which, amounts)
        for step in range(0, steps, 3):
            for row in range(3):
                before = rows[(row + 2) % 3 if cumulative else 3]
                _add(before, amounts[step + row], columns[which[step + row]], rows[row])
            _three_products(rows, least, weights, bias, logits, first_row[image] + step)


@compiled
def peaks(logits: Any, labels: Any, first_row: Any, predictions: Any, losses: Any) -> None:
    """Fills predictions (R,) and takes the highest logit of each row from all of it; losses gets minus the label's.

    logits is (R, K). Ties go to the first class.
    """
    for image in range(labels.size):
        for row in range(first_row[image], first_row[image + 1]):
            best, values = 0, logits[row]
            for unit in range(1, values.size):
                if values[unit] > values[best]:
                    best = unit
            highest = values[best]
            for unit in range(values.size):
                values[unit] -= highest
            predictions[row] = best
            losses[row] = -values[labels[image]]


@compiled
def finish(exponentials: Any, losses: Any) -> None:
    """Adds to losses (R,) the logarithm of the sum of each row's exponentials (R, K): then they are cross-entropies."""
    for row in range(losses.size):
        total = np.float32(0)
        for unit in range(exponentials.shape[1]):
            total += exponentials[row, unit]
        losses[row] += np.log(total)


@compiled
def spread(
    changes: Any, units: Any, first_row: Any, row_predictions: Any, row_losses: Any, cumulative: bool,
    predictions: Any, losses: Any,
) -> None:  # fmt: skip
    """Fills predictions (n, units) and adds to losses (units,), from the last of `units` to the first.

    Where a unit changes nothing on an image the answer before stands: with `cumulative` that of the level above,
    else that of the image as it is. An image's rows begin with that one, followed by those of the units that change
    something, in the order in which they come.
    """
    for image in range(changes.shape[0]):
        row = first_row[image]
        for index in range(units.size - 1, -1, -1):
            changed = changes[image, units[index]] != 0
            if changed:
                row += 1
            at = row if cumulative or changed else first_row[image]
            predictions[image, index] = row_predictions[at]
            losses[index] += row_losses[at]
