"""A number of the report beside ours: what is compared, and by which rule it is judged."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np

from workbench.analysis.intervals import over_repeats, wilson_interval

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from workbench.experiments.report.trainings import Trained

Scale = Literal["quick", "half", "full"]
SCALES: tuple[Scale, ...] = get_args(Scale)
Source = Literal["R", "C", "F", "–"]
SOURCES: dict[Source, str] = {
    "R": "printed in the report",
    "C": "from its code and notebooks",
    "F": "counted on its figures",
    "–": "no number is given",
}
NOT_SEEN = "cannot be seen at this scale"
OTHER_DATA = "other data: not comparable"
NOT_MEASURED = "not measured"
COLUMNS = ("figure", "what", "report", "source", "ours", "low", "high", "repeats", "difference", "verdict",
           "explanation")  # fmt: skip


@dataclass(frozen=True)
class Ours:
    """What was measured: the mean of some repeats and its 95 % interval; NaN where one repeat gives none."""

    value: float
    low: float = float("nan")
    high: float = float("nan")
    repeats: int = 1
    exact: bool = False  # it follows from definitions, and no training makes it another one

    @property
    def known(self) -> bool:
        """Whether there is an interval."""
        return isfinite(self.low) and isfinite(self.high)


def exactly(value: float) -> Ours:
    """A number that follows from definitions."""
    return Ours(value, value, value, exact=True)


def over(values: Sequence[float]) -> Ours:
    """The mean over trainings, with Student's interval. ValueError: there is none."""
    found = over_repeats(np.asarray(values, np.float64))
    return Ours(float(found.mean), float(found.low), float(found.high), found.count)


def on_images(percents: Sequence[float], images: int) -> Ours:
    """Accuracies in percent: over trainings, or of a single one over its images."""
    if len(percents) > 1:
        return over(percents)
    low, high = wilson_interval(percents[0], images)
    return Ours(percents[0], float(low), float(high))


def apart(first: Sequence[float], second: Sequence[float]) -> Ours:
    """The mean of the first less that of the second, with Welch's interval; NaN where either has one repeat."""
    from scipy.special import stdtrit

    one, two = over_repeats(np.asarray(first, np.float64)), over_repeats(np.asarray(second, np.float64))
    value = float(one.mean - two.mean)
    parts = float(one.variance) / one.count, float(two.variance) / two.count
    if not all(map(isfinite, parts)) or not sum(parts):
        return Ours(value, repeats=min(one.count, two.count))
    freedom = sum(parts) ** 2 / (parts[0] ** 2 / (one.count - 1) + parts[1] ** 2 / (two.count - 1))
    reach = float(stdtrit(freedom, 0.975)) * sum(parts) ** 0.5
    return Ours(value, value - reach, value + reach, min(one.count, two.count))


@dataclass(frozen=True)
class Number:
    """One row: a number of the report, or something that it says in words, and how ours is measured."""

    what: str
    measure: Callable[[Trained], Ours | None]  # None: what it needs was not trained
    report: float | None = None  # None: said in words
    printed: str = ""  # as the report has it; "" as `report` is written
    source: Source = "R"
    near: float = 0.0  # so far from the report's number ours is still called close
    above: float | None = None  # what is said in words holds where ours is larger than this
    since: Scale = "half"  # the first scale at which it can be seen
    digits: int = 2
    explanation: str = ""
    network: str = ""  # whose data it rests on; "": the first one that the figure needs


@dataclass(frozen=True)
class Row:
    """A row with what was found."""

    figure: str
    number: Number
    ours: Ours | None
    verdict: str

    @property
    def what(self) -> str:
        """What is compared."""
        return self.number.what

    @property
    def difference(self) -> float | None:
        """Ours less the report's number."""
        if self.ours is None or self.number.report is None:
            return None
        return self.ours.value - self.number.report

    @property
    def printed(self) -> str:
        """The report's number or words."""
        number = self.number
        return number.printed or ("–" if number.report is None else _written(number.report, number.digits))

    @property
    def measured(self) -> str:
        """Our number with its interval."""
        if self.ours is None:
            return "–"
        value = _written(self.ours.value, self.number.digits)
        if self.ours.exact or not self.ours.known:
            return value
        ends = (_written(end, self.number.digits) for end in (self.ours.low, self.ours.high))
        return f"{value} ({' to '.join(ends)})"

    @property
    def distance(self) -> str:
        """The difference as it is printed."""
        if self.difference is None:
            return "–"
        return f"{self.difference:+,.{self.number.digits}f}".replace("-", "−")

    def cells(self) -> tuple[str | float | int | None, ...]:
        """The row of the table of numbers, by `COLUMNS`."""
        ours = self.ours or Ours(float("nan"), repeats=0)
        numbers = ours.value, ours.low, ours.high, ours.repeats, self.difference
        said = self.verdict, self.number.explanation
        return self.figure, self.what, self.printed, self.number.source, *numbers, *said


def judged(figure: str, number: Number, ours: Ours | None, scale: Scale, same_data: bool) -> Row:
    """The row with its verdict. At a scale, or on data, where it cannot be seen, ours is shown and not judged."""
    return Row(figure, number, ours, _verdict(number, ours, scale, same_data))


def _verdict(number: Number, ours: Ours | None, scale: Scale, same_data: bool) -> str:
    if ours is None or not isfinite(ours.value):
        return NOT_MEASURED
    if not (ours.exact or same_data or number.report is None):
        return OTHER_DATA
    if not ours.exact and SCALES.index(scale) < SCALES.index(number.since):
        return NOT_SEEN
    if number.above is not None:
        return _of_words(ours, number.above)
    if number.report is None:
        return "no number in the report"
    return _of_number(number.report, number.near, ours)


def _of_words(ours: Ours, above: float) -> str:
    if not ours.known:
        return f"{'holds' if ours.value > above else 'does not hold'} in one training"
    if ours.low > above:
        return "holds"
    return "does not hold" if ours.high <= above else "undecided: the interval allows both"


def _of_number(report: float, near: float, ours: Ours) -> str:
    distance = abs(ours.value - report)
    if ours.exact:
        return "the same" if distance <= near else "differs"
    if ours.known and ours.low <= report <= ours.high:
        return "agrees: within our interval"
    return f"close: within {near:g}" if distance <= near else "differs"


def _written(value: float, digits: int) -> str:
    return f"{value:,.{digits}f}".replace("-", "−")
