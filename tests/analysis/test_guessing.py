"""An accuracy is at chance where it lies no more above guessing than an untrained network's may."""

from __future__ import annotations

import pytest

from workbench.analysis.guessing import at_chance, guessed


@pytest.mark.parametrize(
    ("accuracy", "classes", "images", "expected"),
    [
        (11.39, 10, 360, True),  # sample A before its first step
        (7.86, 10, 10_000, True),  # Conv-2: below guessing, and not by chance
        (11.69, 10, 10_000, True),  # LeNet: its interval does not reach down to guessing
        (15.0, 10, 10_000, True),
        (15.1, 10, 10_000, False),
        (15.1, 10, 100, True),  # of so few images it may be guessing
        (53.0, 10, 10_000, False),
        (54.0, 2, 10_000, True),
        (56.0, 2, 10_000, False),
        (2.0, 100, 10_000, True),  # less than a point above: every unit can go within a point
        (2.1, 100, 10_000, False),
        (float("nan"), 10, 100, False),
        (98.0, 10, 0, False),  # on how many images is not known
    ],
)
def test_at_chance(accuracy: float, classes: int, images: int, expected: bool) -> None:
    assert at_chance(accuracy, classes, images) is expected
    assert guessed(classes) == 100.0 / classes
