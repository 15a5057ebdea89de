"""The compiled loops of the force layout. Importing this module loads numba (0.2 s); the first call compiles."""

from __future__ import annotations

from typing import Any

import numpy as np

from workbench.analysis.compiled import compiled
from workbench.analysis.layout.cells import sorted_by_cell
from workbench.analysis.layout.charges import add_charges

_TINY = np.float32(1e-12)  # squared distance of a node to itself: its direction is 0, so it exerts nothing
_NONE = np.float32(0.0)


def tick(
    positions: Any, velocities: Any, nudges: Any, links: Any, fixed: Any, numbers: Any, rounds: tuple[int, int] = (1, 1)
) -> None:
    """Move (m, 2) positions and velocities by a tick. Compiled as one, the loops are not vectorised.

    `rounds` says how often links pull and nodes push apart.
    """
    charge, nearest, farthest, gravity_x, gravity_y, distance, pull, apart, push, centring, kept = numbers
    held, places = fixed
    (x, y), (vx, vy) = (each.T.copy() for each in (positions, velocities))
    if charge != 0.0:
        add_charges(x, y, vx, vy, nudges, charge, nearest, farthest)
    _pull_in(x, y, vx, vy, gravity_x, gravity_y)
    if len(links[0]) and pull != 0.0:
        for _ in range(rounds[0]):
            _pull_links(x, y, vx, vy, nudges, links, distance, pull)
    if push != 0.0 and apart > 0.0:
        for _ in range(rounds[1]):
            _collide(x + vx, y + vy, vx, vy, nudges, apart, push)
    _move(positions, velocities, x, y, vx, vy, centring, kept)
    positions[held] = places
    velocities[held] = 0.0


@compiled
def _pull_in(x: Any, y: Any, vx: Any, vy: Any, pull_x: Any, pull_y: Any) -> None:
    for i in range(len(x)):
        vx[i] -= x[i] * pull_x
        vy[i] -= y[i] * pull_y


@compiled
def _pull_links(x: Any, y: Any, vx: Any, vy: Any, nudges: Any, links: Any, distance: Any, pull: Any) -> None:
    nudge_x, nudge_y = nudges
    ends, strengths, biases = links
    nodes = np.empty((len(x), 2), np.float32)  # where they go next; both numbers in one line of the cache
    for i in range(len(x)):
        nodes[i, 0], nodes[i, 1] = x[i] + vx[i], y[i] + vy[i]
    for k in range(len(ends)):
        i, j = _place(ends[k, 0]), _place(ends[k, 1])
        dx, dy = nodes[j, 0] - nodes[i, 0], nodes[j, 1] - nodes[i, 1]
        square = dx * dx + dy * dy
        if square < _TINY:
            dx, dy = nudge_x[j] - nudge_x[i], nudge_y[j] - nudge_y[i]
            square = dx * dx + dy * dy
        correction = (np.float32(1.0) - distance / np.sqrt(square)) * (pull * strengths[k])
        dx *= correction
        dy *= correction
        second = biases[k]
        nodes[j, 0] -= dx * second
        nodes[j, 1] -= dy * second
        nodes[i, 0] += dx - dx * second
        nodes[i, 1] += dy - dy * second
    for i in range(len(x)):
        vx[i], vy[i] = nodes[i, 0] - x[i], nodes[i, 1] - y[i]


@compiled
def _place(number: Any) -> Any:
    """The number as one that is never negative, so that the compiler need not look."""
    return np.uint64(np.uint32(number))


@compiled
def _collide(x: Any, y: Any, vx: Any, vy: Any, nudges: Any, apart: Any, push: Any) -> None:
    order, starts, columns, rows = sorted_by_cell(x, y, apart)  # only nodes in neighbouring cells can touch
    x, y = x[order], y[order]
    for row in range(rows):
        for column in range(columns):
            cell = row * columns + column
            after = starts[cell + min(2, columns - column)]  # of this cell and the next one in the row
            below, left = (row + 1) * columns, max(column - 1, 0)
            first = last = 0
            if row + 1 < rows:
                first, last = starts[below + left], starts[below + min(column + 1, columns - 1) + 1]
            for a in range(starts[cell], starts[cell + 1]):
                _push_apart(x, y, vx, vy, nudges, order, a, a + 1, after, apart, push)
                _push_apart(x, y, vx, vy, nudges, order, a, first, last, apart, push)


@compiled
def _push_apart(
    x: Any, y: Any, vx: Any, vy: Any, nudges: Any, order: Any, a: Any, first: Any, last: Any, apart: Any, push: Any
) -> None:
    """Push a node and those from `first` to `last` in the order apart, where they touch."""
    nudge_x, nudge_y = nudges
    for b in range(first, last):
        dx, dy = x[a] - x[b], y[a] - y[b]
        square = dx * dx + dy * dy
        if square >= apart * apart:
            continue
        i, j = order[a], order[b]
        if square < _TINY:
            dx, dy = nudge_x[i] - nudge_x[j], nudge_y[i] - nudge_y[j]
        length = np.sqrt(dx * dx + dy * dy)
        overlap = (apart - length) / length * push
        vx[i] += dx * overlap
        vy[i] += dy * overlap
        vx[j] -= dx * overlap
        vy[j] -= dy * overlap


@compiled
def _move(positions: Any, velocities: Any, x: Any, y: Any, vx: Any, vy: Any, centring: Any, kept: Any) -> None:
    shift_x, shift_y = x.mean() * centring, y.mean() * centring
    for i in range(len(x)):
        velocities[i, 0] = vx[i] * kept
        velocities[i, 1] = vy[i] * kept
        positions[i, 0] = x[i] - shift_x + velocities[i, 0]
        positions[i, 1] = y[i] - shift_y + velocities[i, 1]
