"""How the engine goes about it: better and better answers, memory, routes, several layers, the oracle."""

from __future__ import annotations

import os
from copy import deepcopy
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from brute_force import images_for, logits, logits_with, logits_without, small
from torch import nn
from torch.nn import functional

from workbench.evaluation.evaluator import Evaluator, exact
from workbench.evaluation.networks.data import Data
from workbench.evaluation.networks.network import Network
from workbench.evaluation.removal import channels
from workbench.evaluation.removal.channels import channels_of
from workbench.evaluation.removal.oracle import greedy_oracle
from workbench.evaluation.removal.routes import by_columns, by_replacing
from workbench.evaluation.several import accuracies_with, joint_removal_curve
from workbench.evaluation.tally import Answers, answers_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workbench.evaluation.networks.network import Split


def test_the_first_answer_comes_after_1000_images_and_the_last_is_exact() -> None:
    evaluator = Evaluator(small("lenet"), images_for("lenet", 2_300), "fc1")
    answers = list(evaluator.accuracies())
    assert [(answer.images, answer.exact) for answer in answers] == [(1_000, False), (2_000, False), (2_300, True)]
    low, high = answers[0].interval95
    assert low < answers[0].accuracy < high
    curves = list(evaluator.removal_curve(range(12)))
    assert [curve.images for curve in curves] == [1_000, 2_000, 2_300]
    assert curves[-1].at(0).correct == answers[-1].correct


@pytest.mark.parametrize("layer", ["conv1", "conv2", "fc1"])
def test_answers_do_not_depend_on_what_memory_there_is(layer) -> None:
    net, data = small("conv2"), images_for("conv2")
    rich, poor = (Evaluator(net, data, layer, budget) for budget in (1 << 30, 0))
    order = np.random.default_rng(0).permutation(rich.units)
    for removed in ("bias", "mean"):
        for _ in range(2):  # the second time from what is kept
            same = np.array_equal(rich.removal_predictions(order, removed), poor.removal_predictions(order, removed))
            assert same
    assert np.array_equal(rich.rank_predictions(), poor.rank_predictions())


@pytest.mark.parametrize("budget", [1, 30_000])
def test_channels_that_take_more_memory_than_there_is_are_answered_image_by_image(
    monkeypatch: pytest.MonkeyPatch, budget: int
) -> None:
    evaluator = Evaluator(small("conv2"), images_for("conv2", 7), "conv1")
    order = np.random.default_rng(0).permutation(evaluator.units).tolist()
    constants = evaluator.prefix.constants("bias")
    taken, labels = evaluator.prefix.taken(0), evaluator.prefix.labels(0)

    def answers() -> Answers:
        quick = channels_of(evaluator.split, constants, order, range(len(order) + 1))
        assert quick is not None
        return answers_of(quick(taken), labels)

    with evaluator.network.running():
        expected = answers()
        monkeypatch.setattr(channels, "_BYTES_AT_ONCE", budget)
        found = answers()
    assert torch.equal(found.predictions, expected.predictions)
    torch.testing.assert_close(found.losses, expected.losses, rtol=1e-6, atol=0)


def _by_channels(
    split: Split, taken: torch.Tensor, constants: torch.Tensor, order: list[int]
) -> Iterator[torch.Tensor]:
    quick = channels_of(split, constants, order, range(len(order) + 1))
    assert quick is not None
    return quick(taken)


@pytest.mark.parametrize("layer", ["conv1", "conv2", "conv3", "fc1", "fc3"])
def test_every_route_gives_the_same_answers(layer) -> None:
    evaluator = Evaluator(small("conv4"), images_for("conv4"), layer)
    order = np.random.default_rng(0).permutation(evaluator.units).tolist()
    expected = evaluator.removal_predictions(order, "bias")
    with torch.inference_mode():
        taken, constants = evaluator.prefix.taken(0), evaluator.prefix.constants("bias")
        routes = [by_replacing]
        if evaluator.split.following is not None:
            routes.append(by_columns if isinstance(evaluator.split.following, nn.Linear) else _by_channels)
        for route in routes:
            found = answers_of(route(evaluator.split, taken, constants, order), evaluator.prefix.labels(0))
            assert np.array_equal(found.predictions.flip(0).numpy(), expected[:, : len(taken)])


