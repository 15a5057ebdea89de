"""Selections and settings are taken back and done again, one step for each gesture, and nothing answers itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton

from tests.gui.recorded_weights import planted, record_weights
from tests.gui.windows import opened
from workbench.figures.kinds import figure
from workbench.gui.panels.graph.panel import GraphPanel
from workbench.gui.window import history
from workbench.gui.window.docks import PANELS
from workbench.gui.window.history import MOST_STEPS

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from workbench.gui.window.main_window import MainWindow


@pytest.fixture
def at_work(qtbot: QtBot, shared: MainWindow) -> MainWindow:
    """The window with a run open, and nothing to take back."""
    gesture_ends(qtbot, shared)
    shared.history.clear()
    return shared


def test_opening_a_run_is_no_step(drawn_window: MainWindow) -> None:
    assert drawn_window.history.stack.count() == 0


def gesture_ends(qtbot: QtBot, window: MainWindow) -> None:
    qtbot.waitUntil(lambda: window.history._open is None)


def edit_menu(window: MainWindow) -> tuple[str, str]:
    undo, redo, *_ = window.menus["&Edit"].actions()
    return undo.text(), redo.text()


def test_a_layer_that_was_chosen_is_left_again(qtbot: QtBot, at_work: MainWindow) -> None:
    at_work.session.select(snapshot=2, units=frozenset({1, 2}))
    before = at_work.session.selection
    gesture_ends(qtbot, at_work)
    at_work.session.select(layer="fc2")
    assert edit_menu(at_work) == ("&Undo layer", "&Redo")

    at_work.history.stack.undo()
    assert at_work.session.selection == before
    assert edit_menu(at_work) == ("&Undo snapshot and units", "&Redo layer")

    at_work.history.stack.redo()
    assert at_work.session.selection.place.layer == "fc2"


def test_the_keys_take_back_and_do_again(qtbot: QtBot, at_work: MainWindow) -> None:
    at_work.session.select(snapshot=4)
    at_work.activateWindow()
    qtbot.waitUntil(at_work.isActiveWindow)
    qtbot.keyClick(at_work, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert at_work.session.selection.place.snapshot == 0
    qtbot.keyClick(at_work, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    assert at_work.session.selection.place.snapshot == 4


def test_a_gesture_goes_on_while_the_mouse_is_held(
    qtbot: QtBot, at_work: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = Qt.MouseButton.LeftButton
    monkeypatch.setattr(history.QGuiApplication, "mouseButtons", lambda: held)
    at_work.history.rest.setInterval(5)
    at_work.session.select(snapshot=1)
    qtbot.wait(60)  # the mouse rests, and is still down
    assert at_work.history.rest.isActive()
    at_work.session.select(snapshot=2)
    assert at_work.history.stack.count() == 1
    held = Qt.MouseButton.NoButton
    gesture_ends(qtbot, at_work)
    at_work.session.select(snapshot=3)
    assert at_work.history.stack.count() == 2
    at_work.history.stack.undo()
    assert at_work.session.selection.place.snapshot == 2
    at_work.history.stack.undo()
    assert at_work.session.selection.place.snapshot == 0


def test_a_slider_that_is_dragged_is_one_step(qtbot: QtBot, at_work: MainWindow) -> None:
    graph = at_work.panels["graph"]
    assert isinstance(graph, GraphPanel)
    first = graph.settings()
    for position in range(300, 700, 20):
        graph.cutoff.slider.setValue(position)
        at_work.session.adjust(units=frozenset({position % 7}))  # what follows by itself is no gesture
    dragged = graph.settings()
    gesture_ends(qtbot, at_work)
    graph.charge.slider.setValue(10)
    assert at_work.history.stack.count() == 2

    at_work.history.stack.undo()
    assert graph.settings() == dragged
    assert edit_menu(at_work) == ("&Undo cut-off", "&Redo charge")
    at_work.history.stack.undo()
    assert graph.settings() == first
    qtbot.waitUntil(lambda: graph.cutoff.value() == pytest.approx(0.34, abs=0.3))  # which the next graph chooses
    at_work.history.stack.redo()
    assert graph.settings() == dragged


def test_defaults_are_one_step(qtbot: QtBot, at_work: MainWindow) -> None:
    graph = at_work.panels["graph"]
    graph.restore({"cutoffs": {"40x90": 0.6}, "charge": -90.0, "gravity": 0.2, "link_distance": 50.0, "variance": 1.0})
    gesture_ends(qtbot, at_work)
    changed, steps = graph.settings(), at_work.history.stack.count()
    page = graph.advanced_button.menu()
    next(button for button in page.findChildren(QPushButton) if button.text() == "Defaults").click()
    assert at_work.history.stack.count() == steps + 1
    assert edit_menu(at_work)[0] == "&Undo settings of Weight graph"
    assert graph.settings()["charge"] == -30.0
    at_work.history.stack.undo()
    assert graph.settings() == changed


def test_a_timeline_that_is_dragged_or_played_is_one_step(qtbot: QtBot, at_work: MainWindow) -> None:
    for snapshot in range(1, 5):
        at_work.timeline.go_to(snapshot)
    gesture_ends(qtbot, at_work)
    at_work.timeline.go_to(0)
    gesture_ends(qtbot, at_work)
    at_work.player.speed = 50
    at_work.player.toggle()
    qtbot.waitUntil(lambda: not at_work.player.playing, timeout=20_000)
    assert at_work.session.selection.place.snapshot == 5
    assert at_work.history.stack.count() == 3

    at_work.history.stack.undo()
    assert at_work.session.selection.place.snapshot == 0
    at_work.history.stack.undo()
    assert at_work.session.selection.place.snapshot == 4


def test_a_dropped_figure_is_one_step_also_where_its_run_is_opened_for_it(
    qtbot: QtBot, at_work: MainWindow, tmp_path: Path
) -> None:
    other = tmp_path / "second.h5"
    with record_weights(other, {"fc1": planted(40, 90, 6), "fc2": planted(10, 40, 6)}) as run:
        figure("spectrum", run, "fc2", snapshot=3, scale="log").save(tmp_path / "figure.svg")
    (first,) = at_work.session.runs
    with qtbot.waitSignal(at_work.restorer.restored, timeout=20_000):
        at_work.restorer.restore(tmp_path / "figure.svg")
    assert at_work.session.selection.place.layer == "fc2"
    assert at_work.history.stack.count() == 1
    at_work.history.stack.undo()
    assert at_work.session.selection.run is first
    assert at_work.panels["spectrum"].settings()["scale"] == "auto"


@pytest.mark.lengthy
def test_what_plays_by_itself_when_a_run_is_opened_is_no_step(
    qtbot: QtBot, at_work: MainWindow, tmp_path: Path
) -> None:
    other = tmp_path / "second.h5"
    record_weights(other, {"fc1": planted(40, 90, 6), "fc2": planted(10, 40, 6)}).close()
    at_work.session.select(snapshot=3)
    gesture_ends(qtbot, at_work)
    at_work.play_when_opened = True
    at_work.timeline.loop.setChecked(True)
    at_work.open(other)
    qtbot.waitUntil(lambda: at_work.player.playing, timeout=20_000)
    qtbot.waitUntil(lambda: not at_work.player.playing, timeout=20_000)
    assert at_work.session.selection.place.snapshot == 5
    assert at_work.timeline.settings()["speed"] == 10  # as a person has it
    assert edit_menu(at_work)[0] == "&Undo run"
    at_work.history.stack.undo()
    assert at_work.session.selection.run is at_work.session.runs[0]
    assert at_work.session.selection.place.snapshot == 3


def test_taking_back_stops_the_player(qtbot: QtBot, at_work: MainWindow) -> None:
    at_work.player.speed = 1
    at_work.player.loop = True
    at_work.session.select(snapshot=3)
    at_work.player.play()
    at_work.history.stack.undo()
    assert not at_work.player.playing
    assert at_work.session.selection.place.snapshot == 0


def test_switches_and_choices_are_steps_of_their_own(at_work: MainWindow) -> None:
    spectrum = at_work.panels["spectrum"]
    first = spectrum.settings()
    spectrum.restore({"scale": "log"})
    spectrum.restore({"scale": "linear"})
    spectrum.restore({"initial": False})
    assert at_work.history.stack.count() == 3
    assert edit_menu(at_work)[0] == "&Undo initial outline"
    for _ in range(3):
        at_work.history.stack.undo()
    assert spectrum.settings() == first


def test_what_was_taken_back_by_hand_is_no_step(at_work: MainWindow) -> None:
    graph = at_work.panels["graph"]
    for charge in (-30.0, -60.0, -30.0):
        graph.restore({"charge": charge})
    assert at_work.history.stack.count() == 0


def test_a_macro_is_one_step(at_work: MainWindow) -> None:
    before = {name: panel.settings() for name, panel in at_work.panels.items()}
    with at_work.history.one_step("figure"):
        at_work.session.select(layer="fc2", snapshot=3)
        at_work.panels["graph"].restore({"charge": -90.0, "gravity": 0.2})
        at_work.panels["spectrum"].restore({"scale": "log"})
    assert at_work.history.stack.count() == 1
    at_work.history.stack.undo()
    assert {name: panel.settings() for name, panel in at_work.panels.items()} == before
    assert (at_work.session.selection.place.layer, at_work.session.selection.place.snapshot) == ("fc1", 0)


def test_units_that_follow_the_pruning_cursor_are_no_steps(qtbot: QtBot, window: MainWindow) -> None:
    from workbench.gui.state import samples

    opened(qtbot, window, samples.listed()[0].path)
    pruning = window.panels["pruning"]
    qtbot.waitUntil(lambda: pruning.complete and pruning.shown is not None, timeout=60_000)  # type: ignore[attr-defined]
    window.session.select(snapshot=20)
    gesture_ends(qtbot, window)
    qtbot.waitUntil(lambda: pruning.complete, timeout=60_000)
    for level in (10, 20, 30):
        pruning.plot.scrubbed.emit(level)  # type: ignore[attr-defined]
    gesture_ends(qtbot, window)
    window.session.select(snapshot=25)
    gesture_ends(qtbot, window)
    qtbot.waitUntil(lambda: pruning.complete, timeout=60_000)
    assert len(window.session.selection.units) == 30
    assert window.history.stack.count() == 3

    window.history.stack.undo()
    qtbot.waitUntil(lambda: pruning.complete, timeout=60_000)
    assert window.session.selection.place.snapshot == 20
    assert window.history.stack.canRedo()
    window.history.stack.undo()
    assert window.session.selection.units == frozenset()


def test_another_run_is_left_again_and_a_closed_one_is_not_asked_for(
    qtbot: QtBot, at_work: MainWindow, tmp_path: Path
) -> None:
    first = at_work.session.runs[0]
    record_weights(tmp_path / "other.h5", {"conv": planted(8, 16, 3)}).close()
    at_work.open(tmp_path / "other.h5")
    qtbot.waitUntil(lambda: len(at_work.session.runs) == 2)
    other = at_work.session.runs[1]
    at_work.session.select(snapshot=1)
    at_work.history.stack.undo()
    at_work.history.stack.undo()
    assert at_work.session.selection.run is first
    at_work.history.stack.redo()
    assert (at_work.session.selection.run, at_work.session.selection.place.layer) == (other, "conv")

    at_work.session.remove(other)
    at_work.history.stack.undo()
    at_work.history.stack.redo()
    assert at_work.session.selection.run is first


def test_the_history_is_bounded(at_work: MainWindow) -> None:
    spectrum = at_work.panels["spectrum"]
    for number in range(MOST_STEPS + 20):
        spectrum.restore({"initial": bool(number % 2)})
    assert at_work.history.stack.count() == MOST_STEPS


def test_every_setting_has_a_name_for_people(shared: MainWindow) -> None:
    for row in PANELS:
        panel = shared.panels[row.kind.name]
        for setting in panel.settings():
            assert "_" not in panel.kept.words[setting]
