"""The network and data of an imported run are named in the window, and what lacks them says so."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import torch
from open_dialogs import naming
from saved_checkpoints import checkpoints
from torch import nn

from tests.gui.windows import opened
from workbench.cli import main
from workbench.evaluation.networks.named import named
from workbench.figures.training import NO_CURVES
from workbench.recorders.own_loop import record
from workbench.runs.run import open_run

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from workbench.gui.window.main_window import MainWindow


@pytest.fixture
def window(blank: MainWindow) -> MainWindow:
    return blank


def test_a_network_that_a_run_does_not_say_is_named_in_the_window(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    torch.manual_seed(0)
    model = nn.Sequential(nn.Flatten(), nn.Linear(64, 20), nn.Tanh(), nn.Linear(20, 10), nn.Tanh(), nn.Linear(10, 10))
    with record(tmp_path / "run.h5", model, steps=1, quiet=True):
        pass
    opened(qtbot, window, tmp_path / "run.h5")
    pruning = window.panels["pruning"]
    window.docks["pruning"].raise_()
    qtbot.waitUntil(lambda: "does not say" in pruning.message)
    window.data_actions.name_network()
    dialog = naming(qtbot, window)
    assert not dialog.right.isVisibleTo(dialog)  # nothing was guessed
    dialog.fields["net"].set_value("lenet")
    dialog.fields["data"].set_value("digits")
    dialog.accept()
    (run,) = window.session.runs
    assert (named(run).net, named(run).data) == ("lenet", "digits")
    qtbot.waitUntil(lambda: not pruning.shows_message)
    with open_run(tmp_path / "run.h5") as again:
        assert again.spec.net.name == "unknown"  # the file is as it was


def test_every_panel_says_what_an_imported_run_does_not_say(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    checkpoints(tmp_path / "mine")
    assert main(["import", str(tmp_path / "mine"), "--out", str(tmp_path / "run.h5")]) == 0
    opened(qtbot, window, tmp_path / "run.h5")
    panels = window.panels
    qtbot.waitUntil(lambda: all(panel.complete for panel in panels.values()))
    said = {name: panels[name].line.text() for name in ("run", "graph", "spectrum")}
    assert "the file names neither the network nor its data, 3 snapshots" in said["run"]
    assert "dead units unknown (the run stores no activity)" in said["graph"]
    assert "; unknown initialiser" in said["spectrum"]
    assert panels["training"].message == NO_CURVES
    assert "dead units are not known" in said["run"]
