"""Orders of a run's layers, of one as of several, and a search that is taken up again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from workbench.analysis.orders import RANDOM_SEEDS, joint_order, random_order, removal_order
from workbench.evaluation.removal.oracle import greedy_oracle, oracle_steps, places
from workbench.evaluation.removal.orders import order_by, orders_of, pairs
from workbench.evaluation.run_evaluators import evaluator, joint_evaluator
from workbench.runs.place import place_in

if TYPE_CHECKING:
    from workbench.runs.run import Run


def test_of_one_layer_they_are_the_removal_orders(run: Run) -> None:
    (order,) = orders_of(run, ("fc2",), -1, "max_fp")
    np.testing.assert_array_equal(order.units, removal_order("max_fp", run.layer("fc2").gram(-1)))
    drawn = orders_of(run, ("fc2",), -1, "random")
    for seed, each in zip(RANDOM_SEEDS, drawn, strict=True):
        np.testing.assert_array_equal(each.units, random_order(32, seed))
    np.testing.assert_array_equal(order_by("random", [np.zeros(32)]).units, random_order(32, 0))


@pytest.mark.parametrize("rule", ["ranked", "fractions"])
def test_of_several_layers_they_are_the_joint_orders(run: Run, rule: str) -> None:
    grams = [run.layer(name).gram(-1) for name in ("fc1", "fc2")]
    (order,) = orders_of(run, ("fc1", "fc2"), -1, "max_mag", rule=rule)  # type: ignore[arg-type]
    expected = joint_order("max_mag", grams, rule=rule)  # type: ignore[arg-type]
    np.testing.assert_array_equal(order.layers, expected.layers)
    np.testing.assert_array_equal(order.units, expected.units)
    named = list(pairs(order, ("fc1", "fc2")))
    assert len(set(named)) == 132
    assert named[0] == (("fc1", "fc2")[expected.layers[0]], expected.units[0])


@pytest.mark.parametrize("removed", ["bias", "zero", "mean"])
def test_the_oracle_depends_on_what_removed_means_and_can_be_taken_up_again(run: Run, removed: str) -> None:
    asked = evaluator(place_in(run, "fc2"), "validation")
    whole = list(greedy_oracle(asked, removed))  # type: ignore[arg-type]
    *_, again = oracle_steps(asked, removed, whole[:20])  # type: ignore[arg-type]
    assert list(again) == whole
    (order,) = orders_of(run, ("fc2",), -1, "oracle", removed)  # type: ignore[arg-type]
    assert order.units.tolist() == whole
    assert places(whole)[whole[7]] == 7.0


def test_several_layers_must_be_layers_of_the_network(run: Run) -> None:
    for layers in ((), ("fc1", "fc9")):
        with pytest.raises(ValueError, match="conv1"):
            joint_evaluator(run, layers)
    asked = joint_evaluator(run, ("fc2", "fc1"))
    assert list(asked.units) == ["fc1", "fc2"]
    with pytest.raises(ValueError, match="0 to 31"):
        next(asked.removal_curve([("fc2", 40)]))
