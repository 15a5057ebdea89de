"""What a training loop logs, as the curves of a run: names, and accuracies in percent."""

from __future__ import annotations

import re
from math import isnan, nan
from typing import TYPE_CHECKING

from workbench.runs.layout import HISTORY_FIELDS

if TYPE_CHECKING:
    from collections.abc import Callable

PARTS = {"train": "train", "training": "train", "test": "test"}
PARTS |= dict.fromkeys(("val", "valid", "validation", "eval", "dev"), "validation")
QUANTITIES = {"loss": "loss"} | dict.fromkeys(("acc", "accuracy", "acc1", "top1"), "accuracy")
ABOVE = 1 + 1e-6  # a mean of fractions, rounded
ENOUGH = 5  # accuracies that look like fractions before this is said


def field(name: str) -> str | None:
    """The curve that a logged name stands for ("val/loss", "eval_accuracy", "Train Acc"); None: there is none."""
    if name in HISTORY_FIELDS:
        return name
    words = re.split(r"[\W_]+", name.lower())
    if len(words) != 2 or words[0] not in PARTS or words[1] not in QUANTITIES:
        return None
    return f"{PARTS[words[0]]}_{QUANTITIES[words[1]]}"


class Accuracies:
    """Accuracies as they come, made percent; `say` is called once for each kind of fault of each curve."""

    def __init__(self, fractions: bool, say: Callable[[str], None]) -> None:
        self._fractions, self._say = fractions, say
        self._percent: set[str] = set()  # curves that are percent although fractions were expected
        self._small: dict[str, int] = {}  # percentages so far of curves that never exceeded 1
        self._impossible: set[str] = set()

    def percent(self, curve: str, value: float) -> float:
        """The accuracy in percent; NaN where it cannot be one."""
        if not curve.endswith("accuracy") or isnan(value):
            return value
        if self._fractions and value > ABOVE and curve not in self._percent:
            self._percent.add(curve)
            self._say(f"{curve} is {value:g}, which is not a fraction: it is read as percent from here on")
        found = 100 * value if self._fractions and curve not in self._percent else value
        if not 0 <= found <= 100 * ABOVE:
            if curve not in self._impossible:
                self._impossible.add(curve)
                self._say(f"{curve} is {value:g}, which is not an accuracy: such values are left out")
            return nan
        self._look_for_fractions(curve, value)
        return min(found, 100.0)

    def end(self) -> None:
        """Say what only all values show: percentages that never exceeded 1."""
        for curve, count in self._small.items():
            if 0 < count < ENOUGH:
                self._looks_like_fractions(curve)

    def _look_for_fractions(self, curve: str, value: float) -> None:
        if self._fractions or value > ABOVE:
            self._small[curve] = -1  # percent indeed, or made percent
        elif value > 0 and self._small.get(curve, 0) >= 0:
            self._small[curve] = self._small.get(curve, 0) + 1
            if self._small[curve] == ENOUGH:
                self._looks_like_fractions(curve)

    def _looks_like_fractions(self, curve: str) -> None:
        self._say(f"{curve} has not exceeded 1 so far, but accuracies are given in percent: multiply fractions by 100")
