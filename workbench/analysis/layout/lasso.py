"""What lies inside a line that is drawn by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def inside(points: NDArray[Any], outline: NDArray[Any]) -> NDArray[np.bool_]:
    """Which of these (k, 2) points lie inside a closed outline of (c, 2) corners, (k,): by the even-odd rule.

    The last corner is joined with the first. An outline of fewer than three corners holds nothing.
    """
    found = np.zeros(len(points), np.bool_)
    if len(outline) < 3:
        return found
    x, y = np.asarray(points, np.float64).reshape(-1, 2).T
    corners = np.asarray(outline, np.float64)
    for (left, low), (right, high) in zip(corners.tolist(), np.roll(corners, -1, axis=0).tolist(), strict=True):
        if low == high:
            continue
        crosses = (y >= min(low, high)) & (y < max(low, high))
        found ^= crosses & (x < left + (right - left) * (y - low) / (high - low))
    return found
