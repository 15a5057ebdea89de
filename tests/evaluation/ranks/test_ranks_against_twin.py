"""Low-rank weights: the engine and the network with W replaced by W_k give the same answers."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
import torch
from brute_force import best_of_rank, images_for, logits, logits_with, small
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from workbench.evaluation.evaluator import Evaluator, exact
from workbench.evaluation.ranks import channels as rank_channels_module
from workbench.evaluation.ranks import kernels as rank_kernels
from workbench.evaluation.ranks.channels import rank_channels
from workbench.evaluation.ranks.factors import factors_of
from workbench.evaluation.ranks.sweep import RankSweep
from workbench.nets.architectures.building import build
from workbench.nets.initialisers import initialise
from workbench.nets.units import layers

CASES = [
    (name, layer.name, bias)
    for name, bias in (("lenet", False), ("conv2", True), ("digits_conv", False), ("vgg11", True), ("vgg19bn", True))
    for layer in layers(small(name, bias))
    if name != "vgg19bn" or layer.order % 5 == 0
]


@pytest.mark.parametrize(("name", "layer", "bias"), CASES)
@pytest.mark.thinned(3)
def test_every_rank_predicts_what_the_network_with_that_matrix_predicts(name, layer, bias) -> None:
    net, data = small(name, bias), images_for(name, 60)
    evaluator = Evaluator(net, data, layer)
    predictions = evaluator.rank_predictions()
    assert len(predictions) == min(evaluator.weights().shape) + 1
    for rank, found in enumerate(predictions):
        twin = logits_with(net, layer, best_of_rank(evaluator.weights(), rank), data.images)
        assert np.array_equal(found, twin.argmax(1).numpy()), f"rank {rank}"


@pytest.mark.parametrize("layer", ["conv1", "conv2", "fc1", "fc3"])
def test_the_full_rank_is_the_network_itself(layer) -> None:
    net, data = small("conv2"), images_for("conv2")
    right = int((logits(net, data.images).argmax(1) == data.labels).sum())
    curve = exact(Evaluator(net, data, layer).rank_curve())
    assert curve.correct[-1] == right


def test_some_ranks_are_those_of_the_whole_curve() -> None:
    evaluator = Evaluator(small("lenet"), images_for("lenet"), "fc1")
    whole, some = exact(evaluator.rank_curve()), exact(evaluator.rank_curve([2, 5, 9]))
    assert some.levels.tolist() == [2, 5, 9]
    assert some.correct.tolist() == whole.correct[[2, 5, 9]].tolist()
    assert exact(evaluator.low_ranks(5)).correct == whole.at(5).correct


@pytest.mark.parametrize("layer", ["conv2", "fc1"])
def test_the_change_since_the_start_is_approximated_and_the_start_added(layer) -> None:
    net, data = small("conv2"), images_for("conv2")
    start = Evaluator(small("conv2", seed=7), data, layer).weights()
    evaluator = Evaluator(net, data, layer)
    weights = evaluator.weights()
    for rank, found in enumerate(evaluator.rank_predictions(factors=factors_of(weights, base=start))):
        twin = logits_with(net, layer, start + best_of_rank(weights - start, rank), data.images)
        assert np.array_equal(found, twin.argmax(1).numpy())


@pytest.mark.parametrize("layer", ["conv2", "fc1"])
def test_only_chosen_units_are_approximated(layer) -> None:
    net, data, chosen = small("conv2"), images_for("conv2"), [0, 2, 3, 5]
    evaluator = Evaluator(net, data, layer)
    weights = evaluator.weights()
    for rank, found in enumerate(evaluator.rank_predictions(factors=factors_of(weights, units=chosen))):
        changed = weights.astype(np.float64)
        changed[chosen] = best_of_rank(weights[chosen], rank)
        assert np.array_equal(found, logits_with(net, layer, changed, data.images).argmax(1).numpy())


def test_normalised_rows_are_approximated_and_scaled_back() -> None:
    net, data = small("lenet"), images_for("lenet")
    evaluator = Evaluator(net, data, "fc1")
    weights = evaluator.weights()
    lengths = np.linalg.norm(weights, axis=1, keepdims=True)
    for rank, found in enumerate(evaluator.rank_predictions(factors=factors_of(weights, normalised=True))):
        changed = lengths * best_of_rank(weights / lengths, rank)
        assert np.array_equal(found, logits_with(net, "fc1", changed, data.images).argmax(1).numpy())


def test_a_rank_that_there_is_not_is_refused() -> None:
    evaluator = Evaluator(small("lenet"), images_for("lenet"), "fc1")
    with pytest.raises(ValueError, match="has the ranks 0 to 12"):
        next(evaluator.low_ranks(13))
    with pytest.raises(ValueError, match="Ranks ascend"):
        next(evaluator.rank_curve([3, 2]))


def wide(widths: tuple[int, int] = (90, 40)) -> nn.Sequential:
    """A LeNet with more ranks than the quick way adds up in one go."""
    net = build("lenet", (1, 8, 8), classes=5, widths=widths)
    initialise(net, "kaiming_normal", 3)
    for child in net:
        if isinstance(child, nn.Linear):
            child.bias.data.normal_(0, 0.2, generator=torch.Generator().manual_seed(1))
    return net.eval()


@pytest.mark.parametrize("layer", ["fc1", "fc2", "fc3"])
def test_many_ranks_and_images_predict_what_the_network_predicts(layer) -> None:
    net, data = wide(), images_for("lenet", 1500)
    evaluator = Evaluator(net, data, layer)
    predictions = evaluator.rank_predictions()
    matrices = [best_of_rank(evaluator.weights(), rank) for rank in range(len(predictions))]
    twins = [logits_with(net, layer, matrix, data.images) for matrix in matrices]
    expected = np.stack([twin.argmax(1).numpy() for twin in twins])
    assert (predictions == expected).mean(axis=1).min() >= 0.9999
    losses = [nn.functional.cross_entropy(twin, data.labels).item() for twin in twins]
    np.testing.assert_allclose(exact(evaluator.rank_curve()).loss, losses, rtol=1e-5)


@cache
def wide_fc1() -> Evaluator:
    return Evaluator(wide(), images_for("lenet", 70), "fc1")


@given(ranks=st.sets(st.integers(0, 64), min_size=1))
@settings(max_examples=25, deadline=None)
def test_the_quick_way_and_the_plain_one_agree_at_any_ranks(ranks) -> None:
    evaluator, asked = wide_fc1(), sorted(ranks)
    plain = RankSweep(evaluator.prefix, factors_of(evaluator.weights()), asked)
    quick = plain.answers(0)
    plain.quick = None
    slow = plain.answers(0)
    assert torch.equal(quick.predictions, slow.predictions)
    torch.testing.assert_close(quick.losses, slow.losses, rtol=1e-5, atol=1e-4)


@pytest.mark.parametrize(
    ("name", "layer"),
    [("conv2", "conv1"), ("conv2", "conv2"), ("vgg19bn", "conv2"), ("vgg19bn", "conv16"), ("digits_conv", "conv2")],
)
def test_the_quick_way_of_a_convolution_and_the_plain_one_agree(name, layer) -> None:
    evaluator = Evaluator(small(name), images_for(name, 30), layer)
    full = min(evaluator.weights().shape)
    sweep = RankSweep(evaluator.prefix, factors_of(evaluator.weights()), range(0, full + 1, 2))
    assert sweep.channels is not None
    quick = sweep.answers(0)
    sweep.channels = None
    slow = sweep.answers(0)
    assert torch.equal(quick.predictions, slow.predictions)
    torch.testing.assert_close(quick.losses, slow.losses, rtol=1e-5, atol=1e-4)


@pytest.mark.parametrize("pool", [1, 2, 3])
@pytest.mark.parametrize("least", [0.0, -3e38])
def test_the_loop_adds_direction_by_direction_and_pools(pool, least) -> None:
    random = np.random.default_rng(pool)
    sizes = (4, 36), (5, 36), (4, 5)
    outputs, parts, directions = (random.standard_normal(size).astype(np.float32) for size in sizes)
    ranks, levels = np.array([1, 2, 5]), np.empty((3, 4, 6 // pool, 6 // pool), np.float32)
    rank_channels(outputs.copy(), parts, directions, ranks, np.float32(least), pool, levels)
    for found, rank in zip(levels, ranks, strict=True):
        whole = torch.from_numpy(outputs + directions[:, 1:rank] @ parts[1:rank]).reshape(4, 6, 6)
        expected = nn.functional.max_pool2d(whole, pool).clamp(min=least).numpy()
        np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("budget", [1, 30_000])
def test_convolutions_at_ranks_that_take_more_memory_than_there_is_are_answered_image_by_image(
    monkeypatch: pytest.MonkeyPatch, budget: int
) -> None:
    evaluator = Evaluator(small("conv2"), images_for("conv2", 7), "conv2")
    sweep = RankSweep(evaluator.prefix, factors_of(evaluator.weights()), range(min(evaluator.weights().shape) + 1))
    assert sweep.channels is not None
    expected = sweep.answers(0)
    monkeypatch.setattr(rank_channels_module, "_BYTES_AT_ONCE", budget)
    found = sweep.answers(0)
    assert torch.equal(found.predictions, expected.predictions)
    torch.testing.assert_close(found.losses, expected.losses, rtol=1e-6, atol=0)


@pytest.mark.parametrize("budget", [1, 20_000])
def test_ranks_that_take_more_memory_than_there_is_are_answered_image_by_image(
    monkeypatch: pytest.MonkeyPatch, budget: int
) -> None:
    evaluator = wide_fc1()
    sweep = RankSweep(evaluator.prefix, factors_of(evaluator.weights()), range(65))
    expected = sweep.answers(0)
    monkeypatch.setattr(rank_kernels, "_BYTES_AT_ONCE", budget)
    found = sweep.answers(0)
    assert torch.equal(found.predictions, expected.predictions)
    torch.testing.assert_close(found.losses, expected.losses, rtol=1e-6, atol=0)


@pytest.mark.parametrize("layer", ["fc1", "fc2", "fc3"])
def test_linear_layers_and_convolutions_each_take_their_quick_way(layer) -> None:
    evaluator = Evaluator(small("conv2"), images_for("conv2", 20), layer)
    sweep = RankSweep(evaluator.prefix, factors_of(evaluator.weights()), (1,))
    assert (sweep.quick is not None, sweep.channels is not None) == (True, False)
    convolution = Evaluator(small("conv2"), images_for("conv2", 20), "conv2")
    sweep = RankSweep(convolution.prefix, factors_of(convolution.weights()), (1,))
    assert (sweep.quick is not None, sweep.channels is not None) == (False, True)
