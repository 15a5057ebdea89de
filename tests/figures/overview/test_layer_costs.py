"""What a layer can do without is what the panels' own questions say, ever better, and cached."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

import workbench as wb
from workbench.evaluation.evaluator import Evaluator
from workbench.evaluation.run_evaluators import evaluator, forget
from workbench.figures.groups.rows import said
from workbench.figures.overview.costs import LayerCosts, costs, costs_of, removal
from workbench.figures.overview.layer import overview_of
from workbench.figures.overview.measures import MEASURES
from workbench.figures.overview.run import in_order
from workbench.figures.pruning.curves import PruningCurves
from workbench.figures.pruning.dead_first import DEAD_FIRST
from workbench.figures.pruning.lines import reach_of
from workbench.figures.pruning.question import question_of
from workbench.figures.settings import PruningSettings
from workbench.runs.place import place_in

if TYPE_CHECKING:
    from workbench.runs.run import Run

pytestmark = pytest.mark.usefixtures("one_thread", "no_evaluator_stays")


@pytest.fixture(scope="module")
def found(run: Run) -> LayerCosts:
    *_, last = costs_of(overview_of(place_in(run, "fc1")))
    return last


def test_the_numbers_are_those_of_prune_merge_and_lowrank(run: Run, found: LayerCosts) -> None:
    reached = {}
    for name, (curve,) in wb.prune(run, "fc1", orders=("max_mag", "max_fp")).curves:
        good = curve.accuracy >= curve.accuracy[0] - 1.0
        reached[name] = int(np.argmin(good)) - 1 if not good.all() else len(good) - 1
    assert (found.removable, found.order) == (max(reached.values()), max(reached, key=reached.__getitem__))
    start = wb.ablate(run, "fc1", []).unchanged.accuracy
    kept = [point.removed for point in wb.exact(wb.merging(run, "fc1")).points if point.accuracy.accuracy >= start - 1]
    assert (found.start, found.mergeable, found.images) == (start, kept[-1], 360)
    ranks = wb.low_rank(run, "fc1", ranks_asked=[10])
    assert (found.rank, found.rank_accuracy) == (10, ranks.curve.at(10).accuracy)
    units = np.array(found.gone)
    assert len(units) == found.removable
    dead = np.flatnonzero(run.layer("fc1").activity() == 0.0)
    ablated = wb.ablate(run, "fc1", units.tolist()).ablated.accuracy
    assert ablated >= start - 1.0
    assert found.dead_lost == start - wb.ablate(run, "fc1", dead.tolist()).ablated.accuracy
    assert found.covers_dead is set(dead.tolist()).issubset(units.tolist())
    assert (found.complete, dict(found.missing), found.warnings) == (True, {}, ())


def test_dead_units_that_no_order_begins_with_go_first(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("workbench.figures.overview.costs.ORDERS", ("min_mag",))  # the largest, none of which is dead
    first, *_, last = removal(LayerCosts(place_in(run, "fc1")))
    ((_, (curve,)),) = wb.prune(run, "fc1", orders=(DEAD_FIRST,)).curves
    gone = int(np.argmin(curve.accuracy >= curve.accuracy[0] - 1.0)) - 1
    dead = np.flatnonzero(run.layer("fc1").activity() == 0.0)
    assert (last.removable, last.order, last.covers_dead) == (gone, DEAD_FIRST, True)
    assert gone >= len(dead) == 26
    assert (first.removable, first.dead_lost) == (26, 0.0), "they go before any order is known to begin with them"
    assert list(first.gone) == dead.tolist()
    assert set(dead.tolist()) <= set(last.gone)


def test_the_pruning_panel_shows_the_curve_that_the_overview_counts_by(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("overview.costs", "pruning.dead_first"):
        monkeypatch.setattr(f"workbench.figures.{module}.ORDERS", ("min_mag",))
    *_, last = removal(LayerCosts(place_in(run, "fc1")))
    question = question_of(place_in(run, "fc1"), (), PruningSettings(orders=("min_mag", "random")))
    known = PruningCurves()
    for _ in range(2):  # the second time from what is known
        *_, picture = known.pictures(question)
        assert [line.name for line in picture.lines] == ["min_mag", last.order, "random"]
        assert reach_of(picture.lines[1], "accuracy") == last.removable
        assert picture.question.orders[0] == "min_mag", "the cursor removes units as before"
        assert f"{last.removable} of 100 can go within a point" in picture.words
    *_, other = known.pictures(replace(question, removed="zero"))
    assert [line.name for line in other.lines] == ["min_mag", "random"], "the overview keeps the biases"


@pytest.mark.usefixtures("private_cache")
def test_the_first_answer_says_what_the_dead_units_cost_on_its_images(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("evaluator", "networks.prefix"):
        monkeypatch.setattr(f"workbench.evaluation.{module}.FIRST", 100)
    forget()
    monkeypatch.setattr(Evaluator.counted, "__defaults__", (100,))
    first, *more = removal(LayerCosts(place_in(run, "fc1")))
    assert not any(each.dead_lost is None for each in more), "what is known of few images stays until all are asked"
    assert [each.images for each in (first, more[-1])] == [100, 360]
    dead = np.flatnonzero(run.layer("fc1").activity() == 0.0).tolist()
    without = next(iter(evaluator(place_in(run, "fc1"), "test").ablations(dead)))
    assert first.images == without.images < first.total
    assert first.dead_lost == first.start - without.accuracy


def test_a_larger_tolerance_lets_more_go(run: Run, found: LayerCosts) -> None:
    *_, more = costs_of(overview_of(place_in(run, "fc1")), tolerance=5.0)
    assert (more.tolerated, found.tolerated) == ("5 points", "a point")
    assert more.removable is not None
    assert found.removable is not None
    assert more.removable > found.removable


def test_what_was_measured_is_not_measured_again(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    row = overview_of(place_in(run, "fc2"))
    *_, first = costs_of(row)

    def refuse(*_: object) -> None:
        raise AssertionError("measured again")

    monkeypatch.setattr("workbench.evaluation.evaluator.Evaluator.ablations", refuse)
    monkeypatch.setattr("workbench.evaluation.evaluator.Evaluator.removal_curve", refuse)
    monkeypatch.setattr("workbench.evaluation.evaluator.Evaluator.rank_curve", refuse)
    monkeypatch.setattr("workbench.evaluation.evaluator.Evaluator.accuracies", refuse)
    *_, again = costs_of(row)
    assert again == first


def test_what_cannot_be_measured_says_why(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def nowhere(*_: object) -> None:
        raise ValueError("there are no images")

    *_, classifier = costs_of(overview_of(place_in(run, "fc3")))
    assert (classifier.removable, classifier.mergeable) == (0, None)
    assert classifier.missing["mergeable"].startswith("fc3 is the classifier")
    monkeypatch.setattr("workbench.evaluation.run_evaluators.data_of", nowhere)
    (last,) = costs_of(overview_of(place_in(run, "fc1")))
    assert last.complete
    assert last.missing == dict.fromkeys(("removable", "mergeable", "rank_accuracy"), "there are no images")


def test_all_layers_come_with_the_least_work_first_and_can_be_stopped(run: Run) -> None:
    answers = costs(run)
    assert next(answers).place.layer == "fc3"
    answers.close()  # type: ignore[attr-defined]


def test_the_images_are_named() -> None:
    some = LayerCosts(None, images=1000, total=10_000)  # type: ignore[arg-type]
    assert some.basis == "the first 1,000 of 10,000 test images"
    assert replace(some, images=10_000).basis == "10,000 test images"
    assert replace(some, images=1, total=1).basis == "1 test image, 100 points each"


def test_numbers_that_may_still_change_look_so_everywhere(run: Run) -> None:
    row, measure = overview_of(place_in(run, "fc1")), next(each for each in MEASURES if each.name == "removable")
    some = LayerCosts(row.place, images=1000, total=10_000, removable=1200, mergeable=3)
    cases = {"≈ 1,200": some, "≥ 1,200": replace(some, images=10_000), "1,200": replace(some, complete=True)}
    for text, each in cases.items():
        assert said(measure, row, each) == text
        kept = None if each.hedge("removable") else 1200
        assert next(in_order([row], {"fc1": each}).rows())[-2:] == (kept, 3), "tables hold what stays"
    assert said(measure, row, replace(some, images=10_000, orders_done=True)) == "1,200"
    answers = list(removal(LayerCosts(row.place)))
    assert [each.hedge("removable") for each in answers[-2:]] == ["at least", ""]


def test_every_layer_has_first_numbers_before_one_has_all(run: Run) -> None:
    layers = [layer.name for layer in run.layers]
    found = list(costs(run))
    assert sorted(each.place.layer for each in found[: len(layers)]) == sorted(layers)
    assert not any(each.complete for each in found[: len(layers) - 1])
    assert all(each.removable is not None for each in found[: len(layers)])
    assert sum(each.complete for each in found) == len(layers)
