"""The low ranks of a layer on the screen: elbows to choose from, the plot, and why accuracies are missing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtWidgets import QVBoxLayout

from workbench.figures.low_rank.group import group_readout
from workbench.figures.low_rank.picture import readout
from workbench.gui.plots.legend import Entry
from workbench.gui.plots.low_rank_plot import ElbowRow, LowRankPlot
from workbench.gui.plots.mean_band import MeanBand, mean_entries
from workbench.gui.state import theme
from workbench.gui.widgets.around.buttons import RightButton
from workbench.gui.widgets.plain_text import plain_label, show_cut

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from workbench.evaluation.results import Accuracy
    from workbench.evaluation.run_evaluators import PartName
    from workbench.figures.low_rank.costs import Curves
    from workbench.figures.low_rank.group import GroupMean
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
        self.accuracies, self.residuals = MeanBand(self.plot, z=-12.0), MeanBand(self.plot, z=-13.0)
        self.plot.dress(self._dress)
        self.right = RightButton()
        self.addWidget(self.elbows)
        self.addWidget(self.problem)
        self.addWidget(self.plot, 1)
        self.addWidget(self.right)

    def forget(self) -> None:
        """Take away all that was shown."""
        self._mean_of = None
        self.plot.forget()
        for band in (self.accuracies, self.residuals):
            band.clear()
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

    def show_run(self, picture: Picture, curves: Curves | None, part: PartName) -> None:
        """The curves of a single run, the accuracies where they are known."""
        self._mean_of = None
        for band in (self.accuracies, self.residuals):
            band.clear()
        self.plot.show_residual(picture.lost)
        self.plot.show_stored(picture.stored(part))
        if curves is None:
            self.plot.accuracy.setData([], [])
        else:
            self.plot.show_curve(curves.shown.levels, curves.shown.accuracy, part)

    def show_mean(self, mean: GroupMean, part: PartName, source: RunGroup, measured: NDArray[np.float64]) -> None:
        """The mean of a group, and thin its runs; `measured`: the accuracies of those known so far, (runs, r + 1)."""
        self._mean_of, self._part = source, part
        self._dress()
        ranks, lost = np.arange(mean.ranks + 1.0), mean.residual.over
        self.plot.show_residual(lost.mean)
        self.residuals.show(ranks, lost.low, lost.high)
        self.residuals.show_runs(ranks, mean.residual.values)
        if mean.accuracy is None:
            self.plot.show_stored(np.nan)
            self.plot.accuracy.setData([], [])
            self.accuracies.clear()
        else:
            over = mean.accuracy.over
            self.plot.show_stored(float(over.mean[-1]))
            self.plot.show_curve(np.arange(mean.ranks + 1), over.mean, part)
            self.accuracies.show(ranks, over.low, over.high)
        if len(measured):
            self.accuracies.show_runs(np.arange(float(measured.shape[1])), measured)

    def show_rank(self, picture: Picture, rank: int, accuracy: Accuracy | None) -> None:
        """The chosen rank, what is lost at it and what it costs."""
        known = None if accuracy is None else (accuracy.accuracy, accuracy.interval95)
        self.plot.show_rank(rank, float(picture.lost[rank]), known)
        self.plot.show_words(readout(picture, rank, accuracy))

    def show_rank_of_mean(self, mean: GroupMean, rank: int) -> None:
        """The same of the mean of a group, and the numbers of its runs as dots."""
        self.plot.show_rank(rank, float(mean.residual.over.mean[rank]), mean.reading(rank))
        self.plot.show_words(group_readout(mean, rank))
        at = np.array([float(rank)])
        self.residuals.show_dots(at, mean.residual.values[:, [rank]])
        if mean.accuracy is not None:
            self.accuracies.show_dots(at, mean.accuracy.values[:, [rank]])

    def show_elbows(self, lost: NDArray[np.float64], proposed: Mapping[str, int | None], no_edge: str = "") -> None:
        """The ranks that the estimators propose, on the curve `lost`; `no_edge`: why there is no MP edge."""
        self.plot.show_marks(proposed, lost)
        self.elbows.show_elbows(proposed, no_edge)

    def _dress(self) -> None:
        self.accuracies.wear(theme.accuracy_pen(self._part).color())
        self.residuals.wear(theme.current().foreground)
