"""Nodes sorted by the cells of a grid, compiled. Importing this module loads numba (0.2 s)."""

from __future__ import annotations

from typing import Any

import numpy as np

from workbench.analysis.compiled import compiled


@compiled
def sorted_by_cell(x: Any, y: Any, size: Any) -> Any:
    """The nodes row by row of square cells of this size, where those of each cell begin, and the columns and rows.

    Larger cells are taken where there would be more than four for each node.
    """
    left, low = x.min(), y.min()
    width, height = x.max() - left, y.max() - low
    least = np.sqrt(max(width, size) * max(height, size) / np.float32(4 * len(x)))
    size = max(size, least, max(width, height) / np.float32(4 * len(x)))
    columns, rows = int(width / size) + 1, int(height / size) + 1
    cells = np.empty(len(x), np.int64)
    starts = np.zeros(columns * rows + 1, np.int64)
    for i in range(len(x)):
        column = min(int((x[i] - left) / size), columns - 1)
        cells[i] = min(int((y[i] - low) / size), rows - 1) * columns + column
        starts[cells[i] + 1] += 1
    for cell in range(columns * rows):
        starts[cell + 1] += starts[cell]
    order, following = np.empty(len(x), np.int64), starts.copy()
    for i in range(len(x)):
        order[following[cells[i]]] = i
        following[cells[i]] += 1
    return order, starts, columns, rows
