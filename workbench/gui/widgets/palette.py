"""A list of all that can be done, searched by a few letters."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QDialog, QHeaderView, QLineEdit, QTreeWidget, QTreeWidgetItem, QVBoxLayout

from workbench.gui.widgets.plain_text import literal, plain_label

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from PySide6.QtWidgets import QWidget

MOST = 60  # rows that are shown
WORD_START, WHOLE, GAP, FARTHEST = 30, 20, 1, 3
WORD = re.compile(r"\w+")
LEAST = 3  # letters of a word that is not shown
MOVES = {Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown}


@dataclass(frozen=True)
class Deed:
    """Something that can be done: what, of which kind, by which keys, and how."""

    text: str
    kind: str
    do: Callable[[], object]
    keys: str = ""
    possible: bool = True  # at this moment
    words: str = ""  # others that it is found by, each from its beginning; they are not shown


def score(query: str, text: str, words: str = "") -> int | None:
    """How well `text` fits: every word of the query must be in it, at least with gaps; None where one is not.

    One that is the beginning of one of the other `words` will do too, if it has three letters or is all of it.
    """
    total, low, others = 0, text.casefold(), words.casefold().split()
    for word in query.casefold().split():
        values = [value for value in (_score(word, low), _score_of_others(word, others)) if value is not None]
        if not values:
            return None
        total += max(values)
    return total


def _score_of_others(word: str, others: Sequence[str]) -> int | None:
    if word in others:
        return WHOLE + len(word) + WORD_START + 1
    if len(word) >= LEAST and any(other.startswith(word) for other in others):
        return WHOLE + len(word) + WORD_START
    return None


def _score(word: str, text: str) -> int | None:
    if word in text:
        starts = text.startswith(word) or f" {word}" in text
        return WHOLE + len(word) + (WORD_START if starts else 0) + (1 if word in WORD.findall(text) else 0)
    at, gaps = -1, 0
    for letter in word:
        found = text.find(letter, at + 1)
        if found < 0:
            return None
        gaps += found - at - 1 if at >= 0 else 0
        at = found
    return len(word) - GAP * gaps if gaps <= FARTHEST * len(word) else None


def best(query: str, deeds: Iterable[Deed]) -> list[Deed]:
    """Those that fit, the best first; equally good ones in their order. With gaps only where none fits without."""
    fits = [(fit, deed) for deed in deeds if (fit := score(query, f"{deed.text} {deed.kind}", deed.words)) is not None]
    whole = [(fit, deed) for fit, deed in fits if fit >= WHOLE * len(query.split())]
    return [deed for _, deed in sorted(whole or fits, key=lambda pair: -pair[0])][:MOST]


class Palette(QDialog):
    """A line to type into and the deeds that fit; Enter does the chosen one, Escape none.

    `further(query)` gives deeds that only what is typed can name, such as `example`.
    """

    def __init__(
        self,
        deeds: Sequence[Deed],
        further: Callable[[str], Sequence[Deed]],
        parent: QWidget,
        typed: str = "",
        example: str = "epoch 12",
    ) -> None:
        super().__init__(parent, Qt.WindowType.Dialog | Qt.WindowType.FramelessWindowHint)
        self.setWindowTitle("Commands")
        self._deeds, self._further = deeds, further
        self._shown: list[Deed] = []
        self.line = QLineEdit(typed)
        self.line.setPlaceholderText(f"A command, panel, layer, run, setting, or “{example}”; ? for all keys")
        self.line.setAccessibleName("Command")
        self.rows = QTreeWidget()
        self.rows.setAccessibleName("Matching commands")
        self.rows.setColumnCount(3)
        self.rows.setHeaderHidden(True)
        self.rows.setRootIsDecorated(False)
        self.rows.setUniformRowHeights(True)
        self.rows.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.rows.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        header = self.rows.header()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.nothing = plain_label("", wrap=True)
        self.nothing.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setStyleSheet("Palette { border: 1px solid palette(mid); }")
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 8, 8, 8)
        column.addWidget(self.line)
        column.addWidget(self.rows, 1)
        column.addWidget(self.nothing, 1)
        self.line.installEventFilter(self)
        self.line.textChanged.connect(self._show)
        self.line.returnPressed.connect(self._do_current)
        self.rows.itemClicked.connect(lambda _item: self._do_current())
        self._show(typed)

    @property
    def shown(self) -> tuple[Deed, ...]:
        """The deeds in the list, the best first."""
        return tuple(self._shown)

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        """Up and down move in the list while one types."""
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent) and event.key() in MOVES:
            self.rows.event(event)
            return True
        return False

    def _show(self, typed: str) -> None:
        query = typed.strip()
        if query.startswith("?"):  # all that has keys
            self._shown = [deed for deed in self._deeds if deed.keys and score(query[1:], deed.text) is not None]
        else:
            possible = [deed for deed in self._deeds if deed.possible]
            self._shown = [*self._further(query), *best(query, possible)]
        self.rows.clear()
        for deed in self._shown:
            row = QTreeWidgetItem([literal(deed.text), deed.kind, deed.keys])
            for place in range(3) if not deed.possible else (1,):
                row.setForeground(place, self.palette().placeholderText())
            self.rows.addTopLevelItem(row)
        self.nothing.setText(literal(f"No match for “{query}”. Type fewer letters to find more."))
        self.nothing.setVisible(not self._shown)
        self.rows.setVisible(bool(self._shown))
        if self._shown:
            self.rows.setCurrentItem(self.rows.topLevelItem(0))  # type: ignore[arg-type]

    def _do_current(self) -> None:
        index = self.rows.indexOfTopLevelItem(self.rows.currentItem()) if self._shown else -1
        self.accept()
        if index >= 0 and self._shown[index].possible:
            self._shown[index].do()
