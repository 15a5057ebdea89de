"""A run that has just begun, or was stopped at once: its only snapshot is seen in every plot."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.gui.conftest import opened, planted, record_weights

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from workbench.gui.main_window import MainWindow


@pytest.fixture
def begun(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> MainWindow:
    path = tmp_path / "begun.h5"
    record_weights(path, {"fc1": planted(40, 90, 1)}).close()
    return opened(qtbot, window, path)


def test_the_timeline_has_its_snapshot_in_the_middle(begun: MainWindow) -> None:
    assert begun.timeline.plot.ranges()[0] == pytest.approx((-0.5, 0.5))


def test_its_loss_and_accuracy_are_points_over_whole_iterations(begun: MainWindow) -> None:
    panel = begun.training_panel
    for plot in (panel.loss, panel.accuracy):
        for item in plot.curves.values():
            assert len(item.scatter.data) == 1
            assert item.scatter.isVisible()
        (low, high), _ = plot.ranges()
        ticks = plot.getPlotItem().getAxis("bottom").tickValues(low, high, 200)
        assert [value for _, values in ticks for value in values] == [0.0]
