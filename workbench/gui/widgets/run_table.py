"""A table of the runs in a folder. A run is read when its row comes into sight; the others follow after that."""

from __future__ import annotations

import math
import threading
import time
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, QPointF, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from workbench.gui.background.errors import in_one_sentence
from workbench.gui.background.latest import submit
from workbench.gui.state import theme
from workbench.gui.widgets.plain_text import as_tooltip, literal
from workbench.runs.collection import listing
from workbench.runs.collection.listing import Summary

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from concurrent.futures import ThreadPoolExecutor
    from pathlib import Path

    from numpy.typing import NDArray
    from PySide6.QtCore import QRect

    from workbench.runs.collection.listing import Listed

Index = QModelIndex | QPersistentModelIndex
SORTED_BY = int(Qt.ItemDataRole.UserRole)  # the role with the value a column is sorted by
CURVE = int(Qt.ItemDataRole.UserRole) + 1
CURVE_COLUMN = 7


@dataclass(frozen=True)
class Column:
    """One column: its head, what it shows, and what it is sorted by."""

    head: str
    text: Callable[[Listed, Summary, str], str]
    value: Callable[[Listed, Summary, str], Any]
    lies_right: bool = False


def _percent(accuracy: float) -> str:
    return f"{accuracy:.2f}" if math.isfinite(accuracy) else ""


def _or_last(accuracy: float) -> float:
    """What is unknown is sorted below everything."""
    return accuracy if math.isfinite(accuracy) else -1.0


def _seed(run: Summary) -> int | None:
    """None where it is unknown: for a run that was not trained here."""
    return run.spec.seed if run.spec is not None and run.spec.origin is None else None


COLUMNS = (
    Column("File", lambda file, *_: file.path.name, lambda file, *_: file.path.name.lower()),
    Column(
        "Trained",
        lambda _file, run, _note: run.problem or run.title,
        lambda _file, run, _note: (run.problem or run.title).lower(),
    ),
    Column(
        "Seed",
        lambda _file, run, _note: "" if (seed := _seed(run)) is None else str(seed),
        lambda _file, run, _note: -1 if (seed := _seed(run)) is None else seed,
        True,
    ),
    Column("Snapshots", lambda _file, run, _note: str(run.snapshots or ""), lambda _f, run, _n: run.snapshots, True),
    Column("State", lambda _file, run, _note: run.state, lambda _file, run, _note: run.state),
    Column(
        "Test (%)",
        lambda _file, run, _note: _percent(run.test_accuracy),
        lambda _file, run, _note: _or_last(run.test_accuracy),
        True,
    ),
    Column(
        "Validation (%)",
        lambda _file, run, _note: _percent(run.validation_accuracy),
        lambda _file, run, _note: _or_last(run.validation_accuracy),
        True,
    ),
    Column("Accuracy", lambda *_: "", lambda _file, run, _note: _or_last(run.test_accuracy)),
    Column(
        "Changed",
        lambda file, *_: time.strftime("%Y-%m-%d %H:%M", time.localtime(file.modified)),
        lambda file, *_: file.modified,
    ),
    Column("Notes", lambda _file, _run, note: note, lambda _file, _run, note: note.lower()),
)
UNREAD = listing.Summary()


class Reader(QObject):
    """Reads summaries on a worker, what was asked for last first. `read(path, (summary, notes))` follows."""

    read = Signal(object, object)

    def __init__(self, pool: ThreadPoolExecutor, parent: QObject) -> None:
        super().__init__(parent)
        self._pool = pool
        self._lock = threading.Lock()
        self._wanted: deque[Path] = deque()
        self._busy = False
        self._closed = False

    def ask(self, paths: Sequence[Path], soon: bool) -> None:
        """Read these: before all others, or after them."""
        with self._lock:
            if self._closed:
                return
            if soon:
                self._wanted.extend(reversed(paths))
            else:
                self._wanted.extendleft(paths)
            if self._busy or not self._wanted:
                return
            self._busy = True
        submit(self._pool, self._work, self._give_up)

    def forget(self) -> None:
        """Read nothing of what was asked for so far."""
        with self._lock:
            self._wanted.clear()

    def close(self) -> None:
        with self._lock:
            self._closed = True
            self._wanted.clear()

    def _give_up(self, error: Exception) -> None:
        """Say of every file that still waits why it is not read."""
        with self._lock:
            unread, self._busy = list(self._wanted), False
            self._wanted.clear()
        for path in unread:
            self.read.emit(path, (Summary(problem=in_one_sentence(error)), ""))

    def _next(self) -> Path | None:
        with self._lock:
            if self._wanted:
                return self._wanted.pop()
            self._busy = False
            return None

    def _work(self) -> None:
        while (path := self._next()) is not None:
            found = listing.summary(path)
            try:
                note = listing.notes(path)
            except OSError as error:
                note = in_one_sentence(error)
            if not self._closed:
                self.read.emit(path, (found, note))


