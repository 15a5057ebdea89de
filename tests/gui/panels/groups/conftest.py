"""A window in which a group of three seeds is chosen."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from seeds import seeds

from workbench.runs.run import open_run
from workbench.runs.spec import DataSpec, NetSpec, OptimiserSpec, RunSpec

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from workbench.gui.window.main_window import MainWindow

TINY = RunSpec(
    NetSpec("lenet", widths=(12, 6)), DataSpec("digits"), OptimiserSpec("adam", 1e-2), iterations=20, snapshots="log"
)


@pytest.fixture(scope="session")
def paths(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Three seeds, and one that was trained otherwise."""
    return seeds(tmp_path_factory.mktemp("group"), TINY, batch_size=32)


@pytest.fixture(scope="module")
def lasting_run(module_bot: QtBot, lasting_window: MainWindow, paths: list[Path]) -> MainWindow:
    """The window of the module with all four runs open and the group chosen in the tree."""
    return with_group(module_bot, lasting_window, paths)


@pytest.fixture
def grouped(shared: MainWindow) -> MainWindow:
    """The same; what a test changed in it is afterwards as it was."""
    return shared


@pytest.fixture
def own_grouped(qtbot: QtBot, window: MainWindow, paths: list[Path]) -> MainWindow:
    """A window of the test's own, with the same."""
    return with_group(qtbot, window, paths)


def with_group(qtbot: QtBot, window: MainWindow, paths: list[Path]) -> MainWindow:
    """The window with all four runs open and the group chosen in the tree."""
    for path in paths:
        window.session.add(open_run(path))
    qtbot.waitUntil(lambda: window.run_panel.settled and window.run_panel.tree.topLevelItemCount() == 2)
    window.run_panel.tree.setCurrentItem(window.run_panel.tree.topLevelItem(0))
    return window
