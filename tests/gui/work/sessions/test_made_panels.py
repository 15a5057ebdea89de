"""Panels are made when they are needed, and get then what was meant for them before."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
from PySide6.QtWidgets import QApplication

from workbench.gui.work.sessions.made_panels import MadePanels
from workbench.gui.work.sessions.panel_settings import PanelSettings

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from workbench.gui.window.main_window import MainWindow


@dataclass
class Known:
    title: str
    shortcut: str = ""


@dataclass
class Pretended:
    """A panel with one setting, `size`, and nothing else."""

    name: str
    values: dict[str, Any] = field(default_factory=lambda: {"size": 1})

    @property
    def kind(self) -> Pretended:
        return self

    @property
    def defaults(self) -> dict[str, Any]:
        return {"size": 1, "more": 2}

    def settings(self) -> dict[str, Any]:
        return dict(self.values)

    def restore(self, values: dict[str, Any]) -> tuple[str, ...]:
        self.values |= {name: value for name, value in values.items() if name == "size"}
        return tuple(f"{name}: there is no such setting" for name in values if name != "size")


def _panels() -> MadePanels[Any]:
    return MadePanels({name: Known(name.title()) for name in "abc"}, Pretended)


def test_a_panel_is_made_once_when_it_is_asked_for() -> None:
    panels, followed = _panels(), []
    assert panels["b"] is panels["b"]
    panels.when_made(lambda name, _panel: followed.append(name))
    assert (list(panels), list(panels.made), followed) == (["a", "b", "c"], ["b"], ["b"])
    assert panels["a"].name == "a"
    assert (list(panels.made), followed) == (["a", "b"], ["b", "a"])
    assert panels.get("d") is None
    with pytest.raises(KeyError):
        panels["d"]
    assert [panel.name for panel in panels.values()] == ["a", "b", "c"]


def test_settings_wait_for_their_panel() -> None:
    panels, told = _panels(), []
    settings = PanelSettings(panels, told.extend)
    panels["a"].values["size"] = 5
    assert settings.read() == {"a": {"size": 5}}
    assert settings.set({"b": {"size": 7, "odd": 0}, "d": {"size": 1}}) == []
    assert panels["a"].values == {"size": 1}, "what a session does not name was never changed when it was saved"
    assert settings.read() == {"a": {"size": 1}, "b": {"size": 7, "odd": 0}}
    assert panels["b"].values == {"size": 7}
    assert told == ["odd: there is no such setting"]
    assert settings.read() == {"a": {"size": 1}, "b": {"size": 7}}


def test_only_panels_in_sight_are_made(qtbot: QtBot, window: MainWindow, path: Path) -> None:
    assert not window.panels.made, "the start page needs none"
    window.open(path)
    qtbot.waitUntil(lambda: bool(window.session.runs) and window.is_settled(), timeout=20_000)
    assert QApplication.activeWindow() is window, "a panel that is made shows no window of its own"
    made = set(window.panels.made)
    assert made == {name for name in window.panels if window.dock_area.in_sight(name)}
    assert {"graph", "spectrum", "timeline"} <= made
    assert "compare" not in made
    compared = window.session.compared
    compared.choose(window.session.runs[0], "last")  # one of its settings, which is kept with the others
    assert "compare" in window.panels.made
    assert (compared.run, compared.when) == (window.session.runs[0], "last")
    window.docks["low_rank"].come()
    assert window.panels.made["low_rank"].isVisible()


def test_the_window_is_loaded_without_what_a_run_needs() -> None:
    asked = "[name for name in sys.modules if name.startswith(('pyqtgraph', 'workbench.gui.panels', 'scipy', 'h5py'))]"
    words = [sys.executable, "-c", f"import sys, workbench.gui.window.app; print({asked})"]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
