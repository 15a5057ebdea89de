"""What chance gives stands in the tips of the graph panel's line and of the table of units."""

from __future__ import annotations

from typing import TYPE_CHECKING

from graph_driving import panel, run, shown
from PySide6.QtCore import Qt

from workbench.figures.graph.chance import graph_by_chance
from workbench.figures.overview.unit_words import chance_words
from workbench.figures.overview.units import table_of
from workbench.gui.panels.units.columns import BY_NAME, columns_of
from workbench.gui.panels.units.model import UnitModel
from workbench.runs.place import place_in

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from workbench.gui.panels.graph.panel import GraphPanel
    from workbench.gui.state.session import Session
    from workbench.runs.run import Run

__all__ = ["panel", "run"]
TIP = Qt.ItemDataRole.ToolTipRole


def test_the_line_of_the_graph_tells_chance_once_it_rests(
    qtbot: QtBot, panel: GraphPanel, session: Session, run: Run
) -> None:
    shown(qtbot, panel, session, run)
    qtbot.waitUntil(lambda: "By chance" in panel.line.toolTip())
    assert panel.result is not None
    found = graph_by_chance(panel.result.graph, place_in(run, "fc1", 1))
    assert found is not None
    assert found.words in panel.line.toolTip()
    assert "19 independent directions in 400 dimensions" in found.words
    assert "By chance" not in panel.line.text()
    before = panel.line.toolTip()
    panel.cutoff.set_value(0.1)
    qtbot.waitUntil(lambda: "By chance" in panel.line.toolTip() and panel.line.toolTip() != before)
    session.remove(run)
    qtbot.waitUntil(lambda: panel.shows_message)
    assert "By chance" not in panel.line.toolTip()


def test_heads_and_cells_of_the_units_tell_chance(qtbot: QtBot, panel: GraphPanel, run: Run) -> None:
    table, model = table_of(place_in(run, "fc1", 1)), UnitModel(panel)
    columns = columns_of(table)
    model.show(table, columns, ~table.removed, ("unit", False))
    for name in ("nearest_cosine", "degree", "cosine_to_start", "potential_share"):
        words, at = chance_words(table, name), columns.index(BY_NAME[name])
        assert words
        assert words in model.headerData(at, Qt.Orientation.Horizontal, TIP)
        assert words in model.data(model.index(0, at), TIP)
    assert "chance" not in model.data(model.index(0, columns.index(BY_NAME["norm"])), TIP)
    run.close()
