"""A matplotlib figure as pixels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

Pixels: TypeAlias = "NDArray[np.uint8]"  # (height, width, 3)


def raster(drawn: Any) -> Any:
    """A canvas of pixels for a figure."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    return FigureCanvasAgg(drawn)


def pixels_of(canvas: Any) -> Pixels:
    """What is on the canvas now; a copy."""
    return np.array(canvas.buffer_rgba())[..., :3]


def redrawn(canvas: Any) -> Pixels:
    """The figure, drawn whole."""
    canvas.draw()
    return pixels_of(canvas)
