"""The low ranks of a layer on the screen: elbows to choose from, the plot, and why accuracies are missing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QVBoxLayout

from workbench.figures.low_rank.picture import readout
from workbench.gui.plots.legend import Entry
from workbench.gui.plots.low_rank_plot import ElbowRow, LowRankPlot
from workbench.gui.plots.mean_band import mean_entries
from workbench.gui.state import theme
from workbench.gui.widgets.around.buttons import RightButton
from workbench.gui.widgets.plain_text import plain_label, show_cut

if TYPE_CHECKING:
    from collections.abc import Mapping

    from workbench.evaluation.results import Accuracy
    from workbench.evaluation.run_evaluators import PartName
    from workbench.figures.low_rank.costs import Curves
    from workbench.figures.low_rank.picture import Picture
    from workbench.runs.collection.groups import RunGroup


class LowRankView(QVBoxLayout):
    """Shows what it is given."""

    def __init__(self) -> None:
        super().__init__()
        self._mean_of: RunGroup | None = None
        self._part: PartName = "test"
        self.elbows = ElbowRow()
        self.problem = plain_label("", wrap=True)
        self.problem.setVisible(False)
        self.plot = LowRankPlot()
        self.right = RightButton()
        self.addWidget(self.elbows)
        self.addWidget(self.problem)
        self.addWidget(self.plot, 1)
        self.addWidget(self.right)

    def forget(self) -> None:
        """Take away all that was shown."""
        self.plot.forget()
        self.elbows.show_elbows({})
        self.right.show_for(())

    def show_problem(self, text: str) -> None:
        """Why there are no accuracies; "" where there are, or will be."""
        show_cut(self.problem, text)
        self.problem.setVisible(bool(text))
        self.plot.show_label(with_accuracy=not text)

    def show_legend(self, part: PartName) -> None:
        """What the curves are; the accuracy only where it is drawn or on its way."""
        accuracy = Entry("accuracy", theme.accuracy_pen(part).color(), theme.accuracy_mark(part))
        residual = Entry("residual", theme.current().foreground)
        curves = [residual] if self.problem.text() else [residual, accuracy]
        self._part = part
        self.elbows.show_curves([*curves, *mean_entries(self._mean_of)])

    def show_mean(self, source: RunGroup | None) -> None:
        """Whose mean is drawn as well; None: no mean is."""
        self._mean_of = source
        self.show_legend(self._part)

    def show_curves(self, curves: Curves | None, part: PartName) -> None:
        """The accuracies at every rank, where they are known."""
        if curves is not None:
            self.plot.show_curve(curves.shown.levels, curves.shown.accuracy, part)

    def show_rank(self, picture: Picture, rank: int, accuracy: Accuracy | None) -> None:
        """The chosen rank, what is lost at it and what it costs."""
        known = None if accuracy is None else (accuracy.accuracy, accuracy.interval95)
        self.plot.show_rank(rank, float(picture.lost[rank]), known)
        self.plot.show_words(readout(picture, rank, accuracy))

    def show_elbows(self, picture: Picture, proposed: Mapping[str, int | None]) -> None:
        """The ranks that the estimators propose."""
        self.plot.show_marks(proposed, picture.lost)
        self.elbows.show_elbows(proposed, picture.result.no_edge)
