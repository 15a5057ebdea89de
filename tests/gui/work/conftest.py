from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest
from full_window import at_rest

from tests.gui.conftest import opened, unpainted
from workbench.gui.state import theme
from workbench.resource import resource

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from PySide6.QtWidgets import QApplication
    from pytestqt.qtbot import QtBot

    from workbench.gui.window.main_window import MainWindow


@pytest.fixture
def sample(tmp_path: Path) -> Path:
    """A copy of sample run A."""
    return shutil.copy(resource("sample_runs/digits_conv.h5"), tmp_path / "sample.h5")


@pytest.fixture
def full(qtbot: QtBot, window: MainWindow, sample: Path) -> MainWindow:
    """The window with the sample run at snapshot 12, everything drawn and at rest."""
    with unpainted(window):
        opened(qtbot, window, sample)
        window.session.select(layer="fc1", snapshot=12)
        at_rest(qtbot, window)
    return window


@pytest.fixture
def text_size_returns(qapp: QApplication) -> Iterator[None]:
    """The text has its usual size after the test."""
    yield
    theme.apply(qapp)
