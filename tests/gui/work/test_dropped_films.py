"""A film that was dropped on the window is what the dialog of the next one offers."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from publishing_driving import film_of, of

from tests.gui.recorded_weights import planted, record_weights
from tests.gui.windows import LONG, SNAPSHOTS, opened
from workbench.figures.drawing import recipe_of
from workbench.figures.files.embedding import embedded
from workbench.figures.kinds import figure
from workbench.figures.recipe import FilmPlan
from workbench.figures.style import Style
from workbench.films.animation import animate
from workbench.films.film import Film, Scene
from workbench.gui.work.command_words import film_words

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from workbench.gui.window.main_window import MainWindow


def dropped(
    qtbot: QtBot, window: MainWindow, path: Path, names: Sequence[str] = ("spectrum", "graph"), **how: Any
) -> None:
    """A film of these figures is made, and dropped on the window."""
    run = window.session.selection.run
    assert run is not None
    list(animate(Film(run, tuple(map(Scene, names)), "fc2", **how), path))
    (whole, *_) = [path] if path.is_file() else sorted(path.iterdir())
    with qtbot.waitSignal(window.restorer.restored, timeout=LONG):
        window.restorer.restore(whole)


def test_a_dropped_film_is_what_the_dialog_offers(qtbot: QtBot, shared: MainWindow, tmp_path: Path) -> None:
    how: dict[str, Any] = {"first": 1, "last": 3, "size": (600, 400), "font": 11.5, "theme": "dark", "seconds": 0.125}
    dropped(qtbot, shared, tmp_path / "film.mp4", rate=8, **how)
    dialog = shared.publisher.ask_for_animation()
    assert dialog is not None
    assert dialog.figures == ["spectrum", "graph"]
    assert dialog.plan == FilmPlan(1, 3, (600, 400), 11.5, 0.125, 8, moving=True)
    assert (dialog.wanted.theme, dialog.wanted.format) == ("dark", "mp4")
    qtbot.waitUntil(dialog.begin_button.isEnabled, timeout=LONG)  # the panels have drawn what the film shows
    assert dialog.status.text() == "3 snapshots, 0.375 s"
    drawings = [shared.publisher.drawing_of(name) for name in dialog.figures]
    film = film_of(film_words(dialog, [each for each in drawings if each is not None], tmp_path / "again.mp4"))
    assert [scene.kind for scene in film.scenes] == ["spectrum", "graph"]
    assert {name: getattr(film, name) for name in how} == how
    assert (film.layer, film.rate, film.moving) == ("fc2", 8, True)
    film.run.close()
    dialog.reject()


def test_pictures_without_motion_are_offered_as_such(qtbot: QtBot, shared: MainWindow, tmp_path: Path) -> None:
    dropped(qtbot, shared, tmp_path / "film", ["timeline"], size=(480, 300), moving=False)
    dialog = shared.publisher.ask_for_animation()
    assert dialog is not None
    assert dialog.figures == ["timeline"]
    assert (dialog.wanted.format, dialog.plan.moving, dialog.plan.font) == ("png", False, None)
    assert dialog.status.text() == "6 snapshots, 6 pictures"
    assert not dialog.fields["seconds"].isEnabled()
    dialog.reject()


@pytest.mark.lengthy
def test_a_film_is_offered_for_its_own_run_until_a_figure_is_dropped(
    qtbot: QtBot, shared: MainWindow, tmp_path: Path
) -> None:
    usual = FilmPlan(0, SNAPSHOTS - 1, (1280, 720), None, 0.2, 25, moving=True)
    dropped(qtbot, shared, tmp_path / "film.mp4", ["timeline"], size=(480, 300), first=2)
    film_run = shared.session.selection.run
    assert film_run is not None
    figure("timeline", film_run).save(tmp_path / "figure.svg")
    record_weights(tmp_path / "other.h5", {"fc1": planted(40, 90, SNAPSHOTS)}).close()
    opened(qtbot, shared, tmp_path / "other.h5")
    qtbot.waitUntil(lambda: shared.session.selection.run is not film_run, timeout=LONG)
    qtbot.waitUntil(lambda: shared.publisher.drawing_of("timeline") is not None, timeout=LONG)
    assert plan_offered(shared) == usual
    shared.session.choose_run(film_run)
    qtbot.waitUntil(lambda: shared.publisher.drawing_of("timeline") is not None, timeout=LONG)
    assert plan_offered(shared).size == (480, 300)
    with qtbot.waitSignal(shared.restorer.restored, timeout=LONG):
        shared.restorer.restore(tmp_path / "figure.svg")
    qtbot.waitUntil(lambda: shared.publisher.drawing_of("timeline") is not None, timeout=LONG)
    assert plan_offered(shared) == usual


def plan_offered(window: MainWindow) -> FilmPlan:
    dialog = window.publisher.ask_for_animation()
    assert dialog is not None
    plan = dialog.plan
    dialog.reject()
    return plan


def test_a_film_that_makes_no_sense_is_told_and_not_offered(qtbot: QtBot, shared: MainWindow, tmp_path: Path) -> None:
    path, run = tmp_path / "figure.svg", shared.session.selection.run
    assert run is not None
    recipe = replace(recipe_of([figure("timeline", run)], Style()), film=FilmPlan(0, 1, (9, 9), None, 0.2, 25, True))
    figure("timeline", run).save(path)
    path.write_bytes(embedded(path.read_bytes(), "svg", recipe))
    with qtbot.waitSignal(shared.restorer.restored, timeout=LONG):
        shared.restorer.restore(path)
    told = " ".join(notice.message for notice in shared.notices.shown)
    assert "the film cannot be made again: a size of 9×9" in told
    assert plan_offered(shared).size == (1280, 720)


def test_a_figure_that_is_still_computed_is_waited_for(
    qtbot: QtBot, shared: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    panel, spectrum = shared.panels["spectrum"], shared.panels["spectrum"].drawing()
    monkeypatch.setattr(panel, "drawing", lambda: None)
    monkeypatch.setattr(type(panel), "complete", False)
    dialog = of(shared, "spectrum", "timeline")
    assert dialog.status.text() == "Still computing: Spectrum."
    assert not dialog.begin_button.isEnabled()
    monkeypatch.setattr(panel, "drawing", lambda: spectrum)
    panel.drawn.emit()
    assert dialog.begin_button.isEnabled()
    assert dialog.figures == ["spectrum", "timeline"]
    dialog.reject()
