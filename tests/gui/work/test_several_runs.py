"""Runs that differ by their seed are trained one after another; stopping one ends them all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from workbench.gui.dialogs.train_dialog import TrainDialog

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from workbench.gui.window.main_window import MainWindow

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support propagateSizeHints")


@pytest.fixture
def window(blank: MainWindow) -> MainWindow:
    return blank


def begin(window: MainWindow, file: Path, iterations: int) -> None:
    window.train_actions.train()
    dialog = window.findChild(TrainDialog)
    assert dialog is not None
    dialog.fields["recipe"].set_value("digits-quick")
    dialog.fields["length"].set_value(("iterations", iterations))
    dialog.fields["runs"].set_value(2)
    dialog.fields["file"].set_value(file)
    assert [path.name for _, path in dialog.trainings()] == ["a-seed0.h5", "a-seed1.h5"]
    dialog.accept()


def test_two_seeds_are_trained_and_form_a_group(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    begin(window, tmp_path / "a.h5", 5)
    assert window.notices.shown[-1].message == "Training seed 0; 1 more run will follow. Stop to end all of them."
    qtbot.waitUntil(lambda: len(window.session.runs) == 2 and window.trainer.training is None)
    assert sorted(run.spec.seed for run in window.session.runs) == [0, 1]
    assert sorted(path.name for path in tmp_path.glob("*.h5")) == ["a-seed0.h5", "a-seed1.h5"]


def test_stopping_ends_them_all(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    begin(window, tmp_path / "a.h5", 1_000_000)
    window.trainer.stop()
    qtbot.waitUntil(lambda: window.trainer.training is None)
    assert (
        window.notices.shown[-1].message == "1 run with other seeds will not be trained: this training did not finish."
    )
    assert not (tmp_path / "a-seed1.h5").exists()


def test_a_file_of_a_later_seed_that_exists_is_said(window: MainWindow, tmp_path: Path) -> None:
    (tmp_path / "a-seed1.h5").write_text("mine")
    dialog = TrainDialog(window.settings, window)
    dialog.fields["file"].set_value(tmp_path / "a.h5")
    assert dialog.start_button.isEnabled()
    dialog.fields["runs"].set_value(2)
    assert not dialog.start_button.isEnabled()
    assert "a-seed1.h5" in "".join(each.accessibleDescription() for each in dialog.fields["file"].controls)
    dialog.deleteLater()
