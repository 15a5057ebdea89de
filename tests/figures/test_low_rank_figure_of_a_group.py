"""The mean of a group in the figure of low ranks: as drawn, as numbers, and from one process to the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from workbench.analysis.intervals import over_repeats
from workbench.evaluation.ranks.groups import GroupCurves
from workbench.figures.groups.trainings import BAND, Trainings
from workbench.figures.low_rank.figure import mean_figure
from workbench.figures.low_rank.group import GroupMean, with_accuracy
from workbench.figures.page import Page
from workbench.figures.process.wire import packed, unpacked
from workbench.figures.recipe import MOST_IN_GROUP, Recipe, RecipeError, RunKey, View

if TYPE_CHECKING:
    from workbench.figures.low_rank.figure import LowRankFigure

ACCURACY = np.array([[10.0, 50.0, 90.0], [14.0, 60.0, 92.0], [12.0, 76.0, 94.0]])
NORM = np.array([[0.0, 60.0, 100.0], [0.0, 70.0, 100.0], [0.0, 80.0, 100.0]])


@pytest.fixture
def figure() -> LowRankFigure:
    names = tuple(f"seed_{seed}" for seed in range(3))
    residual, norm = Trainings(100 - NORM**2 / 100, names), Trainings(NORM, names)
    known = "lenet and 2 others · fc1, epoch 2", "3 trainings (seeds 0, 1, 2)", "test"
    mean = GroupMean(*known, residual, norm, None, (("Kneedle", (1, 1, 2)), ("gap", (1, 1, 1))))
    whole = with_accuracy(mean, GroupCurves("fc1", "test", (0, 1, 2), NORM, ACCURACY))
    assert with_accuracy(mean, GroupCurves("fc1", "test", (0, 1), NORM[:2], ACCURACY[:2])) is mean
    return mean_figure(whole, 1, "axes")


def test_the_mean_is_drawn_upon_its_interval_and_named_in_the_legend(figure: LowRankFigure) -> None:
    drawn = Page((figure,)).drawn(100)
    axes = next(each for each in drawn.axes if each.get_xlabel() == "rank k")
    over = over_repeats(ACCURACY)
    (mean,) = [line for line in axes.lines if np.array_equal(line.get_ydata(), over.mean)]
    (one,) = [line for line in axes.lines if np.array_equal(line.get_ydata(), ACCURACY[0])]
    assert mean.get_linewidth() > one.get_linewidth()
    residual, band, *_ = axes.collections
    assert band.get_alpha() == residual.get_alpha() == BAND
    for run in ACCURACY:
        assert any(np.array_equal(line.get_ydata(), run) for line in axes.lines)
    lost = over_repeats(100 - NORM**2 / 100)
    around = residual.get_paths()[0].get_extents()
    np.testing.assert_allclose([around.ymin, around.ymax], [lost.low.min(), lost.high.max()])
    edge = band.get_paths()[0].get_extents()
    np.testing.assert_allclose([edge.ymin, edge.ymax], [over.low.min(), over.high.max()])
    (legend,) = axes.figure.legends
    assert "mean of 3 trainings, 95 % interval" in [text.get_text() for text in legend.get_texts()]
    assert axes.get_ylabel().endswith("(%)")


def test_the_table_is_that_of_the_mean(figure: LowRankFigure) -> None:
    table = figure.table()
    assert [row[0] for row in table.rows] == [0, 1, 2]
    assert [row[-1] for row in table.rows] == ["", "Kneedle gap", ""]  # 4/3 is nearest to 1
    row = dict(zip(table.columns, table.rows[1], strict=True))
    assert row["group mean test accuracy (%)"] == 62.0
    assert row["group variance of accuracy (%²)"] == pytest.approx(172.0)
    assert row["group mean accuracy lost (points)"] == pytest.approx(30.0)
    assert row["group variance of accuracy lost (points²)"] == pytest.approx(np.var([40, 32, 18], ddof=1))
    assert (row["group mean norm (%)"], row["group variance of norm (%²)"]) == (70.0, pytest.approx(100.0))
    assert row["group runs"] == 3
    assert [row[f"seed_{seed} test accuracy (%)"] for seed in range(3)] == [50.0, 60.0, 76.0]
    residual = [100 - norm**2 / 100 for norm in (60.0, 70.0, 80.0)]
    assert [row[f"seed_{seed} residual (%)"] for seed in range(3)] == pytest.approx(residual)
    assert row["group mean residual (%)"] == pytest.approx(np.mean(residual))
    half = 4.302652729911275 * np.std(residual, ddof=1) / np.sqrt(3)
    assert row["group residual 95 % high (%)"] == pytest.approx(np.mean(residual) + half)
    reach = 4.302652729911275 * np.sqrt(172.0 / 3)  # Student's t, two degrees of freedom
    assert row["group 95 % low (%)"] == pytest.approx(62.0 - reach)
    assert row["group 95 % high (%)"] == pytest.approx(62.0 + reach)


def test_the_mean_goes_to_another_process_and_is_the_same_there(figure: LowRankFigure) -> None:
    assert packed(unpacked(packed(figure))) == packed(figure)
    assert unpacked(packed(figure)).table() == figure.table()


def test_a_recipe_of_too_many_runs_is_refused() -> None:
    key = RunKey("a", "b", 1, "run.h5")
    with pytest.raises(RecipeError, match=f"up to {MOST_IN_GROUP} other runs, not 65"):
        View("low_rank", key, group=(key,) * 65)
    text = Recipe((View("low_rank", key, group=(key,) * 64),)).to_json()
    assert len(Recipe.from_json(text).views[0].group) == 64
    with pytest.raises(RecipeError, match="not 65"):
        Recipe.from_json(text.replace(b'"group":[', b'"group":[{"run_id":"a","content":"b","snapshots":1,"file":"c"},'))
