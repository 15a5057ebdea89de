"""Animations and reports leave the window by dialogs that show how far they are, and can be stopped at any moment."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

import av
import numpy as np
import psutil
import pytest
from processes import children_with
from publishing_driving import chosen, film_of, of

from tests.gui.windows import LONG
from workbench.cli.commands.figures import NAMES
from workbench.figures.kinds import KINDS
from workbench.figures.progress import Progress, Written
from workbench.figures.stacks.starts import read_start
from workbench.gui.background.command_process import CommandFailed, run_command
from workbench.gui.background.errors import in_one_sentence
from workbench.gui.state.session import NO_RUN
from workbench.gui.work.command_words import film_words, named_words, report_words
from workbench.gui.work.publishing import NO_FIGURE
from workbench.resource import resource

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from workbench.gui.window.main_window import MainWindow


def test_an_animation_is_saved_while_the_dialog_shows_how_far_it_is(
    qtbot: QtBot, shared: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    proposed = chosen(monkeypatch, tmp_path / "film")  # the ending is added
    dialog = of(shared, "timeline", "training")
    dialog.fields["seconds"].set_value(0.08)
    assert dialog.status.text() == "6 snapshots, 0.48 s"
    steps: list[int] = []
    dialog.progress.valueChanged.connect(steps.append)
    with qtbot.waitSignal(shared.publisher.saved, timeout=LONG) as saved:
        dialog.begin_button.click()
        assert (dialog.working, dialog.form.isEnabled(), dialog.end_button.text()) == (True, False, "Stop")
    assert saved.args == [[tmp_path / "film.mp4"]]
    assert steps == sorted(steps)
    assert steps[-1] > 900
    assert "/" not in proposed[0].removeprefix(str(tmp_path.home())).rpartition("trained")[2]
    with av.open(str(tmp_path / "film.mp4")) as film:
        assert sum(1 for _ in film.decode(video=0)) == 12
    qtbot.waitUntil(lambda: len(shared.jobs) == 0, timeout=LONG)


def test_the_window_can_be_worked_in_while_an_animation_is_made_and_its_status_bar_ends_it(
    qtbot: QtBot, shared: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chosen(monkeypatch, tmp_path / "film.mp4")
    dialog = of(shared, "timeline")
    dialog.fields["seconds"].set_value(30.0)
    assert dialog.isModal()
    dialog.begin_button.click()
    assert dialog.isVisible()
    assert not dialog.isModal()
    status = shared.status.job
    qtbot.waitUntil(lambda: status.bar.value() > 0, timeout=LONG)
    assert status.title.text() == "Export animation"
    status.cancel.click()
    qtbot.waitUntil(lambda: not dialog.working, timeout=LONG)
    assert dialog.status.text() == dialog.stopped
    assert not status.isVisible()
    dialog.reject()


def test_a_stopped_animation_leaves_nothing_and_can_be_begun_again(
    qtbot: QtBot, shared: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chosen(monkeypatch, tmp_path / "films" / "film")
    (tmp_path / "films").mkdir()
    dialog = of(shared, "timeline")
    dialog.fields["format"].set_value("png")
    dialog.fields["seconds"].set_value(30.0)
    dialog.begin_button.click()
    qtbot.waitUntil(lambda: "drawing frame" in dialog.status.text(), timeout=LONG)
    dialog.end_button.click()
    qtbot.waitUntil(lambda: not dialog.working, timeout=LONG)
    assert dialog.status.text() == dialog.stopped
    assert dialog.begin_button.isEnabled()
    assert list((tmp_path / "films").iterdir()) == []
    dialog.end_button.click()
    qtbot.waitUntil(lambda: len(shared.jobs) == 0, timeout=LONG)


def test_a_page_has_the_settings_of_the_panels(
    qtbot: QtBot, shared: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chosen(monkeypatch, tmp_path / "graph")
    place = shared.session.selection.place
    assert place is not None
    shape = f"{place.layer_view.units}x{place.layer_view.inputs}"
    assert not shared.panels["graph"].restore({"cutoffs": {shape: 0.4}})
    qtbot.waitUntil(lambda: shared.panels["graph"].complete, timeout=LONG)
    dialog = shared.publisher.ask_for_page()
    assert dialog is not None
    assert dialog.status.text().startswith(
        "One HTML file: the weight graph, the spectrum and the accuracies of fc1, 6 "
    )
    with qtbot.waitSignal(shared.publisher.saved, timeout=LONG) as saved:
        dialog.begin_button.click()
    assert saved.args == [[tmp_path / "graph.html"]]
    said = (tmp_path / "graph.html").read_text(encoding="utf-8")
    assert f"&#x27;--set=graph.cutoffs={{&quot;{shape}&quot;: 0.4}}&#x27;" in said
    assert '"cutoff":0.4' in said
    shared.panels["graph"].restore({"cutoffs": {}})
    qtbot.waitUntil(lambda: len(shared.jobs) == 0, timeout=LONG)


@pytest.mark.lengthy
def test_closing_the_window_stops_an_animation(
    qtbot: QtBot, drawn_window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "films").mkdir()
    chosen(monkeypatch, tmp_path / "films" / "film.mp4")
    dialog = of(drawn_window, "timeline")
    dialog.fields["seconds"].set_value(30.0)
    dialog.begin_button.click()
    qtbot.waitUntil(lambda: "drawing frame" in dialog.status.text(), timeout=LONG)
    with qtbot.waitSignal(drawn_window.closed, timeout=LONG):
        drawn_window.close()
    assert list((tmp_path / "films").iterdir()) == []
    assert not children_with("animate")


def test_what_goes_wrong_stands_in_the_dialog(
    qtbot: QtBot, shared: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chosen(monkeypatch, tmp_path / "nowhere" / "film.mp4")
    dialog = of(shared, "timeline")
    dialog.begin_button.click()
    qtbot.waitUntil(lambda: not dialog.working, timeout=LONG)
    assert "there is no folder" in dialog.status.text()
    dialog.end_button.click()
    qtbot.waitUntil(lambda: len(shared.jobs) == 0, timeout=LONG)


def test_the_command_has_the_settings_of_the_panels(qtbot: QtBot, shared: MainWindow, tmp_path: Path) -> None:
    shared.session.select(units=frozenset({1, 2}))
    assert not shared.panels["graph"].restore({"view": {"x": [-40.0, 60.0], "y": [[-20.0, 30.0]]}})
    names = ("graph", "spectrum", "low_rank", "pruning")
    drawings = {name: shared.panels[name].drawing() for name in names}
    known = {name: drawing for name, drawing in drawings.items() if drawing is not None}
    assert set(known) >= {"graph", "spectrum"}
    dialog = of(shared, *known)
    dialog.fields["moving"].set_value(False)
    film = film_of(film_words(dialog, list(known.values()), tmp_path / "-odd name.mp4"))
    with film.run:
        assert film.run.run_id == known["graph"].place.run.run_id
    assert (film.layer, film.units, film.moving, film.size) == ("fc1", (1, 2), False, (1280, 720))
    for scene, drawing in zip(film.scenes, known.values(), strict=True):
        assert scene.kind == drawing.figure.kind
        assert all(_plain(drawing.settings[name]) == _plain(value) for name, value in scene.settings.items())
    assert film.scenes[0].settings["charge"] == -30.0
    snapshot, places = read_start(film.start)  # it begins where the panel is
    assert snapshot == known["graph"].place.snapshot
    assert np.allclose(places, known["graph"].figure.positions, atol=0.06)  # type: ignore[attr-defined]
    assert film.scenes[0].settings["view"]["x"] == [-40.0, 60.0]
    dialog.reject()


def test_every_figure_that_moves_has_its_name_in_the_command() -> None:
    assert {NAMES[kind.command] for kind in KINDS.values()} == set(KINDS)
    assert {name for name, kind in KINDS.items() if not kind.moves} == {"run", "overview"}


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def test_without_a_run_there_is_nothing_to_make(window: MainWindow) -> None:
    for ask, said in ((window.publisher.ask_for_animation, NO_FIGURE), (window.publisher.ask_for_report, NO_RUN)):
        assert ask() is None
        assert any(said in notice.message for notice in window.notices.shown)


def test_a_report_is_made_of_the_chosen_runs(
    qtbot: QtBot, shared: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chosen(monkeypatch, tmp_path / "report")
    dialog = shared.publisher.ask_for_report()
    assert dialog is not None
    dialog.fields["layer"].set_value("fc1")
    dialog.fields["costs"].set_value(False)
    run = shared.session.selection.run
    assert run is not None
    words = ["report", str(run.path), f"--out={tmp_path / 'report'}", "--layers=fc1", "--no-costs"]
    assert report_words(dialog, dialog.runs, tmp_path / "report") == words
    with qtbot.waitSignal(shared.publisher.saved, timeout=LONG):
        dialog.begin_button.click()
    assert sorted(each.name for each in (tmp_path / "report").iterdir()) == ["report.html", "report.pdf"]
    qtbot.waitUntil(lambda: len(shared.jobs) == 0, timeout=LONG)


def test_what_was_named_in_the_window_goes_with_the_command(shared: MainWindow) -> None:
    from workbench.evaluation.networks.named import name

    run = shared.session.selection.run
    assert run is not None
    assert named_words([run]) == []
    name(run, "lenet", "digits")
    assert named_words([run]) == ["--net=lenet", "--data=digits"]
    name(run)


# --- without a window ---


def film(out: Path, seconds: str) -> Sequence[str]:
    sample = str(resource("sample_runs/digits_conv.h5"))
    return [
        "animate",
        "timeline",
        sample,
        "--snapshots",
        "25:",
        "--size",
        "480x300",
        "--seconds",
        seconds,
        "--out",
        str(out),
    ]


def test_a_process_that_dies_is_told_of_and_leaves_nothing(tmp_path: Path) -> None:
    before = {child.pid for child in psutil.Process().children()}
    events = run_command(film(tmp_path / "film", "50"), tmp_path)
    for event in events:
        assert isinstance(event, Progress)
        if event.doing.startswith("drawing"):
            break
    (child,) = (each for each in children_with("animate") if each.pid not in before)
    assert [path.name for path in tmp_path.iterdir()] == [f".film.{child.pid}.part"]
    child.kill()
    with pytest.raises(CommandFailed, match="was killed by SIGKILL"):
        list(events)
    assert list(tmp_path.iterdir()) == []


def test_a_process_that_is_stopped_says_so_until_it_goes_on_or_is_ended(tmp_path: Path) -> None:
    before = {child.pid for child in psutil.Process().children()}
    events = run_command(film(tmp_path / "film", "50"), tmp_path)
    drawing = next(event for event in events if isinstance(event, Progress) and event.doing.startswith("drawing"))
    (child,) = (each for each in children_with("animate") if each.pid not in before)
    child.suspend()
    said = next(event for event in events if isinstance(event, Progress) and "drawing" not in event.doing)
    words = "stopped by the system (SIGSTOP); it continues after a SIGCONT"
    assert said == Progress(words, said.done, None)
    assert said.done >= drawing.done
    assert next(events) == said  # as long as it lasts
    child.resume()
    next(event for event in events if isinstance(event, Progress) and event.doing.startswith("drawing"))
    child.suspend()
    next(event for event in events if isinstance(event, Progress) and "stopped by" in event.doing)
    events.close()
    assert not child.is_running()
    assert list(tmp_path.iterdir()) == []


def test_what_the_command_says_is_the_error(tmp_path: Path) -> None:
    shutil.copy(resource("sample_runs/digits_conv.h5"), tmp_path / "film.mp4")
    with pytest.raises(CommandFailed, match="is an HDF5 file and is never overwritten") as caught:
        list(run_command(film(tmp_path / "film.mp4", "0.1"), tmp_path))
    assert in_one_sentence(caught.value) == str(caught.value)  # to a person without the name of a class


def test_the_last_event_says_what_was_written(tmp_path: Path) -> None:
    *_, last = run_command(film(tmp_path / "film.mp4", "0.04"), tmp_path)
    assert last == Written((str(tmp_path / "film.mp4"),), "4 frames of 480×300 pixels, 0.16 s at 25 frames a second")
