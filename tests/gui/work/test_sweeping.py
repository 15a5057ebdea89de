"""Sweeps in the window: several values for each field, and the table that shows how they are trained."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PySide6.QtGui import QGuiApplication

from workbench.experiments.running import TrialEvent
from workbench.experiments.table import Trial
from workbench.gui.dialogs.train_dialog import TrainDialog
from workbench.gui.widgets.forms.reading import decimal
from workbench.gui.widgets.run_table import CURVE
from workbench.gui.work.sweeping.dialog import SweepDialog
from workbench.gui.work.sweeping.form import several, shown
from workbench.gui.work.sweeping.table import PROGRESS
from workbench.gui.work.sweeping.window import Options, Step, SweepWindow
from workbench.runs.spec import NetSpec
from workbench.training.recipes import recipe

if TYPE_CHECKING:
    from pathlib import Path

    from PySide6.QtWidgets import QTableView
    from pytestqt.qtbot import QtBot

    from workbench.gui.window.main_window import MainWindow

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support propagateSizeHints")


@pytest.fixture
def window(blank: MainWindow) -> MainWindow:
    return blank


def test_values_between_commas() -> None:
    read = several(decimal(0, above=True))
    assert read(" ") is None
    assert read("0.1, 5e-4,") == (0.1, 5e-4)
    assert shown((0.1, 5e-4)) == "0.1, 0.0005"
    assert shown(((300, 100), (30, 10)), "; ") == "300,100; 30,10"
    with pytest.raises(ValueError, match=r"-1: a number above 0"):
        read("0.1, -1")
    with pytest.raises(ValueError, match=r"0\.1 is there twice"):
        read("0.1, 0.10")


def type_in(dialog: SweepDialog, **values: str) -> None:
    for name, text in values.items():
        dialog.fields[name].control.setText(text)


def test_the_dialog_makes_every_combination(window: MainWindow, tmp_path: Path) -> None:
    dialog = SweepDialog(window.settings, None, window)
    dialog.fields["folder"].set_value(tmp_path)
    type_in(dialog, learning_rate="0.05, 0.1", widths="300,100; 30,10", optimiser="sgd, Adam", runs="2")
    trials = dialog.trials()
    assert len(trials) == 16
    last = trials[-1].spec
    assert (last.optimiser.name, last.optimiser.momentum, last.optimiser.learning_rate) == ("adam", 0.0, 0.1)
    assert (last.net.widths, last.seed) == ((30, 10), 1)
    assert trials[-1].name == "lenet-digits-widths30,10-adam-lr0.1-seed1"
    assert "16 trainings, " in dialog.forecast.text()
    assert " at a time (" in dialog.forecast.text()
    dialog.buttons.copy.click()
    names: dict[str, Any] = {}
    program = QGuiApplication.clipboard().text()
    exec(program.partition("with wb.this_machine")[0], names)  # of the window's own text, up to where it trains
    assert names["trials"] == trials
    assert "wb.run_trials(trials, executor)" in program
    for values, field, problem in (
        ({"learning_rate": "0.05, fast"}, "learning_rate", "fast: a number above 0"),
        ({"net": "conv2", "widths": "300,100; 30"}, "widths", "takes 4 widths"),
        ({"net": "lenet, lenett"}, "net", "Did you mean"),
        ({"optimiser": "sgd, warm"}, "optimiser", "there are sgd, adam"),
    ):
        type_in(dialog, learning_rate="", widths="", net="", optimiser="")
        assert dialog.trials()
        type_in(dialog, **values)
        assert problem in dialog.fields[field].problem
        assert not dialog.start_button.isEnabled()
        assert not dialog.trials()
    dialog.deleteLater()


def test_the_training_dialog_hands_its_values_over(window: MainWindow) -> None:
    window.train_actions.train(recipe("digits-conv"))
    train = window.findChild(TrainDialog)
    assert train is not None
    train.sweep_button.click()
    (dialog,) = window.findChildren(SweepDialog)
    assert {trial.spec.net.name for trial in dialog.trials()} == {"digits_conv"}
    assert dialog.fields["learning_rate"].control.placeholderText() == "0.002"
    dialog.reject()


def cell(table: QTableView, row: int, head: str, role: int = 0) -> Any:
    model = table.model()
    heads = [model.headerData(column, table.horizontalHeader().orientation()) for column in range(model.columnCount())]
    return model.index(row, heads.index(head)).data(role)


def test_the_table_shows_the_newest_of_each_and_opens_runs(qtbot: QtBot, window: MainWindow, sample: Path) -> None:
    factors = (("optimiser.learning_rate", "0.1"), ("net.name", "lenet"), ("seed", "0"))
    trials = [Trial(recipe("digits-quick"), path, factors) for path in (sample, sample.with_name("b.h5"))]
    sweep = SweepWindow(window.shop, trials, Options())
    sweep.show()
    assert sweep.model.heads[:3] == ("learning rate", "net", "seed")
    accuracies = (10.0, None, 90.0)
    sweep._on_step(Step(TrialEvent(trials[0], "running", 5, 10, accuracies, 40.0, "here process 3"), 0.2))
    shown = [cell(sweep.table, 0, head) for head in ("learning rate", "State", "Left", "Test (%)", "Note")]
    assert shown == ["0.1", "running", "about 40 s", "90.00", "here process 3"]
    assert cell(sweep.table, 0, "Progress", PROGRESS) == 0.5
    assert np.isnan(cell(sweep.table, 0, "Accuracy", CURVE)).tolist() == [False, True, False]
    sweep._on_step(Step(TrialEvent(trials[0], "done", 10, 10, accuracies), 0.5))
    sweep._on_step(Step(TrialEvent(trials[1], "failed", problem="the <b>disk<b> is full"), 1.0))
    assert sweep.line.text() == "1 done, 1 failed; best: lr 0.1, net lenet: test accuracy 90.00 % (1 of 2 seeds)"
    sweep.table.selectRow(1)
    assert sweep.retry_button.isEnabled()
    assert not sweep.open_button.isEnabled()
    sweep.table.selectRow(0)
    sweep.table.activated.emit(sweep.model.index(0, 0))
    qtbot.waitUntil(lambda: [run.path for run in window.session.runs] == [sample])
    sweep.close()


def test_what_runs_is_cancelled_and_stopped(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    dialog = SweepDialog(window.settings, recipe("digits-quick").changed(net=NetSpec("lenet", (8, 4))), window)
    dialog.fields["folder"].set_value(tmp_path)
    dialog.fields["length"].set_value(("iterations", 100_000))
    type_in(dialog, runs="2")
    sweep = SweepWindow(window.shop, dialog.trials(), Options(workers=1))
    sweep.show()
    sweep.start()
    qtbot.waitUntil(lambda: cell(sweep.table, 0, "State") == "running" and "process" in cell(sweep.table, 0, "Note"))
    sweep.table.selectRow(1)
    sweep.cancel_button.click()
    qtbot.waitUntil(lambda: cell(sweep.table, 1, "State") == "cancelled")
    sweep.retry_button.click()
    qtbot.waitUntil(lambda: cell(sweep.table, 1, "State") == "queued")
    sweep.stop_button.click()
    qtbot.waitUntil(lambda: not sweep.running)
    assert [cell(sweep.table, row, "State") for row in (0, 1)] == ["cancelled", "cancelled"]
    assert {path.suffix for path in tmp_path.glob("lenet*")} <= {".h5"}
    for each in (dialog, sweep):
        each.deleteLater()
