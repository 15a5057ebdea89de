"""Hands that work the dialogs of animations and reports."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog

from workbench.cli.moving import animating
from workbench.runs.run import open_run

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import pytest

    from workbench.films.film import Film
    from workbench.gui.dialogs.animation_dialog import AnimationDialog
    from workbench.gui.window.main_window import MainWindow


def chosen(monkeypatch: pytest.MonkeyPatch, path: Path) -> list[str]:
    """Let the file dialog answer with this path; what it proposed."""
    proposed: list[str] = []

    def answer(_parent: Any, _title: str, name: str, _kinds: str) -> tuple[str, str]:
        proposed.append(name)
        return str(path), ""

    monkeypatch.setattr(QFileDialog, "getSaveFileName", answer)
    return proposed


def of(window: MainWindow, *names: str) -> AnimationDialog:
    """The dialog with these figures and no other."""
    dialog = window.publisher.ask_for_animation()
    assert dialog is not None
    for row in range(dialog.list.count()):
        item = dialog.list.item(row)
        on = item.data(Qt.ItemDataRole.UserRole) in names
        item.setCheckState(Qt.CheckState.Checked if on else Qt.CheckState.Unchecked)
    return dialog


def film_of(words: Sequence[str]) -> Film:
    """What the command `animate` makes of these words; its run is open."""
    parser = argparse.ArgumentParser()
    animating.ANIMATE.declare(parser)
    options = parser.parse_args(words[1:])
    options.figures, options.run = options.what
    return animating._film(options, open_run(options.run))
