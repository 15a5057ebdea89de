"""The curves of the pruning panel as a table to paste."""

from __future__ import annotations

from math import isnan
from typing import TYPE_CHECKING

import numpy as np

from workbench.figures.pruning.lines import TITLES

if TYPE_CHECKING:
    from workbench.figures.pruning.lines import Drawn


def table(picture: Drawn) -> str:
    """What is drawn as a table to paste: columns separated by tabs, every digit; merging below the orders."""
    value = TITLES[picture.quantity]
    rows = [("order", "removed", "along the plot", value, "standard deviation", "images")]
    for line in picture.lines:
        spread = line.over_seeds.std if len(line.values) > 1 else np.full(line.values.shape[1], np.nan)
        for level in range(line.values.shape[1]) if line.levels is None else line.levels.tolist():
            numbers = (line.across[level], line.mean[level], spread[level])
            cells = ("" if isnan(number) else repr(float(number)) for number in numbers)
            rows.append((line.name, str(level), *cells, str(line.images)))  # type: ignore[arg-type]
    if picture.merging is not None:
        across = picture.lines[0].across if picture.lines else np.arange(picture.units + 1.0)
        for point in picture.merging.points:
            place, height = repr(float(across[point.removed])), repr(float(getattr(point.accuracy, picture.quantity)))
            rows.append(("merged", str(point.removed), place, height, "", str(point.accuracy.images)))
    return "\n".join("\t".join(row) for row in rows) + "\n"
