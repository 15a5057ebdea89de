"""The directions panel: its bars count the units of the layer, and a click selects them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtGui import QFontMetricsF

import workbench as wb
from tests.gui.windows import opened
from workbench.gui.panels.directions.panel import DirectionsPanel
from workbench.resource import resource

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from workbench.gui.window.main_window import MainWindow

SAMPLE = resource("sample_runs/digits_conv.h5")


@pytest.fixture
def panel(qtbot: QtBot, window: MainWindow) -> DirectionsPanel:
    opened(qtbot, window, SAMPLE)
    window.session.select(layer="fc1", snapshot=28)
    window.docks["directions"].come()
    found = window.panels["directions"]
    assert isinstance(found, DirectionsPanel)
    qtbot.waitUntil(lambda: found.isVisible() and found.complete and found.shown_result is not None)
    return found


def test_bars_lines_and_selection_are_those_of_the_units(
    qtbot: QtBot, panel: DirectionsPanel, window: MainWindow
) -> None:
    with wb.open_run(SAMPLE) as run:
        found = wb.directions(run, "fc1")
        norms = np.linalg.norm(run.layer("fc1").weights(), axis=1)
    edges, heights = panel.angles.bars.getData()
    assert heights.tolist() == np.histogram(found.clusters.angles, edges)[0].tolist()
    assert found.start is not None
    start = panel.angles.lines["at initialisation"].getData()[1]
    assert start.tolist() == np.histogram(found.start.angles, edges)[0].tolist()
    chance = panel.angles.lines["independent directions"].getData()[1]
    assert chance.tolist() == np.histogram(found.chance.angles, edges)[0].tolist()
    norm_edges, norm_heights = panel.norms.bars.getData()
    assert norm_heights.tolist() == np.histogram(norms, norm_edges)[0].tolist()
    assert (norm_heights.sum(), panel.norms.threshold.value()) == (100, found.split.threshold)
    assert panel.line.text().endswith(
        "74 of 100 trained; 4 clusters of directions, angle to the centre 67°, 77° at initialisation"
    )

    number = int(np.argmax(norm_heights))
    panel.norms.bar_clicked.emit(number, False)
    inside = np.flatnonzero((norms >= norm_edges[number]) & (norms < norm_edges[number + 1]))
    assert window.session.selection.units == frozenset(inside.tolist())
    assert panel.norms.selected.getData()[1].tolist() == [
        int(height) if at == number else 0 for at, height in enumerate(norm_heights)
    ]
    first = int(panel.angles.bars.getData()[1].argmax())
    panel.angles.bar_clicked.emit(first, True)
    assert window.session.selection.units > frozenset(inside.tolist())
    panel.norms.pointed.emit(float(norm_edges[number]) + 1e-6, 0.0)
    assert panel.line.text().startswith(f"{len(inside)} units with a norm from ")
    panel.norms.left.emit()
    assert "trained" in panel.line.text()

    panel.restore({"clusters": "2"})
    qtbot.waitUntil(lambda: panel.complete and panel.shown_result.found.clusters.k == 2)
    drawing = panel.drawing()
    assert drawing is not None
    table = drawing.figure.table()
    angles = [row for row in table.rows if row[0] == "angle in degrees"]
    assert sum(int(row[3] or 0) for row in angles) == 100
    assert sum(int(row[3] or 0) for row in table.rows if row[0] == "norm") == 100
    assert panel.as_python() is not None
    assert "k=2" in str(panel.as_python())


def test_the_axes_are_labelled_whole_in_a_small_window(panel: DirectionsPanel) -> None:
    for plot in (panel.angles, panel.norms):
        axis = plot.getPlotItem().getAxis("bottom")
        wide = QFontMetricsF(axis.label.font()).horizontalAdvance(axis.labelText)
        assert 0.0 < wide <= 212.0, "as long as the axis is at 900 × 600"


def test_a_click_in_the_plot_finds_its_bar(panel: DirectionsPanel) -> None:
    edges = panel.angles.bars.getData()[0]
    assert panel.angles.bar_at(edges[3] + 0.1) == 3
    assert panel.angles.bar_at(-1.0) == -1
    assert panel.angles.bar_at(edges[-1] + 1.0) == -1
