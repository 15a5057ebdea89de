"""What is found of the network and of each layer, in sentences whose numbers are links."""

from __future__ import annotations

from html import escape
from math import ceil
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QEvent

from workbench.figures.overview.headline import common_basis, network, summary
from workbench.figures.overview.words import finding, text_of
from workbench.gui.panels.overview.sentences import Sentences

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from PySide6.QtGui import QResizeEvent

    from workbench.figures.overview.costs import LayerCosts
    from workbench.figures.overview.layer import LayerOverview
    from workbench.figures.overview.words import Span
    from workbench.gui.panels.overview.answers import Overview
    from workbench.gui.panels.overview.mouse import Mouse


MARGIN = "margin:0 0 6px 0"  # of a paragraph
MOST = 24  # paragraphs


class Written(NamedTuple):
    """What sentences are made from."""

    known: Overview
    costs: Mapping[str, LayerCosts]
    layer: str  # which is set off
    measuring: bool  # costs are still to come
    when: str  # heads the sentences


class Findings(Sentences):
    """One paragraph a layer; `headline` lies above them, and stays in sight while they scroll.

    Numbers that come while the mouse is over the sentences wait until it leaves or clicks, or all are there: nobody
    reads or clicks what moves away, and a mouse that rests there must not leave them unfinished.
    """

    _written: Written | None = None
    _waiting: Written | None = None  # until the mouse leaves

    def __init__(self) -> None:
        super().__init__("What is found of each layer")
        self.headline = Sentences("What is found of the network", scrolls=False)
        self.headline.basis_chosen.connect(self.basis_chosen)
        self._number = -1  # of the paragraph that is set off
        self._headline: tuple[Sequence[Span], str] = (), ""
        for part in (self, self.headline):
            part.mouse.left.connect(self._write_waiting)
            part.clicked.connect(self._write_waiting)

    def keep_height_under(self, mouse: Mouse) -> None:
        super().keep_height_under(mouse)
        self.headline.keep_height_under(mouse)

    def show_findings(
        self, known: Overview, costs: Mapping[str, LayerCosts], layer: str, measuring: bool = False, when: str = ""
    ) -> None:
        """Write which layer is the most redundant, and what is found of each at the end; `layer` is set off.

        Of many layers, those around it are written. `measuring` says that costs are still to come; `when` heads the
        sentences where all else in the window is of another snapshot.
        """
        wanted = Written(known, costs, layer, measuring, when)
        over, before = self.mouse.over or self.headline.mouse.over, self._written
        finished = before is not None and before.measuring and not wanted.measuring
        if over and not finished and before is not None and _only_news(before, wanted):
            self._waiting = wanted
        else:
            self._write(wanted)

    def _write(self, wanted: Written) -> None:
        before, self._waiting, self._written = self._written, None, wanted
        ends = _ends(wanted.known)
        if before is not None and _same_words(before, wanted):
            return
        if before is not None and _same_words(before, wanted._replace(when=before.when)):
            self._write_headline(*self._headline, afresh=True)  # only the snapshot of all else is another one
            return
        others = before is None or not _same_run(before, wanted) or _ends(before.known).keys() != ends.keys()
        basis = common_basis(wanted.costs)
        most = summary(list(ends.values()), wanted.costs, basis, wanted.measuring)
        self._headline = most, network(list(ends.values()), wanted.costs)
        self._write_headline(*self._headline, afresh=others or (before is not None and before.when != wanted.when))
        said = bool(basis) and basis in text_of(most)  # once, above all findings
        self.bases = []
        shown = _around(wanted.layer, ends)
        found = [self._of_layer(wanted, ends, name, basis=not said) for name in shown]
        if len(ends) > MOST:
            found.append(f"<p><i>{len(ends) - MOST:,} more layers: choose one in the table.</i></p>")
        self.show_html("".join(found), grows_only=wanted.measuring, afresh=others)
        self._number = shown.index(wanted.layer) if wanted.layer in shown else -1
        if before is None or before.layer != wanted.layer:
            self._show_chosen()

    def _write_headline(self, most: Sequence[Span], whole: str, afresh: bool) -> None:
        assert self._written is not None
        above, when, self.headline.bases = self.headline, self._written.when, []
        costs = next((self._written.costs.get(span.basis.place.layer) for span in most if span.basis is not None), None)
        parts = [f"<i>{escape(when)}</i>"] if when else []
        parts += [f"<b>{above.pieces(most, costs)}</b> {escape(whole)}"] if most or whole else []
        html = "".join(f"<p style='{MARGIN}'>{part}</p>" for part in parts)
        above.show_html(html, grows_only=self._written.measuring, afresh=afresh)

    def _of_layer(self, wanted: Written, ends: Mapping[str, LayerOverview], name: str, basis: bool) -> str:
        costs = wanted.costs.get(name)
        head, *rest = finding(ends[name], costs, wanted.measuring, basis=basis)
        ground = self.palette().alternateBase().color().name()
        look = f" background-color:{ground};" if name == wanted.layer else ""
        return f"<p style='{MARGIN};{look}'><b>{self.piece(head, costs)}</b>{self.pieces(rest, costs)}</p>"

    def _write_waiting(self) -> None:
        if self._waiting is not None:
            self._write(self._waiting)

    def _show_chosen(self) -> None:
        """Scroll as little as it takes to see the paragraph of the chosen layer, its beginning first of all."""
        block = self.document().findBlockByNumber(self._number)
        if self._number < 0 or not block.isValid():
            return
        place, bar = self.document().documentLayout().blockBoundingRect(block), self.verticalScrollBar()
        top, bottom = int(place.top()), ceil(place.bottom()) - self.viewport().height()
        bar.setValue(min(max(bar.value(), bottom), top))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._show_chosen()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        wanted = self._waiting or self._written
        if event.type() == QEvent.Type.PaletteChange and wanted is not None:
            self._written = None
            for part in (self, self.headline):
                part.forget()
            self._write(wanted)


def _same_run(one: Written, other: Written) -> bool:
    return one.known.question.place.same_source(other.known.question.place)


def _only_news(before: Written, now: Written) -> bool:
    """Whether these are later numbers of the run that is written, and the same layer is set off."""
    return _same_run(before, now) and (before.layer, before.when) == (now.layer, now.when)


def _same_words(before: Written, now: Written) -> bool:
    """Whether nothing has come that is written."""
    ends, others = ([*map(id, _ends(each.known).values())] for each in (before, now))
    return ends == others and before.costs is now.costs and before[2:] == now[2:]


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
