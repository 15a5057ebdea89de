"""How fast one number grows with another, over trainings: least squares with an interval."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True)
class Slope:
    """By how much y grows for each x, between trainings that are alike in everything else."""

    value: float
    low: float  # 95 % interval (Student's t); NaN where there are too few trainings, or no spread
    high: float
    trainings: int
    explained: float  # the share of the variance of y within the groups that the slope explains, 0…1

    @property
    def known(self) -> bool:
        """Whether there is an interval."""
        return bool(np.isfinite(self.low))


def slope(x: Sequence[float], y: Sequence[float], groups: Sequence[object]) -> Slope:
    """The common slope of y over x with a level of its own for each group (analysis of covariance).

    ValueError: x is the same within each group.
    """
    first, second = np.asarray(x, np.float64), np.asarray(y, np.float64)
    names = sorted(set(groups), key=str)
    member = np.array([names.index(group) for group in groups])
    for at in range(len(names)):
        inside = member == at
        first, second = _centred(first, inside), _centred(second, inside)
    spread = float(first @ first)
    if not spread:
        raise ValueError("there is no slope over a number that is the same in all trainings")
    value = float(first @ second) / spread
    rest = second - value * first
    freedom = len(first) - len(names) - 1
    total = float(second @ second)
    explained = 1.0 - float(rest @ rest) / total if total else 0.0
    if freedom < 1:
        return Slope(value, float("nan"), float("nan"), len(first), explained)
    from scipy.special import stdtrit

    reach = float(stdtrit(freedom, 0.975)) * (float(rest @ rest) / freedom / spread) ** 0.5
    return Slope(value, value - reach, value + reach, len(first), explained)


def _centred(values: np.ndarray, inside: np.ndarray) -> np.ndarray:
    """The values, those inside less their mean."""
    return np.where(inside, values - values[inside].mean(), values)
