"""The elbow over the number of classes: a dot for each training, and the line of equal numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from workbench.analysis.low_rank import ELBOWS
from workbench.experiments.questions.elbow import COLUMNS
from workbench.figures.figure import Table, legend
from workbench.figures.looks import OKABE_ITO

if TYPE_CHECKING:
    from workbench.experiments.questions.elbow import Elbow
    from workbench.figures.style import Style

SHIFT = 0.12  # classes between the dots of two weight decays, so that none hides another
SYMBOLS = ("o", "^", "s", "D")


@dataclass(frozen=True, eq=False)
class ElbowFigure:
    """One estimator in one layer."""

    kind: ClassVar[str] = "elbow"
    lines: ClassVar[float] = 3.0
    title: str
    estimator: str
    elbows: tuple[Elbow, ...]

    @property
    def aspect(self) -> float:
        return 0.75

    def draw(self, part: Any, style: Style) -> None:
        axes = part.subplots()
        decays = sorted({each.decay for each in self.elbows})
        colour, handles = OKABE_ITO[ELBOWS[self.estimator].colour], []
        most = max((each.classes for each in self.elbows), default=10)
        (line,) = axes.plot([0, most], [0, most], color=style.colours.text, linewidth=0.6 * style.line, linestyle=":",
                            label="elbow = classes")  # fmt: skip
        for at, decay in enumerate(decays):
            mine = [each for each in self.elbows if each.decay == decay]
            across = np.array([each.classes for each in mine]) + SHIFT * (at - (len(decays) - 1) / 2)
            fill = colour if at == len(decays) - 1 else "none"
            handles += axes.plot(
                across, [each.rank for each in mine], SYMBOLS[at % len(SYMBOLS)], color=colour, markerfacecolor=fill,
                markersize=3.5 * style.line, markeredgewidth=0.7 * style.line, label=f"weight decay {decay:g}",
            )  # fmt: skip
        axes.set(xlabel="classes", ylabel="elbow (rank)", xlim=(1, most + 1))
        axes.set_ylim(bottom=0)
        legend(part, [line, *handles], style)

    def settle(self, part: Any, style: Style) -> None:
        """Nothing depends on where the axes lie."""

    def table(self) -> Table:
        return Table(COLUMNS, tuple(each.row() for each in self.elbows))  # type: ignore[misc]
