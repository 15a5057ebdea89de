"""The figure of two networks: the eigenvalues of the change against noise, and the angles between their row spaces."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import zip_longest
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from workbench.figures.figure import Floats, Table, legend, line_options
from workbench.figures.looks import CHANGES

if TYPE_CHECKING:
    from workbench.figures.comparing.picture import Picture
    from workbench.figures.style import Style

EIGENVALUES, ANGLES = "eigenvalue of ΔWΔWᵀ", "principal angle (degrees)"
BEYOND, WITHIN, EDGE, CHANCE = "beyond noise", "within noise", "edge of noise", "random spaces"
SMALLEST = 1e-12  # of the largest eigenvalue: smaller ones are rounding, and are not drawn


@dataclass(frozen=True, eq=False)
class CompareFigure:
    """A layer of two networks."""

    kind: ClassVar[str] = "compare"
    lines: ClassVar[float] = 13.0
    title: str
    eigenvalues: Floats  # descending, without those that are zero up to rounding
    rank: int  # how many stand out
    edge: float  # NaN: there is no noise
    degrees: Floats  # ascending; none where there are no angles
    expected: Floats

    @property
    def aspect(self) -> float:
        return 1.0

    def draw(self, part: Any, style: Style) -> None:
        above, below = part.subplots(2, 1)
        colours, handles = style.colours, []
        numbers = np.arange(1, len(self.eigenvalues) + 1)
        for name, some, filled in ((BEYOND, slice(None, self.rank), True), (WITHIN, slice(self.rank, None), False)):
            if len(numbers[some]):
                colour = colours.accent if filled else colours.faint  # rings that overlap would look filled
                look = {"color": colour, "markerfacecolor": colour if filled else "none"}
                handles += above.plot(
                    numbers[some], self.eigenvalues[some], "o", markersize=2.2 * style.line, label=name, **look
                )
        if np.isfinite(self.edge):
            options = line_options(CHANGES["edge"], style)
            handles.append(above.axhline(self.edge, label=EDGE, linewidth=style.line, **options))
        if len(numbers):
            above.set_yscale("log")
        above.set(xlabel="number", ylabel="λ of ΔWΔWᵀ")
        each = np.arange(1, len(self.degrees) + 1)
        below.plot(each, self.degrees, "o-", color=colours.accent, markersize=2.2 * style.line, linewidth=style.line)
        options = line_options(CHANGES["chance"], style)
        handles += below.plot(each, self.expected, label=CHANCE, linewidth=style.line, **options)
        below.set(ylim=(0.0, 92.0), xlabel="number", ylabel="angle (degrees)")
        legend(part, handles, style)

    def settle(self, part: Any, style: Style) -> None:
        """Nothing depends on where the axes lie."""

    def table(self) -> Table:
        rows = zip_longest(self.eigenvalues.tolist(), self.degrees.tolist(), self.expected.tolist())
        columns = ("number", EIGENVALUES, ANGLES, f"{CHANCE} (degrees)")
        return Table(columns, tuple((number, *row) for number, row in enumerate(rows, 1)))


def compare_figure(picture: Picture) -> CompareFigure:
    """The figure of what the panel shows."""
    change, none = picture.change, np.zeros(0)
    found = change.difference
    values = none if found is None else found.eigenvalues
    drawn = values[values > SMALLEST * values.max(initial=0.0)]
    degrees = none if change.degrees is None else change.degrees
    return CompareFigure(
        title=f"{picture.question.other.words} → {picture.question.place.words}",
        eigenvalues=drawn,
        rank=0 if found is None else min(found.rank, len(drawn)),
        edge=float("nan") if found is None else found.noise_edge,
        degrees=degrees,
        expected=none if change.expected is None else change.expected,
    )
