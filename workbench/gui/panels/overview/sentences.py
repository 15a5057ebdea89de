"""Sentences whose numbers are links, in no more room than they need."""

from __future__ import annotations

from html import escape
from math import ceil
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QTextBrowser

from workbench.gui.panels.overview.mouse import Mouse
from workbench.gui.panels.overview.words import tip_of
from workbench.gui.plots.focus_frame import FocusFrame
from workbench.gui.widgets.plain_text import as_tooltip, literal

if TYPE_CHECKING:
    from collections.abc import Iterable

    from PySide6.QtCore import QUrl
    from PySide6.QtGui import QMouseEvent, QResizeEvent

    from workbench.figures.overview.costs import LayerCosts
    from workbench.figures.overview.words import Basis, Span

LEAST = 40  # pixels: the height of sentences that scroll in a low window


class Sentences(FocusFrame, QTextBrowser):
    """As high as the sentences. `basis_chosen` says what the number that was clicked rests on.

    The height stays while the mouse is over the panel, and never shrinks while more is to come.
    """

    basis_chosen = Signal(object)
    clicked = Signal()  # anywhere, after what the click did

    def __init__(self, name: str, scrolls: bool = True) -> None:
        """`scrolls`: it becomes lower where there is no room for all of it."""
        super().__init__()
        self._scrolls = scrolls
        self.setAccessibleName(name)
        self.setOpenLinks(False)
        self.setTabChangesFocus(True)
        self.setMinimumHeight(LEAST if scrolls else 0)
        self.bases: list[Basis] = []
        self.grows_only = False  # more is to come
        self._html = ""
        self._fitted, self._needed = -1, 0  # pixels: the width that they were fitted to, the height that they need
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.anchorClicked.connect(self._on_anchor_clicked)
        self.mouse = self._around = Mouse(self)

    def keep_height_under(self, mouse: Mouse) -> None:
        """The height stays as it is while this mouse is over its widget, the panel around the sentences."""
        self._around = mouse
        mouse.left.connect(self.fit)

    def show_html(self, html: str, grows_only: bool = False, afresh: bool = False) -> None:
        """Show paragraphs where they are. `afresh`: they are others, and have another height at once."""
        ended = self.grows_only and not grows_only
        self.grows_only = grows_only
        self._fitted = -1 if afresh else self._fitted
        if html != self._html:  # else nothing has come that is written
            scrolled = self.verticalScrollBar().value()
            self._html = html
            self.setHtml(html)
            self.fit()
            self.verticalScrollBar().setValue(scrolled)
        elif ended or afresh:
            self.fit()

    def forget(self) -> None:
        """Write even the same paragraphs anew, in other colours."""
        self._html = ""

    def pieces(self, spans: Iterable[Span], costs: LayerCosts | None) -> str:
        """The spans as HTML, their numbers links; `costs` are those of the layer."""
        return "".join(self.piece(span, costs) for span in spans)

    def piece(self, span: Span, costs: LayerCosts | None) -> str:
        """A span as HTML."""
        text = escape(literal(span.text)).replace(" %", "&nbsp;%")  # a number stays with its unit
        if span.basis is None:
            return text
        self.bases.append(span.basis)
        words = tip_of(span.basis, costs)
        tip = as_tooltip(literal(words)).replace("'", "&#39;")  # Qt takes the attribute as it is
        return f"<a href='#{len(self.bases) - 1}' title='{tip}' style='text-decoration:none'>{text}</a>"

    def fit(self) -> None:
        """Take no more height than the sentences do, so that the table lies right below them.

        Their height without a scroll bar: with one they are higher, it goes when they fit, and so on without end.
        """
        self._needed = max(self._high_without_bar(), self.minimumHeight() if self._scrolls else 0)
        afresh, self._fitted = self._fitted != self.width(), self.width()
        if afresh:
            self._take(self._needed)
        elif not self._around.over:
            self._take(max(self._needed, self.maximumHeight() if self.grows_only else 0))
        self._show_bar()

    def _high_without_bar(self) -> int:
        document, wide = self.document(), self.width() - 2 * self.frameWidth()
        if document.characterCount() <= 1:
            return 0
        beside = document.textWidth() != wide  # a bar; laying out all again takes as long as showing them
        if beside:
            document = document.clone()
            document.setTextWidth(wide)
        high = ceil(document.size().height()) + 2 * self.frameWidth()
        if beside:
            document.deleteLater()
        return high

    def _take(self, high: int) -> None:
        self.setMaximumHeight(high)
        if not self._scrolls:
            self.setMinimumHeight(high)

    def _show_bar(self) -> None:
        policy = Qt.ScrollBarPolicy
        whole = self.height() >= self._needed
        self.setVerticalScrollBarPolicy(policy.ScrollBarAlwaysOff if whole else policy.ScrollBarAsNeeded)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        self.clicked.emit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self.fit()
        self._show_bar()

    def _on_anchor_clicked(self, address: QUrl) -> None:
        self.basis_chosen.emit(self.bases[int(address.fragment())])
