"""The menu *Select*: units of the layer by one word or key, and why an entry cannot be used."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import Qt

from workbench.gui.background import paint_queue
from workbench.gui.dialogs.rule_dialog import RuleDialog

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from workbench.gui.window.main_window import MainWindow

FIND = 20_000


def chosen_by(qtbot: QtBot, window: MainWindow, way: str) -> frozenset[int]:
    with qtbot.waitSignal(window.selecting.found, timeout=FIND):
        window.selecting.by_way[way].trigger()  # type: ignore[index]
    return window.session.selection.units


def test_units_are_selected_off_the_gui_thread_and_counted(qtbot: QtBot, shared: MainWindow) -> None:
    shared.session.select(layer="fc1", snapshot=5, units=frozenset())
    isolated = chosen_by(qtbot, shared, "isolated")
    graph = shared.panels["graph"]
    qtbot.waitUntil(lambda: graph.complete)
    result = graph.result  # type: ignore[attr-defined]
    assert isolated == frozenset(np.flatnonzero(result.graph.alone).tolist())
    assert shared.status.selection.text().endswith(f"{len(isolated)} isolated units selected")
    others = chosen_by(qtbot, shared, "others")
    assert others == frozenset(range(40)) - isolated
    assert shared.status.selection.text().endswith(f"{len(others)} units selected")
    shared.session.select(units=frozenset({min(others)}))
    together = chosen_by(qtbot, shared, "component")
    assert {result.graph.component[unit] for unit in together} == {result.graph.component[min(others)]}


def test_escape_selects_none_wherever_the_keyboard_is(qtbot: QtBot, shared: MainWindow) -> None:
    shared.activateWindow()
    for name in ("graph", "pruning", "overview"):
        shared.docks[name].come()
        shared.session.select(units=frozenset({1, 2}))
        shared.panels[name].setFocus()
        qtbot.keyClick(shared, Qt.Key.Key_Escape)
        assert shared.session.selection.units == frozenset(), name


def test_what_is_selected_since_stays_when_an_older_answer_comes(qtbot: QtBot, shared: MainWindow) -> None:
    shared.session.select(layer="fc1", snapshot=5, units=frozenset())
    for ask_again in (shared.selecting.none.trigger, partial(shared.session.select, units=frozenset({1, 2}))):
        shared.selecting.by_way["isolated"].trigger()
        assert shared.selecting.none.isEnabled()
        ask_again()
        wanted = shared.session.selection.units
        all_answered(qtbot, shared)
        assert shared.session.selection.units == wanted
    chosen_by(qtbot, shared, "isolated")  # the next one is answered again


def all_answered(qtbot: QtBot, window: MainWindow) -> None:
    come: list[bool] = []
    qtbot.waitUntil(lambda: not window.selecting._asker._busy, timeout=FIND)
    paint_queue.of_application().call(lambda: come.append(True))
    qtbot.waitUntil(lambda: bool(come), timeout=FIND)


def test_nothing_found_is_said(qtbot: QtBot, shared: MainWindow) -> None:
    shared.session.select(units=frozenset({3}))
    shared.selecting.by_way["repeated"].trigger()
    qtbot.waitUntil(lambda: bool(shared.notices.shown), timeout=FIND)
    assert shared.notices.shown[-1].message.endswith("no unit repeats another.")
    assert shared.session.selection.units == frozenset({3})


def test_what_cannot_be_selected_says_why(qtbot: QtBot, shared: MainWindow) -> None:
    rows = shared.selecting.by_way
    shared.session.select(units=frozenset())
    assert not rows["component"].isEnabled()
    assert "click one in the weight graph" in rows["component"].toolTip()
    assert shared.menus["&Select"].toolTipsVisible()
    shared.session.select(units=frozenset({0}))
    assert rows["component"].isEnabled()
    shared.session.select(units=frozenset())
    runs, selection = shared.session.runs, shared.session.selection
    shared.session._replace(type(selection)())  # as without a run
    assert not any(action.isEnabled() for action in rows.values())
    assert rows["dead"].toolTip() == "Open a run first."
    assert runs
    shared.session._replace(selection)


def test_a_rule_is_counted_while_one_types(qtbot: QtBot, shared: MainWindow) -> None:
    shared.selecting.by_way["rule"].trigger()
    dialog = next(each for each in shared.findChildren(RuleDialog) if each.isVisible())
    dialog.line.setText("unit < 7 and nor")
    qtbot.waitUntil(lambda: "did you mean norm" in dialog.said.text(), timeout=FIND)
    assert not dialog.select.isEnabled()
    dialog.line.setText("unit < 7")
    qtbot.waitUntil(dialog.select.isEnabled, timeout=FIND)
    assert dialog.said.text() == "7 units fit."
    with qtbot.waitSignal(shared.selecting.found, timeout=FIND):
        dialog.select.click()
    assert shared.session.selection.units == frozenset(range(7))
    assert shared.status.selection.text().endswith("7 units where unit < 7 selected")
