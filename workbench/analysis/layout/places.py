"""Where the nodes of a layout begin: those that are joined lie together, and newcomers next to their neighbours."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from workbench.analysis.layout import forces

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from workbench.analysis.layout.forces import Float32Array, Layout, Links

SPACING = 10.0  # pixels: as many times the root of their number is the radius of a group of nodes
BESIDE = 12.0  # pixels from the middle of its neighbours at which a node begins, at least


def start(links: Links) -> Layout:
    """The layout's start, at rest: each group of joined nodes on a sunflower of its own, the largest in the middle.

    Of a single group this is `forces.start`, and so it is where nothing is joined.
    """
    order = np.argsort(links.groups, kind="stable")
    layout = forces.start(links.units, links.members[order])
    sizes = np.bincount(links.groups) if len(links.groups) else np.zeros(0, np.int64)
    if len(sizes) < 2 or sizes[0] < 2:
        return layout
    positions = layout.positions.copy()
    middles = rings(SPACING * np.sqrt(sizes + 0.5))
    sunflower = positions[links.members[order]]
    first = 0
    for size, middle in zip(sizes.tolist(), middles, strict=True):
        positions[links.members[order[first : first + size]]] = sunflower[:size] + middle
        first += size
    return replace(layout, positions=positions)


def carried(layout: Layout, before: Links, links: Links) -> Layout:
    """The layout for other links: nodes that took part stay, those that join begin among their neighbours.

    A group of newcomers begins as one, outside of what is there.
    """
    joined = np.setdiff1d(links.members, before.members)
    if not len(joined):
        return layout
    positions, velocities = layout.positions.copy(), layout.velocities.copy()
    velocities[joined] = 0.0
    old = np.isin(links.members, before.members)
    sums, counts = _of_neighbours(links, positions, old)
    around = forces.start(len(joined)).positions / np.float32(SPACING) * np.float32(BESIDE / 2.0)
    new = np.flatnonzero(~old)
    beside = counts[new] > 0
    near = new[beside]
    positions[links.members[near]] = sums[near] / counts[near, None] + _turned(around[beside], BESIDE)
    _put_outside(positions, links, new[~beside], old)
    return replace(layout, positions=positions, velocities=velocities)


def rings(radii: NDArray[np.float64]) -> NDArray[np.float32]:
    """The middles of discs with these radii, descending, that do not touch: the first in the middle, rings around."""
    middles, inner, along = np.zeros((len(radii), 2), np.float32), float(radii[0]), 2.0 * np.pi
    far = 0.0
    for at, radius in enumerate(radii[1:].tolist(), start=1):
        half = float(np.arcsin(min(radius / max(far, radius), 1.0)))
        if along + 2.0 * half > 2.0 * np.pi:  # the ring is full
            far = inner + radius
            inner, along = far + radius, 0.0
            half = float(np.arcsin(radius / far))
        middles[at] = far * np.cos(along + half), far * np.sin(along + half)
        along += 2.0 * half
    return middles


def _of_neighbours(links: Links, positions: Float32Array, old: NDArray[np.bool_]) -> tuple[Float32Array, Float32Array]:
    """The sums of the places of each member's old neighbours, (k, 2), and how many these are, (k,)."""
    places, count = positions[links.members], len(links.members)
    sums, counts = np.zeros((count, 2), np.float32), np.zeros(count, np.float32)
    for here, there in (links.ends.T, links.ends.T[::-1]):
        known = old[there]
        counts += np.bincount(here[known], minlength=count)
        for axis in (0, 1):
            sums[:, axis] += np.bincount(here[known], places[there[known], axis], minlength=count)
    return sums, counts


def _turned(offsets: Float32Array, least: float) -> Float32Array:
    """The offsets in their directions, all of the same small length, so that no two nodes begin at one place."""
    lengths = np.maximum(np.hypot(offsets[:, 0], offsets[:, 1]), 1e-6)[:, None]
    shares = 1.0 + np.arange(len(offsets))[:, None] % 7 / 7.0
    turned: Float32Array = (offsets / lengths * least * shares).astype(np.float32)
    return turned


def _put_outside(positions: Float32Array, links: Links, new: NDArray[np.int64], old: NDArray[np.bool_]) -> None:
    """Put groups of newcomers on rings around the nodes that are there."""
    if not len(new):
        return
    places = np.unique(links.groups[new], return_inverse=True)[1]
    sizes = np.bincount(places)
    there = positions[links.members[old]]
    reach = float(np.hypot(there[:, 0], there[:, 1]).max()) if len(there) else 0.0
    by_size = np.argsort(-sizes, kind="stable")
    middles = rings(np.array([reach, *(SPACING * np.sqrt(sizes[by_size] + 0.5))]))[1:]
    if not len(there):
        middles = rings(SPACING * np.sqrt(sizes[by_size] + 0.5))
    sunflower = forces.start(int(sizes.max())).positions
    for middle, group in zip(middles, by_size.tolist(), strict=True):
        positions[links.members[new[places == group]]] = sunflower[: sizes[group]] + middle
