"""Modules are loaded in advance, and classes of Qt only on the GUI thread."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from workbench.gui.background.preloading import Preloading
from workbench.gui.state import samples
from workbench.gui.window.startup import VARIABLE

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

# Notes each class of Qt that is made on another thread while the window shows a run, and ends.
WATCHED = """
import builtins, json, sys, threading
from pathlib import Path

made, build = [], builtins.__build_class__

def watched(*arguments, **keywords):
    found = build(*arguments, **keywords)
    off = threading.current_thread() is not threading.main_thread()
    if off and any(kind.__module__.startswith("PySide6") for kind in getattr(found, "__mro__", ())):
        made.append(found.__qualname__)
    return found

builtins.__build_class__ = watched
from workbench.gui.window.app import main

status = main([Path(sys.argv[1])], fresh=True)
print(json.dumps([status, made, "workbench.gui.panels.map.plane" in sys.modules]))
"""

# Loads what is loaded beside, then the rest, and notes which modules without Qt came only then.
LATE = """
import json, sys
from importlib import import_module
from workbench.gui.background.preloading import _modules_of
from workbench.gui.window import docks, main_window
for name in docks.LOADED_BESIDE:
    import_module(name)
before = set(sys.modules)
beside = sorted(name for name in before if name.startswith(("workbench.gui.panels.", "workbench.gui.plots.")))
for name in _modules_of(docks.LOADED):
    import_module(name)
late = sorted(name for name in set(sys.modules) - before if name.startswith("workbench"))
for row in docks.available_panels().panels.values():
    row.panel
print(json.dumps([beside, [name for name in late if not name.startswith("workbench.gui")], len(late),
    sorted(name for name in set(sys.modules) - before - set(late) if name.startswith("workbench"))]))
"""


def test_no_class_of_qt_is_made_on_another_thread_while_a_window_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, repr(time.time()))
    status, made, loaded = _last_line(WATCHED, str(samples.listed()[0].path))
    assert status == 0
    assert not made
    assert loaded  # the panel that is not in sight


def test_what_holds_no_qt_is_loaded_beside_and_all_panels_after_it() -> None:
    beside, late, number, missed = _last_line(LATE)
    assert all("panels" not in name for name in beside)
    assert not late
    assert number > 80
    assert not missed


def _last_line(program: str, *arguments: str) -> list[Any]:
    done = subprocess.run([sys.executable, "-c", program, *arguments], capture_output=True, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])  # type: ignore[no-any-return]


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A package of three modules, two of which cannot be loaded."""
    folder = tmp_path / "staged"
    folder.mkdir()
    (folder / "__init__.py").write_text("")
    (folder / "broken.py").write_text("import surely_not_installed\n")
    (folder / "faulty.py").write_text("raise ValueError\n")
    (folder / "last.py").write_text("import threading\nwho = threading.current_thread().name\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    for name in ("staged", "staged.broken", "staged.last"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    return "staged"


@pytest.mark.parametrize("beside", ["string", "surely_not_installed"])
def test_then_calls_when_all_is_there_whatever_is_missing(package: str, beside: str, qtbot: QtBot) -> None:
    calls: list[object] = []
    with ThreadPoolExecutor(1) as pool:
        preloading = Preloading([beside], [package], pool, lambda: False)
        preloading.then(lambda: calls.append(sys.modules["staged.last"].who))
        assert not calls
        qtbot.waitUntil(lambda: bool(calls))
        preloading.then(lambda: calls.append("at once"))
    assert calls == ["MainThread", "at once"]


def test_a_window_that_closes_waits_for_no_modules(package: str, qtbot: QtBot) -> None:
    calls: list[object] = []
    with ThreadPoolExecutor(1) as pool:
        preloading = Preloading([], [package], pool, lambda: True)
        preloading.then(lambda: calls.append("staged.last" in sys.modules))
        qtbot.waitUntil(lambda: bool(calls))
    assert calls == [False]
