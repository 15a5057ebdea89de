"""Pruning a run and training it on, from the window."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from tests.gui.windows import opened
from workbench.gui.dialogs.retrain_dialog import SELECTED, RetrainDialog
from workbench.gui.state.session import Selection
from workbench.resource import resource
from workbench.runs.place import Place
from workbench.runs.run import open_run

if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import ThreadPoolExecutor
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from workbench.gui.window.main_window import MainWindow
    from workbench.runs.run import Run


@pytest.fixture
def run() -> Iterator[Run]:
    with open_run(resource("sample_runs/digits_lenet.h5")) as opened_run:
        yield opened_run


def dialog_for(qtbot: QtBot, pool: ThreadPoolExecutor, selection: Selection, target: Path) -> RetrainDialog:
    dialog = RetrainDialog(selection, pool)
    qtbot.addWidget(dialog)
    dialog.fields["file"].set_value(target)
    return dialog


def test_what_is_asked_for_becomes_the_specification(
    qtbot: QtBot, pool: ThreadPoolExecutor, run: Run, tmp_path: Path
) -> None:
    dialog = dialog_for(qtbot, pool, Selection(Place(run, "fc1", 5)), tmp_path / "new.h5")
    dialog.fields["order"].set_value("min_fp")
    dialog.fields["fraction"].set_value(40)
    dialog.fields["epochs"].set_value(2)
    dialog.layers.item(1).setCheckState(Qt.CheckState.Checked)
    qtbot.waitUntil(lambda: dialog.ok.isEnabled())
    surgery = dialog.spec().surgery
    assert surgery is not None
    assert (surgery.layers, surgery.order, surgery.fraction) == (("fc1", "fc2"), "min_fp", 0.4)
    assert (surgery.snapshot, surgery.ranked_at) == (5, run.snapshots - 1)
    assert dialog.spec().parent == run.run_id
    assert dialog.spec().epochs == 2
    assert "snapshots" in dialog.status.text()


def test_a_name_that_no_file_can_have_is_explained(
    qtbot: QtBot, pool: ThreadPoolExecutor, run: Run, tmp_path: Path
) -> None:
    dialog = dialog_for(qtbot, pool, Selection(Place(run, "fc1", 5)), tmp_path / "new.h5")
    qtbot.waitUntil(lambda: dialog.ok.isEnabled())
    dialog.fields["file"].set_value(tmp_path / "new\0.h5")
    assert dialog.status.text() == "a name cannot contain this character"
    assert not dialog.ok.isEnabled()


def test_selected_units_can_be_removed_and_steps_be_taken(
    qtbot: QtBot, pool: ThreadPoolExecutor, run: Run, tmp_path: Path
) -> None:
    dialog = dialog_for(qtbot, pool, Selection(Place(run, "fc1", 3), frozenset({7, 2})), tmp_path / "new.h5")
    dialog.fields["order"].set_value(SELECTED)
    qtbot.waitUntil(lambda: dialog.ok.isEnabled())
    assert dialog.spec().surgery.units == ((2, 7),)  # type: ignore[union-attr]
    dialog.fields["order"].set_value("max_mag")
    dialog.fields["iterative"].set_value(True)
    dialog.fields["fraction"].set_value(10)
    dialog.fields["epochs"].set_value(20)
    qtbot.waitUntil(lambda: dialog.ok.isEnabled())
    iterative = dialog.spec().surgery.iterative  # type: ignore[union-attr]
    assert (iterative.start, iterative.end, iterative.every, iterative.ratio) == (0, 200, 50, 0.1)


def test_the_tab_key_goes_through_the_form_in_reading_order(
    qtbot: QtBot, pool: ThreadPoolExecutor, run: Run, tmp_path: Path
) -> None:
    dialog = dialog_for(qtbot, pool, Selection(Place(run, "fc1", 3)), tmp_path / "new.h5")
    dialog.fields["iterative"].set_value(True)
    dialog.show()
    qtbot.waitExposed(dialog)
    dialog.activateWindow()
    dialog.layers.setFocus()
    qtbot.waitUntil(lambda: QApplication.focusWidget() is dialog.layers)
    reached: list[str] = []
    for _ in range(11):
        reached.append((QApplication.focusWidget() or dialog).accessibleName())
        qtbot.keyClick(QApplication.focusWidget() or dialog, Qt.Key.Key_Tab)
    assert reached == [
        "Layers", "Remove by", "Removed", "Weights of snapshot", "step by step while it trains", "from iteration",
        "to iteration", "every", "Epochs", "File", "Choose: File",
    ]  # fmt: skip
    dialog.close()


def test_what_cannot_be_trained_says_why(qtbot: QtBot, pool: ThreadPoolExecutor, run: Run, tmp_path: Path) -> None:
    dialog = dialog_for(qtbot, pool, Selection(Place(run, "fc1", 3)), tmp_path / "new.h5")
    dialog.fields["fraction"].set_value(0)
    qtbot.waitUntil(lambda: "fraction" in dialog.status.text())
    assert not dialog.ok.isEnabled()
    (tmp_path / "there.h5").write_text("here already")
    dialog.fields["file"].set_value(tmp_path / "there.h5")
    assert "already exists" in dialog.status.text()
    assert not dialog.ok.isEnabled()


def test_a_pruned_run_is_trained_on_in_the_window(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    opened(qtbot, window, resource("sample_runs/digits_lenet.h5"))
    window.session.select(layer="fc1", snapshot=21)
    window.train_actions.retrain()
    dialog = window.findChild(RetrainDialog)
    target = tmp_path / "pruned.h5"
    dialog.fields["file"].set_value(target)
    dialog.fields["epochs"].set_value(1)
    qtbot.waitUntil(lambda: dialog.ok.isEnabled())
    with qtbot.waitSignal(window.trainer.ended, timeout=120_000):
        dialog.ok.click()
    qtbot.waitUntil(lambda: len(window.session.runs) == 2, timeout=20_000)
    with open_run(target) as pruned:
        weights = pruned.layer("fc1").weights(-1)
        assert int((weights == 0).all(axis=1).sum()) == 150
        assert pruned.spec.parent == window.session.runs[0].run_id
        assert pruned.test_accuracy[-1] > 95
        assert "--from" in (pruned.spec.command or "")
