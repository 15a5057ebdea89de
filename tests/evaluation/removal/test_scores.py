"""Scores of units against their definitions, written out on the whole data."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from brute_force import images_for, logits_without, small
from torch.nn import functional

from workbench.analysis.orders import ORDERS
from workbench.evaluation.evaluator import Evaluator
from workbench.evaluation.removal.scores import (
    ORACLE,
    SCORES,
    activation_norm,
    bn_norm,
    in_out_norm,
    mean_activity,
    output_correlation,
    scores_for,
    snip,
    taylor,
)
from workbench.resource import resource
from workbench.runs.place import place_in
from workbench.runs.run import open_run


def outputs_of(net, layer, images) -> np.ndarray:
    """Each unit's output after ReLU, (images · positions, m)."""
    end = [name for name, _ in net.named_children()].index(layer)
    while end + 1 < len(net) and type(net[end + 1]).__name__ in ("BatchNorm2d", "ReLU"):
        end += 1
    with torch.no_grad():
        outputs = net[: end + 1](images)
    return outputs.movedim(1, -1).flatten(0, -2).double().numpy()


@pytest.mark.parametrize("layer", ["conv1", "conv2", "fc1", "fc3"])
def test_activations_and_correlations_are_those_of_all_outputs(layer) -> None:
    net, data = small("conv2"), images_for("conv2")
    evaluator, outputs = Evaluator(net, data, layer), outputs_of(net, layer, data.images)
    np.testing.assert_allclose(activation_norm(evaluator), np.sqrt(np.mean(outputs**2, axis=0)), rtol=1e-5)
    np.testing.assert_allclose(mean_activity(evaluator), np.mean(outputs > 0, axis=0), atol=1e-4)
    alive = outputs.std(axis=0) > 0
    expected = np.zeros((len(alive), len(alive)))
    expected[np.ix_(alive, alive)] = np.corrcoef(outputs[:, alive].T)
    np.testing.assert_allclose(output_correlation(evaluator), expected, atol=1e-5)


def test_a_unit_that_never_changes_is_correlated_with_nothing() -> None:
    net = small("lenet")
    net.fc1.weight.data[4], net.fc1.bias.data[4] = 0, 1.5
    correlation = output_correlation(Evaluator(net, images_for("lenet"), "fc1"))
    assert not correlation[4].any()
    assert not correlation[:, 4].any()
    assert correlation[0, 0] == 1.0


@pytest.mark.parametrize("scale", [1e-6, 1e6])
def test_the_correlation_is_that_of_outputs_of_any_size(scale: float) -> None:
    net, data = small("lenet"), images_for("lenet")
    before = output_correlation(Evaluator(net, data, "fc1"))
    net.fc1.weight.data *= scale
    net.fc1.bias.data *= scale
    np.testing.assert_allclose(output_correlation(Evaluator(net, data, "fc1")), before, atol=1e-5)


@pytest.mark.parametrize(("name", "layer", "following"), [("lenet", "fc1", "fc2"), ("conv2", "conv1", "conv2")])
def test_norms_in_and_out_are_multiplied(name, layer, following) -> None:
    net = small(name)
    weight, taken = net.get_submodule(layer).weight.detach(), net.get_submodule(following).weight.detach()
    expected = weight.flatten(1).norm(dim=1) * taken.transpose(0, 1).flatten(1).norm(dim=1)
    found = in_out_norm(Evaluator(net, images_for(name), layer))
    np.testing.assert_allclose(found, expected.numpy(), rtol=1e-5)


def test_across_a_flatten_all_positions_of_a_channel_count_as_its_way_out() -> None:
    net = small("conv2")
    taken = net.fc1.weight.detach()
    positions = taken.shape[1] // 6
    outgoing = taken.reshape(len(taken), 6, positions).transpose(0, 1).flatten(1).norm(dim=1)
    expected = net.conv2.weight.detach().flatten(1).norm(dim=1) * outgoing
    np.testing.assert_allclose(in_out_norm(Evaluator(net, images_for("conv2"), "conv2")), expected.numpy(), rtol=1e-5)


def test_batch_norm_is_folded_into_the_norm() -> None:
    net = small("vgg19bn")
    expected = net.conv3.weight.flatten(1).norm(dim=1) * net.bn3.weight.abs() / (net.bn3.running_var + 1e-5).sqrt()
    found = bn_norm(Evaluator(net, images_for("vgg19bn", 4), "conv3"))
    np.testing.assert_allclose(found, expected.detach().numpy(), rtol=1e-5)


def test_snip_is_the_gradient_times_the_weight() -> None:
    net, data = small("conv2"), images_for("conv2")
    functional.cross_entropy(net(data.images), data.labels).backward()
    weight = net.conv2.weight
    expected = (weight.grad * weight).detach().abs().flatten(1).sum(1)
    np.testing.assert_allclose(snip(Evaluator(net, data, "conv2")), expected.numpy(), rtol=1e-4)


def test_taylor_foresees_what_a_small_change_of_a_units_output_costs() -> None:
    net, data = small("lenet"), images_for("lenet", 1)
    scores, step = taylor(Evaluator(net, data, "fc1")), 1e-3
    with torch.no_grad():
        outputs = net[:3](data.images).double()
        rest = net.double()[3:]
        loss = functional.cross_entropy(rest(outputs), data.labels).item()
        for unit in range(12):
            changed = outputs.clone()
            changed[:, unit] *= 1 - step
            cost = functional.cross_entropy(rest(changed), data.labels).item() - loss
            assert scores[unit] == pytest.approx(abs(cost) / step, rel=2e-2, abs=1e-5)
    net.float()


def test_every_score_has_a_value_for_each_unit_of_each_layer() -> None:
    net, data = small("digits_conv"), images_for("digits_conv")
    for layer in ("conv1", "conv2", "fc1", "fc2", "fc3"):
        evaluator = Evaluator(net, data, layer)
        for score in SCORES.values():
            values = score.of(evaluator)
            assert values.shape == (evaluator.units,)
            assert np.isfinite(values).all()
            assert (values >= 0).all()


def test_a_unit_with_the_smallest_taylor_score_of_zero_costs_nothing() -> None:
    net, data = small("lenet"), images_for("lenet")
    net.fc1.bias.data[5], net.fc1.weight.data[5] = -100.0, 0
    assert taylor(Evaluator(net, data, "fc1"))[5] == 0
    same = logits_without(net, "fc1", [5], "zero", data.images)
    assert torch.equal(same, net(data.images))


def test_every_order_by_scores_has_what_measures_them() -> None:
    by_scores = {name for name, order in ORDERS.items() if order.needs == "scores"}
    assert by_scores == {*SCORES, ORACLE}


def test_scores_that_nothing_measures_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(SCORES, "snip")
    with open_run(resource("sample_runs/digits_lenet.h5")) as run, pytest.raises(ValueError, match="nothing measures"):
        scores_for(place_in(run, "fc1"), "snip")
