"""Removing units: the engine and the network itself, masked and run, give the same answers."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from brute_force import SMALL, images_for, logits, logits_without, small
from torch import nn

from workbench.evaluation.evaluator import Evaluator, exact
from workbench.evaluation.networks.data import Data
from workbench.nets.architectures.building import build
from workbench.nets.initialisers import initialise
from workbench.nets.units import layers

if TYPE_CHECKING:
    from collections.abc import Iterator


def cases() -> Iterator[tuple[str, str, bool]]:
    """Every layer of every network with bias (of VGG19BN every fourth, and the last four); some without."""
    for name, bias in product(SMALL, (True, False)):
        found = layers(small(name, bias))
        for layer in found:
            few = name == "vgg19bn" or not bias
            if not few or layer.order % 4 == 0 or layer.order >= len(found) - 4:
                yield name, layer.name, bias


@pytest.mark.thinned(24)
@pytest.mark.parametrize("removed", ["bias", "zero", "mean"])
@pytest.mark.parametrize(("name", "layer", "bias"), list(cases()))
def test_every_level_predicts_what_the_masked_network_predicts(name, layer, bias, removed) -> None:
    net, data = small(name, bias), images_for(name, 50 if name.startswith("vgg") else 120)
    evaluator = Evaluator(net, data, layer)
    order = np.random.default_rng(3).permutation(evaluator.units)
    predictions = evaluator.removal_predictions(order, removed)
    for level in range(evaluator.units + 1):
        twin = logits_without(net, layer, order[:level].tolist(), removed, data.images)
        assert np.array_equal(predictions[level], twin.argmax(1).numpy()), f"{level} removed"


@pytest.mark.parametrize("removed", ["bias", "zero", "mean"])
@pytest.mark.parametrize("layer", ["conv1", "conv2", "fc1", "fc2", "fc3"])
def test_losses_are_those_of_the_masked_network(layer, removed) -> None:
    net, data = small("digits_conv"), images_for("digits_conv")
    evaluator = Evaluator(net, data, layer)
    order = np.arange(evaluator.units)[::-1]
    curve = exact(evaluator.removal_curve(order, removed))
    for level in range(evaluator.units + 1):
        twin = logits_without(net, layer, order[:level].tolist(), removed, data.images)
        loss = nn.functional.cross_entropy(twin, data.labels).item()
        assert curve.loss[level] == pytest.approx(loss, rel=1e-5)


@pytest.mark.parametrize("removed", ["bias", "zero", "mean"])
@pytest.mark.parametrize("layer", ["conv1", "conv2", "fc1", "fc3"])
def test_ablating_units_at_once_is_the_curve_at_that_level(layer, removed) -> None:
    net, data = small("conv2"), images_for("conv2")
    evaluator = Evaluator(net, data, layer)
    order = np.random.default_rng(0).permutation(evaluator.units)
    curve = exact(evaluator.removal_curve(order, removed))
    once = exact(evaluator.ablations(order[:3].tolist(), removed))
    there = curve.at(3)
    assert (once.correct, once.class_correct) == (there.correct, there.class_correct)
    assert once.loss == pytest.approx(there.loss, rel=1e-5)


@pytest.mark.parametrize("classes", [1, 2, 3, 4, 5, 8])
def test_any_number_of_classes_is_told_apart(classes) -> None:
    net = build("lenet", (1, 8, 8), classes=classes, widths=(9, 8))
    initialise(net, "kaiming_normal", 0)
    images = images_for("lenet", 40).images
    data = Data(images, torch.arange(40) % classes, classes)
    evaluator = Evaluator(net.eval(), data, "fc1")
    order = np.random.default_rng(0).permutation(9)
    predictions, curve = evaluator.removal_predictions(order), exact(evaluator.removal_curve(order))
    for level in range(10):
        twin = logits_without(net, "fc1", order[:level].tolist(), "bias", images)
        assert np.array_equal(predictions[level], twin.argmax(1).numpy())
        assert curve.loss[level] == pytest.approx(nn.functional.cross_entropy(twin, data.labels).item(), rel=1e-5)


@pytest.mark.parametrize("name", SMALL)
def test_with_nothing_removed_the_accuracy_is_that_of_the_network(name) -> None:
    net, data = small(name), images_for(name)
    right = int((logits(net, data.images).argmax(1) == data.labels).sum())
    for layer in layers(net)[-3:]:
        evaluator = Evaluator(net, data, layer.name)
        assert exact(evaluator.accuracies()).correct == right
        assert exact(evaluator.removal_curve(range(evaluator.units))).correct[0] == right


def wide() -> tuple[nn.Sequential, Data]:
    """512 units, trained on nothing, biases zero: where all units are off, all logits are exactly equal."""
    net = build("lenet", (1, 8, 8), classes=10, widths=(512, 40))
    initialise(net, "glorot_normal", 0)
    random = torch.Generator().manual_seed(0)
    return net, Data(torch.randn(400, 1, 8, 8, generator=random), torch.randint(0, 10, (400,), generator=random), 10)


@pytest.mark.parametrize("layer", ["fc1", "fc2"])
@pytest.mark.parametrize("removed", ["bias", "zero", "mean"])
def test_rounding_never_shows_over_512_removals(layer, removed) -> None:
    net, data = wide()
    evaluator = Evaluator(net, data, layer)
    order = np.random.default_rng(1).permutation(evaluator.units)
    predictions = evaluator.removal_predictions(order, removed)
    levels = range(0, evaluator.units + 1, 3 if layer == "fc1" else 1)
    different = [
        int(
            (
                logits_without(net, layer, order[:level].tolist(), removed, data.images).argmax(1).numpy()
                != predictions[level]
            ).sum()
        )
        for level in levels
    ]
    assert sum(different) <= 1e-4 * len(data) * len(levels)


@pytest.mark.parametrize("layer", ["fc1", "fc2"])
def test_losses_over_512_removals_keep_six_digits_of_those_in_double_precision(layer) -> None:
    net, data = wide()
    evaluator = Evaluator(net, data, layer)
    order = np.random.default_rng(1).permutation(evaluator.units)
    curve = exact(evaluator.removal_curve(order))
    precise = net.double()
    for level in (0, 1, 20, evaluator.units // 2, evaluator.units - 1, evaluator.units):
        twin = logits_without(precise, layer, order[:level].tolist(), "bias", data.images.double())
        assert curve.loss[level] == pytest.approx(nn.functional.cross_entropy(twin, data.labels).item(), rel=1e-6)
    net.float()


def test_an_order_that_is_no_permutation_is_refused() -> None:
    evaluator = Evaluator(small("lenet"), images_for("lenet"), "fc1")
    with pytest.raises(ValueError, match="names each of the 12 units of fc1 at most once"):
        next(evaluator.removal_curve([0] * 12))


def test_a_unit_that_there_is_not_is_refused() -> None:
    evaluator = Evaluator(small("lenet"), images_for("lenet"), "fc1")
    with pytest.raises(ValueError, match="has the units 0 to 11, not 12"):
        next(evaluator.ablations([12]))
