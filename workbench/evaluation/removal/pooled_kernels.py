"""Fused loops through a 3 × 3 convolution and the 2 × 2 max-pool behind it, as its channels come one after another.

The outputs of a row of pools stay in the processor's first cache while all channels are added to them. At each level
their maxima are written down, and nothing else.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from workbench.analysis.compiled import compiled

BLOCK = 32  # outputs of a position that are summed side by side; a constant, else the compiler cannot vectorise


@compiled
def arrange(taken: Any, constants: Any, channels: Any, changes: Any, changed: Any) -> None:
    """Fill the inside of changes (C, H + 2, W + 2) with what some channels of an image are above the same if removed.

    taken and constants are (H, W, channels). changed (C,) says which of the chosen channels differ anywhere.
    """
    changed[:] = False
    for y in range(taken.shape[0]):
        for x in range(taken.shape[1]):
            for at in range(channels.size):
                change = taken[y, x, channels[at]] - constants[y, x, channels[at]]
                changes[at, y + 1, x + 1] = change
                changed[at] |= change != 0


@compiled
def number_rows(changed: Any, ends: Any, rows: Any) -> int:
    """Fill rows (n, L) with the row of each image at each level, and return how many rows there are.

    ends (L,) ascend: how many channels have come at a level. Row 0 is that of no channel; a level to which no channel
    with a change has come shares the row of the level before.
    """
    count = 1
    for image in range(rows.shape[0]):
        row = at = 0
        for level in range(ends.size):
            new = False
            while at < ends[level]:
                new |= changed[image, at]
                at += 1
            if new:
                row = count
                count += 1
            rows[image, level] = row
    return count


@compiled
def _add(changes: Any, y: int, weights: Any, sums: Any) -> None:
    """Add a channel (H + 2, W + 2) to a row of pools: sums (pools, 4 · BLOCK), weights (9 · BLOCK,)."""
    for pool in range(sums.shape[0]):
        x = 2 * pool
        a0, a1, a2, a3 = changes[y, x], changes[y, x + 1], changes[y, x + 2], changes[y, x + 3]
        b0, b1, b2, b3 = changes[y + 1, x], changes[y + 1, x + 1], changes[y + 1, x + 2], changes[y + 1, x + 3]
        c0, c1, c2, c3 = changes[y + 2, x], changes[y + 2, x + 1], changes[y + 2, x + 2], changes[y + 2, x + 3]
        d0, d1, d2, d3 = changes[y + 3, x], changes[y + 3, x + 1], changes[y + 3, x + 2], changes[y + 3, x + 3]
        for o in range(BLOCK):
            u0, u1, u2 = weights[o], weights[BLOCK + o], weights[2 * BLOCK + o]
            v0, v1, v2 = weights[3 * BLOCK + o], weights[4 * BLOCK + o], weights[5 * BLOCK + o]
            w0, w1, w2 = weights[6 * BLOCK + o], weights[7 * BLOCK + o], weights[8 * BLOCK + o]
            sums[pool, o] += a0 * u0 + a1 * u1 + a2 * u2 + b0 * v0 + b1 * v1 + b2 * v2 + c0 * w0 + c1 * w1 + c2 * w2
            sums[pool, BLOCK + o] += (
                a1 * u0 + a2 * u1 + a3 * u2 + b1 * v0 + b2 * v1 + b3 * v2 + c1 * w0 + c2 * w1 + c3 * w2
            )
            sums[pool, 2 * BLOCK + o] += (
                b0 * u0 + b1 * u1 + b2 * u2 + c0 * v0 + c1 * v1 + c2 * v2 + d0 * w0 + d1 * w1 + d2 * w2
            )
            sums[pool, 3 * BLOCK + o] += (
                b1 * u0 + b2 * u1 + b3 * u2 + c1 * v0 + c2 * v1 + c3 * v2 + d1 * w0 + d2 * w1 + d3 * w2
            )


@compiled
def _write(sums: Any, least: float, pooled: Any) -> None:
    """Fill pooled (BLOCK,) with the maxima of a pool's four positions, at least `least`."""
    for o in range(BLOCK):
        upper, lower = max(sums[o], sums[BLOCK + o]), max(sums[2 * BLOCK + o], sums[3 * BLOCK + o])
        pooled[o] = max(max(upper, lower), least)


@compiled
def pooled_levels(
    changes: Any, changed: Any, weights: Any, start: Any, ends: Any, rows: Any, least: float, pooled: Any
) -> None:
    """Fill the rows of one image in pooled (R, rows of pools, pools, blocks, BLOCK); see `number_rows`.

    changes (C, H + 2, W + 2) are of the channels in the order in which they come, changed (C,) says which do anything,
    weights (C, blocks, 9 · BLOCK) are the convolution's, start (rows of pools, blocks, pools, 4 · BLOCK) its outputs
    without any of them. rows (L,) are those of the image.
    """
    for y in range(pooled.shape[1]):
        for block in range(weights.shape[1]):
            sums, at, before = start[y, block].copy(), 0, 0
            for level in range(ends.size):
                while at < ends[level]:
                    if changed[at]:
                        _add(changes[at], 2 * y, weights[at, block], sums)
                    at += 1
                if rows[level] != before:
                    before = rows[level]
                    for pool in range(sums.shape[0]):
                        _write(sums[pool], np.float32(least), pooled[before, y, pool, block])
