"""A cell of the overview is made once, until other numbers are shown."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from workbench.figures.overview.costs import LayerCosts
from workbench.figures.overview.layer import overview_of
from workbench.figures.overview.measures import MEASURES
from workbench.gui.panels.overview.model import FIRST, LayerModel, Shown
from workbench.gui.panels.overview.table import LayerTable
from workbench.runs.place import place_in

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from workbench.runs.run import Run


def test_a_column_grows_with_the_numbers_that_come(qtbot: QtBot, run: Run) -> None:
    found = replace(overview_of(place_in(run, "fc1")), units=4_096_000)
    table, rows = LayerTable(), {"fc1": {28: found}}
    qtbot.addWidget(table)
    table.resize(400, 200)
    table.fill(Shown(("fc1",), rows, {}, 0, 28), "fc1")
    rows["fc1"][0] = found
    table.fill(Shown(("fc1",), rows, {}, 0, 28), "fc1")
    assert table.columnWidth(1) > table.fontMetrics().horizontalAdvance("4,096,000")


def test_a_cell_is_made_once_until_other_numbers_are_shown(run: Run) -> None:
    owner = QObject()
    model, costs = LayerModel(owner), dict[str, LayerCosts]()
    rows = {name: {28: overview_of(place_in(run, name))} for name in ("fc1", "fc2")}
    model.show(Shown(("fc1", "fc2"), rows, costs, 28, 28))
    removable = next(at for at, each in enumerate(MEASURES) if each.name == "removable")
    dead = next(at for at, each in enumerate(MEASURES) if each.name == "dead")
    places = [(row, FIRST + column) for row in range(3) for column in (removable, dead)]
    cells = [model.cell_at(*place) for place in places]
    assert all(model.cell_at(*place) is cell for place, cell in zip(places, cells, strict=True))
    known = LayerCosts(place_in(run, "fc1"), removable=7, images=360, total=360, start=98.0, orders_done=True)
    costs["fc1"] = known  # as the panel adds to what it shows
    assert model.cell_at(*places[0]).text == "7"
    assert model.cell_at(*places[1]) == cells[1]
    costs["fc1"] = replace(known, removable=8)
    assert model.cell_at(*places[0]).text == "8"
    last = [model.cell_at(*place) for place in places]
    model.show(replace(model.shown, snapshot=0))
    assert model.cell_at(*places[1]).at == 0
    assert model.cell_at(*places[5]).at == 0
    model.show(replace(model.shown, snapshot=28))
    assert all(model.cell_at(*place) is cell for place, cell in zip(places[:4], last, strict=False))
    rows["fc1"][28] = replace(rows["fc1"][28], dead=3)  # as of a run that is still read
    model.show(model.shown)
    assert model.cell_at(*places[1]).text == "3"
