"""Ten thousand units in the table of units, made of the few of a run: what is measured is drawing, not reading."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import QCoreApplication, QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent

from workbench.analysis.units import UnitStates
from workbench.gui.bench.waiting import rest, wait_until
from workbench.gui.panels.units.panel import UnitsPanel

if TYPE_CHECKING:
    from workbench.figures.overview.units import UnitTable
    from workbench.gui.window.main_window import MainWindow

MANY = 10_000
NOTCH, BETWEEN_MS = 120, 8


def of_many(table: UnitTable, count: int = MANY) -> UnitTable:
    """A table of so many units: those of this one over and over, without costs."""
    rows = np.arange(count) % len(table)
    arrays: dict[str, Any] = {
        each.name: value[rows] for each in fields(table) if isinstance(value := getattr(table, each.name), np.ndarray)
    }
    states = {each.name: getattr(table.states, each.name)[rows] for each in fields(table.states)}
    return replace(table, **arrays, states=UnitStates(**states), costs=None)


def scroll(window: MainWindow, notches: int) -> None:
    """Show many units in the panel, turn the wheel so many notches down and drag the bar through all of them."""
    panel = window.panels["units"]
    assert isinstance(panel, UnitsPanel)
    window.dock_area.come("units")
    wait_until(lambda: panel.shown_result is not None, "list the units")
    panel.draw(of_many(panel.shown_result))
    viewport, bar = panel.view.viewport(), panel.view.verticalScrollBar()
    at = QPointF(viewport.rect().center())
    for _ in range(notches):
        everywhere = QPointF(viewport.mapToGlobal(at.toPoint()))
        no_button, no_key = Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier
        down = QPoint(0, -NOTCH)
        event = QWheelEvent(at, everywhere, QPoint(), down, no_button, no_key, Qt.ScrollPhase.NoScrollPhase, False)
        QCoreApplication.postEvent(viewport, event)
        rest(BETWEEN_MS)
    for step in range(notches):
        bar.setValue(bar.maximum() * step // notches)
        rest(BETWEEN_MS)
    panel.draw(panel.shown_result)
    window.dock_area.come("overview")
