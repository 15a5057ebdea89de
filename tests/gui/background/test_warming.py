"""What the first run needs is loaded while the window is empty, and only then."""

from __future__ import annotations

import sys
import threading
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QObject

from workbench.gui.background import compiling, warming

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot


@pytest.fixture
def needed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A package that stands for what evaluating needs; what lays out the graph is left out."""
    (tmp_path / "needed_soon.py").write_text("")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(warming, "NEEDED", ("needed_soon",))
    monkeypatch.setattr(warming, "REST_MS", 10)
    monkeypatch.setattr(compiling, "compile_beside", lambda: None)
    monkeypatch.delitem(sys.modules, "needed_soon", raising=False)
    return "needed_soon"


def test_an_empty_window_loads_what_the_first_run_needs(qtbot: QtBot, needed: str) -> None:
    window = QObject()
    warming.warm_later(window, lambda: True)
    qtbot.waitUntil(lambda: needed in sys.modules)
    qtbot.waitUntil(lambda: all(thread.name != "libraries" for thread in threading.enumerate()))
    del sys.modules[needed]


def test_beside_an_open_run_nothing_is_loaded_in_advance(qtbot: QtBot, needed: str) -> None:
    window, asked = QObject(), list[bool]()

    def is_empty() -> bool:
        asked.append(False)
        return False

    warming.warm_later(window, is_empty)
    qtbot.waitUntil(lambda: bool(asked))
    assert all(thread.name != "libraries" for thread in threading.enumerate())
    assert needed not in sys.modules


def test_a_package_that_is_missing_is_logged(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    monkeypatch.setattr(warming, "NEEDED", ("there_is_no_such_package",))
    monkeypatch.setattr(warming.log, "propagate", True)
    warming.load()
    assert "there_is_no_such_package" in caplog.text
