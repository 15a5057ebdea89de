"""What the low-rank panel says and asks, without a window."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.analysis.low_rank import elbows
from workbench.evaluation.ranks.stages import LOW, coarse_ranks
from workbench.figures.low_rank.costs import Cost, Costs, Curves
from workbench.figures.low_rank.picture import (
    Question,
    picture_of,
    pointed_at,
    readout,
    sentence,
    stacked,
    table,
)
from workbench.resource import resource
from workbench.runs.place import place_in
from workbench.runs.run import Run, open_run

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workbench.evaluation.ranks.approximated import Matrix


pytestmark = pytest.mark.usefixtures("one_thread", "no_evaluator_stays")


@pytest.fixture
def sample() -> Iterator[Run]:
    run = open_run(resource("sample_runs/digits_conv.h5"))
    yield run
    run.close()


def about(run: Run, matrix: Matrix = "weights", units: tuple[int, ...] = ()) -> Question:
    return Question(place_in(run, "fc1", 28), matrix, units)


@given(full=st.integers(1, 5000))
def test_coarse_ranks_hold_every_low_one_and_the_last(full: int) -> None:
    ranks = coarse_ranks(full)
    assert ranks[: LOW + 1] == list(range(min(LOW, full) + 1))
    assert ranks[-1] == full
    assert (np.diff(ranks) > 0).all()
    assert len(ranks) < 60


def test_a_curve_is_first_coarse_and_then_whole(sample: Run) -> None:
    answers = list(Costs().curves(Cost(about(sample), "test")))
    coarse, whole = answers[0].shown, answers[-1].shown
    assert (coarse.levels.tolist(), whole.levels.tolist()) == (coarse_ranks(100), list(range(101)))
    np.testing.assert_array_equal(coarse.correct, whole.correct[coarse.levels])
    assert answers[0].at(99) is None
    assert answers[0].tolerated(1.0) is None
    assert answers[1].tolerated(1.0) == answers[-1].tolerated(1.0)  # both low ranks


def test_marks_at_the_same_rank_stand_above_each_other() -> None:
    lost = np.linspace(100, 0, 101)
    assert stacked([10, 50, 10, 11], lost) == [90.0, 50.0, 101.0, 111.0]


def test_a_matrix_named_in_words_has_the_residual_of_its_own_singular_values(sample: Run) -> None:
    weights, start = (sample.layer("fc1").weights(snapshot).astype(float) for snapshot in (28, 0))
    units = (4, 5, 9, 30)
    for question, matrix in (
        (about(sample), weights),
        (about(sample, "moved"), weights - start),
        (about(sample, "units", units), weights[list(units)]),
        (about(sample, "normalised"), weights / np.linalg.norm(weights, axis=1, keepdims=True)),
    ):
        picture = picture_of(question)
        squares = np.linalg.svd(matrix, compute_uv=False) ** 2
        np.testing.assert_allclose(picture.result.residuals[0], (matrix**2).sum())
        np.testing.assert_allclose(picture.result.residuals[2], squares[2:].sum())
        np.testing.assert_allclose(picture.lost[2], 100 * squares[2:].sum() / squares.sum())


def test_the_sentence_tells_an_estimate_from_an_exact_accuracy(sample: Run) -> None:
    picture = picture_of(about(sample, "units", (1, 2, 3)))
    *_, exact = Costs().accuracies(Cost(about(sample, "units", (1, 2, 3)), "test", 2))
    proposed = elbows(picture.result, None)
    said = sentence(picture, 2, exact, "test", proposed)
    assert "rank 2 of 3 of the 3 selected units keeps" in said
    assert f"; accuracy {exact.accuracy:.1f} % (" in said
    assert said.endswith(f"elbows: Kneedle {proposed['Kneedle']}, gap {proposed['gap']}, MP edge {proposed['MP edge']}")
    early = replace(exact, exact=False)
    assert f"; validation accuracy ≈ {exact.accuracy:.1f} %" in sentence(picture, 2, early, "validation", proposed)
    assert "on the first 360" in readout(picture, 2, early)
    low, high = exact.interval95
    assert readout(picture, 2, exact).startswith(f"{exact.accuracy:.1f} % (95 %: {low:.1f}–{high:.1f})\nloss")


def test_the_table_has_every_rank_and_leaves_unknown_accuracies_empty(sample: Run) -> None:
    picture = picture_of(about(sample))
    first = next(Costs().curves(Cost(about(sample), "test")))
    rows = [row.split("\t") for row in table(picture, first).splitlines()]
    assert rows[0] == ["rank", "residual", "norm_percent", "energy_percent", "accuracy", "loss"]
    assert [int(row[0]) for row in rows[1:]] == list(range(101))
    assert [float(row[1]) for row in rows[1:]] == picture.result.residuals.tolist()
    assert float(rows[11][4]) == first.shown.accuracy[10]
    assert rows[100][4:] == ["", ""]
    assert all(len(row) == 6 for row in table(picture, None).splitlines() for row in [row.split("\t")])
    assert f"{first.shown.accuracy[10]:.2f} %" in pointed_at(picture, 10, first.at(10))


def test_a_run_without_a_validation_part_has_no_tolerance(sample: Run) -> None:
    spec = replace(sample.spec, data=replace(sample.spec.data, validation=0.0))
    run = replace(sample, spec=spec, run_id="no validation")
    *_, last = Costs().curves(Cost(about(run), "test"))
    assert isinstance(last, Curves)
    assert (last.validation, last.tolerated(1.0)) == (None, None)
