"""What the weight graph shows and offers under the mouse: the card of a unit, menus, a legend that selects."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPoint

from workbench.figures.graph.card import AboutUnit, UnitCards, lines_of
from workbench.gui.background.latest import Latest
from workbench.gui.panels.frame import open_unit_page
from workbench.gui.panels.graph.menus import menu_of_entry, menu_of_ground, menu_of_units
from workbench.gui.panels.graph.sets import NamedSets
from workbench.gui.plots.graph.card import Card, Shown
from workbench.gui.plots.graph.look import legend

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor

    from PySide6.QtWidgets import QMenu

    from workbench.figures.graph.card import UnitCard
    from workbench.figures.graph.picture import GraphResult
    from workbench.gui.background.latest import Answer
    from workbench.gui.panels.graph.panel import GraphPanel


class Looking(QObject):
    """Belongs to a graph panel and its view and legend."""

    def __init__(self, panel: GraphPanel, pool: ThreadPoolExecutor) -> None:
        super().__init__(panel)
        self._panel = panel
        self.card = Card(panel.view)
        self.menu: QMenu | None = None  # the one that was shown last
        self._named: list[frozenset[int]] = []  # the units that each entry of the legend names
        self._cards, self.sets = UnitCards(), NamedSets(panel)
        self._latest = Latest(self._read, pool, self)
        self._latest.answered.connect(self._on_latest_answered)
        panel.view.hovered.connect(self._on_view_hovered)
        panel.view.opened.connect(self._on_view_opened)
        panel.view.menu_requested.connect(self._on_view_menu_requested)
        panel.stacking.pairs_wanted.connect(self._on_stacking_pairs_wanted)
        panel.legend.clicked.connect(self._on_legend_clicked)
        panel.legend.menu_requested.connect(self._on_legend_menu_requested)

    def show_legend(self, result: GraphResult) -> None:
        """The legend of this graph."""
        rows = legend(result, self._panel.more.pairs.isChecked())
        self._panel.legend.set_entries([entry for entry, _ in rows])
        self._named = [units for _, units in rows]

    def follow(self) -> None:
        """Another graph of the same units is shown: a card on screen says what that one says."""
        if self.card.isVisible():
            self._on_view_hovered(self._panel.view.item.hovered)

    def clear(self) -> None:
        """Nothing is shown."""
        self.card.hide()
        self._panel.legend.set_entries(())
        self._named = []

    def shut(self) -> None:
        self._latest.close()

    def _read(self, question: tuple[AboutUnit, GraphResult]) -> UnitCard:
        return self._cards.card(*question)

    def _on_view_hovered(self, unit: int) -> None:
        result = self._panel.result
        if unit < 0 or result is None or not result.graph.present[unit]:
            self.card.hide()
            return
        self._show(unit, Shown(lines_of(result, unit)))
        self._latest.ask((AboutUnit(result.needs, unit), result))

    def _on_latest_answered(self, answer: Answer) -> None:
        read, result = answer.value, self._panel.result
        unit = read.about.unit
        if result is None or result.needs != read.about.needs or unit != self._panel.view.item.hovered:
            return
        nearest = [f"nearest: {result.name_of(each)}, cosine {cosine:.3f}" for each, cosine in read.nearest]
        lines, now = (*lines_of(result, unit, read.death), *nearest), result.needs.place.snapshot
        self._show(unit, Shown(lines, read.activity, now, read.picture))

    def _show(self, unit: int, shown: Shown) -> None:
        view = self._panel.view
        radius = float(view.item.look.radii[unit]) / max(view.box.viewPixelSize()[0], 1e-9)
        self.card.show_beside(shown, view.place_of(unit), round(radius))

    def _on_view_opened(self, node: int) -> None:
        for unit in self._panel.chosen.units_of(frozenset({node})):
            open_unit_page(self._panel, unit)

    def _on_view_menu_requested(self, node: int, at: QPoint) -> None:
        result = self._panel.result
        if result is not None:
            panel = self._panel
            unit = int(result.counterparts[node]) if node >= 0 else -1
            self._pop_up(menu_of_units(panel, result, unit) if unit >= 0 else menu_of_ground(panel, result), at)

    def _on_stacking_pairs_wanted(self) -> None:
        self._panel.others["map"].restore({"show": "pairs"})
        self._panel.panel_requested.emit("map")

    def _on_legend_clicked(self, number: int, adding: bool) -> None:
        if number < len(self._named):
            session = self._panel.session
            named = self._panel.chosen.units_of(self._named[number])
            session.select(units=named | (session.selection.units if adding else frozenset()))

    def _on_legend_menu_requested(self, number: int, at: QPoint) -> None:
        if self._panel.result is None or number >= len(self._named):
            return
        name, units = ("", frozenset[int]())
        if number >= 0:
            name, units = self._panel.legend.shown[number].text, self._panel.chosen.units_of(self._named[number])
        self._pop_up(menu_of_entry(self._panel, name, units), at)

    def _pop_up(self, menu: QMenu, at: QPoint) -> None:
        self.card.hide()
        menu.aboutToHide.connect(menu.deleteLater)
        self.menu = menu
        menu.popup(at)
