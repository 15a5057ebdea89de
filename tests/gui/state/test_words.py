"""What the window says of durations, sizes and numbers of things."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtWidgets import QAbstractButton, QLabel, QWidget
from singular import ONE_OF_MANY

from tests.gui.recorded_weights import record_weights
from tests.gui.windows import opened
from workbench.gui.state.words import in_words, size_in_words, went
from workbench.gui.widgets.plain_text import ElidedLabel

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from workbench.gui.window.main_window import MainWindow


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.2, "under 1 s"),
        (12.4, "12 s"),
        (99, "99 s"),
        (180, "3 min"),
        (7500, "2 h 5 min"),
        (270_000, "3 days 3 h"),
    ],
)
def test_durations_are_said_in_words(seconds: float, words: str) -> None:
    assert in_words(seconds) == words


@pytest.mark.parametrize(
    ("capacity", "words"), [(4, r"recorded so far at iteration \d+ after .*"), (None, r"finished in .*")]
)
def test_only_a_run_that_was_finished_is_said_to_be(tmp_path: Path, capacity: int | None, words: str) -> None:
    with record_weights(tmp_path / "run.h5", {"fc1": [np.ones((2, 3))] * 3}, capacity=capacity) as run:
        assert run.spec.iterations is None, "a recording of unknown length"
        assert re.fullmatch(words, went(run))


@pytest.mark.parametrize(
    ("size", "words"),
    [
        (0, "0 bytes"),
        (1, "1 byte"),
        (6_240_000, "6.2 MB"),
        (55.4e9, "55 GB"),
        (999_600, "1 MB"),
        (812e6, "812 MB"),
        (3.2e12, "3.2 TB"),
    ],
)
def test_sizes_are_said_in_words(size: float, words: str) -> None:
    assert size_in_words(size) == words


def test_one_of_something_is_said_as_one_all_over_the_window(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    path = tmp_path / "least.h5"
    record_weights(path, {"fc1": [np.array([[0.5]])]}).close()
    opened(qtbot, window, path)
    for name in ("graph", "spectrum", "low_rank", "training"):
        window.docks[name].raise_()
        qtbot.waitUntil(window.is_settled, timeout=20_000)
    qtbot.waitUntil(lambda: all(panel.complete for panel in window.panels.values()), timeout=60_000)
    worded = [each for each in window.findChildren(QWidget) if isinstance(each, (QLabel, ElidedLabel, QAbstractButton))]
    told = [text for each in worded for text in (each.text(), each.toolTip())]
    assert any("1 snapshot," in text for text in told)
    assert [text for text in told if ONE_OF_MANY.search(text)] == []
