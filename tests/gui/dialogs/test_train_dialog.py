"""The dialog that asks what to train, and its forecast."""

from __future__ import annotations

import subprocess
import sys
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QDialog, QWidget

from workbench.gui.dialogs.train_dialog import TrainDialog
from workbench.gui.dialogs.train_form import spec_of, values_of
from workbench.gui.state.settings import Settings
from workbench.gui.widgets.forms import places
from workbench.runs.spec import DataSpec, NetSpec, RunSpec
from workbench.training.forecast import Misfit, forecast
from workbench.training.recipes import RECIPES, recipe

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot

# The offscreen platform has no window manager to tell the least size to, and says so.
pytestmark = pytest.mark.qt_log_ignore("This plugin does not support propagateSizeHints")


@pytest.fixture
def documents(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The folder where runs go by default; it does not exist yet."""
    folder = tmp_path / "workbench runs"
    for module in ("widgets.forms.places", "dialogs.train_dialog"):
        monkeypatch.setattr(f"workbench.gui.{module}.default_folder", lambda: folder)
    monkeypatch.delenv("WORKBENCH_DATA", raising=False)
    return folder


@pytest.fixture
def dialog(documents: Path, qtbot: QtBot) -> Iterator[TrainDialog]:
    shown = TrainDialog(Settings())
    qtbot.addWidget(shown)
    shown.show()
    qtbot.waitExposed(shown)
    yield shown
    shown.close()


def test_the_first_recipe_can_be_started_at_once(dialog: TrainDialog, documents: Path) -> None:
    assert dialog.start_button.isEnabled()
    assert dialog.spec() == recipe("digits-quick")
    assert dialog.path() == documents / "lenet-digits-seed0.h5"
    assert dialog.root() is None
    assert not dialog.download()
    assert dialog.forecast.text().startswith("About 11 snapshots, 4.3 MB; ")
    assert dialog.forecast.text().endswith("B free")


@pytest.mark.parametrize("name", RECIPES)
def test_choosing_a_recipe_fills_every_field(dialog: TrainDialog, tmp_path: Path, name: str) -> None:
    dialog.fields["data_folder"].set_value(tmp_path)
    dialog.fields["recipe"].set_value(name)
    kept = RECIPES[name].snapshots
    # the report's recipes do not say when to keep the network: the window begins with the first steps
    assert dialog.spec() == RECIPES[name].changed(snapshots="log" if kept == "epoch" else kept)


def test_changing_a_value_makes_it_a_training_of_ones_own_and_back(dialog: TrainDialog) -> None:
    dialog.fields["learning_rate"].set_value(0.2)
    assert dialog.fields["recipe"].value() == ""
    assert dialog.spec().recipe is None
    dialog.fields["learning_rate"].set_value(0.1)
    dialog.fields["seed"].set_value(7)
    assert dialog.spec().recipe == "digits-quick"


EVERYTHING = RunSpec(
    NetSpec("conv2", (4, 5, 6, 7), bias=False),
    DataSpec("cifar10", (3, 5, 7), label_noise=0.25, validation=0.2, augment=True),
    replace(recipe("conv2-cifar10").optimiser, weight_decay=1e-4, schedule="cosine"),
    "kaiming_normal",
    batch_size=32,
    iterations=77,
    snapshots="every:5",
    shuffle=False,
    seed=11,
    device="cpu",
    precision="bfloat16",
    frozen=("conv1", "fc2"),
)


def test_every_value_of_a_specification_has_a_field(dialog: TrainDialog, tmp_path: Path) -> None:
    dialog.fields["data_folder"].set_value(tmp_path)
    for name, value in values_of(EVERYTHING).items():
        dialog.fields[name].set_value(value)
    assert dialog.spec() == EVERYTHING
    assert dialog.root() == tmp_path
    assert spec_of(values_of(EVERYTHING)) == EVERYTHING


@pytest.mark.parametrize(
    ("field", "text", "problem"),
    [
        ("seed", "-1", "a whole number from 0"),
        ("seed", "one", "a whole number from 0"),
        ("length", "0", "a number above 0 to 1,000,000,000"),
        ("widths", "300, x", "whole numbers from 1"),
        ("frozen", "fc1, fc9", "there is no layer 'fc9' to freeze; there are fc1, fc2, fc3"),
        ("classes", "3, 12", "has the classes 0 to 9"),
        ("classes", "3, 3", "each class can be named once"),
        ("label_noise", "1.5", "a number from 0 to 1"),
        ("validation", "1", "a number from 0 to below 1"),
        ("validation", "0.99999", "no image is left to train on"),
        ("learning_rate", "nan", "a number above 0"),
        ("learning_rate", "inf", "a number above 0"),
        ("momentum", "1", "a number from 0 to below 1"),
        ("batch_size", "0", "a whole number from 1"),
        ("file", "", "name the file to write"),
        ("file", "/no/such/folder/run.h5", "there is no such folder"),
        ("file", "/", "this is a folder"),
    ],
)
def test_what_is_wrong_is_said_beside_the_field(dialog: TrainDialog, field: str, text: str, problem: str) -> None:
    dialog.fields[field].controls[0].setText(text)  # type: ignore[attr-defined]
    assert problem in dialog.fields[field].problem
    assert dialog.fields[field].isVisible()  # also where it is an advanced one
    assert not dialog.start_button.isEnabled()
    assert field == "file" or "missing or wrong" in dialog.forecast.text()  # the size is known without a file
    with pytest.raises(ValueError, match="some values in the dialog are missing or wrong"):
        dialog.spec()
    dialog.accept()
    assert dialog.result() != QDialog.DialogCode.Accepted


def test_a_mended_value_takes_its_problem_away(dialog: TrainDialog) -> None:
    dialog.fields["seed"].set_value("x")
    dialog.fields["seed"].set_value(3)
    assert dialog.fields["seed"].problem == ""
    assert dialog.start_button.isEnabled()


@pytest.mark.parametrize("schedule", ["never", "every:0", "every:x", "log:1", "every:1"])
def test_a_snapshot_schedule_that_cannot_be_kept_is_refused_at_once(dialog: TrainDialog, schedule: str) -> None:
    begun = time.monotonic()
    dialog.fields["length"].set_value(("iterations", 1_000_000_000))
    dialog.fields["snapshots"].set_value(schedule)
    assert dialog.fields["snapshots"].problem
    assert not dialog.start_button.isEnabled()
    assert time.monotonic() - begun < 1


def test_a_net_whose_images_are_too_small_is_refused_beside_the_net(dialog: TrainDialog) -> None:
    dialog.fields["net"].set_value("vgg19bn")
    assert dialog.fields["net"].problem == (
        "VGG19BN halves its images 5 times and needs at least 32×32 pixels; these have 8×8. "
        "Choose a smaller network or larger images."
    )


def test_a_run_larger_than_the_disk_is_refused(dialog: TrainDialog, monkeypatch: pytest.MonkeyPatch) -> None:
    full = type("usage", (), {"free": 1_000_000})
    monkeypatch.setattr("workbench.gui.dialogs.train_form.shutil.disk_usage", lambda _folder: full)
    dialog.fields["seed"].set_value(1)
    assert dialog.fields["file"].problem == "the run takes 4.3 MB, and only 1 MB are free there"
    assert not dialog.start_button.isEnabled()


def test_a_file_that_exists_is_refused_and_never_suggested(dialog: TrainDialog, documents: Path) -> None:
    documents.mkdir()
    (documents / "lenet-digits-seed0.h5").touch()
    dialog.accept()  # it was there between the last keystroke and the click
    assert dialog.path() == documents / "lenet-digits-seed0-2.h5"
    dialog.fields["file"].control.edit.setText(str(documents / "lenet-digits-seed0"))
    assert "already exists" in dialog.fields["file"].problem
    assert not dialog.start_button.isEnabled()


def test_a_typed_name_stays_and_lies_in_the_folder_used_last(dialog: TrainDialog, documents: Path) -> None:
    dialog.fields["file"].control.edit.setText("mine")
    dialog.fields["seed"].set_value(5)
    assert dialog.path() == documents / "mine.h5"


def test_data_that_do_not_travel_with_the_workbench_need_a_folder(dialog: TrainDialog, tmp_path: Path) -> None:
    folder = dialog.fields["data_folder"]
    assert folder.isHidden()
    dialog.fields["data"].set_value("mnist")
    assert not folder.isHidden()
    assert "name the folder" in folder.problem
    folder.set_value(tmp_path / "new")
    assert "no such folder" in folder.problem
    dialog.fields["download"].set_value(True)
    assert folder.problem == ""
    assert dialog.download()
    folder.set_value(tmp_path)
    assert dialog.root() == tmp_path
    dialog.fields["data"].set_value("digits")
    assert dialog.root() is None
    assert not dialog.download()


def test_the_data_folder_of_the_environment_counts(
    dialog: TrainDialog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WORKBENCH_DATA", str(tmp_path))
    dialog.fields["data"].set_value("cifar10")
    assert dialog.fields["data_folder"].problem == ""
    assert dialog.root() is None  # the training looks there by itself


def test_the_folders_are_remembered(dialog: TrainDialog, tmp_path: Path, qtbot: QtBot) -> None:
    dialog.fields["data"].set_value("mnist")
    dialog.fields["data_folder"].set_value(tmp_path)
    dialog.fields["file"].set_value(tmp_path / "one.h5")
    dialog.accept()
    again = TrainDialog(Settings())
    qtbot.addWidget(again)
    assert again.fields["data_folder"].value() == tmp_path
    assert again.path() == tmp_path / "lenet-digits-seed0.h5"


def test_adam_asks_for_no_momentum(dialog: TrainDialog) -> None:
    dialog.fields["optimiser"].set_value("adam")
    assert not dialog.fields["momentum"].isEnabled()
    assert dialog.spec().optimiser.momentum == 0


def test_everything_is_reached_with_the_tab_key_in_reading_order(dialog: TrainDialog, qtbot: QtBot) -> None:
    dialog.fields["data"].set_value("mnist")
    dialog.advanced.setChecked(True)
    wanted = [control for field in dialog.fields.values() for control in field.controls]
    reached: list[QWidget | None] = []
    dialog.activateWindow()
    dialog.fields["recipe"].setFocus()
    for _ in range(len(wanted) + 3):
        reached.append(QApplication.focusWidget())
        qtbot.keyClick(reached[-1] or dialog, Qt.Key.Key_Tab)
    assert set(wanted) <= set(reached)
    assert reached[0] is dialog.fields["recipe"].controls[0]
    assert reached.index(dialog.advanced) < reached.index(dialog.fields["widths"].controls[0])
    assert reached.index(dialog.fields["file"].controls[0]) < reached.index(dialog.advanced)


def test_every_control_has_a_name_for_those_who_do_not_see_it(dialog: TrainDialog) -> None:
    names = [control.accessibleName() for field in dialog.fields.values() for control in field.controls]
    assert all(names)
    assert len(set(names)) == len(names)
    dialog.fields["seed"].set_value("x")
    assert "whole number" in dialog.fields["seed"].controls[0].accessibleDescription()


def test_return_starts_and_escape_does_not(dialog: TrainDialog, qtbot: QtBot) -> None:
    with qtbot.waitSignal(dialog.accepted):
        qtbot.keyClick(dialog.fields["seed"].controls[0], Qt.Key.Key_Return)
    dialog.show()
    with qtbot.waitSignal(dialog.rejected):
        qtbot.keyClick(dialog, Qt.Key.Key_Escape)


def test_a_misfit_names_its_field() -> None:
    with pytest.raises(Misfit) as error:
        forecast(RunSpec(NetSpec("digits_conv", (3,)), DataSpec("digits"), epochs=1))
    assert error.value.field == "widths"


def test_the_nearest_folder_is_found_above_one_that_is_missing(tmp_path: Path) -> None:
    assert places.nearest_folder(tmp_path / "a" / "b") == tmp_path
    assert places.nearest_folder(tmp_path) == tmp_path


def test_a_name_that_no_file_can_have_is_no_crash(dialog: TrainDialog) -> None:
    edit: Any = dialog.fields["file"].control.edit
    edit.setText("/" + "x" * 5000 + "/run.h5")
    assert "no such folder" in dialog.fields["file"].problem


def test_neither_dialog_nor_trainer_loads_torch() -> None:
    code = (
        "import sys, workbench.gui.dialogs.train_dialog, workbench.gui.state.trainer, workbench.gui.panels.training;"
        "sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False, timeout=60).returncode == 0
