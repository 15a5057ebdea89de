"""Layers stacked in the weight graph's panel: nodes and units, the menu, and the figure that comes back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from graph_driving import panel, run, shown

from workbench.figures.kinds import figure_from
from workbench.figures.stacks.picture import StackedResult

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from workbench.gui.panels.graph.panel import GraphPanel
    from workbench.gui.state.session import Session
    from workbench.runs.run import Run

__all__ = ["panel", "run"]


def test_a_snapshot_is_stacked_and_both_nodes_of_a_unit_are_selected(
    qtbot: QtBot, panel: GraphPanel, session: Session, run: Run
) -> None:
    shown(qtbot, panel, session, run)
    assert panel.stacking.when == "same"  # whatever Compare is set to while nothing is compared
    panel.stacking.menu.aboutToShow.emit()
    offered = {action.data(): action for action in panel.stacking.menu.actions() if action.isCheckable()}
    assert list(offered) == ["snapshot:0", "snapshot:1", "rank:5", "rank:10"]
    offered["snapshot:0"].trigger()
    qtbot.waitUntil(lambda: panel.settled and isinstance(panel.result, StackedResult))
    assert panel.stacking.button.text() == "1"
    assert len(panel.view.item.positions) == 40
    assert "fc1 of epoch 1 and epoch 0" in panel.line.text()
    panel.view.selected.emit(frozenset({23}))
    assert session.selection.units == {3}
    assert panel.view.item.chosen == {3, 23}
    panel.view.selected.emit(frozenset({3, 23, 7}))  # a click with Ctrl
    assert session.selection.units == {3, 7}
    panel.view.selected.emit(frozenset({3, 7, 27}))  # and one that takes unit 3 out
    assert session.selection.units == {7}
    panel.view.hovered.emit(24)
    assert panel.line.text().startswith("unit 4 of epoch 0: norm")
    assert "wb.stack(run.place('fc1', 1), run.place('fc1', 0)" in str(panel.as_python())
    drawn = panel.drawing()
    assert drawn is not None
    assert drawn.settings["stacked"] == ["snapshot:0"]
    again = figure_from(drawn.view(), run).figure
    assert (again.edges == drawn.figure.edges).all()  # type: ignore[attr-defined]
    panel.more.similarity.setCurrentIndex(panel.more.similarity.findData("outputs"))
    assert panel.stacking.members(session.selection.place, "outputs") == ()
    assert panel.stacking.notes == ("nothing is stacked: outputs of different networks are not compared",)
