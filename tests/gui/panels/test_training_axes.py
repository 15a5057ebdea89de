"""The axes of the training panel."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtGui import QFontMetricsF

from workbench.figures.training import stored_curves
from workbench.gui.panels.training import Stored, TrainingPanel

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from workbench.gui.state.session import Session
    from workbench.runs.run import Run

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support propagateSizeHints")


def test_a_run_without_losses_says_where_its_accuracies_are(
    training_panel: TrainingPanel, small_run: Run, session: Session, qtbot: QtBot
) -> None:
    with qtbot.waitSignal(training_panel.drawn):
        session.add(small_run)
    axis = training_panel.loss.getPlotItem().getAxis("bottom")
    qtbot.waitUntil(lambda: training_panel.loss.ranges()[0][1] == pytest.approx(small_run.iterations[-1], rel=0.1))
    assert axis.style["showValues"]
    assert not training_panel.newest.isVisible()
    training_panel.draw(Stored(small_run, {}, stored_curves(small_run, "accuracy"), ""))
    assert not axis.style["showValues"]
    assert training_panel.newest.isVisible()
    assert training_panel.newest.text() == "This run stores no losses. The timeline shows its accuracies."
    drawing = training_panel.drawing()
    assert drawing is not None
    assert [trace.part for trace in drawing.figure.accuracy] == ["train", "validation", "test"]  # type: ignore[attr-defined]


def test_a_zoom_of_a_session_with_an_accuracy_plot_is_that_of_the_loss(training_panel: TrainingPanel) -> None:
    old = {"x": [0.5, 7.0], "y": [[0.0, 2.0], [10.0, 90.0]], "of": ""}
    assert training_panel.restore({"view": old}) == ()
    assert training_panel.settings()["view"] == {**old, "y": [[0.0, 2.0]]}
    assert training_panel.restore({"view": {**old, "y": [[0.0, 2.0]] * 3}}) != ()


def test_the_numbers_of_a_loss_that_explodes_do_not_lie_on_its_label(
    training_panel: TrainingPanel, small_run: Run, session: Session, qtbot: QtBot
) -> None:
    session.add(small_run)
    qtbot.waitUntil(lambda: training_panel.complete)
    exploding = {"test": (np.arange(3.0), np.array([1.0, 2e26, 3e26]))}
    training_panel.draw(Stored(small_run, exploding, {}, ""))
    axis = training_panel.loss.getPlotItem().getAxis("left")
    qtbot.waitUntil(lambda: axis.range[1] > 1e26)
    levels = axis.tickValues(*axis.range, axis.height())
    numbers = axis.tickStrings(levels[0][1], axis.scale, levels[0][0])
    measure = QFontMetricsF(axis.label.font())
    widest = max(map(measure.horizontalAdvance, numbers))
    assert any("e+26" in number for number in numbers)
    assert axis.width() >= measure.height() + widest
