"""Whether a network classifies better than by guessing: if not, no change of it can cost anything."""

from __future__ import annotations

from workbench.analysis.intervals import wilson_interval

ROOM = 5.0  # points above guessing that an accuracy needs, or half of what guessing gives where that is less …
LEAST_ROOM = 1.0  # … but no fewer: within a point of less, every unit can go


def guessed(classes: int) -> float:
    """The accuracy of guessing, in percent."""
    return 100.0 / classes


def at_chance(accuracy: float, classes: int, images: int = 0) -> bool:
    """Whether an accuracy, in percent, is about that of guessing among so many classes, or below it.

    An untrained network prefers some classes, so it may lie some points above. `images`: on how many it was measured
    (0: not known); of few, its 95 % interval may reach down to guessing. Of NaN nothing is said: False.
    """
    chance = guessed(classes)
    if accuracy <= chance + max(min(ROOM, chance / 2), LEAST_ROOM):
        return True
    return 0.0 <= accuracy <= 100.0 and images > 0 and float(wilson_interval(accuracy, images)[0]) <= chance