class Strided(nn.Sequential):
    """Convolutions that no loop is fused for: strides, groups, circular padding, average pools, odd kernels."""

    def __init__(self) -> None:
        super().__init__(
            nn.Conv2d(2, 6, 3, stride=2, padding=1), nn.LeakyReLU(), nn.AvgPool2d(3, 1, 1),
            nn.Conv2d(6, 8, 3, groups=2, padding=1), nn.ReLU(inplace=True),
            nn.Conv2d(8, 6, 5, padding=2, stride=2), nn.ReLU(), nn.MaxPool2d(3, 1),
            nn.Conv2d(6, 7, (1, 2), padding=(0, 1), dilation=(1, 2)), nn.Tanh(),
            nn.Conv2d(7, 6, 3, padding=1, padding_mode="circular"), nn.ReLU(), nn.AdaptiveAvgPool2d(2),
            nn.Flatten(), nn.Linear(24, 9), nn.ReLU(), nn.Dropout(), nn.Linear(9, 4),
        )  # fmt: skip


@pytest.mark.parametrize("layer", ["0", "3", "5", "8", "10", "14", "17"])
def test_uncommon_convolutions_take_their_way(layer) -> None:
    torch.manual_seed(0)
    net = Strided().eval()
    data = Data(torch.randn(40, 2, 13, 13), torch.randint(0, 4, (40,)), 4)
    evaluator = Evaluator(net, data, layer)
    order = np.arange(evaluator.units)
    predictions = evaluator.removal_predictions(order, "bias")
    for level in range(evaluator.units + 1):
        twin = logits_without(net, layer, order[:level].tolist(), "bias", data.images)
        assert np.array_equal(predictions[level], twin.argmax(1).numpy())


class Functional(nn.Module):
    """A chain that is written as functions, as classifiers of torchvision are."""

    def __init__(self) -> None:
        super().__init__()
        self.features = nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU(inplace=True), nn.MaxPool2d(2))
        self.classifier = nn.Sequential(nn.Linear(36, 8), nn.ReLU(inplace=True), nn.Linear(8, 3))

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return self.classifier(torch.flatten(functional.relu(self.features(images)), 1))


def test_a_module_that_is_a_chain_is_found_to_be_one() -> None:
    torch.manual_seed(0)
    net = Functional()
    images = torch.randn(5, 1, 8, 8)
    data = Data(images, torch.zeros(5, dtype=torch.int64), 3)
    network = Network(net, data)
    assert [layer.name for layer in network.layers] == ["features.0", "classifier.0", "classifier.2"]
    torch.testing.assert_close(network(images).detach(), logits(net, images))
    assert Evaluator(net, data, "features.0").split.following is not None
    gone = exact(Evaluator(net, data, "features.0").ablations([1, 2]))
    changed = deepcopy(net)
    changed.features[0].weight.data[[1, 2]] = 0
    assert gone.correct == int((logits(changed, images).argmax(1) == 0).sum())


class Looking(nn.Module):
    """It does one thing or another by what it sees."""

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return images.flatten(1) if images.sum() > 0 else images.flatten(1) * 2


class Mixing(nn.Sequential):
    """Softmax mixes the units of the layer before it."""

    def __init__(self) -> None:
        super().__init__(nn.Flatten(), nn.Linear(64, 6), nn.Softmax(1), nn.Linear(6, 9), nn.ReLU(), nn.Linear(9, 3))


@pytest.mark.parametrize("removed", ["bias", "zero"])
@pytest.mark.parametrize("layer", [1, 3, 5])
def test_units_that_mix_at_once_are_run_on_whole_and_so_are_three_classes(layer, removed) -> None:
    torch.manual_seed(0)
    net, data = Mixing().eval(), Data(torch.randn(30, 1, 8, 8), torch.randint(0, 3, (30,)), 3)
    evaluator = Evaluator(net, data, str(layer))
    curve = exact(evaluator.removal_curve(range(evaluator.units), removed))
    for level in range(evaluator.units + 1):
        masked = deepcopy(net)
        masked[layer].weight.data[:level] = 0
        if removed == "zero":
            masked[layer].bias.data[:level] = 0
        loss = functional.cross_entropy(logits(masked, data.images), data.labels).item()
        assert curve.loss[level] == pytest.approx(loss, rel=1e-5)


