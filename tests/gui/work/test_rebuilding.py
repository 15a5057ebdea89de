"""The report is rebuilt and its open questions are asked from dialogs; the page is opened when it is there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from publishing_driving import chosen
from PySide6.QtGui import QDesktopServices

from tests.gui.windows import LONG
from workbench.cli.dispatching import parser_of
from workbench.experiments.questions.catalogue import FEWEST_TRAININGS, REPEATS
from workbench.experiments.questions.catalogue import TITLES as QUESTIONS
from workbench.experiments.report.catalogue import ALL, TITLES
from workbench.figures.progress import Progress, Written
from workbench.gui.work.experiments.pages import ask_for_question, ask_for_reproduction

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    import pytest
    from PySide6.QtCore import QUrl
    from pytestqt.qtbot import QtBot

    from workbench.gui.window.main_window import MainWindow


def test_the_dialog_asks_the_command_shows_its_progress_and_opens_the_page(
    qtbot: QtBot, blank: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, asked, seen = tmp_path / "rebuilt", list[list[str]](), list[str]()
    page = folder / "report.html"

    def answer(words: Sequence[str], where: Path) -> Iterator[Progress | Written]:
        asked.append(list(words))
        yield Progress("training Conv-2, seed 0: iteration 3 of 300", 0.4, 60.0)
        yield Written((str(page),), "8 of 10")

    def opened(url: QUrl) -> bool:
        seen.append(url.toLocalFile())
        return True

    monkeypatch.setattr("workbench.gui.background.command_process.run_command", answer)
    monkeypatch.setattr(QDesktopServices, "openUrl", opened)
    chosen(monkeypatch, folder)
    dialog = ask_for_reproduction(blank.shop, blank.publisher)
    figures, scales = (dialog.fields[name].control for name in ("figure", "scale"))
    assert [figures.itemData(row) for row in range(figures.count())] == [ALL, *TITLES]
    dialog.fields["figure"].set_value("fig3")
    assert scales.currentData() == "quick"
    options = parser_of("reproduce").parse_args(dialog.words(folder)[1:])
    assert (options.figure, options.scale, options.out) == ("fig3", "quick", folder)
    with qtbot.waitSignal(blank.publisher.saved, timeout=LONG):
        dialog.begin_button.click()
    assert asked == [[*dialog.words(folder), "--overwrite"]]
    qtbot.waitUntil(lambda: len(blank.jobs) == 0, timeout=LONG)
    assert seen == [str(page)]


def test_a_question_is_asked_with_as_many_seeds_as_are_wanted(blank: MainWindow, tmp_path: Path) -> None:
    dialog = ask_for_question(blank.shop, blank.publisher)
    asked, seeds = (dialog.fields[name] for name in ("question", "repeats"))
    assert [asked.control.itemData(row) for row in range(asked.control.count())] == list(QUESTIONS)
    for name in QUESTIONS:
        asked.set_value(name)
        assert seeds.value() == REPEATS[name]
        assert dialog.status.text().startswith(f"{REPEATS[name] * FEWEST_TRAININGS[name]} trainings on")
    seeds.set_value(2)
    options = parser_of("ask").parse_args(dialog.words(tmp_path)[1:])
    assert (options.question, options.repeats, options.out) == ("suffix", 2, tmp_path)
    dialog.close()
