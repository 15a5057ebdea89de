"""Stored runs asked again: the accuracy with nothing changed is the one that was stored."""

from __future__ import annotations

import numpy as np
import pytest

import workbench
from workbench.evaluation import run_evaluators
from workbench.evaluation.cached_curves import rank_curves, removal_curves
from workbench.evaluation.evaluator import exact
from workbench.evaluation.ranks.approximated import Approximated
from workbench.evaluation.ranks.factors import factors_of
from workbench.evaluation.removal.scores import scores_for
from workbench.resource import resource
from workbench.runs.place import place_in


@pytest.fixture(params=["digits_conv", "digits_lenet"])
def run(request):
    with workbench.open_run(resource(f"sample_runs/{request.param}.h5")) as run:
        yield run
    run_evaluators.forget()


@pytest.mark.parametrize("part", ["test", "validation"])
@pytest.mark.parametrize("snapshot", [0, 3, -1])
def test_with_nothing_changed_the_stored_accuracy_and_loss_come_back(run, part, snapshot) -> None:
    found = exact(run_evaluators.evaluator(place_in(run, "fc1", snapshot), part).accuracies())
    assert found.accuracy == pytest.approx(run.history(f"{part}_accuracy")[snapshot], abs=1e-9)
    assert found.loss == pytest.approx(run.history(f"{part}_loss")[snapshot], rel=1e-5)
    if part == "test":
        np.testing.assert_allclose(found.per_class, run.history("test_accuracy_per_class")[snapshot], atol=1e-9)


def test_no_unit_removed_and_full_rank_are_the_stored_accuracy_in_every_layer(run) -> None:
    stored = run.test_accuracy[-1]
    for layer in run.layers:
        asked = run_evaluators.evaluator(place_in(run, layer.name))
        order = np.arange(layer.units)
        assert exact(asked.removal_curve(order)).accuracy[0] == pytest.approx(stored, abs=1e-9)
        ranks = [0, min(layer.units, layer.inputs)]
        assert exact(asked.rank_curve(ranks)).accuracy[-1] == pytest.approx(stored, abs=1e-9)


def test_the_same_evaluator_comes_back_while_it_is_remembered(run) -> None:
    last = place_in(run, "fc1", run.snapshots - 1)
    assert run_evaluators.evaluator(place_in(run, "fc1")) is run_evaluators.evaluator(last)
    assert run_evaluators.evaluator(place_in(run, "fc1")) is not run_evaluators.evaluator(place_in(run, "fc1", 0))


def test_a_finished_curve_is_found_again_by_its_content(run, tmp_path) -> None:
    order = np.random.default_rng(0).permutation(run.layer("fc1").units)
    first = exact(removal_curves(place_in(run, "fc1"), order, name="mine", where=tmp_path))
    (file,) = tmp_path.iterdir()
    (again,) = removal_curves(place_in(run, "fc1"), order, name="yours", where=tmp_path)
    assert (again.name, again.kind, again.removed, again.exact) == ("yours", "removal", "bias", True)
    for field in ("levels", "correct", "loss", "class_correct", "class_images"):
        assert np.array_equal(getattr(first, field), getattr(again, field))
    exact(removal_curves(place_in(run, "fc1", 0), order, where=tmp_path))
    for other in ({"removed": "zero"}, {"part": "validation"}, {"order": order[::-1]}):
        exact(removal_curves(place_in(run, "fc1"), **{"order": order, "where": tmp_path} | other))
    assert len(list(tmp_path.iterdir())) == 5
    file.write_bytes(b"damaged")
    repaired = exact(removal_curves(place_in(run, "fc1"), order, where=tmp_path))
    assert np.array_equal(repaired.correct, first.correct)


OTHERS = (Approximated("moved"), Approximated("units", (1, 2, 5)), Approximated("normalised"))


def test_a_finished_rank_curve_is_found_again_by_its_content(run, tmp_path, monkeypatch) -> None:
    last = {"place": place_in(run, "fc1")}
    others = (*({"about": about} for about in OTHERS), {"ranks": [0, 3]}, {"part": "validation"})
    asked = (last, *(last | other for other in others), {"place": place_in(run, "fc1", 0)})
    first = [exact(rank_curves(**each, where=tmp_path)) for each in asked]
    assert len(list(tmp_path.iterdir())) == len(asked)
    factors = factors_of(run.layer("fc1").weights(), run.layer("fc1").weights(0))
    evaluator = run_evaluators.evaluator(place_in(run, "fc1"))
    assert np.array_equal(first[1].loss, exact(evaluator.rank_curve(factors=factors)).loss)
    monkeypatch.setattr(run_evaluators, "evaluator", None)  # from here on nothing is computed
    for before, each in zip(first, asked, strict=True):
        (again,) = rank_curves(**each, where=tmp_path)
        assert (again.kind, again.removed, again.exact) == ("rank", None, True)
        assert np.array_equal(before.levels, again.levels)
        assert np.array_equal(before.loss, again.loss)
    (every,) = rank_curves(place_in(run, "fc1"), range(len(first[0].levels)), where=tmp_path)
    assert np.array_equal(every.correct, first[0].correct)


def test_orders_get_the_scores_they_rank_by(run) -> None:
    units = run.layer("fc1").units
    assert scores_for(place_in(run, "fc1"), "snip").shape == (units,)
    assert scores_for(place_in(run, "fc1"), "max_corr").shape == (units, units)
    with pytest.raises(ValueError, match='nothing measures the scores of "max_mag"'):
        scores_for(place_in(run, "fc1"), "max_mag")


def test_what_is_forgotten_is_made_again(run) -> None:
    place, joint = place_in(run, "fc1"), ("fc1", "fc2")
    alone, together = run_evaluators.evaluator(place), run_evaluators.joint_evaluator(run, joint)
    assert run_evaluators.joint_evaluator(run, joint) is together
    run_evaluators.forget()
    assert run_evaluators.evaluator(place) is not alone
    assert run_evaluators.joint_evaluator(run, joint) is not together
