from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest
from full_window import at_rest

from tests.gui.windows import opened, returning, unpainted
from workbench.resource import resource

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from workbench.gui.window.main_window import MainWindow


@pytest.fixture
def sample(tmp_path: Path) -> Path:
    """A copy of sample run A."""
    return shutil.copy(resource("sample_runs/digits_conv.h5"), tmp_path / "sample.h5")


def with_sample(qtbot: QtBot, window: MainWindow, path: Path) -> MainWindow:
    """The window with the sample run at snapshot 12, everything drawn and at rest."""
    with unpainted(window):
        opened(qtbot, window, path)
        window.session.select(layer="fc1", snapshot=12)
        at_rest(qtbot, window)
    return window


@pytest.fixture
def own_full(qtbot: QtBot, window: MainWindow, sample: Path) -> MainWindow:
    """A window of the test's own, with its own copy of the sample run."""
    return with_sample(qtbot, window, sample)


@pytest.fixture(scope="module")
def lasting_full(module_bot: QtBot, lasting_window: MainWindow, tmp_path_factory: pytest.TempPathFactory) -> MainWindow:
    copy = shutil.copy(resource("sample_runs/digits_conv.h5"), tmp_path_factory.mktemp("run") / "sample.h5")
    return with_sample(module_bot, lasting_window, copy)


@pytest.fixture
def full(qtbot: QtBot, lasting_full: MainWindow) -> Iterator[MainWindow]:
    """The module's window with the sample run; what a test changes in it is afterwards as it was."""
    at_rest(qtbot, lasting_full)  # what the last test brought forward may still compute
    with returning(qtbot, lasting_full):
        yield lasting_full
