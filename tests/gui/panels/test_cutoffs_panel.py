"""The cut-offs panel shows what the weight graph is cut off at, and sets it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.gui.windows import opened
from workbench.figures.cutoffs.figure import CutoffsFigure
from workbench.figures.cutoffs.picture import CutoffsPicture
from workbench.figures.kinds import figure

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from workbench.gui.window.main_window import MainWindow


def test_it_follows_the_weight_graph_and_its_line_sets_the_cutoff(qtbot: QtBot, window: MainWindow, path: Path) -> None:
    opened(qtbot, window, path)
    panel, graph = window.panels["cutoffs"], window.panels["graph"]
    window.docks["cutoffs"].come()
    qtbot.waitUntil(lambda: panel.complete)
    shown = panel.shown_result
    assert isinstance(shown, CutoffsPicture)
    assert shown.counts.sum() == shown.pairs
    graph.restore({"cutoff_unit": "edges", "cutoffs": {"edges": 7.0}})
    qtbot.waitUntil(lambda: panel.complete and panel.shown_result.needs.unit == "edges")
    drawing = panel.drawing()
    assert drawing is not None
    assert isinstance(drawing.figure, CutoffsFigure)
    place = drawing.place
    again = figure("cutoffs", place.run, place.layer, place.snapshot, **drawing.settings).figure
    assert again.table() == drawing.figure.table()
    at = int(np.searchsorted(drawing.figure.cutoffs, drawing.figure.cutoff))
    assert drawing.figure.sizes.sum() == shown.needs.place.layer_view.units
    assert drawing.figure.components[at] >= len(drawing.figure.sizes) - 1
    panel.entries.line.setValue(0.62)  # type: ignore[attr-defined]
    panel.entries.line.sigDragged.emit(panel.entries.line)  # type: ignore[attr-defined]
    qtbot.waitUntil(lambda: panel.complete and panel.shown_result.cutoff == pytest.approx(0.62))
    assert graph.settings()["cutoff_unit"] == "cosine"
    assert "reach the cut-off 0.62" in panel.line.text()
