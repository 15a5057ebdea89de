"""The compiled loops of the force layout. Importing this module loads numba (0.2 s); the first call compiles."""

from __future__ import annotations

from typing import Any

import numpy as np

from workbench.analysis.compiled import compiled

_TINY = np.float32(1e-12)  # squared distance of a node to itself: its direction is 0, so it exerts nothing
_NONE = np.float32(0.0)

# The inner loops hold only unconditional loads and selects: a branch or a conditional load in them is not
# vectorised and costs ten times as much.


@compiled
def tick(positions: Any, velocities: Any, nudges: Any, links: Any, fixed: Any, numbers: Any) -> None:
    charge, nearest, farthest, gravity_x, gravity_y, distance, pull, apart, push, centring, kept = numbers
    held, places = fixed
    x, y = positions[:, 0].copy(), positions[:, 1].copy()
    vx, vy = velocities[:, 0].copy(), velocities[:, 1].copy()
    _charge_and_gravity(x, y, vx, vy, nudges, charge, nearest, farthest, gravity_x, gravity_y)
    _pull_links(x, y, vx, vy, nudges, links, distance, pull)
    _collide(x + vx, y + vy, vx, vy, nudges, apart, push)
    _move(positions, velocities, x, y, vx, vy, centring, kept)
    for k in range(len(held)):
        positions[held[k]] = places[k]
        velocities[held[k]] = _NONE


@compiled
def _charge_and_gravity(
    x: Any, y: Any, vx: Any, vy: Any, nudges: Any, charge: Any, nearest: Any, farthest: Any, pull_x: Any, pull_y: Any
) -> None:
    nudge_x, nudge_y = nudges
    for i in range(len(x)):
        xi, yi, nudge_xi, nudge_yi = x[i], y[i], nudge_x[i], nudge_y[i]
        sum_x, sum_y = _NONE, _NONE
        for j in range(len(x)):
            dx, dy = x[j] - xi, y[j] - yi
            apart_x, apart_y = nudge_x[j] - nudge_xi, nudge_y[j] - nudge_yi
            square = dx * dx + dy * dy
            dx = apart_x if square < _TINY else dx
            dy = apart_y if square < _TINY else dy
            square = max(dx * dx + dy * dy, _TINY)
            force = charge / max(square, np.sqrt(nearest * square))  # the root is larger below the nearest
            force = force if square < farthest else _NONE
            sum_x += dx * force
            sum_y += dy * force
        vx[i] += sum_x - xi * pull_x
        vy[i] += sum_y - yi * pull_y


@compiled
def _pull_links(x: Any, y: Any, vx: Any, vy: Any, nudges: Any, links: Any, distance: Any, pull: Any) -> None:
    nudge_x, nudge_y = nudges
    ends, strengths, biases = links
    for k in range(len(ends)):
        i, j = ends[k, 0], ends[k, 1]
        dx = x[j] + vx[j] - x[i] - vx[i]
        dy = y[j] + vy[j] - y[i] - vy[i]
        if dx * dx + dy * dy < _TINY:
            dx, dy = nudge_x[j] - nudge_x[i], nudge_y[j] - nudge_y[i]
        length = np.sqrt(dx * dx + dy * dy)
        correction = (length - distance) / length * pull * strengths[k]
        dx *= correction
        dy *= correction
        second = biases[k]
        first = np.float32(1.0) - second
        vx[j] -= dx * second
        vy[j] -= dy * second
        vx[i] += dx * first
        vy[i] += dy * first


@compiled
def _collide(x: Any, y: Any, vx: Any, vy: Any, nudges: Any, apart: Any, push: Any) -> None:
    nudge_x, nudge_y = nudges
    order = np.argsort(x)  # only nodes whose x is near can touch: a tenth of the pairs, or fewer
    x, y = x[order], y[order]
    for a in range(len(x)):
        for b in range(a + 1, len(x)):
            dx, dy = x[a] - x[b], y[a] - y[b]
            if -dx >= apart:
                break
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
