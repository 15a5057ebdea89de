"""The accuracy on the straight line between two networks, before and after their units are matched."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from workbench.comparing.columns import BARRIER as COLUMNS
from workbench.figures.figure import Floats, Table, legend, line_options
from workbench.figures.looks import CHANGES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workbench.comparing.barrier import Barrier
    from workbench.figures.comparing.picture import Question
    from workbench.figures.style import Style

PLAIN, MATCHED, STRAIGHT = "as they are", "units matched", "straight line"


@dataclass(frozen=True, eq=False)
class BarrierPicture:
    """The line between two networks."""

    question: Question
    found: Barrier

    @property
    def words(self) -> str:
        """What is found, in one line."""
        place = self.question.place.words_with("")
        return "; ".join((f"{place}: {self.found.words}", *self.found.notes))

    def figure(self) -> BarrierFigure:
        """The same for print."""
        found = self.found
        lines = found.accuracy, found.loss, found.matched_accuracy, found.matched_loss
        return BarrierFigure(f"{found.first} to {found.second}", found.first, found.second, found.alphas, *lines)


def barrier_pictures(question: Question) -> Iterator[str | BarrierPicture]:
    """How far it is, and at last the picture: as `wb.barrier` finds it. ValueError, DataMissing: see there."""
    from workbench.comparing.barrier import barrier_steps

    for step in barrier_steps(question.place, question.other, question.part):
        yield f"Barrier: {step}" if isinstance(step, str) else BarrierPicture(question, step)


@dataclass(frozen=True, eq=False)
class BarrierFigure:
    """Accuracies over the way from the first network to the second."""

    kind: ClassVar[str] = "compare"
    lines: ClassVar[float] = 7.0
    title: str
    first: str
    second: str
    alphas: Floats
    accuracy: Floats
    loss: Floats
    matched_accuracy: Floats
    matched_loss: Floats

    @property
    def aspect(self) -> float:
        return 0.72

    def draw(self, part: Any, style: Style) -> None:
        axes = part.subplots()
        dots = {"marker": "o", "markersize": 2.2 * style.line, "linewidth": style.line}
        handles = axes.plot(self.alphas, self.accuracy, color=style.colours.accent, label=PLAIN, **dots)
        look = line_options(CHANGES["matched"], style)
        handles += axes.plot(self.alphas, self.matched_accuracy, label=MATCHED, **dots, **look)
        ends = self.alphas[[0, -1]], self.accuracy[[0, -1]]
        handles += axes.plot(*ends, ":", color=style.colours.text, linewidth=0.8 * style.line, label=STRAIGHT)
        axes.set(xlabel=self.axis, ylabel="accuracy (%)")
        legend(part, handles, style)

    @property
    def axis(self) -> str:
        """What the axis across says."""
        return f"α from {self.first}\nto {self.second}"

    def settle(self, part: Any, style: Style) -> None:
        """Nothing depends on where the axes lie."""

    def table(self) -> Table:
        lines = self.alphas, self.accuracy, self.loss, self.matched_accuracy, self.matched_loss
        return Table(COLUMNS, tuple(tuple(map(float, row)) for row in zip(*lines, strict=True)))
