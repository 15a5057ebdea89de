"""Checkpoints dropped on the window become a run; parts of a run go out; a network that a run does not say is named."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import h5py
import numpy as np
import pytest
import torch
from open_dialogs import waiting
from PySide6.QtCore import QMimeData, QPoint, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QComboBox, QFileDialog
from safetensors.torch import load_file, save_file
from saved_checkpoints import HOSTILE, checkpoints
from torch import nn

from tests.gui.windows import opened
from workbench.gui.dialogs.import_dialog import ImportDialog
from workbench.gui.state.data_program import PARTS
from workbench.gui.widgets.evidence_tree import EvidenceTree
from workbench.gui.work.import_actions import importable
from workbench.importing import run as importing
from workbench.importing.evidence import readings, turned

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from workbench.gui.window.main_window import MainWindow


@pytest.fixture
def window(blank: MainWindow) -> MainWindow:
    return blank


def dropped(qtbot: QtBot, window: MainWindow, *paths: Path) -> ImportDialog:
    """The dialog that a drop of files opens, when it knows what is in them."""
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    buttons, keys = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    window.dropEvent(QDropEvent(QPoint(5, 5), Qt.DropAction.CopyAction, data, buttons, keys))
    return waiting(qtbot, window)


def column(tree: Any, at: int) -> list[str]:
    return [tree.topLevelItem(row).text(at) for row in range(tree.topLevelItemCount())]


def test_a_dropped_folder_is_shown_and_then_imported(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    states = checkpoints(tmp_path / "mine")
    dialog = dropped(qtbot, window, tmp_path / "mine")
    assert column(dialog.files, 2) == ["0", "5", "10"]
    assert column(dialog.layers, 0) == [f"{HOSTILE}fc1", "fc2"]
    assert "3 snapshots of 2 layers, at most" in dialog.status.text()
    assert not dialog.fields["part"].isVisible()  # there is one network in each file
    assert dialog.status.textFormat() is Qt.TextFormat.PlainText
    dialog.file.set_value(tmp_path / "new.h5")
    assert dialog.ok.isEnabled()
    qtbot.mouseClick(dialog.ok, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: bool(window.session.runs))
    (run,) = window.session.runs
    assert (run.snapshots, run.epochs.tolist()) == (3, [0, 5, 10])
    assert np.array_equal(run.layer("fc2").weights(1), states[1]["fc2.weight"].numpy())
    qtbot.waitUntil(window.is_settled)


def test_what_is_unsure_is_asked_and_the_answer_is_imported(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    net = nn.Sequential(nn.ConvTranspose2d(100, 64, 4, bias=False), nn.BatchNorm2d(64), nn.Conv2d(64, 3, 3))
    torch.save(net.state_dict(), tmp_path / "a.pt")
    dialog = dropped(qtbot, window, tmp_path / "a.pt")
    assert dialog.tabs.tabText(dialog.tabs.currentIndex()) == "Evidence (1 unsure)"
    assert column(dialog.evidence, 0) == ["0.weight", "2.weight"]
    assert column(dialog.evidence, 2)[0] == "the norm that follows has 64, although PyTorch keeps units first"

    def choose(at: int) -> None:
        choice = dialog.evidence.itemWidget(dialog.evidence.topLevelItem(0), 1)
        assert isinstance(choice, QComboBox)
        assert [choice.itemText(each) for each in range(2)] == [
            "units on the first axis (100)", "units on the second axis (64)",
        ]  # fmt: skip
        choice.setCurrentIndex(at)
        choice.activated.emit(at)
        qtbot.waitUntil(lambda: not dialog.status.text().startswith("examining"))

    choose(0)
    assert column(dialog.layers, 2) == ["100", "3"]
    assert column(dialog.evidence, 2)[0] == "the person who imported it said so"
    choose(1)
    assert column(dialog.layers, 2) == ["64", "3"]
    choose(0)
    assert dialog.wanted().turn == ("0.weight",)
    dialog.reject()


def test_what_may_be_a_lookup_table_is_asked(qtbot: QtBot) -> None:
    state = {"a.fc.bias": (128,), "a.fc.weight": (128, 64), "b.weight": (64,), "shared.weight": (6000, 64)}
    found = readings({key: (shape, "float32") for key, shape in state.items()})
    tree = EvidenceTree()
    qtbot.addWidget(tree)
    for turn, taken in ((), "lookup table"), (("shared",), "linear layer, units on the first axis"):
        tree.show_readings(turned(found, turn), {"shared.weight"}, ["shared.weight"] if turn else [])
        choice = tree.itemWidget(tree.topLevelItem(0), 1)
        assert isinstance(choice, QComboBox)
        assert choice.currentText() == taken
        other = 1 - choice.currentIndex()
        with qtbot.waitSignal(tree.turned) as emitted:
            choice.activated.emit(other)
        assert emitted.args == ["shared.weight", not turn]


def test_one_of_several_networks_is_chosen_in_the_dialog(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    torch.save({"G": {"a.weight": torch.randn(8, 9)}, "D": {"b.weight": torch.randn(6, 9)}}, tmp_path / "gan.pt")
    dialog = dropped(qtbot, window, tmp_path / "gan.pt")
    assert dialog.fields["part"].isVisible()
    assert [dialog.fields["part"].control.itemText(at) for at in range(2)] == ["G", "D"]
    assert column(dialog.layers, 0) == ["a"]
    assert "--part" not in dialog.status.text()
    dialog.fields["part"].control.setCurrentIndex(1)
    qtbot.waitUntil(lambda: column(dialog.layers, 0) == ["b"])
    assert dialog.plan().wanted.part == "D"
    assert "the network is what the file calls D; it also holds G, not imported here" in dialog.status.text()
    dialog.fields["part"].control.setCurrentIndex(0)
    qtbot.waitUntil(lambda: column(dialog.layers, 0) == ["a"])
    dialog.reject()


def test_what_is_wrong_is_said_and_nothing_is_written(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    checkpoints(tmp_path / "mine", 2)
    other = tmp_path / "mine" / "epoch_9.safetensors"
    save_file({"other": torch.ones(3)}, other)
    dialog = dropped(qtbot, window, tmp_path / "mine")  # every file is looked into before anything is offered
    assert "epoch_9.safetensors is not of the same network" in dialog.status.text()
    assert not dialog.ok.isEnabled()
    dialog.reject()
    dialog.deleteLater()
    qtbot.waitUntil(lambda: window.findChild(ImportDialog) is None)
    other.unlink()
    dialog = dropped(qtbot, window, tmp_path / "mine")
    dialog.file.set_value(tmp_path / "mine")
    assert not dialog.ok.isEnabled()
    assert "this is a folder" in dialog.status.text()
    dialog.file.set_value(tmp_path / "new.h5")
    dialog.fields["net"].set_value("conv3")
    qtbot.waitUntil(lambda: "no network" in dialog.status.text())
    assert not dialog.ok.isEnabled()
    dialog.fields["net"].set_value("recognised by names and shapes")
    qtbot.waitUntil(dialog.ok.isEnabled)
    for path in (tmp_path / "mine").iterdir():  # what lay there when it was looked into lies there no more
        save_file({"other": torch.ones(3)}, path)
    qtbot.mouseClick(dialog.ok, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: "is another file since it was examined" in dialog.status.text())
    assert not (tmp_path / "new.h5").exists()
    dialog.reject()
    qtbot.waitUntil(lambda: len(window.jobs) == 0)


def test_files_that_changed_are_looked_into_again(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    save_file({"fc1.weight": torch.randn(6, 9), "fc2.weight": torch.randn(4, 6)}, tmp_path / "a.safetensors")
    dialog = dropped(qtbot, window, tmp_path / "a.safetensors")
    dialog.file.set_value(tmp_path / "new.h5")
    save_file({"fc1.weight": torch.randn(7, 9), "fc2.weight": torch.randn(4, 7)}, tmp_path / "a.safetensors")
    qtbot.mouseClick(dialog.ok, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(dialog.look_button.isVisible)
    assert "since it was examined" in dialog.status.text()
    assert not dialog.ok.isEnabled()
    qtbot.mouseClick(dialog.look_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(dialog.ok.isEnabled)
    assert (column(dialog.layers, 2), dialog.look_button.isVisible()) == (["7", "4"], False)
    qtbot.mouseClick(dialog.ok, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: bool(window.session.runs))
    assert window.session.runs[0].layers[0].units == 7
    qtbot.waitUntil(window.is_settled)


def test_an_import_can_be_stopped(
    qtbot: QtBot, window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    checkpoints(tmp_path / "mine", 40)
    dialog = dropped(qtbot, window, tmp_path / "mine")
    dialog.file.set_value(tmp_path / "new.h5")
    parameters = importing.parameters_of

    def stopped(*given: Any) -> Any:
        if given[-1] == 2:
            window.jobs._running[0].ask_to_stop()  # as the button does, at a moment that is known
        return parameters(*given)

    monkeypatch.setattr(importing, "parameters_of", stopped)
    qtbot.mouseClick(dialog.ok, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: "was stopped" in dialog.status.text())
    assert not (tmp_path / "new.h5").exists()
    assert not window.session.runs
    dialog.reject()


@pytest.mark.parametrize("name", ["theirs.pt", "theirs.safetensors", "theirs"])
def test_what_can_be_imported_is_offered_to_be_where_it_was_opened_as_a_run(
    qtbot: QtBot, window: MainWindow, tmp_path: Path, name: str
) -> None:
    state, path = {"fc1.weight": torch.ones(6, 9), "fc1.bias": torch.ones(6)}, tmp_path / name
    torch.save(state, path) if name.endswith(".pt") else save_file(state, path)
    window.open(path)
    qtbot.waitUntil(lambda: bool(window.notices.shown))
    notice = window.notices.shown[0]
    what = "a PyTorch checkpoint" if name.endswith(".pt") else "a .safetensors file"
    assert f"is {what}, not a workbench run; make a run of it with" in notice.message
    assert [button.text() for button in notice.offers] == ["Import…"]
    qtbot.mouseClick(notice.offers[0], Qt.MouseButton.LeftButton)
    assert column(waiting(qtbot, window).layers, 0) == ["fc1"]


def test_what_cannot_be_imported_is_refused_with_the_same_words_in_the_window(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    path = tmp_path / "theirs.pt"
    path.write_bytes(b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n")
    sentence = f"{path} is a Git LFS pointer, which stands for the real file; fetch that file with 'git lfs pull'."
    window.open(path)
    qtbot.waitUntil(lambda: bool(window.notices.shown))
    notice = window.notices.shown[0]
    assert (notice.message, notice.offers) == (sentence, ())
    dialog = dropped(qtbot, window, path)
    assert dialog.status.text() == sentence


@pytest.mark.parametrize(("name", "expected"), [("a.pth.tar", True), ("a.keras", True), ("a.weights.h5", False)])
def test_what_is_dropped_is_imported_by_its_whole_ending(tmp_path: Path, name: str, expected: bool) -> None:
    assert importable(tmp_path / name) is expected


def test_arrays_of_another_tool_are_mapped_in_the_dialog(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    with h5py.File(tmp_path / "theirs.h5", "w") as file:
        for epoch in range(3):
            file[f"epoch_{epoch}/dense/kernel"] = np.full((3, 4), epoch, np.float32)
            file[f"epoch_{epoch}/dense/extra"] = np.ones((2, 2), np.float32)
    window.open(tmp_path / "theirs.h5")
    qtbot.waitUntil(lambda: bool(window.notices.shown))
    notice = window.notices.shown[0]
    assert "not a workbench run" in notice.message
    qtbot.mouseClick(notice.offers[0], Qt.MouseButton.LeftButton)
    dialog = waiting(qtbot, window)
    assert column(dialog.mapping, 1) == ["/epoch_{}/dense/kernel", "/epoch_{}/dense/extra"]
    dialog.mapping.topLevelItem(1).setCheckState(0, Qt.CheckState.Unchecked)
    dialog.mapping.topLevelItem(0).setText(0, "mine.weight")
    qtbot.waitUntil(lambda: column(dialog.layers, 0) == ["mine"])
    dialog.file.set_value(tmp_path / "new.h5")
    qtbot.waitUntil(dialog.ok.isEnabled)
    qtbot.mouseClick(dialog.ok, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: bool(window.session.runs))
    (run,) = window.session.runs
    assert [float(run.layer("mine").weights(at).mean()) for at in range(3)] == [0, 1, 2]


def test_parts_of_a_run_go_out_and_nothing_is_overwritten(
    qtbot: QtBot, window: MainWindow, path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened(qtbot, window, path)
    window.session.select(snapshot=2, layer="fc2")
    places = [tmp_path / "x.safetensors", tmp_path / "w.npy", tmp_path / "h.csv"]
    actions = window.data_actions
    for part, place in zip(PARTS, places, strict=True):
        chosen = (str(place), "")
        monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_args, chosen=chosen, **_named: chosen)
        with qtbot.waitSignal(actions.saved):
            actions.export(part)
        assert window.notices.shown[-1].message == f"Saved {place.name} in {tmp_path}."
    (run,) = window.session.runs
    assert np.array_equal(load_file(places[0])["fc1.weight"].numpy(), run.parameters(2)["fc1.weight"])
    assert np.array_equal(np.load(places[1]), run.layer("fc2").weights(2))
    before = places[2].read_bytes()
    actions.export(PARTS[2])
    qtbot.waitUntil(lambda: "is not overwritten" in window.notices.shown[-1].message)
    assert places[2].read_bytes() == before
