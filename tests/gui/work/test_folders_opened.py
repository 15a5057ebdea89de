"""A folder that is named on the command line is looked into: its runs are listed, its checkpoints imported."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import h5py
import numpy as np
import pytest
import torch

from tests.gui.dialogs.open_dialogs import waiting
from workbench.gui.work.browser import Browser
from workbench.resource import resource

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from workbench.gui.window.main_window import MainWindow

PATIENCE = 60_000


@pytest.mark.parametrize("beside", ["epoch_1.pt", "weights.h5"])
def test_runs_are_listed(qtbot: QtBot, restart: Callable[..., MainWindow], tmp_path: Path, beside: str) -> None:
    (tmp_path / "runs").mkdir()
    shutil.copy(resource("sample_runs/digits_lenet.h5"), tmp_path / "runs" / "one.h5")
    (tmp_path / "runs" / beside).touch()
    window = restart(tmp_path / "runs")
    qtbot.waitUntil(lambda: window.findChild(Browser) is not None, timeout=PATIENCE)
    browser = window.findChild(Browser)
    assert browser is not None
    qtbot.waitUntil(lambda: bool(browser.model.files), timeout=PATIENCE)
    assert "one.h5" in [file.path.name for file in browser.model.files]
    assert not window.notices.shown


@pytest.mark.parametrize("ending", [".pt", ".h5"])
def test_checkpoints_are_offered_to_be_imported(
    qtbot: QtBot, restart: Callable[..., MainWindow], tmp_path: Path, ending: str
) -> None:
    (tmp_path / "mine").mkdir()
    for at in (1, 2):
        if ending == ".pt":
            torch.save({"fc1.weight": torch.ones(3, 2)}, tmp_path / "mine" / f"epoch_{at}.pt")
            continue
        with h5py.File(tmp_path / "mine" / f"epoch_{at}.h5", "w") as file:
            file["fc1/weight"] = np.ones((3, 2), "f4")
    dialog = waiting(qtbot, restart(tmp_path / "mine"))
    assert [file.label for file in dialog.plan().files] == [f"epoch_1{ending}", f"epoch_2{ending}"]
