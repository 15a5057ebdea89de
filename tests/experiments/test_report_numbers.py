"""A number of the report is judged by one rule, and intervals are those of textbooks."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from workbench.experiments.report.numbers import (
    NOT_MEASURED,
    NOT_SEEN,
    OTHER_DATA,
    Number,
    Ours,
    apart,
    exactly,
    judged,
    on_images,
    over,
)
from workbench.experiments.report.sizes import weights
from workbench.experiments.report.spectra import edge
from workbench.experiments.report.words import lines, summary

MEASURED = Number("what", lambda _trained: None, 10.0, near=2.0)
SAID = Number("said", lambda _trained: None, printed="better", above=0.0, since="quick")


@pytest.mark.parametrize(
    ("number", "ours", "verdict"),
    [
        (MEASURED, Ours(11.0, 9.5, 12.5, 3), "agrees: within our interval"),
        (MEASURED, Ours(11.0, 10.5, 11.5, 3), "close: within 2"),
        (MEASURED, Ours(11.0), "close: within 2"),
        (MEASURED, Ours(13.0, 12.0, 14.0, 3), "differs"),
        (MEASURED, exactly(11.0), "the same"),
        (MEASURED, exactly(13.0), "differs"),
        (MEASURED, Ours(math.nan), NOT_MEASURED),
        (MEASURED, None, NOT_MEASURED),
        (SAID, Ours(1.0, 0.5, 1.5, 3), "holds"),
        (SAID, Ours(-1.0, -1.5, -0.5, 3), "does not hold"),
        (SAID, Ours(1.0, -0.5, 2.5, 3), "undecided: the interval allows both"),
        (SAID, Ours(1.0), "holds in one training"),
        (SAID, Ours(-1.0), "does not hold in one training"),
        (Number("only ours", lambda _trained: None, source="–"), Ours(1.0), "no number in the report"),
    ],
)
def test_verdicts_follow_from_the_interval_and_the_distance(number: Number, ours: Ours | None, verdict: str) -> None:
    assert judged("fig", number, ours, "full", same_data=True).verdict == verdict


def test_what_a_scale_or_other_data_cannot_show_is_shown_and_not_judged() -> None:
    ours = Ours(11.0, 10.5, 11.5, 3)
    row = judged("fig", MEASURED, ours, "quick", same_data=True)
    assert (row.verdict, row.measured, row.distance) == (NOT_SEEN, "11.00 (10.50 to 11.50)", "+1.00")
    assert judged("fig", MEASURED, ours, "half", same_data=False).verdict == OTHER_DATA
    assert judged("fig", SAID, ours, "quick", same_data=False).verdict == "holds"
    assert judged("fig", MEASURED, exactly(9.0), "quick", same_data=False).verdict == "the same"


def test_intervals_over_trainings_are_students_and_between_two_groups_welchs() -> None:
    generator = np.random.default_rng(0)
    one, two = generator.normal(3.0, 1.0, 5).tolist(), generator.normal(1.0, 4.0, 7).tolist()
    found, alone = apart(one, two), over(one)
    expected = stats.ttest_ind(one, two, equal_var=False).confidence_interval(0.95)
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high))
    assert (alone.low, alone.high) == pytest.approx(
        stats.t.interval(0.95, 4, loc=np.mean(one), scale=stats.sem(one))  # type: ignore[arg-type]
    )
    assert not apart(one, two[:1]).known
    assert on_images([98.0], 1_000).known


def test_the_numbers_that_follow_from_definitions_are_the_known_ones() -> None:
    counts = {name: (weights(name), weights(name, only_convolutions=True)) for name in ("lenet", "conv2", "conv6")}
    assert counts == {"lenet": (266_200, 0), "conv2": (4_300_992, 38_592), "conv6": (2_261_184, 1_144_512)}
    assert (weights("vgg19bn"), weights("vgg19bn", only_convolutions=True)) == (20_548_288, 20_018_880)
    edges = [edge("torch_default", upper) for upper in (False, True)]
    assert edges == pytest.approx([0.2552, 0.4219], abs=5e-5)


def test_the_table_has_a_line_for_each_row_below_its_figure_and_the_summary_counts_all() -> None:
    rows = [judged("fig1", MEASURED, exactly(10.0), "full", True), judged("fig2", SAID, Ours(1.0), "full", True)]
    told = list(lines(rows))
    assert [line for line in told if not line.startswith(" ")] == ["fig1", "fig2"]
    assert sum("what" in line or "said" in line for line in told) == 2
    assert summary(rows) == "Of 2 rows: 1 the same, 1 statements hold."
