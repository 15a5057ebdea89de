"""What the dialogs of a training copy as Python runs as it is, and does the same training."""

from __future__ import annotations

import contextlib
import io
from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMenu

from tests.gui.windows import opened
from workbench.gui.dialogs.retrain_dialog import RetrainDialog
from workbench.gui.dialogs.train_dialog import TrainDialog
from workbench.gui.state.data_program import training_program
from workbench.gui.state.session import Selection
from workbench.gui.state.settings import Settings
from workbench.gui.window.menus import fill_programs
from workbench.nets.architectures.catalogue import DATA_SETS
from workbench.resource import resource
from workbench.runs.place import Place
from workbench.runs.run import open_run
from workbench.runs.spec import DataSpec, IterativeSpec, NetSpec, RunSpec, SurgerySpec
from workbench.training.events import Snapshot
from workbench.training.loop.loop import train
from workbench.training.recipes import RECIPES, recipe
from workbench.training.recording import record_run

if TYPE_CHECKING:
    from collections.abc import Iterable
    from concurrent.futures import ThreadPoolExecutor
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from workbench.gui.window.main_window import MainWindow

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support propagateSizeHints")


@pytest.fixture
def window(blank: MainWindow) -> MainWindow:
    return blank


def done(program: str) -> str:
    """What a copied program prints."""
    with contextlib.redirect_stdout(io.StringIO()) as out:
        exec(compile(program, "copied", "exec"), {})
    return out.getvalue()


def copied(dialog: Any) -> str:
    QGuiApplication.clipboard().clear()
    dialog.copy_button.click()
    return QGuiApplication.clipboard().text()


def same(one: Path, other: Path) -> bool:
    """Whether two runs hold the same training, bit for bit."""
    with open_run(one) as first, open_run(other) as second:
        last, again = first.parameters(-1), second.parameters(-1)
        assert first.spec.changed(command=None) == second.spec.changed(command=None)
        assert first.epochs.tolist() == second.epochs.tolist()
        return all(np.array_equal(last[key], again[key]) for key in last | again)


def exhaust(events: Iterable[object]) -> None:
    for _event in events:
        pass


def begun(events: Iterable[object]) -> None:
    """Follow a training until its second snapshot, however many signs of life come before."""
    snapshots = (event for event in events if isinstance(event, Snapshot))
    exhaust(islice(snapshots, 2))


def test_the_training_of_the_dialog(qtbot: QtBot, tmp_path: Path) -> None:
    dialog = TrainDialog(Settings())
    qtbot.addWidget(dialog)
    target = tmp_path / "new folder" / "run '1'.h5"
    target.parent.mkdir()  # the dialog wants to write there
    for name, value in (("length", ("epochs", 0.5)), ("seed", 3), ("snapshots", "log:4"), ("file", target)):
        dialog.fields[name].set_value(value)
    program = copied(dialog)
    target.parent.rmdir()
    assert "epochs=0.5" in program
    assert "learning_rate=0.1" in program  # as usual, but there to be changed
    assert "Finished" in done(program)
    exhaust(record_run(tmp_path / "again.h5", train(dialog.spec())))
    assert same(target, tmp_path / "again.h5")
    with open_run(target) as run:
        assert f"--out '{tmp_path}" in (run.spec.command or "")
    dialog.fields["length"].control.edit.setText("?")
    assert not dialog.copy_button.isEnabled()


def test_the_training_of_a_pruned_network(qtbot: QtBot, pool: ThreadPoolExecutor, tmp_path: Path) -> None:
    with open_run(resource("sample_runs/digits_lenet.h5")) as parent:
        dialog = RetrainDialog(Selection(Place(parent, "fc1", 21)), pool)
        qtbot.addWidget(dialog)
        dialog.fields["file"].set_value(tmp_path / "pruned.h5")
        dialog.fields["epochs"].set_value(0.2)
        qtbot.waitUntil(dialog.copy_button.isEnabled, timeout=60_000)
        done(copied(dialog))
        exhaust(record_run(tmp_path / "again.h5", train(dialog.spec())))
    assert same(tmp_path / "pruned.h5", tmp_path / "again.h5")
    with open_run(tmp_path / "pruned.h5") as run:
        assert int((run.layer("fc1").weights(-1) == 0).all(axis=1).sum()) == 150


def test_an_interrupted_training_goes_on(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    spec = recipe("digits-quick").changed(epochs=1.0, snapshots="log:5")
    events = record_run(tmp_path / "run.h5", train(spec))
    begun(events)
    events.close()
    opened(qtbot, window, tmp_path / "run.h5")
    menu = QMenu()
    fill_programs(menu, window)
    menu.actions()[-1].trigger()
    assert "finished" in done(QGuiApplication.clipboard().text())
    exhaust(record_run(tmp_path / "whole.h5", train(spec)))
    assert same(tmp_path / "run.h5", tmp_path / "whole.h5")


def test_the_notice_that_offers_to_resume_has_the_same_program_and_stays(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    events = record_run(tmp_path / "run.h5", train(recipe("digits-quick").changed(epochs=1.0, snapshots="log:5")))
    begun(events)
    with pytest.raises(ZeroDivisionError):
        events.throw(ZeroDivisionError())  # it dies
    opened(qtbot, window, tmp_path / "run.h5")
    qtbot.waitUntil(lambda: bool(window.notices.shown), timeout=20_000)
    (notice,) = window.notices.shown
    resume, copy = notice.offers
    assert (resume.text(), copy.text()) == ("Resume", "Copy as Python")
    QGuiApplication.clipboard().clear()
    qtbot.mouseClick(copy, Qt.MouseButton.LeftButton)
    program = QGuiApplication.clipboard().text()
    window.help_actions.copy_resuming()
    assert program == QGuiApplication.clipboard().text() != ""
    assert window.notices.shown == [notice]


SURGERY = SurgerySpec("/a/parent's.h5", 3, None, ("fc'1",), "min_mag", iterative=IterativeSpec(0, 200, 50, 0.1))
OWN = RunSpec(
    NetSpec("lenet", widths=(30, 10), bias=False), DataSpec("mnist", classes=(3, 5)), parent="x", surgery=SURGERY
)


@pytest.mark.parametrize("spec", [*RECIPES.values(), OWN], ids=lambda spec: spec.recipe or "own")
def test_every_specification_is_written_as_it_is(
    spec: RunSpec, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WORKBENCH_DATA", "/my data")
    program = training_program(spec, tmp_path / "run.h5", download=True)
    assert ("root='/my data', download=True" in program) == (not DATA_SETS[spec.data.name].bundled)
    known: dict[str, Any] = {}
    exec(compile(program.partition("path =")[0], "copied", "exec"), known)
    assert known["spec"].changed(command=None) == spec
