"""The context menus of the weight graph: of nodes and selections, of its ground, and of its legend."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtGui import QActionGroup, QGuiApplication
from PySide6.QtWidgets import QMenu

from workbench.figures.graph.groups import COLOURINGS, DEAD_UNITS, ISOLATED_UNITS, STILL_UNITS
from workbench.figures.overview.choosing import component_of, with_neighbours
from workbench.gui.panels.frame import open_unit_page
from workbench.gui.plots.graph.view import WARM
from workbench.runs.saying import counted

if TYPE_CHECKING:
    from collections.abc import Callable

    from workbench.figures.graph.picture import GraphResult
    from workbench.gui.panels.base import Panel
    from workbench.gui.panels.graph.panel import GraphPanel

    Units = frozenset[int]

OFFERED = {DEAD_UNITS: "dead unit", STILL_UNITS: "hardly moved unit", ISOLATED_UNITS: "isolated unit"}


def menu_of_units(panel: GraphPanel, result: GraphResult, unit: int) -> QMenu:
    """What can be done with a unit, or with the selection where the unit is one of it."""
    menu, chosen = QMenu(panel), panel.session.selection.units
    units = chosen if unit in chosen else frozenset({unit})
    title = f"{counted(len(units), 'selected unit')}" if len(units) > 1 else f"Unit {unit}"
    menu.addAction(title).setEnabled(False)
    select = _selecting(panel, menu)
    if unit not in chosen:
        select("Select", units)
        if chosen:
            select("Add to the selection", chosen | units)
    else:
        select(f"Take unit {unit} out of the selection", chosen - {unit})
    listed = sorted(units)
    near, component = with_neighbours(result.graph, listed), component_of(result.graph, listed)
    select("Select with neighbours", _numbers(near), len(units))
    select("Select component" if len(units) == 1 else "Select components", _numbers(component), len(units))
    labels = result.partition.labels
    if result.partition.word != "component" and (labels[listed] >= 0).any():
        group = np.isin(labels, labels[listed]) & (labels >= 0)
        select(f"Select {result.partition.word}", _numbers(group), len(units))
    menu.addSeparator()
    _add_pinning(panel, menu, result.nodes_of(units))
    _add_doing(panel, menu, units)
    menu.addAction("Open unit page").triggered.connect(lambda: open_unit_page(panel, unit))
    _add_copying(menu, units)
    return menu


def menu_of_ground(panel: GraphPanel, result: GraphResult) -> QMenu:
    """What can be done on the background."""
    menu = QMenu(panel)
    select = _selecting(panel, menu)
    for group, noun in OFFERED.items():
        units = _numbers(result.groups == group)
        if units:
            select(f"Select {counted(len(panel.chosen.units_of(units)), noun)}", units)
    if panel.session.selection.units:
        _add_copying(menu, panel.session.selection.units)
        select("Select none", frozenset())
    panel.looking.sets.add_to(menu, panel.session.selection.units)
    menu.addSeparator()
    menu.addAction("Show all").triggered.connect(panel.more.whole.click)
    menu.addAction("Lay out again").triggered.connect(panel.more.again.click)
    if panel.view.pins:
        menu.addAction(f"Unpin {counted(len(panel.view.pins), 'node')}").triggered.connect(
            lambda: _unpin(panel, frozenset(panel.view.pins))
        )
    _add_colourings(panel, menu)
    return menu


def menu_of_entry(panel: GraphPanel, name: str, units: Units) -> QMenu:
    """What can be done with an entry of the legend, which names these units."""
    menu = QMenu(panel)
    if units:
        select, chosen = _selecting(panel, menu), panel.session.selection.units
        menu.addAction(name).setEnabled(False)
        select(f"Select {counted(len(units), 'unit')}", units)
        if chosen and not units <= chosen:
            select("Add to the selection", chosen | units)
        if chosen & units:
            select("Take out of the selection", chosen - units)
        _add_copying(menu, units)
        menu.addSeparator()
    _add_colourings(panel, menu)
    return menu


def _selecting(panel: GraphPanel, menu: QMenu) -> Callable[..., None]:
    """Adds an entry that selects units; one that would add none to `than` is grey."""

    def add(text: str, nodes: Units, than: int = -1) -> None:
        units = panel.chosen.units_of(nodes)
        action = menu.addAction(text)
        action.setEnabled(len(units) > than)
        action.triggered.connect(lambda: panel.session.select(units=units))

    return add


def _add_pinning(panel: GraphPanel, menu: QMenu, nodes: Units) -> None:
    view = panel.view
    if nodes - view.pins.keys():
        menu.addAction("Pin here").triggered.connect(lambda: view.pins.pin(nodes))
    if nodes & view.pins.keys():
        menu.addAction("Unpin").triggered.connect(lambda: _unpin(panel, nodes))


def _unpin(panel: GraphPanel, nodes: Units) -> None:
    panel.view.pins.unpin(nodes)
    panel.view.reheat(WARM)


def _add_doing(panel: GraphPanel, menu: QMenu, units: Units) -> None:
    """What other panels do with these units, which are selected for it."""

    def add(text: str, name: str, settings: Callable[[Panel], dict[str, object]]) -> None:
        if name in panel.others:
            menu.addAction(text).triggered.connect(lambda: show(panel.others[name], name, settings))

    def show(other: Panel, name: str, settings: Callable[[Panel], dict[str, object]]) -> None:
        panel.session.select(units=units)
        other.restore(settings(other))
        panel.panel_requested.emit(name)

    add("Prune: show the cost", "pruning", lambda _other: {})
    add("Merge: show the curve", "pruning", _with_merging)
    add("Low rank", "low_rank", lambda _other: {"matrix": "units"})
    panel.looking.sets.add_to(menu, units)


def _with_merging(pruning: Panel) -> dict[str, object]:
    orders = pruning.settings().get("orders")
    return {"orders": [*dict.fromkeys([*(orders if isinstance(orders, list) else []), "merged"])]}


def _add_copying(menu: QMenu, units: Units) -> None:
    words = "Copy unit number" if len(units) == 1 else f"Copy {len(units):,} unit numbers"
    numbers = ",".join(map(str, sorted(units)))  # as the commands' --units takes them
    menu.addAction(words).triggered.connect(lambda: QGuiApplication.clipboard().setText(numbers))


def _add_colourings(panel: GraphPanel, menu: QMenu) -> None:
    colours = menu.addMenu("Colour by")
    group = QActionGroup(colours)
    for name, title in COLOURINGS.items():
        action = colours.addAction(title[:1].upper() + title[1:])
        action.setCheckable(True)
        action.setChecked(panel.more.colouring.currentData() == name)
        group.addAction(action)
        action.triggered.connect(lambda _checked=False, name=name: panel.more.choose_colouring(name))


def _numbers(which: np.ndarray) -> Units:
    return frozenset(np.flatnonzero(which).tolist())
