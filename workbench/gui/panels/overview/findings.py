"""What is found of each layer, in sentences whose numbers are links."""

from __future__ import annotations

from html import escape
from math import ceil
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtWidgets import QFrame, QTextBrowser

from workbench.figures.overview.headline import common_basis, headline
from workbench.figures.overview.words import finding, text_of
from workbench.gui.panels.overview.mouse import Mouse
from workbench.gui.panels.overview.words import tip_of
from workbench.gui.plots.focus_frame import FocusFrame
from workbench.gui.widgets.plain_text import as_tooltip, literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from PySide6.QtCore import QUrl
    from PySide6.QtGui import QMouseEvent, QResizeEvent

    from workbench.figures.overview.costs import LayerCosts
    from workbench.figures.overview.layer import LayerOverview
    from workbench.figures.overview.words import Basis, Span
    from workbench.gui.panels.overview.answers import Overview


MARGIN = "margin:0 0 6px 0"  # of a paragraph
MOST = 24  # paragraphs
LEAST = 40  # pixels: its height in a low window


class Findings(FocusFrame, QTextBrowser):
    """One paragraph a layer. `basis_chosen` says what the number that was clicked rests on.

    Numbers that come while the mouse is over the sentences wait until it leaves or clicks: nobody reads or clicks what
    moves away. The height stays while the mouse is over the panel, and never shrinks while more is to come.
    """

    basis_chosen = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName("What is found of each layer")
        self.setOpenLinks(False)
        self.setTabChangesFocus(True)
        self.setMinimumHeight(LEAST)
        self._bases: list[Basis] = []
        self._html = ""
        self._written: tuple[Overview | None, Mapping[str, LayerCosts] | None, str, bool, str] = (
            None, None, "", False, "")  # fmt: skip
        self._waiting: tuple[Overview, Mapping[str, LayerCosts], str, bool, str] | None = None  # until the mouse leaves
        self._fitted, self._needed = -1, LEAST  # pixels: the width that they were fitted to, the height that they need
        self._number = -1  # of the paragraph that is set off
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.anchorClicked.connect(self._on_anchor_clicked)
        self._mouse = self._around = Mouse(self)
        self._mouse.left.connect(self._write_waiting)

    def keep_height_under(self, mouse: Mouse) -> None:
        """The height stays as it is while this mouse is over its widget, the panel around the sentences."""
        self._around = mouse
        mouse.left.connect(self.fit)

    def show_findings(
        self, known: Overview, costs: Mapping[str, LayerCosts], layer: str, measuring: bool = False, when: str = ""
    ) -> None:
        """Write which layer is the most redundant, and what is found of each at the end; `layer` is set off.

        Of many layers, those around it are written. `measuring` says that costs are still to come; `when` heads the
        sentences where all else in the window is of another snapshot.
        """
        if self._mouse.over and when == self._written[-1] and self._is_only_news(known, layer):
            self._waiting = known, costs, layer, measuring, when
        else:
            self._write(known, costs, layer, measuring, when)

    def _write(self, known: Overview, costs: Mapping[str, LayerCosts], layer: str, measuring: bool, when: str) -> None:
        self._waiting = None
        written, ends = (known, costs, layer, measuring, when), _ends(known)
        before, *others = self._written
        unchanged = before is not None and [*map(id, _ends(before).values())] == [*map(id, ends.values())]
        if unchanged and others[0] is costs and others[1:] == [layer, measuring, when]:
            self._written = written
            return
        scrolled, moved = self.verticalScrollBar().value(), layer != self._written[2]
        if before is None or not self._is_of(known) or _ends(before).keys() != ends.keys():
            self._fitted = -1
        ended = bool(others[2]) and not measuring
        self._written, self._bases = written, []
        basis = common_basis(costs)
        most = headline(list(ends.values()), costs, basis, measuring)
        said = bool(basis) and basis in text_of(most)  # once, above all findings
        shown = _around(layer, ends)
        found = {name: finding(ends[name], costs.get(name), measuring, basis=not said) for name in shown}
        paragraphs = [self._paragraph(spans, name == layer) for name, spans in found.items()]
        if most:
            paragraphs.insert(0, f"<p style='{MARGIN}'><b>{''.join(map(self._piece, most))}</b></p>")
        paragraphs = [f"<p style='{MARGIN}'><i>{escape(when)}</i></p>"] * bool(when) + paragraphs
        if len(ends) > MOST:
            paragraphs.append(f"<p><i>{len(ends) - MOST:,} more layers: choose one in the table.</i></p>")
        html = "".join(paragraphs)
        if html != self._html:  # else numbers of layers came that are not written
            self._html = html
            self.setHtml(html)
            self.fit()
            self.verticalScrollBar().setValue(scrolled)
        elif ended:
            self.fit()
        self._number = list(found).index(layer) + bool(most) + bool(when) if layer in found else -1
        if moved:
            self._show_chosen()

    def _is_only_news(self, known: Overview, layer: str) -> bool:
        """Whether these are later numbers of the run that is written, and the same layer is set off."""
        return self._is_of(known) and self._written[2] == layer

    def _is_of(self, known: Overview) -> bool:
        """Whether what is written is of this run."""
        before = self._written[0]
        return before is not None and before.question.place.same_source(known.question.place)

    def _write_waiting(self) -> None:
        if self._waiting is not None:
            self._write(*self._waiting)

    def _show_chosen(self) -> None:
        """Scroll as little as it takes to see the paragraph of the chosen layer, its beginning first of all."""
        block = self.document().findBlockByNumber(self._number)
        if self._number < 0 or not block.isValid():
            return
        place, bar = self.document().documentLayout().blockBoundingRect(block), self.verticalScrollBar()
        top, bottom = int(place.top()), ceil(place.bottom()) - self.viewport().height()
        bar.setValue(min(max(bar.value(), bottom), top))

    def fit(self) -> None:
        """Take no more height than the sentences do, so that the table lies right below them.

        Their height without a scroll bar: with one they are higher, it goes when they fit, and so on without end.
        """
        document = self.document().clone()
        document.setTextWidth(self.width() - 2 * self.frameWidth())
        self._needed = max(ceil(document.size().height()) + 2 * self.frameWidth(), LEAST)
        document.deleteLater()
        afresh, self._fitted = self._fitted != self.width(), self.width()
        if afresh:
            self.setMaximumHeight(self._needed)
        elif not self._around.over:
            self.setMaximumHeight(max(self._needed, self.maximumHeight() if self._written[3] else 0))
        self._show_bar()

    def _show_bar(self) -> None:
        policy = Qt.ScrollBarPolicy
        whole = self.height() >= self._needed
        self.setVerticalScrollBarPolicy(policy.ScrollBarAlwaysOff if whole else policy.ScrollBarAsNeeded)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)  # a click is on what is seen
        self._write_waiting()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self.fit()
        self._show_bar()
        self._show_chosen()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        known, costs, layer, measuring, when = self._waiting or self._written
        if event.type() == QEvent.Type.PaletteChange and known is not None and costs is not None:
            self._written, self._html = (None, None, layer, measuring, when), ""
            self._write(known, costs, layer, measuring, when)

    def _paragraph(self, spans: Sequence[Span], chosen: bool) -> str:
        head, *rest = (self._piece(span) for span in spans)
        ground = self.palette().alternateBase().color().name()
        look = f" background-color:{ground};" if chosen else ""
        return f"<p style='{MARGIN};{look}'><b>{head}</b>{''.join(rest)}</p>"

    def _piece(self, span: Span) -> str:
        text = escape(literal(span.text)).replace(" %", "&nbsp;%")  # a number stays with its unit
        if span.basis is None:
            return text
        self._bases.append(span.basis)
        words = tip_of(span.basis, (self._written[1] or {}).get(span.basis.place.layer))
        tip = as_tooltip(literal(words)).replace("'", "&#39;")  # Qt takes the attribute as it is
        return f"<a href='#{len(self._bases) - 1}' title='{tip}' style='text-decoration:none'>{text}</a>"

    def _on_anchor_clicked(self, address: QUrl) -> None:
        self.basis_chosen.emit(self._bases[int(address.fragment())])


def _ends(known: Overview) -> dict[str, LayerOverview]:
    """What is known of each layer at the last snapshot."""
    return {name: row for name, history in known.histories.items() if (row := history.get(known.last)) is not None}


def _around(layer: str, layers: Iterable[str]) -> list[str]:
    """The layer and those around it, in the order of the network."""
    names = list(layers)
    if layer not in names:
        return names[:MOST]
    first = max(0, min(names.index(layer) - MOST // 2, len(names) - MOST))
    return names[first : first + MOST]