def test_what_cannot_be_evaluated_is_refused_with_a_reason() -> None:
    data = images_for("lenet")
    with pytest.raises(ValueError, match="Sequential cannot be evaluated: what it computes cannot be followed"):
        Network(nn.Sequential(Looking(), nn.Linear(64, 3)), data)
    with pytest.raises(ValueError, match="Sequential is not a classifier: it does not return one row of logits"):
        Network(nn.Sequential(nn.Conv2d(1, 2, 3)), data)
    layer = nn.Linear(64, 64)
    twice = Network(nn.Sequential(nn.Flatten(), layer, layer, nn.Linear(64, 5)), data)
    with pytest.raises(ValueError, match="1 is used 2 times in the network"):
        twice.split("1")
    with pytest.raises(ValueError, match='no layer "fc9"; it has fc1, fc2, fc3'):
        Network(small("lenet"), data).split("fc9")
    diverged = small("lenet")
    diverged.fc1.weight.data[0, 0] = float("nan")
    with pytest.raises(ValueError, match=r"fc1\.weight holds infinite or undefined numbers"):
        Network(diverged, data)
    with pytest.raises(ValueError, match="at least one image"):
        Data(torch.zeros(0, 1, 8, 8), torch.zeros(0, dtype=torch.int64), 10, name="validation")


def test_the_network_handed_over_stays_as_it_is() -> None:
    net = small("digits_conv")
    before = deepcopy(net.state_dict())
    net.train()
    exact(Evaluator(net, images_for("digits_conv"), "fc1").removal_curve(range(12)))
    assert net.training
    assert all(torch.equal(before[key], value) for key, value in net.state_dict().items())


@pytest.mark.parametrize("removed", ["bias", "zero"])
def test_several_layers_at_once_are_the_network_with_all_of_them_masked(removed) -> None:
    net, data = small("conv2"), images_for("conv2")
    order = [("fc1", 3), ("conv2", 1), ("fc2", 0), ("fc1", 9), ("conv2", 4), ("fc3", 2)]
    curve = exact(joint_removal_curve(net, data, order, removed))
    assert curve.levels.tolist() == list(range(7))
    for level in (0, 1, 2, 4, 5) if removed == "zero" else range(7):
        masked = deepcopy(net)
        for layer, unit in order[:level]:
            masked.get_submodule(layer).weight.data[unit] = 0
            if removed == "zero":
                masked.get_submodule(layer).bias.data[unit] = 0
        assert curve.correct[level] == int((logits(masked, data.images).argmax(1) == data.labels).sum())


def test_replaced_weights_are_those_of_the_network_with_them() -> None:
    net, data = small("conv2"), images_for("conv2")
    weights = np.random.default_rng(0).standard_normal(Evaluator(net, data, "conv2").weights().shape)
    found = exact(accuracies_with(net, data, {"conv2": weights}))
    twin = logits_with(net, "conv2", weights, data.images)
    assert found.correct == int((twin.argmax(1) == data.labels).sum())
    assert found.loss == pytest.approx(functional.cross_entropy(twin, data.labels).item(), rel=1e-5)


@pytest.mark.parametrize("layer", ["conv2", "fc1", "fc2"])
def test_the_oracle_takes_the_unit_that_costs_least_at_each_step(layer) -> None:
    net, data = small("digits_conv"), images_for("digits_conv", 80)
    order = list(greedy_oracle(Evaluator(net, data, layer)))
    gone: list[int] = []
    for unit in order:
        costs = {}
        for other in sorted(set(order) - set(gone)):
            twin = logits_without(net, layer, [*gone, other], "bias", data.images)
            right = int((twin.argmax(1) == data.labels).sum())
            costs[other] = (-right, round(functional.cross_entropy(twin, data.labels).item(), 5))
        assert costs[unit] == min(costs.values())
        gone.append(unit)
    assert sorted(order) == list(range(len(order)))


def test_a_permutation_of_the_units_changes_nothing() -> None:
    net, data = small("lenet"), images_for("lenet")
    shuffled, swap = deepcopy(net), np.random.default_rng(0).permutation(12)
    shuffled.fc1.weight.data, shuffled.fc1.bias.data = net.fc1.weight[swap].data, net.fc1.bias[swap].data
    shuffled.fc2.weight.data = net.fc2.weight[:, swap].data
    order = np.random.default_rng(1).permutation(12)
    first = Evaluator(net, data, "fc1").removal_predictions(order)
    second = Evaluator(shuffled, data, "fc1").removal_predictions(np.argsort(swap)[order])
    assert np.array_equal(first, second)


def test_two_threads_may_ask_at_once() -> None:
    from concurrent.futures import ThreadPoolExecutor

    evaluator = Evaluator(small("conv2"), images_for("conv2"), "fc1")
    orders = [np.random.default_rng(seed).permutation(10) for seed in range(4)]
    expected = [evaluator.removal_predictions(order) for order in orders]
    fresh = Evaluator(small("conv2"), images_for("conv2"), "fc1")
    with ThreadPoolExecutor(min(4, os.cpu_count() or 1)) as pool:
        found = list(pool.map(fresh.removal_predictions, orders))
    assert all(np.array_equal(*pair) for pair in zip(expected, found, strict=True))
