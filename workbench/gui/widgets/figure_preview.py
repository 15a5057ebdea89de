"""The preview of a figure at its true size: a millimetre on the screen is a millimetre on paper."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QImage, QPixmap
from PySide6.QtWidgets import QLabel, QScrollArea, QVBoxLayout, QWidget

from workbench.figures.style import DPIS
from workbench.gui.background.latest import Answer, Failure, Latest
from workbench.gui.widgets.plain_text import literal, plain_label

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import ThreadPoolExecutor

    from workbench.figures.page import Format, Page

BELIEVED = (60.0, 400.0)  # dots per inch: what a screen says beyond that is not true


class FigurePreview(QWidget):
    """Shows pages that `render(page, "png")` draws on a worker thread; `drawn` says that the last one is there."""

    drawn = Signal()

    def __init__(self, render: Callable[[Page, Format], bytes], pool: ThreadPoolExecutor) -> None:
        super().__init__()
        self._render = render
        self._latest = Latest(self._draw, pool, self)
        self._latest.answered.connect(self._on_latest_answered)
        self._latest.failed.connect(self._on_latest_failed)
        self.picture: QLabel = QLabel()
        self.picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.picture.setAccessibleName("Preview of the figure")
        area = QScrollArea()
        area.setWidget(self.picture)
        area.setWidgetResizable(True)
        self.scale: QLabel = plain_label("")
        self.scale.setWordWrap(True)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(area, 1)
        column.addWidget(self.scale)
        self.requested: Page | None = None

    def show_page(self, page: Page) -> None:
        """Draw this page, and show it when it is there."""
        if self.picture.pixmap().isNull():
            self.scale.setText("drawing…")
        self.requested = page
        self._latest.ask((page, self.dots_per_inch(), self.devicePixelRatioF()))

    def say(self, text: str) -> None:
        """Say why there is nothing to see."""
        self.requested = None
        self.picture.clear()
        self.scale.setText(literal(text))

    def shut(self) -> None:
        """Nothing more is drawn."""
        self._latest.close()

    def dots_per_inch(self) -> float:
        """Of this screen, as it is built; as it is set where it does not tell the truth."""
        screen = self.screen()
        physical = screen.physicalDotsPerInch()
        return physical if BELIEVED[0] <= physical <= BELIEVED[1] else screen.logicalDotsPerInch()

    def _draw(self, requested: tuple[Page, float, float]) -> QImage:
        page, dots, ratio = requested
        dpi = min(max(round(dots * ratio), DPIS[0]), DPIS[1])
        return QImage.fromData(self._render(replace(page, style=replace(page.style, dpi=dpi)), "png"))

    def _on_latest_answered(self, answer: Answer) -> None:
        page: Page = answer.question[0]
        ratio: float = answer.question[2]
        if page is not self.requested:
            return
        pixels = QPixmap.fromImage(answer.value)
        pixels.setDevicePixelRatio(ratio)
        self.picture.setPixmap(pixels)
        width, height = page.size
        self.scale.setText(f"{width:.4g} × {height:.4g} mm, at its true size")
        self.drawn.emit()

    def _on_latest_failed(self, failure: Failure) -> None:
        if failure.question[0] is self.requested:
            self.say(failure.words)
            self.drawn.emit()
