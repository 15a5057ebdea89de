"""The cut-off of the weight graph in every unit, on one slider."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from graph_driving import panel, run, shown

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from workbench.gui.panels.graph.panel import GraphPanel
    from workbench.gui.state.session import Session
    from workbench.runs.run import Run


def test_the_cutoff_stays_as_it_is_in_another_unit(qtbot: QtBot, panel: GraphPanel, session: Session, run: Run) -> None:
    shown(qtbot, panel, session, run)
    cutoff = panel.cutoff
    cutoff.box.setValue(0.3)
    qtbot.waitUntil(lambda: panel.settled)
    assert panel.result is not None
    edges = panel.result.graph.edges.tolist()
    texts = {}
    for action in cutoff.units.actions():
        action.trigger()
        qtbot.waitUntil(lambda: panel.settled)
        assert panel.result.graph.edges.tolist() == edges, action.data()
        assert all(name in str(cutoff.slider.ticks) for name in ("report", "null"))
        texts[action.data()] = cutoff.box.text(), cutoff.button.text()
    assert texts["edges"] == (str(len(edges)), "Edges ≤")
    assert texts["weight"] == ("0.25", "Weight ≥")
    assert "percentile" in cutoff.slider.toolTip()
    assert "p = " in cutoff.box.toolTip()
    assert "Bonferroni" in cutoff.box.toolTip()
    cutoff.units.actions()[3].trigger()
    cutoff.box.setValue(7)
    qtbot.waitUntil(lambda: panel.settled)
    assert len(panel.result.graph.edges) == 7
    places = [cutoff.box.scale.fraction(value) for value in (7, 1, 190)]
    assert places[1] == 1.0 > places[0] > places[2] == 0.0, "fewer edges lie further to the right"
    for place in (0.1, 0.5, 0.9):
        assert cutoff.box.scale.fraction(cutoff.box.scale.value(place)) == pytest.approx(place)
