"""The part of a plot that a person chose to see, in place of the axes that the data ask for."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite
from typing import Any, TypeAlias

Range: TypeAlias = tuple[float, float]

FARTHEST, NARROWEST = 1e15, 1e-9  # of a range's ends, and of its width beside them: what plots can still number


@dataclass(frozen=True)
class Zoom:
    """The ranges of a panel's axes. ValueError: one that no plot can show."""

    x: Range
    y: tuple[Range, ...]  # of each plot, from the top
    of: str = ""  # the axes that they were chosen on; "": any

    def __post_init__(self) -> None:
        for low, high in (self.x, *self.y):
            far = max(abs(low), abs(high))
            if not (isfinite(low) and isfinite(high) and far <= FARTHEST and high - low > NARROWEST * far):
                raise ValueError(f"{low:g} to {high:g} is not a range that a plot can show")

    def on(self, of: str) -> Zoom | None:
        """This where it was chosen on these axes; else None."""
        return self if self.of in ("", of) else None

    def corners(self) -> tuple[Range, Range]:
        """Lower left and upper right of the one plot. ValueError: there are others."""
        if len(self.y) != 1:
            raise ValueError(f"a view of {len(self.y)} plots does not fit this figure, which has 1")
        return (self.x[0], self.y[0][0]), (self.x[1], self.y[0][1])


def show(zoom: Zoom | None, *plots: Any) -> None:
    """Give matplotlib's axes the ranges that were chosen, if any were. ValueError: a log axis cannot have them."""
    if zoom is None:
        return
    if len(zoom.y) != len(plots):
        raise ValueError(f"a view of {len(zoom.y)} plots does not fit this figure, which has {len(plots)}")
    if plots[-1].get_xscale() == "log" and zoom.x[0] <= 0.0:
        raise ValueError(f"a logarithmic axis does not begin at {zoom.x[0]:g}")
    for axes, heights in zip(plots, zoom.y, strict=True):
        axes.set(xlim=zoom.x, ylim=heights)
