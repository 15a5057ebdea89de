"""The start page: sample runs, the tour, recent runs, and buttons to open a run and to train a network."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from workbench.gui.state import theme
from workbench.gui.widgets.cards import GAP, Card, Picture, PictureCard, RunCard, Shelf, Sign
from workbench.gui.widgets.plain_text import as_tooltip, literal, plain_label

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from PySide6.QtGui import QShowEvent

    from workbench.gui.state.samples import Sample
    from workbench.runs.collection.listing import Summary

TITLE = "See where a trained network is redundant"
PICTURE = QSize(210, 140)  # pixels, at least
WIDEST = 1240  # pixels of the content
SAMPLE, DEED, RECENT = 42, 34, 100  # characters that a card needs next to others


class StartPage(QScrollArea):
    """Cards for the samples, the tour, opening and training, and the runs opened last; scrolled in little room.

    `shown` follows whenever it comes to the screen: its owner then says what the recent runs are.
    """

    open_requested = Signal()
    path_chosen = Signal(object)
    train_requested = Signal()
    tour_requested = Signal()
    shown = Signal()

    def __init__(self, samples: Sequence[Sample], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.title = plain_label(TITLE, wrap=True)
        self.recent: dict[Path, RunCard] = {}  # the cards of the runs opened last
        self.heading = plain_label("Recent runs")
        self.list = QWidget()
        self._rows = QVBoxLayout(self.list)
        self._rows.setContentsMargins(0, 0, 0, 0)
        self._rows.setSpacing(GAP)
        shelf = Shelf(SAMPLE)
        for sample in samples:
            shelf.row.addWidget(self._sample(sample), 1)
        deeds = Shelf(DEED)
        for name, description, sign, signal in (
            ("Take the tour", "Six steps on sample A", "tour", self.tour_requested),
            ("Open a run…", "An .h5 file, or drop it here", "open", self.open_requested),
            ("Train a network…", "Watch its weights while it learns", "train", self.train_requested),
        ):
            card = PictureCard(name, description, Sign(sign))
            card.clicked.connect(signal)
            deeds.row.addWidget(card, 1)
        self._lay_out(shelf, deeds)
        self._follow_looks()

    def _lay_out(self, *shelves: Shelf) -> None:
        content = QWidget()
        content.setMaximumWidth(WIDEST)
        page = QVBoxLayout(content)
        page.setContentsMargins(4 * GAP, 4 * GAP, 4 * GAP, 4 * GAP)
        page.setSpacing(2 * GAP)
        page.addStretch(1)
        for part in (self.title, *shelves, self.heading, self.list):
            page.addWidget(part)
        page.addStretch(3)
        middle = QWidget()
        row = QHBoxLayout(middle)
        row.setContentsMargins(0, 0, 0, 0)
        row.addStretch(1)
        row.addWidget(content, 1000)
        row.addStretch(1)
        self.setWidget(middle)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # the cards have it, and are scrolled to

    def show_recent(self, paths: Sequence[Path]) -> None:
        """List the runs opened last; without any, the heading is hidden too."""
        if tuple(paths) != tuple(self.recent):
            for card in self.recent.values():
                self._rows.removeWidget(card)
                card.deleteLater()
            self.recent = {path: self._recent_run(path) for path in paths}
        self.heading.setVisible(bool(paths))
        self.list.setVisible(bool(paths))

    def describe_recent(self, path: Path, run: Summary) -> None:
        """Show the accuracy of a recent run, or why it cannot be read."""
        card = self.recent.get(path)
        if card is not None:
            last = f"{run.test_accuracy:.1f} %" if math.isfinite(run.test_accuracy) else ""
            card.describe(" · ".join(filter(None, (str(path.parent), run.problem))), run.curve, last)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._follow_looks()

    def _follow_looks(self) -> None:
        self.title.setFont(theme.sized(self.font(), "title"))
        self.heading.setFont(theme.sized(self.font(), "heading"))

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.shown.emit()

    def _sample(self, sample: Sample) -> Card:
        card = PictureCard(sample.title, sample.finding, Picture(sample.picture, PICTURE))
        self._opens(card, sample.path)
        return card

    def _recent_run(self, path: Path) -> RunCard:
        card = RunCard(path.name, str(path.parent))
        self._opens(card, path)
        self._rows.addWidget(card)
        return card

    def _opens(self, card: Card, path: Path) -> None:
        card.setToolTip(as_tooltip(literal(str(path))))
        card.clicked.connect(lambda: self.path_chosen.emit(path))
