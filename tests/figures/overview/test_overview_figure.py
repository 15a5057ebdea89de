"""The printed overview: its table and its map show the numbers of the overview, whole and inside the page."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from workbench.figures.kinds import figure, figure_from
from workbench.figures.overview.figure import MOST_ROWS, MOST_TEXTS, OverviewFigure, PrintedMap, overview_figure
from workbench.figures.overview.layer import overview_of
from workbench.figures.overview.measures import STORED
from workbench.figures.overview.printed_table import PrintedTable
from workbench.figures.overview.run import Overview, overview
from workbench.figures.page import Page
from workbench.figures.style import Style
from workbench.runs.place import Place, place_in

if TYPE_CHECKING:
    from workbench.runs.run import Run


def overview_figure_of(run: Run, snapshot: int = -1, **settings: object) -> OverviewFigure:
    found = figure("overview", run, "fc1", snapshot, **settings).figure
    assert isinstance(found, OverviewFigure)
    return found


def test_the_table_has_the_numbers_of_the_overview_and_bars_as_long_as_they_are(run: Run) -> None:
    made = overview_figure_of(run, 1, costs=False)
    printed = made.printed
    assert isinstance(printed, PrintedTable)
    assert printed.layers == tuple(layer.name for layer in run.layers)
    for name, cells, shares in zip(printed.layers, printed.cells, printed.shares, strict=True):
        row = overview_of(place_in(run, name, 1))
        values = [getattr(row, each.name) for each in STORED]
        assert cells[:2] == (f"{row.units:,}", f"{row.inputs:,}")
        assert cells[2:] == tuple("–" if v is None else str(v) if isinstance(v, int) else f"{v:.1f}" for v in values)
        most = [row.units if each.of == "units" else min(row.units, row.inputs) for each in STORED]
        expected = [np.nan if value is None else value / of for value, of in zip(values, most, strict=True)]
        np.testing.assert_allclose(shares[2:], expected)
    assert made.columns == overview(run).columns
    assert list(made.rows) == list(overview(run, all_snapshots=True).at(1).rows())
    assert printed.texts[1].startswith("fc1: ")
    assert printed.texts[1] in overview(run).findings()
    assert f"The table is of snapshot 1. The sentences are of the last, {run.snapshots - 1}." in printed.texts


def test_the_map_has_the_share_of_each_layer_at_each_snapshot(run: Run) -> None:
    made = overview_figure_of(run, measure="isolated")
    printed = made.printed
    assert isinstance(printed, PrintedMap)
    for at, layer in enumerate(run.layers):
        for snapshot in range(run.snapshots):
            row = overview_of(Place(run, layer.name, snapshot))
            assert printed.shares[at, snapshot] == (row.isolated or 0) / row.units
    (axes, _scale) = Page((made,)).drawn().axes
    np.testing.assert_array_equal(axes.images[0].get_array(), 100.0 * printed.shares)
    assert list(made.rows) == list(overview(run, all_snapshots=True).rows())


@pytest.mark.parametrize("style", [Style(), Style(width=174), Style(254, 142.9, 14), Style(60, 40, 6)])
def test_all_that_is_written_lies_on_the_page(run: Run, style: Style) -> None:
    canvas = Page((overview_figure_of(run, costs=False),), style).drawn()
    canvas.draw_without_rendering()
    (axes,) = canvas.axes
    box = canvas.bbox
    for text in axes.texts:
        extent = text.get_window_extent()
        assert extent.x0 >= -1.0, text
        assert extent.x1 <= box.width + 1.0, text
        assert extent.y0 >= -1.0, text


def test_of_many_layers_the_first_are_printed_and_the_rest_is_said(run: Run) -> None:
    row = overview_of(place_in(run, "fc1"))
    rows = tuple(replace(row) for _ in range(1000))
    printed = overview_figure(Overview(rows), row.place, "all").printed
    assert isinstance(printed, PrintedTable)
    assert len(printed.layers) == MOST_ROWS
    assert printed.texts[-1] == f"Not shown: 960 more layers and the findings of {1000 - MOST_TEXTS} layers."
    with pytest.raises(ValueError, match="no measure 'age'"):
        overview_figure_of(run, measure="age")


def test_its_recipe_makes_it_again(run: Run) -> None:
    drawing = figure("overview", run, "fc1", 2, measure="dead")
    again = figure_from(drawing.view(), run)
    assert again.figure.table() == drawing.figure.table()
