"""The start page: what its cards say and do, with the mouse and with keys, in any room."""

from __future__ import annotations

import re
import shutil
import threading
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

import workbench as wb
from workbench.gui.state.samples import SAMPLES
from workbench.gui.state.session import first_layer_to_show
from workbench.gui.widgets.cards import Card, Picture, PictureCard
from workbench.gui.window.at_hand.first_page import summaries

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from workbench.gui.state.samples import Sample
    from workbench.gui.widgets.start_page import StartPage
    from workbench.gui.window.main_window import MainWindow

FOUND = {"never fire": "dead", "repeat another": "repeated"}


@pytest.fixture
def page(qtbot: QtBot, lasting_window: MainWindow, monkeypatch: pytest.MonkeyPatch) -> StartPage:
    """The page of the module's window, without recent runs; what its cards would open is in `asked`."""
    lasting_window.resize(1280, 800)
    lasting_window.start_page.show_recent(())
    lasting_window.activateWindow()
    return lasting_window.start_page


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.stem)
def test_what_a_card_says_of_a_sample_is_what_its_run_shows(sample: Sample) -> None:
    with wb.open_run(sample.path) as run:
        overview = wb.overview(run)
    rows = (dict(zip(overview.columns, row, strict=True)) for row in overview.rows())
    (row,) = (row for row in rows if row["layer"] == sample.layer)
    found, units, words = re.fullmatch(r"(\d+) of (\d+) units in fc1 (.+)\.", sample.finding).groups()
    assert (int(found), int(units)) == (row[FOUND[words]], row["units"])


def test_every_sample_has_a_picture_for_both_themes(page: StartPage) -> None:
    pictures = page.findChildren(Picture)
    assert len(pictures) == len(SAMPLES) == 2
    for sample in SAMPLES:
        for dark in (False, True):
            assert sample.picture(dark).stat().st_size < 40_000
    for picture in pictures:
        image = picture.grab().toImage()
        colours = {
            image.pixelColor(x, y).rgb() for x in range(0, image.width(), 3) for y in range(0, image.height(), 3)
        }
        assert len(colours) > 20


def test_a_sample_comes_up_with_the_layer_that_its_card_tells_of(
    blank: MainWindow, page: StartPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(blank, "open", lambda path: blank.session.add(wb.open_run(path)))
    page.path_chosen.emit(SAMPLES[1].path)
    place = blank.session.selection.place
    assert place is not None
    assert place.layer == SAMPLES[1].layer != first_layer_to_show(place.run)


def test_the_tab_key_goes_through_the_cards_as_they_are_read_and_enter_opens(
    qtbot: QtBot, lasting_window: MainWindow, page: StartPage, tmp_path: Path
) -> None:
    page.show_recent((tmp_path / "mine.h5",))
    chosen: list[Path] = []
    cards = [card for card in page.findChildren(Card) if card.isVisible()]
    cards[0].setFocus()
    qtbot.waitUntil(cards[0].hasFocus)
    visited = []
    for _ in cards:
        visited.append(QApplication.focusWidget())
        qtbot.keyClick(visited[-1], Qt.Key.Key_Tab)
    places = [card.mapTo(page, card.rect().topLeft()) for card in visited]
    assert set(visited) == set(cards)
    assert [(place.y(), place.x()) for place in places] == sorted((place.y(), place.x()) for place in places)
    page.path_chosen.disconnect()
    page.path_chosen.connect(chosen.append)
    qtbot.keyClick(visited[-1], Qt.Key.Key_Return)
    assert chosen == [tmp_path / "mine.h5"]
    page.path_chosen.connect(lambda path: lasting_window.open(path))


@pytest.mark.parametrize(("width", "points"), [(900, 9.0), (1920, 9.0), (900, 24.0)])
def test_nothing_is_cut_off_in_any_room(
    qtbot: QtBot, lasting_window: MainWindow, page: StartPage, width: int, points: float, theme_returns: None
) -> None:
    lasting_window.appearance.resize_text(points - QApplication.font().pointSizeF())
    lasting_window.resize(width, 600)
    qtbot.waitUntil(lambda: page.widget().width() <= page.viewport().width())
    QApplication.processEvents()
    for card in page.findChildren(Card):
        assert card.height() >= card.heightForWidth(card.width()) if card.hasHeightForWidth() else card.height() > 20
        for label in (card.name, card.description) if isinstance(card, PictureCard) else ():
            assert label.width() > 60
            assert label.height() >= label.heightForWidth(label.width())
    lasting_window.appearance.resize_text(None)


def test_recent_runs_show_their_accuracy_and_missing_ones_say_so(
    qtbot: QtBot, lasting_window: MainWindow, page: StartPage, tmp_path: Path
) -> None:
    run, gone = tmp_path / "run.h5", tmp_path / "gone.h5"
    shutil.copyfile(SAMPLES[0].path, run)
    for path in (gone, run):
        lasting_window.settings.add_recent(path)
    lasting_window.first_page.list_recent()
    qtbot.waitUntil(lambda: "does not exist" in page.recent[gone].description, timeout=20_000)
    card = page.recent[run]
    with wb.open_run(run) as opened:
        np.testing.assert_array_equal(card.curve, opened.test_accuracy)
        assert card.last == f"{opened.test_accuracy[-1]:.1f} %"
    assert page.recent[gone].curve is None
    assert lasting_window.notices.shown == []


def test_a_disk_that_does_not_answer_is_given_up(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("workbench.gui.window.at_hand.first_page.PATIENCE", 0.1)
    hangs, asked = tmp_path / "hangs.h5", []

    def summary(path: Path) -> None:
        asked.append(path)
        threading.Event().wait(1.0)

    monkeypatch.setattr("workbench.gui.window.at_hand.first_page.summary", summary)
    answers = [answer for answer in summaries((hangs,)) if answer is not None]
    assert [path for path, _ in answers] == [hangs] == asked
    assert "does not answer" in answers[0][1].problem
