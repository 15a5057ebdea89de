"""A run that has just begun, or was stopped at once: its only snapshot is seen in every plot."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QColor, QImage, QPainter

from tests.gui.recorded_weights import planted, record_weights
from tests.gui.windows import opened
from workbench.figures.page import Page
from workbench.figures.timeline.figure import accuracies_figure
from workbench.figures.training import training_of
from workbench.gui.panels.low_rank.more import OverTime
from workbench.gui.plots.plot import Plot
from workbench.gui.widgets.run_table import draw_curve
from workbench.runs.run import open_run

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from tests.gui.conftest import WriteRun
    from workbench.gui.window.main_window import MainWindow


@pytest.fixture
def begun(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> MainWindow:
    path = tmp_path / "begun.h5"
    record_weights(path, {"fc1": planted(40, 90, 1)}).close()
    return opened(qtbot, window, path)


def test_the_timeline_has_its_snapshot_in_the_middle(begun: MainWindow) -> None:
    assert begun.timeline.plot.ranges()[0] == pytest.approx((-0.5, 0.5))


def test_its_loss_is_a_point_over_whole_iterations(qtbot: QtBot, begun: MainWindow) -> None:
    panel = begun.training_panel
    begun.docks["training"].come()
    qtbot.waitUntil(lambda: panel.isVisible() and panel.complete)
    for item in panel.loss.curves.values():
        assert len(item.scatter.data) == 1
        assert item.scatter.isVisible()
    (low, high), _ = panel.loss.ranges()
    ticks = panel.loss.getPlotItem().getAxis("bottom").tickValues(low, high, 200)
    assert {value for _, values in ticks for value in values} in ({0.0}, {0.0, 1.0})  # as wide as the panel is


def test_after_a_long_run_its_snapshot_lies_in_the_middle_of_one_unit(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    """pyqtgraph gives a single point the width of the range before: −2000 to 2000."""
    weights = planted(40, 90, 401)
    record_weights(tmp_path / "long.h5", {"fc1": weights}).close()
    record_weights(tmp_path / "begun.h5", {"fc1": weights[:1]}).close()
    opened(qtbot, window, tmp_path / "long.h5")
    window.docks["training"].come()
    panel, over_time = window.training_panel, OverTime()
    qtbot.waitUntil(lambda: panel.loss.ranges()[0][1] > 3900, timeout=20_000)
    window.session.add(open_run(tmp_path / "begun.h5"))
    qtbot.waitUntil(lambda: panel.complete and window.timeline.complete, timeout=20_000)
    qtbot.waitUntil(lambda: panel.loss.ranges()[0] == pytest.approx((-0.5, 0.5)), timeout=5_000)
    assert panel.loss.ranges()[1] == pytest.approx((0.5, 1.5))
    assert window.timeline.plot.ranges()[0] == pytest.approx((-0.5, 0.5))
    qtbot.addWidget(over_time)
    for values in (np.linspace(0, 90, 401), np.array([10.0])):
        over_time.show_stored(values, 0, "test")
        over_time.getPlotItem().vb.updateAutoRange()
    assert list(chain(*over_time.ranges())) == pytest.approx([-0.5, 0.5, 9.5, 10.5])


def test_a_range_of_one_large_number_can_be_shown(qtbot: QtBot) -> None:
    plot = Plot("x", "y")
    qtbot.addWidget(plot)
    plot.show_ranges((5e14, 5e14), (1.0, 1.0))
    (low, high), up = plot.ranges()
    assert low < 5e14 < high
    assert up == (0.5, 1.5)


def test_printed_it_is_a_point_over_a_whole_iteration(write_run: WriteRun) -> None:
    run = write_run({"fc1": planted(40, 90, 1)})
    for figure in (training_of(run), accuracies_figure(run)):
        axes = Page((figure,)).drawn().axes
        lines = [line for each in axes for line in each.lines if len(line.get_xdata()) == 1]
        assert lines
        assert {line.get_marker() for line in lines} == {"o"}
        assert {each.get_xlim() for each in axes} == {(-0.5, 0.5)}
        assert axes[-1].get_xticks().tolist() == [0.0]


def test_its_accuracy_is_a_point_in_the_browser(qtbot: QtBot) -> None:
    for values, seen in ((np.array([50.0]), True), (np.array([np.nan]), False)):
        picture = QImage(60, 20, QImage.Format.Format_RGB32)
        picture.fill(Qt.GlobalColor.white)
        painter = QPainter(picture)
        draw_curve(painter, QRect(0, 0, 60, 20), values, QColor("black"))
        painter.end()
        dark = [y for y in range(20) if any(picture.pixelColor(x, y).lightness() < 128 for x in range(60))]
        assert bool(dark) == seen
        assert all(8 <= y <= 12 for y in dark)
