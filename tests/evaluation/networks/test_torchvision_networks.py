"""Classifiers of torchvision, which branch: the engine and the network itself, changed from outside, agree."""

from __future__ import annotations

from copy import deepcopy

import numpy as np
import pytest
import torch
from brute_force import best_of_rank, logits, logits_with
from torch import nn
from torchvision_nets import CASES, classifier, images, logits_without

from workbench.evaluation.evaluator import Evaluator, exact
from workbench.evaluation.networks.data import Data
from workbench.evaluation.removal.oracle import greedy_oracle
from workbench.evaluation.removal.scores import SCORES, output_correlation
from workbench.evaluation.several import joint_removal_curve

PAIRS = [(name, layer) for name, case in CASES.items() for layer in case.places]


@pytest.mark.thinned(9)
@pytest.mark.parametrize(("name", "layer"), PAIRS)
def test_removing_units_costs_what_it_costs_the_network_itself(name, layer) -> None:
    net, data, case = classifier(name), images(name), CASES[name]
    evaluator = Evaluator(net, data, layer)
    few = np.random.default_rng(0).permutation(evaluator.units)
    losses: list[float] = []
    half, whole = evaluator.units // 2, evaluator.units
    for removed, count in [("bias", 0), ("bias", half), ("bias", whole), ("zero", half), ("mean", half)]:
        gone = few[:count].tolist()
        twin = logits_without(net, case, layer, gone, removed, data.images)
        found = exact(evaluator.ablations(gone, removed))
        assert found.correct == int((twin.argmax(1) == data.labels).sum())
        assert found.loss == pytest.approx(nn.functional.cross_entropy(twin, data.labels).item(), rel=1e-9)
        losses.append(found.loss)
    assert np.ptp(losses) > 1e-4  # that is: something was changed


# Where a convolution takes the units alone, where they meet a shortcut, where a linear layer has many positions.
BRANCHING = [
    ("resnet18", "layer1.0.conv1"),
    ("resnet18", "layer2.0.downsample.0"),
    ("densenet121", "features.conv0"),
    ("mobilenet_v2", "features.2.conv.0.0"),
    ("vit_b_16", "encoder.layers.encoder_layer_0.mlp.0"),
]


@pytest.mark.parametrize(("name", "layer"), BRANCHING)
@pytest.mark.thinned(3)
def test_every_level_of_a_curve_is_the_masked_network_whatever_memory_there_is(name, layer) -> None:
    net, data = classifier(name), images(name)
    rich, poor = (Evaluator(net, data, layer, budget) for budget in (1 << 30, 0))
    order = np.random.default_rng(1).permutation(rich.units)[:16]
    curve = exact(rich.removal_curve(order, "zero"))
    levels = np.linspace(0, len(order), 5).astype(int)
    for level in levels:
        twin = logits_without(net, CASES[name], layer, order[:level].tolist(), "zero", data.images)
        assert curve.loss[level] == pytest.approx(nn.functional.cross_entropy(twin, data.labels).item(), rel=1e-9)
    assert np.ptp(curve.loss[levels]) > 1e-4  # that is: something was changed
    assert np.array_equal(exact(poor.removal_curve(order, "zero")).correct, curve.correct)


@pytest.mark.parametrize(("name", "layer"), BRANCHING)
def test_a_rank_costs_what_it_costs_the_network_itself(name, layer) -> None:
    net, data = classifier(name), images(name)
    evaluator = Evaluator(net, data, layer)
    curve = exact(evaluator.rank_curve([0, 3, min(evaluator.weights().shape)]))
    for level, rank in enumerate(curve.levels.tolist()):
        twin = logits_with(net, layer, best_of_rank(evaluator.weights(), rank), data.images)
        assert curve.loss[level] == pytest.approx(nn.functional.cross_entropy(twin, data.labels).item(), rel=1e-9)


def test_several_layers_of_a_network_that_branches_are_removed_together() -> None:
    net, data = classifier("resnet18"), images("resnet18")
    layers = ("layer1.0.conv2", "layer2.0.conv1", "layer2.0.downsample.0", "fc")
    order = [(layer, unit) for unit in range(4) for layer in layers]
    curve = exact(joint_removal_curve(net, data, order, levels=[0, 5, 16]))
    for index, level in enumerate(curve.levels.tolist()):
        masked = deepcopy(net)
        for layer, unit in order[:level]:
            masked.get_submodule(layer).weight.data[unit] = 0
        twin = logits(masked, data.images)
        assert curve.loss[index] == pytest.approx(nn.functional.cross_entropy(twin, data.labels).item(), rel=1e-9)


@pytest.mark.parametrize(("name", "layer"), [BRANCHING[2], BRANCHING[-1]])
def test_units_are_scored_where_networks_branch(name, layer) -> None:
    evaluator = Evaluator(classifier(name), images(name), layer)
    for score in SCORES.values():
        values = score.of(evaluator)
        assert values.shape == (evaluator.units,)
        assert np.ptp(values) > 0
    assert output_correlation(evaluator).shape == (evaluator.units, evaluator.units)
    assert sorted(greedy_oracle(evaluator)) == list(range(evaluator.units))


@pytest.mark.parametrize(
    ("name", "layer", "reason"),
    [
        ("vit_b_16", "encoder.layers.encoder_layer_0.self_attention.out_proj", "hides its outputs"),
        ("swin_t", "features.1.0.attn.proj", "hides its outputs"),
        ("googlenet", "aux1.fc1", "does not affect the output"),
        ("resnet18", "layer9", 'no layer "layer9"; it has conv1, layer1.0.conv1'),
    ],
)
def test_what_cannot_be_told_apart_is_refused_with_the_reason(name, layer, reason) -> None:
    with pytest.raises(ValueError, match=reason):
        Evaluator(classifier(name), images(name), layer)


class Attending(nn.Module):
    """Attention in a block of torch's own, and one written out with a fused projection."""

    def __init__(self) -> None:
        super().__init__()
        self.block = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True)
        self.qkv, self.out = nn.Linear(8, 24), nn.Linear(8, 4)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        queries, keys, values = self.qkv(self.block(images.flatten(1, 2))).chunk(3, -1)
        return self.out((torch.softmax(queries @ keys.transpose(1, 2), -1) @ values).mean(1))


@pytest.mark.parametrize(
    ("layer", "reason"),
    [
        ("block.self_attn.in_proj.q", "inside block, a TransformerEncoderLayer, which hides its outputs"),
        ("block.self_attn.out_proj", "inside block, a TransformerEncoderLayer"),
        ("block.linear1", "inside block, a TransformerEncoderLayer"),
        ("qkv.v", "qkv gives queries, keys and values in one step"),
    ],
)
def test_layers_of_an_attention_are_not_said_to_cost_nothing(layer: str, reason: str) -> None:
    data = Data(torch.randn(6, 1, 5, 8), torch.arange(6) % 4, 4)
    with pytest.raises(ValueError, match=reason):
        Evaluator(Attending(), data, layer)
