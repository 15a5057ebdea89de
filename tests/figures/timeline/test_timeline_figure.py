"""The printed timeline has the tracks, the marks and the axis that the panel shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from workbench.figures.kinds import figure, figure_from
from workbench.figures.overview.history import TRACKS, events, track, update_at
from workbench.figures.overview.layer import overview_of
from workbench.figures.page import Page
from workbench.figures.timeline.figure import PAD, TimelineFigure
from workbench.figures.timeline.reading import written
from workbench.runs.place import place_in

if TYPE_CHECKING:
    from workbench.runs.run import Run


def timeline(run: Run, layer: str | None = "fc1", snapshot: int = 12, **settings: object) -> TimelineFigure:
    made = figure("timeline", run, layer, snapshot, **settings).figure
    assert isinstance(made, TimelineFigure)
    return made


def test_its_tracks_and_marks_are_the_numbers_of_the_layer(run: Run) -> None:
    made = timeline(run, tracks=list(TRACKS), rule="dead > 10 %")
    rows = [overview_of(place_in(run, "fc1", at)) for at in range(run.snapshots)]
    for each in made.tracks[1:]:
        expected = np.array([update_at(row.place) for row in rows]) if each.name == "update" else track(rows, each.name)
        np.testing.assert_array_equal(each.curves[each.name], expected)
    np.testing.assert_array_equal(made.tracks[0].curves["test"], run.test_accuracy)
    happened = "; ".join(mark.words for mark in made.marks if mark.snapshot == 1)
    assert happened == "; ".join(event.words for event in events(rows) if event.snapshot == 1)
    dead = [row.dead / row.units > 0.1 for row in rows if row.dead is not None]
    held = [any(low <= at <= high for low, high in made.held) for at in range(run.snapshots)]
    assert held == dead
    table = made.table()
    assert table.columns[-1] == "what happened"
    column = table.columns.index("dead")
    assert [row[column] for row in table.rows] == [row.dead for row in rows]


def test_it_is_drawn_as_the_panel_draws_it(run: Run) -> None:
    made = timeline(run, tracks=["accuracy", "dead"], axis="log")
    assert made.time.words == "iteration, log"
    (axes,) = Page((made,)).drawn().axes
    drawn = {line.get_label(): line for line in axes.lines}
    dead = made.tracks[1].curves["dead"]
    np.testing.assert_allclose(drawn["dead"].get_ydata(), PAD + (1 - 2 * PAD) * dead / dead.max())
    np.testing.assert_array_equal(drawn["dead"].get_xdata(), made.time.places)
    assert axes.lines[-1].get_xdata()[0] == made.time.places[12]
    assert axes.get_yticklabels()[1].get_text() == f"dead: {dead[12]:.0f}\n0 – {dead.max():.0f}"
    assert made.at(3).tracks[1].here == f"{dead[3]:.0f}"


def test_thousands_are_set_apart_as_in_the_table() -> None:
    assert (written("dead")(1520.0), written("dead", mean=True)(1520.25)) == ("1,520", "1,520.2")


def test_without_a_layer_it_shows_the_accuracies_and_says_what_is_left_out(run: Run) -> None:
    drawing = figure("timeline", run)
    assert drawing.notes == ("left out, as no layer is named: dead, clusters, outliers",)
    (axes,) = Page((drawing.figure,)).drawn().axes
    assert axes.get_ylabel() == "accuracy (%)"
    np.testing.assert_array_equal(axes.lines[0].get_ydata(), run.test_accuracy)
    for settings, said in (({"tracks": ["age"]}, "no track 'age'"), ({"rule": "dead >"}, "cannot be used")):
        with pytest.raises(ValueError, match=said):
            timeline(run, **settings)  # type: ignore[arg-type]


def test_its_recipe_makes_it_again(run: Run) -> None:
    drawing = figure("timeline", run, "fc2", 5, tracks=("isolated",), axis="epochs")
    again = figure_from(drawing.view(), run)
    assert again.figure.table() == drawing.figure.table()
