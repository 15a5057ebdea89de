"""The plots of the training panel share their iterations, whichever of them has curves."""

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


@pytest.mark.parametrize(("with_loss", "with_accuracy"), [(True, False), (False, True), (True, True)])
def test_a_run_in_which_something_was_not_measured_is_shown_over_all_of_its_iterations(
    training_panel: TrainingPanel, small_run: Run, session: Session, qtbot: QtBot, with_loss: bool, with_accuracy: bool
) -> None:
    with qtbot.waitSignal(training_panel.drawn):
        session.add(small_run)
    curves = {name: stored_curves(small_run, name) for name in ("loss", "accuracy")}
    shown = (curves[name] if measured else {} for name, measured in (("loss", with_loss), ("accuracy", with_accuracy)))
    training_panel.draw(Stored(small_run, *shown, ""))
    last = float(small_run.iterations[-1])
    for plot in (training_panel.loss, training_panel.accuracy):
        qtbot.waitUntil(lambda plot=plot: plot.ranges()[0][1] == pytest.approx(last, rel=0.1))
    assert training_panel.accuracy.getPlotItem().getAxis("bottom").style["showValues"]
    assert not training_panel.loss.getPlotItem().getAxis("bottom").style["showValues"]
    assert training_panel.accuracy.getPlotItem().getAxis("left").style["showValues"] is with_accuracy


def test_the_numbers_of_a_loss_that_explodes_do_not_lie_on_its_label(
    training_panel: TrainingPanel, small_run: Run, session: Session, qtbot: QtBot
) -> None:
    with qtbot.waitSignal(training_panel.drawn):
        session.add(small_run)
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
