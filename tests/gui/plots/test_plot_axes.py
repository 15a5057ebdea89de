"""The numbers at the axes of a plot are whole and apart from one another, however flat it is and large the text."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pyqtgraph as pg
import pytest
from PySide6.QtCore import QRectF
from PySide6.QtGui import QFontMetricsF, QImage, QPainter
from PySide6.QtWidgets import QApplication

from workbench.analysis.orders import ORDERS
from workbench.figures.timeline.time_axis import TimeAxis
from workbench.figures.timeline.tracks import Shown
from workbench.gui.plots.axes import Axis
from workbench.gui.plots.low_rank_plot import LowRankPlot
from workbench.gui.plots.plot import Curve, Plot
from workbench.gui.plots.pruning_plot import PruningPlot
from workbench.gui.plots.spectrum_plot import SpectrumPlot
from workbench.gui.plots.timeline_plot import TimelinePlot
from workbench.gui.plots.training_plot import CurvePlot
from workbench.gui.state import theme

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtGui import QPaintEvent
    from pytestqt.qtbot import QtBot

TWO_ORDERS = {name: ORDERS[name] for name in ("max_mag", "random")}
PLOTS: dict[str, Callable[[], Plot]] = {
    "plain": lambda: Plot("x", "y (%)"),
    "low rank": LowRankPlot,
    "pruning": lambda: PruningPlot(TWO_ORDERS),
    "spectrum": SpectrumPlot,
    "training": lambda: CurvePlot("loss"),
}


pytestmark = pytest.mark.usefixtures("theme_returns")


def places(plot: Plot, side: str) -> list[tuple[QRectF, str]]:
    """The numbers at an axis, and where they are written in the widget."""
    axis = plot.getPlotItem().getAxis(side)
    painter = QPainter(image := QImage(1, 1, QImage.Format.Format_ARGB32))
    painter.setFont(axis.style["tickFont"] or QApplication.font())
    _, _, texts = axis.generateDrawSpecs(painter)
    painter.end()
    assert not image.isNull()
    return [(plot.mapFromScene(axis.mapRectToScene(place)).boundingRect().toRectF(), text) for place, _, text in texts]


def numbers(plot: Plot) -> list[tuple[QRectF, str]]:
    """The numbers at the left axis and the places of their digits in the widget, from top to bottom."""
    digits = QFontMetricsF(QApplication.font()).tightBoundingRect("0").height()
    found = []
    for place, text in places(plot, "left"):
        found.append((QRectF(place.left(), place.center().y() - digits / 2, place.width(), digits), text))
    return sorted(found, key=lambda each: each[0].top())


@pytest.mark.parametrize("points", [9.0, 14.0, 22.0])
@pytest.mark.parametrize("kind", PLOTS)
@pytest.mark.thinned(3)
def test_numbers_never_overlap_and_none_is_cut_off(kind: str, points: float, qtbot: QtBot, qapp: QApplication) -> None:
    theme.apply(qapp, "light", points)
    plot = PLOTS[kind]()
    qtbot.addWidget(plot)
    plot.getPlotItem().getAxis("left").setStyle(showValues=True)
    plot.show()
    seen = 0
    for height in (*range(40, 130, 3), 200, 300, 500):
        plot.resize(300, height)
        plot.show_ranges((0.0, 100.0), (0.0, 100.0))
        QApplication.processEvents()
        shown = numbers(plot)
        seen = max(seen, len(shown))
        for (above, upper), (below, lower) in pairwise(shown):
            assert above.bottom() < below.top(), f"{upper} and {lower} at a height of {height}"
        assert all(place.top() >= 0.0 for place, _ in shown), f"{shown[0][1]} at a height of {height}"
    assert seen >= 5  # a high plot has its numbers


def logarithmic() -> SpectrumPlot:
    plot = SpectrumPlot()
    plot.show_scale("log")
    plot.show_ranges((0.003, 40.0), (0.0, 1.0))
    return plot


def many_snapshots() -> TimelinePlot:
    plot = TimelinePlot()
    plot.show_tracks(Shown(TimeAxis("epoch, equal steps", np.arange(60.0), 0.0476 * np.arange(60.0), "steps")))
    return plot


def snapshots_on_a_logarithm() -> TimelinePlot:
    plot, iterations = TimelinePlot(), np.array([0.0, 3.0, 50.0, 1e3, 4e7])
    plot.show_tracks(Shown(TimeAxis("iteration, log", np.log10(1.0 + iterations / 3.0), iterations, "log", 3.0)))
    return plot


def many_iterations() -> CurvePlot:
    plot = CurvePlot("loss")
    plot.getPlotItem().getAxis("bottom").setStyle(showValues=True)
    plot.show_ranges((0.0, 4123.0), (0.0, 2.0))
    return plot


@pytest.mark.parametrize("points", [9.0, 14.0, 22.0])
@pytest.mark.parametrize("make", [logarithmic, many_snapshots, snapshots_on_a_logarithm, many_iterations])
@pytest.mark.thinned(3)
def test_numbers_below_a_plot_stand_beside_one_another(
    make: Callable[[], Plot], points: float, qtbot: QtBot, qapp: QApplication
) -> None:
    theme.apply(qapp, "light", points)
    plot = make()
    qtbot.addWidget(plot)
    plot.show()
    for width in range(150, 900, 25):
        plot.resize(width, 200)
        QApplication.processEvents()
        shown = sorted(places(plot, "bottom"), key=lambda each: each[0].left())
        for (before, left), (after, right) in pairwise(shown):
            assert before.right() < after.left(), f"{left} and {right} at a width of {width}"
    assert len(shown) >= 3


@pytest.mark.parametrize("points", [9.0, 14.0, 22.0])
def test_the_number_of_all_units_stands_whole_below_the_pruning_curves(
    points: float, qtbot: QtBot, qapp: QApplication
) -> None:
    theme.apply(qapp, "light", points)
    plot = PruningPlot(TWO_ORDERS)
    qtbot.addWidget(plot)
    plot.resize(420, 300)
    plot.show()
    plot.show_axes(np.arange(101.0), ("units removed", "accuracy (%)"), (0.0, 100.0), None)
    QApplication.processEvents()
    (place,) = (place for place, text in places(plot, "bottom") if text == "100")
    assert place.right() <= plot.width()


@pytest.mark.parametrize("points", [9.0, 14.0])
def test_a_flat_plot_leaves_the_words_below_its_axis_away(points: float, qtbot: QtBot, qapp: QApplication) -> None:
    theme.apply(qapp, "light", points)
    plot = Plot("epoch", "accuracy (%)")
    qtbot.addWidget(plot)
    plot.show()
    label = plot.getPlotItem().getAxis("bottom").label
    for height, shown in ((300, True), (60, False), (300, True)):
        plot.resize(400, height)
        QApplication.processEvents()
        assert label.isVisible() is shown, height
        assert plot.getPlotItem().vb.height() > 0.3 * height, height


def test_on_a_logarithmic_axis_three_numbers_of_a_decade_are_written(qapp: QApplication) -> None:
    values = np.log10([*range(1, 10), *range(10, 60, 10), 0.2, 0.3]).tolist()
    written = [bool(text) for text in Axis("bottom").logTickStrings(values, 1.0, None)]
    assert [round(10**value, 1) for value, there in zip(values, written, strict=True) if there] == [
        1,
        2,
        5,
        10,
        20,
        50,
        0.2,
    ]


def test_other_axes_are_painted_once(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    """pyqtgraph alone moves what is in the plot only while it paints, and so paints twice."""
    plot, painted = Plot("x", "y"), list[int]()
    qtbot.addWidget(plot)
    curve = Curve([0.0, 1.0], [0.0, 1.0])
    plot.addItem(curve)

    def paint(self: Plot, event: QPaintEvent) -> None:
        painted.append(1)
        pg.PlotWidget.paintEvent(self, event)

    monkeypatch.setattr(Plot, "paintEvent", paint)
    plot.show()
    qtbot.waitExposed(plot)
    box = plot.getPlotItem().vb
    box.setRange(xRange=(0.0, 1.0), yRange=(0.0, 1.0))
    for _ in range(3):
        qtbot.wait(1)
        QApplication.processEvents()
    painted.clear()
    box.setRange(xRange=(0.0, 2.0), yRange=(0.0, 3.0))
    qtbot.waitUntil(lambda: bool(painted))
    for _ in range(3):
        QApplication.processEvents()
    assert len(painted) == 1
    assert curve.boundingRect() == box.viewRect()
    curve.setData([], [])
    assert curve.boundingRect().isNull()
