"""Units of several layers removed together: stage by stage, and the network itself, give the same answers."""

from __future__ import annotations

from copy import deepcopy

import numpy as np
import pytest
import torch
from brute_force import images_for, logits, small
from torch import nn

from workbench.evaluation import several
from workbench.evaluation.evaluator import exact
from workbench.evaluation.networks.stages import Stage
from workbench.evaluation.several import JointEvaluator


def order_over(evaluator: JointEvaluator, seed: int = 0) -> list[tuple[str, int]]:
    units = [(layer, unit) for layer, count in evaluator.units.items() for unit in range(count)]
    return [units[at] for at in np.random.default_rng(seed).permutation(len(units))]


def check_against_the_masked_network(net: nn.Module, data, evaluator: JointEvaluator) -> None:
    """With weights at zero, biases kept, at every level."""
    order = order_over(evaluator)
    curve = exact(evaluator.removal_curve(order))
    assert curve.levels.tolist() == list(range(len(order) + 1))
    masked = deepcopy(net)
    for level in range(len(order) + 1):
        if level:
            layer, unit = order[level - 1]
            masked.get_submodule(layer).weight.data[unit] = 0
        twin = logits(masked, data.images)
        assert curve.correct[level] == int((twin.argmax(1) == data.labels).sum())
        assert curve.loss[level] == pytest.approx(nn.functional.cross_entropy(twin, data.labels).item(), rel=1e-5)


@pytest.mark.parametrize("layers", [("conv1", "conv3", "fc1"), ("fc2", "conv4"), ("fc3",)])
def test_every_level_over_layers_in_a_row_is_the_network_with_these_units_masked(layers) -> None:
    net, data = small("conv4"), images_for("conv4")
    evaluator = JointEvaluator(net, data, layers)
    assert [stage.layers for stage in evaluator.stages] == [(layer,) for layer in sorted(layers)]
    check_against_the_masked_network(net, data, evaluator)


class Branches(nn.Module):
    """Two branches beside a shortcut, the later one defined first."""

    def __init__(self) -> None:
        super().__init__()
        self.last, self.left, self.right = nn.Linear(4, 5), nn.Conv2d(4, 4, 3, padding=1), nn.Conv2d(4, 4, 1)
        self.first = nn.Conv2d(1, 4, 3, padding=1)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        first = torch.relu(self.first(images))
        return self.last(torch.relu(self.left(first) + torch.relu(self.right(first)) + first).mean((2, 3)))


@pytest.mark.parametrize(
    ("layers", "stages"),
    [
        (("first", "left"), [("first",), ("left",)]),
        (("left", "last"), [("left",), ("last",)]),
        (("first", "left", "right"), [("first", "right", "left")]),
    ],
)
def test_shortcuts_go_from_stage_to_stage_and_branches_are_one_stage(layers, stages) -> None:
    torch.manual_seed(0)
    net, data = Branches().eval(), images_for("lenet", 60)
    evaluator = JointEvaluator(net, data, layers)
    assert [set(stage.layers) for stage in evaluator.stages] == [set(stage) for stage in stages]
    check_against_the_masked_network(net, data, evaluator)


def test_what_comes_before_the_layer_that_loses_a_unit_is_not_computed_again(monkeypatch) -> None:
    evaluator = JointEvaluator(small("conv2"), images_for("conv2"), ("conv1", "fc1"))
    runs, run = {"conv1": 0, "fc1": 0}, Stage.run

    def counted(self: Stage, *about):
        runs[self.layers[0]] += 1
        return run(self, *about)

    order = order_over(evaluator)
    levels = range(len(order) + 1)
    monkeypatch.setattr(Stage, "run", counted)
    exact(evaluator.removal_curve(order, levels=levels))
    assert runs == {"conv1": 1 + evaluator.units["conv1"], "fc1": len(levels)}


def test_it_is_every_level_where_that_takes_no_more_than_three_times_as_long_as_some(monkeypatch) -> None:
    net, data = small("conv2"), images_for("conv2", 20)
    counts = {}
    for layers in (("conv1", "fc1"), ("fc1", "fc2")):
        evaluator = JointEvaluator(net, data, layers)
        monkeypatch.setattr(several, "LEVELS", 3)  # conv1 has 5 units and nearly all of the work, fc1 has 10
        counts[layers] = len(exact(evaluator.removal_curve(order_over(evaluator))).levels)
    assert counts == {("conv1", "fc1"): 16, ("fc1", "fc2"): 3}
