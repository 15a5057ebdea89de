"""The plots of the training panel share their iterations, whichever of them has curves."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from workbench.figures.training import stored_curves
from workbench.gui.panels.training import Stored, TrainingPanel

if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import ThreadPoolExecutor

    from pytestqt.qtbot import QtBot

    from workbench.gui.session import Session
    from workbench.gui.trainer import Trainer
    from workbench.runs.run import Run

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support propagateSizeHints")


@pytest.fixture
def panel(qtbot: QtBot, session: Session, pool: ThreadPoolExecutor, trainer: Trainer) -> Iterator[TrainingPanel]:
    shown = TrainingPanel(session, pool, trainer)
    qtbot.addWidget(shown)
    shown.resize(400, 400)
    shown.show()
    yield shown
    shown.shut()


@pytest.mark.parametrize(("with_loss", "with_accuracy"), [(True, False), (False, True), (True, True)])
def test_a_run_in_which_something_was_not_measured_is_shown_over_all_of_its_iterations(
    panel: TrainingPanel, small_run: Run, session: Session, qtbot: QtBot, with_loss: bool, with_accuracy: bool
) -> None:
    with qtbot.waitSignal(panel.drawn):
        session.add(small_run)
    curves = {name: stored_curves(small_run, name) for name in ("loss", "accuracy")}
    panel.draw(Stored(small_run, curves["loss"] if with_loss else {}, curves["accuracy"] if with_accuracy else {}, ""))
    last = float(small_run.iterations[-1])
    for plot in (panel.loss, panel.accuracy):
        qtbot.waitUntil(lambda plot=plot: plot.ranges()[0][1] == pytest.approx(last, rel=0.1))
    assert panel.accuracy.getPlotItem().getAxis("bottom").style["showValues"]
    assert not panel.loss.getPlotItem().getAxis("bottom").style["showValues"]
    assert panel.accuracy.getPlotItem().getAxis("left").style["showValues"] is with_accuracy
