"""What is found of each layer, in sentences whose numbers are links."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QTextBrowser

from workbench.figures.overview.words import finding, summary
from workbench.gui.plots.focus_frame import FocusFrame
from workbench.gui.widgets.plain_text import literal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from PySide6.QtCore import QUrl

    from workbench.figures.overview.costs import LayerCosts
    from workbench.figures.overview.words import Basis, Span
    from workbench.gui.panels.overview.answers import Overview


CHOSEN = "chosen"  # the anchor of the layer that is selected
MOST = 40  # paragraphs
LEAST = 40  # pixels: its height in a low window


class Findings(FocusFrame, QTextBrowser):
    """One paragraph a layer. `basis_chosen` says what the number that was clicked rests on."""

    basis_chosen = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName("What is found of each layer")
        self.setOpenLinks(False)
        self.setTabChangesFocus(True)
        self.setMinimumHeight(LEAST)
        self._bases: list[Basis] = []
        self._written: tuple[Overview | None, Mapping[str, LayerCosts] | None, str] = None, None, ""
        self._scrolled = 0  # where the text was left by itself
        self.anchorClicked.connect(self._on_anchor_clicked)

    def show_findings(self, known: Overview, costs: Mapping[str, LayerCosts], layer: str) -> None:
        """Write what is found of each layer at the last snapshot; that of `layer` is set off and comes into sight.

        Of many layers, those around it are written.
        """
        written = known, costs, layer
        if all(new is old for new, old in zip(written, self._written, strict=True)):
            return
        moved = layer is not self._written[2] or self.verticalScrollBar().value() == self._scrolled
        scrolled = self.verticalScrollBar().value()
        self._written, self._bases = written, []
        names = list(known.histories)
        first = max(0, min(names.index(layer) - MOST // 2, len(names) - MOST)) if layer in names else 0
        rows = [known.histories[name].get(known.last) for name in names[first : first + MOST]]
        found = [(finding(row, costs.get(row.layer)), row.layer == layer) for row in rows if row is not None]
        ends = [row for history in known.histories.values() if (row := history.get(known.last)) is not None]
        most = summary(ends, costs)
        paragraphs = [f"<p style='margin:0 0 6px 0'><b>{''.join(map(self._piece, most))}</b></p>"] if most else []
        paragraphs += [self._paragraph(*each) for each in found]
        if len(names) > MOST:
            paragraphs.append(f"<p><i>{len(names) - MOST:,} more layers: choose one in the table.</i></p>")
        self.setHtml("".join(paragraphs))
        if moved:
            self.scrollToAnchor(CHOSEN)
            self._scrolled = self.verticalScrollBar().value()
        else:
            self.verticalScrollBar().setValue(scrolled)  # where a person has scrolled to

    def _paragraph(self, spans: Sequence[Span], chosen: bool) -> str:
        head, *rest = (self._piece(span) for span in spans)
        ground = self.palette().alternateBase().color().name()
        look = f" background-color:{ground};" if chosen else ""
        mark = f"<a name='{CHOSEN}'></a>" if chosen else ""
        return f"<p style='margin:0 0 6px 0;{look}'>{mark}<b>{head}</b>{''.join(rest)}</p>"

    def _piece(self, span: Span) -> str:
        text = escape(literal(span.text))
        if span.basis is None:
            return text
        self._bases.append(span.basis)
        return f"<a href='#{len(self._bases) - 1}' style='text-decoration:none'>{text}</a>"

    def _on_anchor_clicked(self, address: QUrl) -> None:
        self.basis_chosen.emit(self._bases[int(address.fragment())])
