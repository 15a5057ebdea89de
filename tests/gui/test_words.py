"""What the window says of durations and sizes."""

from __future__ import annotations

import pytest

from workbench.gui.words import in_words, size_in_words


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
    ("size", "words"),
    [(0, "0 bytes"), (6_240_000, "6.2 MB"), (55.4e9, "55 GB"), (999_600, "1 MB"), (812e6, "812 MB")],
)
def test_sizes_are_said_in_words(size: float, words: str) -> None:
    assert size_in_words(size) == words
