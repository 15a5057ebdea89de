"""The time that work will still take, on courses of a simulated clock."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING

import pytest

from workbench.runs.pace import Estimate, Pace, _Kind, in_words, span

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Step = tuple[str, float]  # its kind, and the seconds it takes
EPOCH = [("batch", 1.0)] * 100
LOOKS = 20  # at the estimate during a step that takes long


@dataclass(frozen=True)
class Course:
    """What is done step by step; `steady`: each kind of step always takes the same time."""

    steps: tuple[Step, ...]
    costs: Mapping[str, float] = field(default_factory=dict)
    steady: bool = True


@dataclass(frozen=True)
class Look:
    """An estimate and the truth."""

    time: float
    seconds: float  # since the look before
    step: float  # seconds that the whole step takes
    work: float  # done, 0…1, by the time that it takes
    estimate: Estimate
    truth: float  # seconds that are left


def slowed(steps: list[Step], times: float) -> list[Step]:
    return [(kind, times * seconds) for kind, seconds in steps]


def with_one(seconds: float, steps: list[Step], at: int) -> list[Step]:
    return [*steps[:at], (steps[at][0], seconds), *steps[at + 1 :]]


REPORT = (("weights", 4.0), ("pruning", 16.0), ("weights", 4.0), ("low ranks", 96.0))  # the last part: 80 %
COURSES = {
    "steady": Course((*EPOCH * 10,)),
    "few steps": Course((("batch", 60.0),) * 12),
    "slow evaluation": Course((("evaluation", 80.0), *[*EPOCH, ("evaluation", 80.0)] * 10)),
    "evaluation not seen yet": Course((*[*EPOCH, ("evaluation", 40.0)] * 10,), {"evaluation": 40.0}),
    "writing besides": Course((*[*EPOCH, ("evaluation", 9.0), ("writing", 31.0)] * 10,), {"writing": 30.0}),
    "hiccups": Course((*with_one(12.0, EPOCH[:50], 25) * 20,), steady=False),
    "warming up": Course((*slowed(EPOCH, 4.0), *EPOCH * 9), steady=False),
    "slowing down": Course((*EPOCH * 5, *slowed(EPOCH * 5, 2.0)), steady=False),
    "speeding up": Course((*slowed(EPOCH * 5, 2.0), *EPOCH * 5), steady=False),
    "pause": Course((*with_one(601.0, EPOCH * 10, 500),), steady=False),
    "late pause": Course((*with_one(601.0, EPOCH * 10, 800),), steady=False),
    "report": Course(REPORT, {"weights": 2.0, "pruning": 8.0, "low ranks": 48.0}),
    "report of wrong costs": Course(
        (*REPORT[:-1], *[("low ranks", 12.0)] * 8), {"weights": 4.0, "pruning": 8.0, "low ranks": 5.0}, steady=False
    ),
}


@cache
def looks_at(name: str) -> tuple[Look, ...]:
    return tuple(looks(COURSES[name]))


def looks(course: Course) -> Iterator[Look]:
    """The estimate after each step, and several times within those that are long."""
    now = [0.0]
    pace = Pace(clock=lambda: now[0])
    for kind, _ in course.steps:
        pace.expect(kind, 1.0, course.costs.get(kind, 1.0))
    whole = sum(seconds for _, seconds in course.steps)
    for kind, seconds in course.steps:
        pace.enter(kind)
        pieces = LOOKS if seconds > 0.01 * whole else 1
        begun = now[0]
        for piece in range(1, pieces + 1):
            now[0] = begun + seconds * piece / pieces
            if piece == pieces:
                pace.count()
            yield Look(now[0], seconds / pieces, seconds, now[0] / whole, pace.estimate(), whole - now[0])


@pytest.mark.parametrize("name", COURSES)
def test_after_a_fifth_of_the_work_the_estimate_is_right(name: str) -> None:
    for look in looks_at(name):
        if COURSES[name].steady and look.work >= 0.2:
            assert look.estimate.seconds is not None
            assert look.estimate.seconds == pytest.approx(look.truth, rel=0.15, abs=0.05 * look.step), look


@pytest.mark.parametrize("name", COURSES)
def test_it_is_far_too_low_for_a_tenth_of_the_course_at_most(name: str) -> None:
    every = looks_at(name)
    low = [look for look in every if look.estimate.seconds is not None and look.estimate.seconds < look.truth / 4]
    assert sum(look.seconds for look in low) <= 0.1 * every[-1].time


@pytest.mark.parametrize("name", COURSES)
def test_what_is_done_and_what_is_left_are_of_the_same_numbers(name: str) -> None:
    *_, last = looks_at(name)
    assert (last.estimate.done, last.estimate.seconds) == (1.0, 0.0)
    if COURSES[name].steady:
        between = (look for look in looks_at(name) if look.work >= 0.2)
        assert all(look.estimate.done == pytest.approx(look.work, abs=0.15 + look.seconds) for look in between)


def test_a_pause_is_in_no_estimate_once_it_is_over() -> None:
    """Course: 1,000 s of work, and one step that waits for ten minutes more."""
    after = [look for look in looks_at("pause") if look.time > 1103.0]
    assert len(after) > 400
    assert all(look.estimate.seconds == pytest.approx(look.truth) for look in after)


def test_hiccups_that_come_again_and_again_belong_to_the_pace() -> None:
    half = next(look for look in looks_at("hiccups") if look.work >= 0.5)
    assert half.estimate.seconds == pytest.approx(half.truth, rel=0.05)


def test_a_kind_that_was_not_measured_goes_by_its_family() -> None:
    now = [0.0]
    pace = Pace(enough=0.0, clock=lambda: now[0])
    for kind, cost, family in (("weights", 1.0, ""), ("fc1", 10.0, "low ranks"), ("conv2", 50.0, "low ranks")):
        pace.expect(kind, cost=cost, family=family)
    for kind, seconds, left in (("weights", 2.0, 120.0), ("fc1", 200.0, 1000.0)):
        pace.enter(kind)
        now[0] += seconds
        pace.count()
        assert pace.estimate().seconds == pytest.approx(left)


def test_work_that_need_not_be_done_is_done_and_measures_nothing() -> None:
    now = [0.0]
    pace = Pace(clock=lambda: now[0])
    pace.expect("ranks", 10.0)
    pace.skip("ranks", 4.0)
    assert pace.estimate() == Estimate(0.4, None)
    pace.enter("ranks")
    now[0] = 2.0
    pace.count(1.0)
    pace.enter(None)  # somebody else works
    now[0] = 1000.0
    assert pace.estimate() == Estimate(0.5, 10.0)
    pace.skip("ranks")
    assert pace.estimate() == Estimate(1.0, 0.0)


@pytest.mark.parametrize(
    ("silence", "seconds", "late", "words"),
    [
        (4.0, 56.0, False, "about 56 s left"),
        (10.0, 50.5, False, "about 50 s left"),
        (14.0, 52.0, False, "about 52 s left"),
        (400.0, 245.0, True, "over 4 min left, longer than expected"),
    ],
)
def test_without_news_the_time_counts_down_no_further_than_its_step(
    silence: float, seconds: float, late: bool, words: str
) -> None:
    later = Estimate(0.5, 60.0, step=10.0).after(silence)
    assert (later.seconds, later.late, later.done, in_words(later)) == (seconds, late, 0.5, words)
    assert Estimate(0.0, None).after(silence) == Estimate(0.0, None)


def test_a_short_step_is_late_five_seconds_after_its_end() -> None:
    assert not Estimate(0.5, 60.0, step=1.0).after(6.0).late
    assert Estimate(0.5, 60.0, step=1.0).after(6.1).late


def test_news_of_a_step_that_is_late_already_stays_late() -> None:
    assert Estimate(0.5, 60.0, 0.0, late=True).after(1.0) == Estimate(0.5, 60.5, 0.5, late=True)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.0, "1 s"), (1.4, "1 s"), (89.4, "89 s"), (90.0, "2 min"), (149.0, "2 min"), (5399.0, "90 min"),
        (5400.0, "2 h"), (10_800.0, "3 h"),
    ],
)  # fmt: skip
def test_times_are_said_in_the_unit_that_fits(seconds: float, words: str) -> None:
    assert span(seconds) == f"about {words}"


def test_a_pace_is_that_of_the_latest_third_and_of_three_records_at_least() -> None:
    kind = _Kind("a", 1.0)
    for second in range(1, 92):
        kind.waiting = 1.0
        kind.add(2.0, float(second))
    assert [record.end for record in kind.records] == list(range(61, 92))
    assert kind.rate() == 0.5
    for second in (1000, 2000, 3000):
        kind.waiting = 1000.0
        kind.add(1.0, float(second))
    assert [record.end for record in kind.records] == [1000, 2000, 3000]


def test_short_steps_share_a_record_of_a_three_hundredth_of_the_time() -> None:
    kind = _Kind("a", 1.0)
    for _ in range(5):
        kind.waiting = 0.5
        kind.add(1.0, 300.0)
    assert [(record.seconds, record.work) for record in kind.records] == [(1.0, 2.0), (1.0, 2.0), (0.5, 1.0)]
