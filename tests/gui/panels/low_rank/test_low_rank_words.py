"""The words beside the line at the rank."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from workbench.gui.plots.low_rank_plot import LowRankPlot

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot


@pytest.mark.parametrize("rank", [10, 44, 52, 90])
def test_the_words_beside_the_line_are_not_cut_off_in_a_narrow_plot(qtbot: QtBot, rank: int) -> None:
    plot = LowRankPlot()
    qtbot.addWidget(plot)
    plot.resize(260, 160)
    plot.show()
    plot.getPlotItem().vb.setXRange(0, 100, padding=0)
    plot.show_rank(rank, 30.0, None)
    plot.show_words("8.1 % (95 %: 5.7–11.3)\nloss 2.32, energy 68.4 %")
    room = plot.getPlotItem().vb.sceneBoundingRect()
    words = plot.words.mapRectToScene(plot.words.boundingRect())
    assert room.left() - 1 <= words.left()
    assert words.right() <= room.right() + 1


def test_words_move_with_the_plot_and_are_left_away_where_it_is_too_flat(qtbot: QtBot) -> None:
    plot = LowRankPlot()
    qtbot.addWidget(plot)
    plot.show()
    plot.resize(600, 300)
    plot.show_residual(np.linspace(100.0, 0.0, 41))
    plot.show_rank(30, 25.0, None)
    plot.show_words("98.6 % (95 %: 96.8–99.4)\nloss 0.0743, energy 70.4 %")
    plot.resize(260, 200)
    assert plot.words.isVisible()
    shown = plot.getPlotItem().vb.sceneBoundingRect().adjusted(-1, -1, 1, 1)
    assert shown.contains(plot.words.mapRectToScene(plot.words.boundingRect()))
    plot.resize(260, 70)
    assert not plot.words.isVisible()
    plot.resize(600, 300)
    assert plot.words.isVisible()
