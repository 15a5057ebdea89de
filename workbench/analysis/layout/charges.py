"""The charge between all nodes of a layout, compiled: near ones each with each, far ones as one mass a cell.

Importing this module loads numba (0.2 s); the first call compiles.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from workbench.analysis.compiled import compiled
from workbench.analysis.layout.cells import sorted_by_cell

MANY = 1024  # nodes: up to here all count one by one
CELLS = 8.0  # times the root of the number of nodes: about how many cells there are
SMALL = 10.0  # cells: the farthest distance has at least so many, else all nodes count one by one
REACH = 2  # cells around a node's own whose nodes count one by one
_TINY = np.float32(1e-12)  # squared distance of nodes at one place
_NONE = np.float32(0.0)
_ONE = np.float32(1.0)

# The inner loops hold only unconditional loads and selects: a branch or a conditional load in them is not
# vectorised and costs ten times as much.


@compiled
def add_charges(x: Any, y: Any, vx: Any, vy: Any, nudges: Any, charge: Any, nearest: Any, farthest: Any) -> None:
    """Add to the velocities what the charges of all nodes give to each; `nearest` and `farthest` are squared."""
    order, starts, columns, rows = _cells(x, y, farthest)
    xs, ys = x[order], y[order]
    filled, index, middle_x, middle_y, masses = _masses(xs, ys, starts)
    for cell in filled:
        row, column = cell // columns, cell % columns
        left, right = max(column - REACH, 0), min(column + REACH, columns - 1)
        low, high = max(row - REACH, 0), min(row + REACH, rows - 1)
        away = masses.copy()
        for near in range(low, high + 1):
            for beside in range(near * columns + left, near * columns + right + 1):
                if index[beside] >= 0:
                    away[index[beside]] = _NONE
        for own in range(starts[cell], starts[cell + 1]):
            sum_x, sum_y = _by_masses(xs[own], ys[own], middle_x, middle_y, away, farthest)
            too_close = _NONE
            for near in range(low, high + 1):
                first, last = starts[near * columns + left], starts[near * columns + right + 1]
                others = xs[first:last], ys[first:last]
                part_x, part_y, count = _one_by_one(xs[own], ys[own], others, nearest, farthest)
                sum_x += part_x
                sum_y += part_y
                too_close += count
            i = order[own]
            if too_close > _ONE:  # which it is itself
                more_x, more_y = _too_close(x, y, i, nudges, nearest, farthest)
                sum_x += more_x
                sum_y += more_y
            vx[i] += charge * sum_x
            vy[i] += charge * sum_y


@compiled
def _one_by_one(xi: Any, yi: Any, others: Any, nearest: Any, farthest: Any) -> Any:
    """The sum of offset/distance² over some nodes, and how many of them are nearer than the nearest distance."""
    x, y = others  # from 0 on: at an index that might be negative nothing is vectorised
    sum_x, sum_y, too_close = _NONE, _NONE, _NONE
    for j in range(len(x)):
        dx, dy = x[j] - xi, y[j] - yi
        square = dx * dx + dy * dy
        too_close += _ONE if square < nearest else _NONE  # the smallest distance would not be vectorised
        force = _ONE / max(square, _TINY)
        force = force if square < farthest else _NONE
        sum_x += dx * force
        sum_y += dy * force
    return sum_x, sum_y, too_close


@compiled
def _by_masses(xi: Any, yi: Any, middle_x: Any, middle_y: Any, masses: Any, farthest: Any) -> Any:
    """The same over cells, by how many nodes they have and where these are on average."""
    sum_x, sum_y = _NONE, _NONE
    for j in range(len(masses)):
        dx, dy = middle_x[j] - xi, middle_y[j] - yi
        square = dx * dx + dy * dy
        force = masses[j] / max(square, _TINY)
        force = force if square < farthest else _NONE
        sum_x += dx * force
        sum_y += dy * force
    return sum_x, sum_y


@compiled
def _too_close(x: Any, y: Any, i: Any, nudges: Any, nearest: Any, farthest: Any) -> Any:
    """What nodes nearer than the nearest distance add to the sum without it; those at one place are nudged apart."""
    nudge_x, nudge_y = nudges
    sum_x, sum_y = _NONE, _NONE
    for j in range(len(x)):
        dx, dy = x[j] - x[i], y[j] - y[i]
        square = dx * dx + dy * dy
        if j == i or square >= nearest:
            continue
        plain = _ONE / max(square, _TINY) if square < farthest else _NONE
        sum_x -= dx * plain
        sum_y -= dy * plain
        if square < _TINY:
            dx, dy = nudge_x[j] - nudge_x[i], nudge_y[j] - nudge_y[i]
            square = max(dx * dx + dy * dy, _TINY)
        force = _ONE / np.sqrt(nearest * square) if square < farthest else _NONE
        sum_x += dx * force
        sum_y += dy * force
    return sum_x, sum_y


@compiled
def _cells(x: Any, y: Any, farthest: Any) -> Any:
    """The nodes in the order of their cells, where those of each cell begin, and how many cells there are each way."""
    width, height = x.max() - x.min(), y.max() - y.min()
    size = np.sqrt(max(width, _ONE) * max(height, _ONE) / np.float32(CELLS * np.sqrt(len(x))))
    # A cell counts as a whole or not at all at the farthest distance: that must not matter.
    if len(x) <= MANY or farthest < SMALL * SMALL * size * size:
        size = _ONE + max(width, height)  # one cell for all
    return sorted_by_cell(x, y, size)


@compiled
def _masses(xs: Any, ys: Any, starts: Any) -> Any:
    """The cells that are not empty, the place of each cell among them (−1: empty), their middles and their counts."""
    index = np.full(len(starts) - 1, -1, np.int64)
    count = 0
    for cell in range(len(starts) - 1):
        if starts[cell + 1] > starts[cell]:
            index[cell] = count
            count += 1
    filled = np.empty(count, np.int64)
    middle_x, middle_y, masses = np.empty(count, np.float32), np.empty(count, np.float32), np.empty(count, np.float32)
    for cell in range(len(starts) - 1):
        at = index[cell]
        if at >= 0:
            filled[at] = cell
            middle_x[at] = xs[starts[cell] : starts[cell + 1]].mean()
            middle_y[at] = ys[starts[cell] : starts[cell + 1]].mean()
            masses[at] = starts[cell + 1] - starts[cell]
    return filled, index, middle_x, middle_y, masses
