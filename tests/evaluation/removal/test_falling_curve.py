"""A sparse curve has every level before its fall, and the numbers of the whole curve at all that it has."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from workbench.evaluation import evaluator as engine
from workbench.evaluation.evaluator import exact
from workbench.evaluation.questions import removal_curve
from workbench.evaluation.removal.falling import levels_before_fall, some_levels
from workbench.evaluation.removal.orders import orders_of

if TYPE_CHECKING:
    from workbench.evaluation.results import Curve
    from workbench.runs.run import Run

LAYER = "conv1"


@pytest.fixture
def both(run: Run, monkeypatch: pytest.MonkeyPatch) -> tuple[Curve, Curve]:
    """The whole curve, and the sparse one with three steps where all levels take long."""
    (order,) = orders_of(run, (LAYER,), 28, "max_mag")
    whole = exact(removal_curve(run, (LAYER,), 28, order, name="max_mag"))
    monkeypatch.setattr(engine, "_FIRST_WORK", 0.0)
    monkeypatch.setattr("workbench.evaluation.removal.falling.SOME", 3)
    return whole, exact(removal_curve(run, (LAYER,), 28, order, name="max_mag", at="fall"))


@pytest.mark.usefixtures("one_thread", "no_evaluator_stays")
def test_the_fall_is_where_the_whole_curve_has_it(both: tuple[Curve, Curve]) -> None:
    whole, sparse = both
    fall = int(np.argmax(whole.accuracy < whole.accuracy[0] - 1.0))
    assert fall > 0
    assert set(range(fall + 1)) <= set(sparse.levels.tolist())
    assert len(sparse.levels) < len(whole.levels)
    assert sparse.exact
    np.testing.assert_array_equal(sparse.correct, whole.correct[sparse.levels])


def _with(levels: list[int], correct: list[int], like: Curve) -> Curve:
    return replace(like, levels=np.array(levels), correct=np.array(correct), images=100)


@pytest.mark.usefixtures("one_thread", "no_evaluator_stays")
def test_levels_are_missing_up_to_the_first_fall(both: tuple[Curve, Curve]) -> None:
    like = both[0]
    assert levels_before_fall(_with([0, 1, 4, 8], [90, 90, 89, 80], like)) == (2, 3, 5, 6, 7)
    assert levels_before_fall(_with([0, 1, 4, 8], [90, 90, 88, 90], like)) == (2, 3)
    assert levels_before_fall(_with([0, 1, 2, 8], [90, 90, 88, 90], like)) == ()
    assert levels_before_fall(_with([0, 1, 4], [90, 90, 90], like)) == (2, 3)  # it never falls


def test_some_levels_go_from_none_to_all() -> None:
    assert some_levels(64)[:6] == tuple(range(6))
    assert some_levels(64)[-1] == 64
    assert len(some_levels(512)) <= 17
    assert some_levels(5) == (0, 1, 2, 3, 4, 5)
