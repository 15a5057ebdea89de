"""A network that is no choice of the training dialog is typed, and looked at off the GUI thread."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from workbench.gui.dialogs.train_dialog import TrainDialog
from workbench.gui.state.settings import Settings
from workbench.nets.architectures import shapes

if TYPE_CHECKING:
    from pathlib import Path

    import pytest
    from pytestqt.qtbot import QtBot

    from workbench.nets.architectures.shapes import Shapes


def test_a_network_of_torchvision_is_looked_at_off_the_gui_thread(
    tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    def look(name: str, *_: object) -> Shapes:
        assert threading.current_thread() is not threading.main_thread()
        if name != "torchvision:resnet18":
            raise ValueError(f"no {name}")
        return {"fc.weight": ((2, 3), "float32"), "conv.weight": ((4, 3, 1, 1), "float32")}

    monkeypatch.setattr("workbench.nets.architectures.torchvision_nets.shapes_if_trainable", look)
    monkeypatch.setattr("workbench.gui.dialogs.train_dialog.default_folder", lambda: tmp_path)
    monkeypatch.setattr(shapes, "_OF_TORCHVISION", {})
    with ThreadPoolExecutor(1) as pool:
        dialog = TrainDialog(Settings(), None, pool)
        qtbot.addWidget(dialog)
        dialog.fields["data"].set_value("teacher_conv2")
        dialog.fields["net"].control.setEditText("resnet")
        assert "One of torchvision is written torchvision:NAME" in dialog.fields["net"].problem
        dialog.fields["net"].control.setEditText("Conv-2")
        assert dialog.spec().net.name == "conv2"  # what is typed may be the title of a choice
        for typed, problem in (("torchvision:resnet", "no torchvision:resnet"), ("Torchvision:ResNet18", "")):
            dialog.fields["net"].control.setEditText(typed)
            assert dialog.forecast.text() == f"Looking at {typed.lower()}…"
            assert not dialog.start_button.isEnabled()
            qtbot.waitUntil(lambda: "Looking" not in dialog.forecast.text())
            assert dialog.fields["net"].problem == problem
        assert dialog.spec().net.name == "torchvision:resnet18"
        assert dialog.path() == tmp_path / "resnet18-teacher_conv2-seed0.h5"
        dialog.reject()
