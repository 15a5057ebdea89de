"""The map shows the units of the weight graph in four ways, and what is selected in it is selected everywhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PySide6.QtCore import Qt

from tests.gui.windows import all_drawn, opened, small_file
from workbench.figures.kinds import figure
from workbench.gui.panels.map.panel import VIEWS

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from workbench.gui.window.main_window import MainWindow


@pytest.fixture(scope="module")
def lasting_run(module_bot: QtBot, lasting_window: MainWindow, tmp_path_factory: pytest.TempPathFactory) -> MainWindow:
    """The window with the small run and every view of the panel: what is made later would be left by a test."""
    panel: Any = lasting_window.panels["map"]
    for show in VIEWS:
        panel.view(show)
    return all_drawn(module_bot, lasting_window, small_file(tmp_path_factory.mktemp("run")))


@pytest.fixture
def window(shared: MainWindow) -> MainWindow:
    return shared


def shown(qtbot: QtBot, window: MainWindow, show: str) -> Any:
    """The view of this name, drawn."""
    panel: Any = window.panels["map"]
    panel.restore({"show": show})
    qtbot.waitUntil(lambda: panel.complete and panel.shown_result is not None and panel.question.show == show)
    qtbot.waitUntil(lambda: panel.shown_result.question.show == show)
    return panel.view(show)


def test_each_view_selects_units_in_all_panels(qtbot: QtBot, window: MainWindow, path: Path) -> None:
    opened(qtbot, window, path)
    window.session.select(layer="fc1", snapshot=5)
    window.docks["map"].come()
    panel: Any = window.panels["map"]
    matrix = shown(qtbot, window, "matrix")
    order = matrix.shown.picture.found.order
    matrix.click_at(2.5, 0.5)
    assert window.session.selection.units == set(order[[0, 2]].tolist())
    matrix.click_at(4.5, 3.5, Qt.KeyboardModifier.ShiftModifier)
    assert window.session.selection.units == set(order[:5].tolist())
    matrix.click_at(-0.03 * len(order), 0.5)
    graph = matrix.shown.picture.result.graph
    assert window.session.selection.units == set(np.flatnonzero(graph.component == 0).tolist())
    drawing = panel.drawing()
    again: Any = figure("map", drawing.place.run, "fc1", drawing.place.snapshot, drawing.units, **drawing.settings)
    assert again.figure.table() == drawing.figure.table()
    assert again.figure.selected.tolist() == drawing.figure.selected.tolist()
    plane = shown(qtbot, window, "plane")
    plane.plot.selected.emit(frozenset({4}))
    assert window.session.selection.units == {4}
    assert plane.plot.item.chosen == {4}
    sizes = shown(qtbot, window, "sizes")
    snapshot = window.session.selection.place.snapshot
    labels = sizes.shown.tracks.labels[snapshot]
    for band in range(len(sizes.shown.bands)):
        track = int(sizes.shown.tracks.by_size[band])
        assert sizes.units_of(band, snapshot) == set(np.flatnonzero(labels == track).tolist())


def test_pairs_need_a_stack_and_a_row_selects_both_units(qtbot: QtBot, window: MainWindow, path: Path) -> None:
    opened(qtbot, window, path)
    window.session.select(layer="fc1", snapshot=5)
    window.docks["map"].come()
    panel, graph = window.panels["map"], window.panels["graph"]
    panel.restore({"show": "pairs"})
    qtbot.waitUntil(lambda: "No layer is stacked" in panel.reason.text())  # type: ignore[attr-defined]
    graph.restore({"stacked": ["snapshot:0"]})
    pairs = shown(qtbot, window, "pairs")
    qtbot.waitUntil(lambda: pairs.model.rowCount() > 0)
    pairs.list.selectRow(1)
    unit = int(pairs.model.nodes[1, 0])
    assert window.session.selection.units == {unit}
    assert panel.shown_result.result.nodes_of({unit}) == set(pairs.model.nodes[1].tolist())
    assert panel.drawing() is not None
    graph.restore({"stacked": []})


def test_arrows_come_when_the_nodes_rest_and_a_named_set_is_in_rules(
    qtbot: QtBot, window: MainWindow, path: Path
) -> None:
    opened(qtbot, window, path)
    window.session.select(layer="fc1", snapshot=1)
    window.docks["graph"].come()
    graph: Any = window.panels["graph"]
    qtbot.waitUntil(lambda: graph.settled and graph.result is not None)
    graph.view.settle()
    graph.restore({"arrows": "first"})
    qtbot.waitUntil(lambda: graph.drift.found is not None)
    assert "arrows lead from the layout of" in graph.line.text()
    drawing = graph.drawing()
    assert len(drawing.positions) == 2 * graph.result.graph.units
    kept = graph.view.seen.get(graph.result.needs.at(graph.drift.found.place).nodes_and_edges)
    assert kept.layout is graph.drift.found.layout  # there the nodes glide when one goes to that snapshot
    graph.restore({"arrows": "none"})
    assert graph.drift.found is None
    graph.looking.sets.name("my set", frozenset({2, 5}))
    window.selecting.select("rule", 'in "my set"')
    qtbot.waitUntil(lambda: window.session.selection.units == {2, 5})
    units: Any = window.panels["units"]
    qtbot.waitUntil(lambda: units.settled and units._table is not None)
    units.restore({"where": 'in "my set"'})
    assert units.view.units.units.tolist() == [2, 5]
    assert "{'my set': (2, 5)}" in units.as_python()
    units.restore({"where": ""})
    graph.looking.sets.forget("my set")
