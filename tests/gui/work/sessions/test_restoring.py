"""A figure that comes back whole says nothing; one that does not says exactly what is missing."""

from __future__ import annotations

import shutil
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from workbench.figures.drawing import recipe_of
from workbench.figures.style import Style
from workbench.gui.work.sessions.restoring import Found
from workbench.runs.run import open_run

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from workbench.figures.recipe import View
    from workbench.gui.window.main_window import MainWindow
    from workbench.runs.run import Run


@pytest.fixture
def window(shared: MainWindow) -> MainWindow:
    return shared


@pytest.fixture
def view(window: MainWindow) -> View:
    """What a figure of the timeline says of its view; the window has its run open."""
    window.session.select(layer="fc1", snapshot=4, units=frozenset({1, 3}))
    drawing = window.timeline.drawing()
    assert drawing is not None
    (view,) = recipe_of([drawing], Style(), 1).views
    window.session.select(layer="fc2", snapshot=0)
    return view


def restored(window: MainWindow, run: Run, *views: View, problem: str = "") -> list[str]:
    """What is said when a figure of these views comes back."""
    drawing = window.timeline.drawing()
    assert drawing is not None
    recipe = replace(recipe_of([drawing], Style(), 1), views=views)
    groups = tuple(tuple(None for _ in each.group) for each in views)
    window.restorer._on_found(Found(run.path.with_name("figure.pdf"), recipe, (run,) * len(views), groups, problem))
    return [notice.message for notice in window.notices.shown]


def test_a_figure_that_came_back_whole_says_nothing(window: MainWindow, view: View) -> None:
    window.docks["timeline"].close()
    assert restored(window, window.session.runs[0], view) == []
    selection = window.session.selection
    assert (selection.place.layer, selection.place.snapshot, selection.units) == ("fc1", 4, {1, 3})
    assert window.history.stack.undoText() == "figure"
    assert not window.docks["timeline"].isHidden(), "the panel of the figure is shown again"


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"kind": "cloud"}, "there is no panel 'cloud' here"),
        ({"layer": "fc9"}, "has no layer 'fc9'"),
        ({"settings": {"speed": 7}}, "Timeline, speed: 7 is none of 1, 2, 5, 10, 20, 50"),
        ({"settings": {"pace": 1}}, "Timeline, pace: there is no such setting"),
        ({"kind": "graph", "settings": {}, "positions": ((1e300, 0.0),)}, "the nodes are too far away to be shown"),
    ],
)
@pytest.mark.thinned(2)
def test_what_does_not_come_back_is_said(window: MainWindow, view: View, changed: dict[str, object], said: str) -> None:
    (message,) = restored(window, window.session.runs[0], replace(view, **changed))  # type: ignore[arg-type]
    assert message.startswith("figure.pdf: not everything could be restored. ")
    assert message.endswith(said)
    assert message.count("; ") == 0


def test_a_mean_whose_other_runs_are_gone_and_a_film_that_cannot_be_made_are_said(
    window: MainWindow, view: View
) -> None:
    group = replace(view, group=(replace(view.run, file="other.h5"),))
    (message,) = restored(window, window.session.runs[0], group, problem="the film cannot be made again: why")
    assert "its mean over 2 trainings also needs the run other.h5" in message
    assert message.endswith("; the film cannot be made again: why")


def test_units_of_a_layer_that_is_not_there_are_not_selected_in_another(window: MainWindow, view: View) -> None:
    restored(window, window.session.runs[0], replace(view, layer="fc9"))
    assert window.session.selection.units == frozenset()


def test_the_copy_that_was_found_is_shown_and_not_another_of_its_id(
    qtbot: QtBot, window: MainWindow, view: View, tmp_path: Path
) -> None:
    copy = open_run(shutil.copy(window.session.runs[0].path, tmp_path / "copy.h5"))
    window.session.add(copy)
    window.session.choose_run(window.session.runs[0])
    qtbot.waitUntil(lambda: window.timeline.drawing() is not None)
    assert restored(window, copy, view) == []
    assert window.session.selection.run is copy
