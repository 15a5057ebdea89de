"""A rank curve in stages: what comes first, that nothing is measured twice, and that the last stage is the curve."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

import numpy as np
import pytest
from brute_force import images_for, small

import workbench as wb
from workbench.evaluation import cached_curves, run_evaluators
from workbench.evaluation import evaluator as engine
from workbench.evaluation.evaluator import Evaluator, exact
from workbench.evaluation.networks import prefix
from workbench.evaluation.ranks import stages as rank_stages
from workbench.evaluation.ranks.stages import BLOCK, coarse_ranks, exact_curve, expect_ranks, rank_blocks
from workbench.evaluation.ranks.stages import rank_stages as stages_of
from workbench.evaluation.run_evaluators import evaluator as evaluator_of
from workbench.evaluation.run_evaluators import forget
from workbench.figures.low_rank.costs import Cost, Costs
from workbench.figures.low_rank.picture import Question, coming_words
from workbench.resource import resource
from workbench.runs.pace import Estimate, Pace
from workbench.runs.place import place_in
from workbench.runs.run import Run, open_run

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from workbench.evaluation.networks.data import Data

IMAGES = 360  # of the digits' test part


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    """A sample run whose images come a hundred at a time, with a first answer after the first hundred."""
    forget()
    monkeypatch.setattr(prefix, "FIRST", 100)
    monkeypatch.setattr(engine, "FIRST", 100)
    with open_run(resource("sample_runs/digits_conv.h5")) as opened:
        yield opened
    forget()


@pytest.mark.parametrize("full", [3, 16, 17, 100, 1000])
def test_blocks_hold_every_rank_once_the_coarse_ones_first(full: int) -> None:
    first, *others = rank_blocks(full)
    assert first == coarse_ranks(full)
    assert sorted(chain(first, *others)) == list(range(full + 1))
    assert all(len(block) <= BLOCK for block in others)


def test_stages_are_few_images_then_some_ranks_then_all(run: Run, tmp_path: Path) -> None:
    stages = list(stages_of(place_in(run, "fc1"), where=tmp_path))
    coarse = len(coarse_ranks(100))
    assert [(len(stage.curve.levels), stage.curve.images) for stage in stages[:4]] == [
        (coarse, 100), (coarse, 200), (coarse, 300), (coarse, IMAGES)
    ]  # fmt: skip
    assert all(stage.curve.exact for stage in stages[3:])
    assert (len(stages[-1].curve.levels), stages[-1].done, stages[-1].estimate.seconds) == (101, 1.0, 0.0)
    assert stages[1].done == pytest.approx(200 * coarse / (101 * IMAGES))
    assert [stage.done for stage in stages] == sorted(stage.done for stage in stages)
    whole = exact(evaluator_of(place_in(run, "fc1")).rank_curve())
    last = stages[-1].curve
    assert np.array_equal(last.levels, whole.levels)
    assert np.array_equal(last.class_correct, whole.class_correct)
    np.testing.assert_allclose(last.loss, whole.loss, rtol=1e-5)


def test_the_time_that_is_left_follows_from_the_time_that_was_measured(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [0.0]
    pace = Pace(enough=0.0, clock=lambda: now[0])
    expect_ranks(pace, place_in(run, "fc1"), "test")
    measure = cached_curves.rank_curves

    def timed(*asked: object, **named: object) -> Iterator[object]:
        for curve in measure(*asked, **named):  # type: ignore[arg-type]
            now[0] += 2.0
            yield curve

    monkeypatch.setattr(rank_stages, "rank_curves", timed)
    first = next(iter(stages_of(place_in(run, "fc1"), where=tmp_path, pace=pace)))
    now[0] += 1000.0  # while the consumer does something else
    coarse = len(coarse_ranks(100))
    assert first.estimate.seconds == pytest.approx(2.0 * (101 * IMAGES - coarse * 100) / (coarse * 100))


def test_what_was_measured_is_found_again_block_by_block(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = stages_of(place_in(run, "fc1"), where=tmp_path)
    while not next(begun).curve.exact:
        pass
    begun.close()
    first = next(stages_of(place_in(run, "fc1"), where=tmp_path))
    assert (first.curve.images, first.curve.exact, first.estimate.seconds) == (IMAGES, True, None)
    curve = exact_curve(stages_of(place_in(run, "fc1"), where=tmp_path))
    monkeypatch.setattr(Evaluator, "rank_curve", None)  # from here on nothing is measured
    assert np.array_equal(exact_curve(stages_of(place_in(run, "fc1"), where=tmp_path)).correct, curve.correct)


def test_what_takes_too_long_is_left_to_the_command_and_says_so(run: Run) -> None:
    cost = Cost(Question(place_in(run, "fc1", 28), "weights"), "test")
    *_, last = Costs().curves(cost, longest=0.0)
    assert last.coming is not None
    assert (last.coming.images, last.coming.given_up, last.shown.images) == (IMAGES, True, 100)
    assert last.validation is not None
    assert "run workbench lowrank" in coming_words(last.coming)
    *_, whole = Costs().curves(cost)
    assert whole.coming is None
    assert (whole.shown.exact, len(whole.shown.levels)) == (True, 101)


def test_the_first_answer_is_from_fewer_images_where_the_network_is_large(monkeypatch: pytest.MonkeyPatch) -> None:
    evaluator = Evaluator(small("lenet"), images_for("lenet", 400), "fc1")
    work = 2 * (12 * 9 + 9 * 5)  # of what is behind fc1, for one image
    assert evaluator.prefix.work_behind == work
    monkeypatch.setattr(engine, "_FIRST_WORK", 250.0 * 13 * work)
    assert evaluator.first_images(13) == 250
    assert evaluator.first_images(1) == 1000
    assert evaluator.first_images(1000) == 100


def test_python_hears_how_far_it_is(run: Run) -> None:
    heard: list[float] = []
    wb.low_rank(run, "fc1", tell=lambda estimate: heard.append(estimate.done))
    assert heard[-1] == 1.0
    assert len(heard) > 4


class Replaced:
    """The same images under another digest, as if their files had been replaced."""

    digest = "another"

    def __init__(self, data: Data) -> None:
        self._data = data

    def __len__(self) -> int:
        return len(self._data)

    def __getattr__(self, name: str) -> object:
        return getattr(self._data, name)


def test_data_that_are_replaced_meanwhile_are_measured_from_the_beginning(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = run_evaluators.data_of(run, "test", None)
    stages = stages_of(place_in(run, "fc1"), where=tmp_path)
    before = [next(stages), next(stages)]
    monkeypatch.setattr(run_evaluators, "data_of", lambda *_: Replaced(data))
    after = list(stages)
    assert [stage.curve.images for stage in (*before, *after[:4])] == [100, 200, 100, 200, 300, IMAGES]
    assert len(after[-1].curve.levels) == 101
    assert after[-1].estimate == Estimate(1.0, 0.0)