class RunTable(QAbstractTableModel):
    """The model: one row for each file; what is not read yet is empty and asked for when it is looked at."""

    def __init__(self, pool: ThreadPoolExecutor, parent: QObject) -> None:
        super().__init__(parent)
        self.files: tuple[Listed, ...] = ()
        self._rows: dict[Path, int] = {}
        self._known: dict[Path, tuple[Summary, str]] = {}
        self._requested: set[Path] = set()
        self.reader = Reader(pool, self)
        self.reader.read.connect(self._on_reader_read)

    def show_files(self, files: Sequence[Listed]) -> None:
        """List these files in place of others; none of them is opened for that."""
        self.reader.forget()
        self.beginResetModel()
        self.files = tuple(files)
        self._rows = {file.path: row for row, file in enumerate(self.files)}
        self._known, self._requested = {}, set()
        self.endResetModel()

    def read_rest(self) -> None:
        """Read, after what was looked at, all the others."""
        rest = [file.path for file in self.files if file.path not in self._requested]
        self._requested.update(rest)
        self.reader.ask(rest, soon=False)

    def is_known(self, row: int) -> bool:
        """Whether this row was read."""
        return self.files[row].path in self._known

    def summary(self, row: int) -> Summary:
        """What is known of the run in this row."""
        return self._known.get(self.files[row].path, (UNREAD, ""))[0]

    def note(self, row: int) -> str:
        return self._known.get(self.files[row].path, (UNREAD, ""))[1]

    def set_note(self, row: int, text: str) -> None:
        """Show another note."""
        path = self.files[row].path
        self._known[path] = (self.summary(row), text)
        self.dataChanged.emit(self.index(row, 0), self.index(row, len(COLUMNS) - 1))

    def look_at(self, rows: Sequence[int]) -> None:
        """Read these rows before all others: they are in sight."""
        paths = [self.files[row].path for row in rows if self.files[row].path not in self._known]
        self._requested.update(paths)
        self.reader.ask(paths, soon=True)

    # --- what Qt asks ---

    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self.files)

    def columnCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(COLUMNS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        shown = orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole
        return COLUMNS[section].head if shown else None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role == Qt.ItemDataRole.TextAlignmentRole:
            sides = Qt.AlignmentFlag
            side = sides.AlignRight if COLUMNS[index.column()].lies_right else sides.AlignLeft
            return sides.AlignVCenter | side
        if role not in _ANSWERS:
            return None
        file = self.files[index.row()]
        known = self._known.get(file.path, (UNREAD, ""))
        return _ANSWERS[role](COLUMNS[index.column()], file, *known)

    def _on_reader_read(self, path: Path, found: tuple[Summary, str]) -> None:
        row = self._rows.get(path)
        if row is not None:
            self._known[path] = found
            self.dataChanged.emit(self.index(row, 0), self.index(row, len(COLUMNS) - 1))


_ANSWERS: dict[int, Callable[[Column, Listed, Summary, str], Any]] = {
    int(Qt.ItemDataRole.DisplayRole): lambda column, *row: literal(column.text(*row), 200),
    int(Qt.ItemDataRole.ToolTipRole): lambda column, *row: as_tooltip(literal(column.text(*row))),
    SORTED_BY: lambda column, *row: column.value(*row),
    CURVE: lambda _column, _file, run, _note: run.curve,
}


DOT = 1.5  # pixels: the radius of a single snapshot


class CurveDelegate(QStyledItemDelegate):
    """Draws the accuracy over the snapshots into a cell, from 0 to 100 %."""

    MARGIN = 3

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        super().paint(painter, option, index)
        curve = index.data(CURVE)
        if curve is None:
            return
        place = option.rect.adjusted(self.MARGIN, self.MARGIN, -self.MARGIN, -self.MARGIN)
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        colour = option.palette.highlightedText().color() if selected else theme.current().accent
        draw_curve(painter, place, curve, QColor(colour))


def draw_curve(painter: QPainter, place: QRect, curve: NDArray[np.float64], colour: QColor) -> None:
    """A curve from 0 to 100 % over the width of a place; a single known point is a dot in the middle."""
    across = place.left() + (np.linspace(0, 1, len(curve)) if len(curve) > 1 else np.array([0.5])) * place.width()
    up = place.bottom() - np.clip(curve, 0, 100) / 100 * place.height()
    known = np.isfinite(up)
    points = [QPointF(x, y) for x, y in zip(across[known].tolist(), up[known].tolist(), strict=True)]
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    if len(points) == 1:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        painter.drawEllipse(points[0], DOT, DOT)
    else:
        painter.setPen(QPen(colour, 1.2))
        painter.drawPolyline(QPolygonF(points))
    painter.restore()
