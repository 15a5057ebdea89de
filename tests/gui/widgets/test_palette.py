"""Everything that can be done is found by a few letters, and every key is listed from where it is given."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction

from tests.gui.recorded_weights import planted, record_weights
from tests.gui.windows import opened, small_file
from workbench.gui.widgets.palette import Deed, Palette, best, score
from workbench.gui.window.docks import PANELS

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from workbench.gui.window.main_window import MainWindow


def asked(window: MainWindow, typed: str = "") -> Palette:
    window.commands.ask(typed)
    palette = window.commands.palette
    assert palette is not None
    return palette


def done(qtbot: QtBot, window: MainWindow, typed: str, fits: str) -> None:
    """Type, expect this to be first, and do it with Enter."""
    palette = asked(window)
    qtbot.keyClicks(palette.line, typed)
    assert palette.shown[0].text == fits
    qtbot.keyClick(palette.line, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: window.commands.palette is None)


@pytest.fixture(scope="module")
def lasting_run(module_bot: QtBot, lasting_window: MainWindow, tmp_path_factory: pytest.TempPathFactory) -> MainWindow:
    """The window with two runs open, the second one selected."""
    folder = tmp_path_factory.mktemp("two")
    other = folder / "second.h5"
    record_weights(other, {"fc1": planted(40, 90, 6), "fc2": planted(10, 40, 6)}).close()
    opened(module_bot, lasting_window, small_file(folder))
    lasting_window.open(other)
    module_bot.waitUntil(lambda: len(lasting_window.session.runs) == 2 and lasting_window.is_settled(), timeout=20_000)
    return lasting_window


@pytest.fixture
def window(shared: MainWindow) -> MainWindow:
    return shared


@pytest.fixture
def at_work(shared: MainWindow) -> MainWindow:
    return shared


def test_layers_runs_and_moments_are_found(qtbot: QtBot, at_work: MainWindow) -> None:
    done(qtbot, at_work, "fc2", "fc2, 10 × 40")
    assert at_work.session.selection.place.layer == "fc2"
    done(qtbot, at_work, "epoch 3.2", "epoch 3, snapshot 3")
    assert at_work.session.selection.place.snapshot == 3
    done(qtbot, at_work, "snapshot 99", "epoch 5, snapshot 5")
    assert at_work.session.selection.place.snapshot == 5
    first = at_work.session.runs[0]
    done(qtbot, at_work, "trained", next(deed.text for deed in at_work.commands.deeds() if deed.kind == "Run"))
    assert at_work.session.selection.run is first


def test_settings_are_flipped_chosen_and_given_numbers(qtbot: QtBot, at_work: MainWindow) -> None:
    done(qtbot, at_work, "initial", "Spectrum: initial outline off")
    done(qtbot, at_work, "axis log", "Spectrum: axis log")
    settings = at_work.panels["spectrum"].settings()
    assert (settings["scale"], settings["initial"], settings["view"]) == ("log", False, None)
    done(qtbot, at_work, "cut-off .55", "Weight graph: cut-off = 0.55")
    assert at_work.panels["graph"].settings()["cutoffs"] == {"40x90": 0.55}
    done(qtbot, at_work, "charge -60", "Weight graph: charge = -60")
    assert at_work.panels["graph"].settings()["charge"] == -60.0
    assert at_work.history.stack.count() > 0  # and can be taken back as by hand


def test_a_number_goes_to_the_setting_whose_name_was_typed_and_not_to_one_with_the_same_letters(
    qtbot: QtBot, at_work: MainWindow
) -> None:
    done(qtbot, at_work, "rank 5", "Low rank: rank = 5")
    assert at_work.panels["low_rank"].rank.value() == 5
    assert at_work.panels["graph"].settings()["link_distance"] == 30.0


def test_what_several_of_can_be_chosen_is_found_by_each_name(qtbot: QtBot, at_work: MainWindow) -> None:
    pruning = at_work.panels["pruning"]
    done(qtbot, at_work, "min_mag", "Pruning: orders min_mag on")
    assert pruning.settings()["orders"] == ["max_mag", "min_mag", "max_fp", "random"]
    done(qtbot, at_work, "max_mag", "Pruning: orders max_mag off")
    assert pruning.settings()["orders"] == ["min_mag", "max_fp", "random"]
    done(qtbot, at_work, "layers fc1", "Pruning: layers fc1 on")
    assert pruning.settings()["layers"] == []  # one alone is none
    done(qtbot, at_work, "speed 20", "Timeline: speed 20")
    assert at_work.panels["timeline"].settings()["speed"] == 20


def test_panels_are_shown_and_brought_to_the_front(qtbot: QtBot, at_work: MainWindow) -> None:
    at_work.docks["spectrum"].hide()
    done(qtbot, at_work, "go spectrum", "Go to Spectrum")
    assert not at_work.docks["spectrum"].isHidden()

    at_work.resize(900, 600)  # panels lie behind others now
    done(qtbot, at_work, "go pruning", "Go to Pruning")
    qtbot.waitUntil(lambda: at_work.dock_area.in_sight("pruning"))
    done(qtbot, at_work, "go spectrum", "Go to Spectrum")
    qtbot.waitUntil(lambda: at_work.dock_area.in_sight("spectrum"))
    assert not at_work.dock_area.in_sight("pruning")


def test_every_key_of_the_window_is_listed(window: MainWindow) -> None:
    listed = {key for deed in asked(window, "?").shown for key in deed.keys.split(", ")}
    for action in window.findChildren(QAction):
        for key in action.shortcuts():
            assert key.toString() in listed
    assert {row.kind.shortcut for row in PANELS} <= listed
    window.commands.palette.reject()


def test_no_two_actions_have_the_same_key(window: MainWindow) -> None:
    keys = [key for deed in window.commands.deeds() if deed.keys for key in deed.keys.split(", ")]
    assert len(keys) == len(set(keys))


@pytest.mark.parametrize("key", ["Ctrl+K", "Ctrl+Shift+P", "?"])
def test_keys_open_the_palette_and_escape_closes_it(key: str, qtbot: QtBot, window: MainWindow) -> None:
    action = next(each for each in window.findChildren(QAction) if key in [k.toString() for k in each.shortcuts()])
    action.trigger()
    palette = window.commands.palette
    assert palette is not None
    assert (palette.line.text() == "?") == (key == "?")
    qtbot.keyClick(palette.line, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: window.commands.palette is None)


def test_up_and_down_choose_while_one_types(qtbot: QtBot, window: MainWindow) -> None:
    palette = asked(window, "layout")
    assert [deed.text for deed in palette.shown][:4] == [
        "Inspect layout", "Train layout", "Report layout", "Reset layout",
    ]  # fmt: skip
    qtbot.keyClick(palette.line, Qt.Key.Key_Down)
    qtbot.keyClick(palette.line, Qt.Key.Key_Down)
    qtbot.keyClick(palette.line, Qt.Key.Key_Return)
    assert window.docks["run"].isHidden()


def test_what_is_not_possible_now_is_not_offered(window: MainWindow) -> None:
    assert "Undo" not in [deed.text for deed in asked(window, "undo").shown]
    window.commands.palette.line.setText("?undo")
    assert "Undo" in [deed.text for deed in window.commands.palette.shown]
    window.commands.palette.reject()


def test_the_start_of_a_word_comes_before_its_middle_and_that_before_scattered_letters() -> None:
    texts = ["inspect it", "sold pears ease cost", "a spectrum", "nothing"]
    deeds = [Deed(text, "", lambda: None) for text in texts]
    assert [deed.text for deed in best("spec", deeds)] == ["a spectrum", "inspect it"]
    some = [Deed(text, "", lambda: None) for text in ("Directions: clusters 2", "Tour", "A detour")]
    assert [deed.text for deed in best("tour", some)] == ["Tour", "A detour"], "those with gaps are left out"
    assert [deed.text for deed in best("tour", some[:1])] == ["Directions: clusters 2"], "but where none is whole"
    assert score("spctrm", "spectrum") is not None
    assert score("graph cut", "Weight graph: cut-off") is not None
    assert score("graph xyz", "Weight graph: cut-off") is None


def test_where_nothing_fits_the_palette_says_so(qtbot: QtBot, window: MainWindow) -> None:
    palette = asked(window)
    qtbot.keyClicks(palette.line, "zzzz")
    assert palette.nothing.isVisible()
    assert "“zzzz”" in palette.nothing.text()
    assert not palette.rows.isVisible()
    palette.line.setText("layout")
    assert not palette.nothing.isVisible()
    assert palette.rows.isVisible()
    palette.reject()
