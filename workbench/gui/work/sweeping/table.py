"""The table of a sweep: a row for each training, which changes as it goes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, QRect, Qt
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem

from workbench.experiments.running import TrialEvent
from workbench.experiments.table import title
from workbench.gui.state import theme
from workbench.gui.widgets.plain_text import as_tooltip, literal
from workbench.gui.widgets.run_table import CURVE
from workbench.runs.pace import span

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from workbench.experiments.table import Trial

Index = QModelIndex | QPersistentModelIndex
PROGRESS = int(Qt.ItemDataRole.UserRole) + 2
AFTER = ("State", "Progress", "Left", "Test (%)", "Accuracy", "Note")  # behind the factors
REST = 90  # of 255: the opacity of what is left to do
NUMBERS = ("Left", "Test (%)")


class SweepTable(QAbstractTableModel):
    """The model: the newest event of each trial."""

    def __init__(self, trials: Sequence[Trial], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.events = [TrialEvent(trial, "queued") for trial in trials]
        self._rows = {trial.path: row for row, trial in enumerate(trials)}
        factors = [title(name) for name, _ in trials[0].factors] if trials else []
        self.heads = (*factors, *AFTER)
        self._factors = len(factors)

    def take(self, event: TrialEvent) -> None:
        """Show how a trial is now."""
        row = self._rows[event.trial.path]
        self.events[row] = event
        self.dataChanged.emit(self.index(row, 0), self.index(row, len(self.heads) - 1))

    # --- what Qt asks ---

    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self.events)

    def columnCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self.heads)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        shown = orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole
        return self.heads[section] if shown else None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        event, head = self.events[index.row()], self.heads[index.column()]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            sides = Qt.AlignmentFlag
            return sides.AlignVCenter | (sides.AlignRight if head in NUMBERS else sides.AlignLeft)
        if role == Qt.ItemDataRole.DisplayRole:
            return literal(self._text(event, index.column()), 200)
        if role == Qt.ItemDataRole.ToolTipRole:
            return as_tooltip(literal(event.problem or event.trial.path.name))
        if role == CURVE and head == "Accuracy" and event.accuracies:
            return np.array([np.nan if each is None else each for each in event.accuracies])
        return event.progress if role == PROGRESS and head == "Progress" else None

    def _text(self, event: TrialEvent, column: int) -> str:
        if column < self._factors:
            return event.trial.factors[column][1]
        return TEXTS[self.heads[column]](event)


def _left(event: TrialEvent) -> str:
    return span(event.seconds_left) if event.state == "running" and event.seconds_left is not None else ""


def _accuracy(event: TrialEvent) -> str:
    return f"{event.accuracy:.2f}" if np.isfinite(event.accuracy) else ""


def _note(event: TrialEvent) -> str:
    return event.problem or ("complete before" if event.kept else event.worker if event.state == "running" else "")


TEXTS: dict[str, Callable[[TrialEvent], str]] = {
    "State": lambda event: event.state,
    "Progress": lambda _event: "",
    "Left": _left,
    "Test (%)": _accuracy,
    "Accuracy": lambda _event: "",
    "Note": _note,
}


class ProgressDelegate(QStyledItemDelegate):
    """Draws how far a training is as a bar in the cell."""

    MARGIN = 4

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        super().paint(painter, option, index)
        done = index.data(PROGRESS)
        if not done:
            return
        place = option.rect.adjusted(self.MARGIN, self.MARGIN + 2, -self.MARGIN, -self.MARGIN - 2)
        rest = QColor(theme.current().faint)
        rest.setAlpha(REST)
        painter.fillRect(place, rest)
        filled = QRect(place.left(), place.top(), round(place.width() * min(max(done, 0.0), 1.0)), place.height())
        painter.fillRect(filled, QColor(theme.current().accent))
