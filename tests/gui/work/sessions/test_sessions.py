"""Sessions survive a restart, a run that is gone, another in its place, and a smaller screen."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pytest
from PySide6.QtWidgets import QFileDialog

from tests.gui.recorded_weights import planted, record_weights
from tests.gui.windows import closing, opened
from workbench.gui.state.session import Selection
from workbench.gui.state.settings import Settings
from workbench.gui.window.docks import PRESETS
from workbench.gui.work.sessions.file import SUFFIX, SavedRun, SavedSelection, kept_session, load
from workbench.gui.work.sessions.layouts import panels_of
from workbench.gui.work.sessions.sessions import _selection
from workbench.resource import resource
from workbench.runs.place import Place

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytestqt.qtbot import QtBot

    from tests.gui.conftest import WriteRun
    from workbench.gui.window.main_window import MainWindow


@pytest.fixture
def window(blank: MainWindow) -> MainWindow:
    return blank


def settled(qtbot: QtBot, window: MainWindow, runs: int) -> MainWindow:
    qtbot.waitUntil(lambda: len(window.session.runs) == runs and window.is_settled(), timeout=20_000)
    return window


def changed(qtbot: QtBot, window: MainWindow, path: Path) -> MainWindow:
    """A window in which nothing is as at the first start."""
    opened(qtbot, window, path)
    window.session.select(layer="fc2", snapshot=3, units=frozenset({1, 4}))
    window.panels["spectrum"].restore({"scale": "log"})
    window.panels["pruning"].restore({"layers": ["fc1"], "quantity": "potential"})
    window.dock_area.arrange(PRESETS[1].layout)
    return window


def test_the_window_comes_back_as_it_was_left(
    qtbot: QtBot, own_window: MainWindow, path: Path, restart: Callable[..., MainWindow]
) -> None:
    changed(qtbot, own_window, path)
    settings = {name: panel.settings() for name, panel in own_window.panels.items()}
    closing(qtbot, own_window)

    again = settled(qtbot, restart(), 1)

    selection = again.session.selection
    assert (selection.run.path, selection.place.layer, selection.place.snapshot) == (path, "fc2", 3)
    assert selection.units == {1, 4}
    assert {name: panel.settings() for name, panel in again.panels.items()} == settings
    assert again.docks["pruning"].isHidden()
    assert not again.docks["training"].isHidden()
    assert again.notices.shown == []


def test_runs_that_are_named_open_in_the_last_layout_without_the_last_runs(
    qtbot: QtBot, own_window: MainWindow, path: Path, restart: Callable[..., MainWindow], tmp_path: Path
) -> None:
    changed(qtbot, own_window, path)
    closing(qtbot, own_window)
    other = tmp_path / "other.h5"
    record_weights(other, {"fc1": planted(8, 16, 2)}).close()

    again = settled(qtbot, restart(other), 1)

    assert again.session.selection.run.path == other
    assert again.docks["pruning"].isHidden()
    assert again.panels["spectrum"].settings()["scale"] == "auto"


def test_the_first_start_shows_the_start_page(restart: Callable[..., MainWindow]) -> None:
    again = restart()
    assert again.start_page.isVisible()
    assert len(again.jobs) == 0, "nothing is opened"


def test_a_saved_session_names_runs_relative_to_itself_and_moves_with_them(
    qtbot: QtBot, window: MainWindow, path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    changed(qtbot, window, path)
    target = tmp_path / f"paper{SUFFIX}"
    answers(monkeypatch, "getSaveFileName", target)
    window.sessions.save_as()
    assert json.loads(target.read_text())["runs"][0]["path"] == path.name
    window.session.select(snapshot=5)
    window.sessions.save()  # to the same file, without asking
    assert load(target).selection.snapshot == 5
    moved = tmp_path / "moved"
    moved.mkdir()
    for file in (path, target):
        shutil.copy(file, moved)
    path.unlink()
    window.session.remove(window.session.runs[0])

    answers(monkeypatch, "getOpenFileName", moved / target.name)
    window.sessions.choose()

    settled(qtbot, window, 1)
    assert window.session.selection.run.path == moved / path.name
    assert window.session.selection.place.snapshot == 5
    assert window.sessions.dialog is None


def answers(monkeypatch: pytest.MonkeyPatch, question: str, path: Path) -> None:
    """A person chooses this file where a file dialog asks."""
    monkeypatch.setattr(QFileDialog, question, lambda *_args, **_kwargs: (str(path), ""))


def session_of(qtbot: QtBot, window: MainWindow, tmp_path: Path, names: str = "abc") -> Path:
    """A saved session of several runs, the first one selected, and no run open any more."""
    for name in names:
        record_weights(tmp_path / f"{name}.h5", {"fc1": planted(8, 16, 3)}).close()
    window.open(*(tmp_path / f"{name}.h5" for name in names))
    qtbot.waitUntil(lambda: len(window.session.runs) == len(names))
    window.session.select(source=window.session.runs[0], snapshot=1, units=frozenset({2}))
    target = tmp_path / f"some{SUFFIX}"
    window.sessions.write(target)
    for run in window.session.runs:
        window.session.remove(run)
    return target


def test_runs_that_moved_are_found_again_by_naming_one(
    qtbot: QtBot, window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = session_of(qtbot, window, tmp_path)
    away = tmp_path / "away"
    away.mkdir()
    for name in "ab":
        shutil.move(tmp_path / f"{name}.h5", away)

    window.open(target)

    qtbot.waitUntil(lambda: window.sessions.dialog is not None)
    assert [run.path.name for run in window.session.runs] == ["c.h5"]
    dialog = window.sessions.dialog
    assert [lost.path.name for lost in dialog.lost] == ["a.h5", "b.h5"]
    assert not dialog.use_button.isEnabled()
    answers(monkeypatch, "getOpenFileName", away / "a.h5")
    dialog.find_button.click()
    qtbot.waitUntil(lambda: window.sessions.dialog is None)
    assert {run.path.name for run in window.session.runs} == {"a.h5", "b.h5", "c.h5"}
    selection = window.session.selection
    assert (selection.run.path, selection.place.snapshot, selection.units) == (away / "a.h5", 1, {2})


def test_another_run_in_the_place_of_one_is_taken_only_when_a_person_says_so(
    qtbot: QtBot, window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = session_of(qtbot, window, tmp_path, "a")
    (tmp_path / "a.h5").unlink()
    record_weights(tmp_path / "a.h5", {"conv1": planted(12, 27, 2)}).close()

    window.open(target)

    qtbot.waitUntil(lambda: window.sessions.dialog is not None)
    dialog = window.sessions.dialog
    assert window.session.runs == ()
    assert dialog.lost[0].problem == "contains another run now"
    bad = tmp_path / "bad.h5"
    bad.write_text("no run")
    answers(monkeypatch, "getOpenFileName", bad)
    dialog.find_button.click()
    qtbot.waitUntil(lambda: dialog.lost[0].path == bad)
    assert not dialog.use_button.isEnabled()
    answers(monkeypatch, "getOpenFileName", tmp_path / "a.h5")
    dialog.find_button.click()
    qtbot.waitUntil(dialog.use_button.isEnabled)
    dialog.use_button.click()
    qtbot.waitUntil(lambda: window.sessions.dialog is None)
    assert window.session.selection.place.layer == "conv1"


def test_units_of_a_session_are_not_selected_in_another_network(write_run: WriteRun) -> None:
    run = write_run({"fc1": planted(8, 16, 3)})
    for run_id, units in ((run.run_id, {2}), ("another", set())):
        kept = kept_session(runs=(SavedRun("a.h5", run_id),), selection=SavedSelection(0, "fc1", 1, (2,)))
        assert _selection(kept, run, (run,)) == Selection(Place(run, "fc1", 1), frozenset(units))


def test_a_start_without_the_last_run_goes_on_without_it(
    qtbot: QtBot, own_window: MainWindow, path: Path, restart: Callable[..., MainWindow]
) -> None:
    changed(qtbot, own_window, path)
    closing(qtbot, own_window)
    path.unlink()

    again = restart()

    qtbot.waitUntil(lambda: again.sessions.dialog is not None)
    assert again.start_page.isVisible()
    again.sessions.dialog.leave_button.click()
    qtbot.waitUntil(lambda: again.sessions.dialog is None)
    assert again.notices.shown == []


def test_a_window_from_a_larger_screen_stays_on_the_one_that_is_there(
    qtbot: QtBot, own_window: MainWindow, path: Path, restart: Callable[..., MainWindow]
) -> None:
    changed(qtbot, own_window, path)
    closing(qtbot, own_window)
    last = Settings().last_session
    kept = json.loads(last.read_text()) | {"window": {"x": 5000, "y": -3000, "width": 8000, "height": 6000}}
    for preset in PRESETS:
        last.write_text(json.dumps(kept | {"layout": msgspec.to_builtins(preset.layout)}))

        again = settled(qtbot, restart(), 1)

        assert again.screen().availableGeometry().contains(again.frameGeometry()), preset.name
        assert {name for name, dock in again.docks.items() if not dock.isHidden()} == panels_of(preset.layout.docked)
        closing(qtbot, again)


def test_a_maximised_window_is_maximised_again(
    qtbot: QtBot, own_window: MainWindow, restart: Callable[..., MainWindow]
) -> None:
    own_window.showMaximized()
    closing(qtbot, own_window)
    assert restart().isMaximized()


def test_a_session_that_is_none_changes_nothing(qtbot: QtBot, window: MainWindow, path: Path, tmp_path: Path) -> None:
    opened(qtbot, window, path)
    bad = tmp_path / f"bad{SUFFIX}"
    bad.write_text("{}")
    window.open(bad)
    qtbot.waitUntil(lambda: len(window.notices.shown) == 1, timeout=20_000)
    assert [run.path for run in window.session.runs] == [path]


def test_a_session_that_cannot_be_written_leaves_the_old_one(
    qtbot: QtBot, window: MainWindow, path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened(qtbot, window, path)
    target = tmp_path / f"paper{SUFFIX}"
    window.sessions.write(target)
    before = target.read_bytes()

    def full(*_args: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    window.session.select(snapshot=1)
    window.sessions.save()

    assert target.read_bytes() == before
    assert list(tmp_path.glob("*.part")) == []
    assert "the disk is full" in window.notices.shown[0].message


def test_a_window_that_closes_while_its_session_is_on_the_way_keeps_it(
    qtbot: QtBot, own_window: MainWindow, path: Path, restart: Callable[..., MainWindow]
) -> None:
    changed(qtbot, own_window, path)
    closing(qtbot, own_window)
    kept = own_window.settings.last_session.read_bytes()
    again = restart()
    assert again.session.runs == ()
    again.keep()  # as when it is asked to end
    assert again.settings.last_session.read_bytes() == kept


def test_a_session_saved_before_there_were_places_opens(
    qtbot: QtBot, window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last version without `Place` saved it, with both samples open."""
    before = Path(__file__).with_name(f"before_places{SUFFIX}")
    for file in (before, resource("sample_runs/digits_conv.h5"), resource("sample_runs/digits_lenet.h5")):
        shutil.copy(file, tmp_path)
    answers(monkeypatch, "getOpenFileName", tmp_path / before.name)
    window.sessions.choose()

    settled(qtbot, window, 2)

    place, saved = window.session.selection.place, json.loads(before.read_text())
    assert (place.run.path.name, place.layer, place.snapshot) == ("digits_conv.h5", "fc2", 3)
    assert window.session.selection.units == {1, 4}
    now = {name: panel.settings() for name, panel in window.panels.items()}
    assert {name: {key: now[name][key] for key in values} for name, values in saved["settings"].items()} == (
        saved["settings"]
    )
    shown = {name for name, dock in window.docks.items() if not dock.isHidden()}
    assert shown == {"training", "run", "graph", "spectrum", "timeline"}
