"""The recipes hold the values of the report's Fig. 1 table and of the sample runs."""

from __future__ import annotations

from math import ceil
from typing import Any

import pytest

from workbench.runs.spec import DataSpec, NetSpec, SpecError
from workbench.training.forecast import Misfit, forecast
from workbench.training.recipes import RECIPES, nearest_recipe, recipe

TABLE = {  # net, data, initialiser, iterations, epochs, batch, snapshots, device, and the constants of the optimiser
    "lenet-mnist": "lenet mnist glorot_normal 50000 None 64 epoch auto sgd 0.003 0.9 0.0 constant",
    "conv2-cifar10": "conv2 cifar10 glorot_normal 20000 None 64 epoch auto adam 0.0002 0.0 0.0 constant",
    "conv6-cifar10": "conv6 cifar10 glorot_normal 40000 None 60 epoch auto adam 0.0003 0.0 0.0 constant",
    "vgg19bn-cifar10": "vgg19bn cifar10 glorot_normal 112000 None 64 epoch auto sgd 0.1 0.9 0.0 step",
    "vgg19bn-cifar10-decay": "vgg19bn cifar10 glorot_normal 112000 None 64 epoch auto sgd 0.1 0.9 0.0005 step",
    "digits-conv": "digits_conv digits torch_default None 40 64 log:29 cpu adam 0.002 0.0 0.0 constant",
    "digits-quick": "lenet digits glorot_normal None 5 64 log cpu sgd 0.1 0.9 0.0 constant",
    "digits-lenet": "lenet digits glorot_normal None 100 64 log:22 cpu sgd 0.1 0.9 0.01 cosine",
    "digits-noise": "lenet digits glorot_normal None 100 64 log:22 cpu sgd 0.1 0.9 0.0 constant",
    "digits-random-labels": "lenet digits glorot_normal None 100 64 log:22 cpu sgd 0.1 0.9 0.0 constant",
    "xord": "xord xord glorot_normal None 50 64 log:22 cpu sgd 0.05 0.0 0.0 constant",
    "teacher-student": "digits_conv teacher_digits_conv kaiming_normal None 40 64 log:22 cpu sgd 0.05 0.9 0.0 constant",
    "planted": "lenet teacher_lenet planted None 40 64 log:22 cpu sgd 0.05 0.9 0.0 constant",
}
NOISE = {"digits-noise": 0.4, "digits-random-labels": 1.0}


def test_the_recipes_are_those_of_the_report_and_of_the_sample_runs() -> None:
    assert set(RECIPES) == set(TABLE)
    for name, values in TABLE.items():
        spec, optimiser = recipe(name), recipe(name).optimiser
        found = (spec.net.name, spec.data.name, spec.initialiser, spec.iterations, spec.epochs, spec.batch_size)
        found += (spec.snapshots, spec.device, optimiser.name, optimiser.learning_rate, optimiser.momentum)
        assert " ".join(map(str, (*found, optimiser.weight_decay, optimiser.schedule))) == values
        assert spec.data == DataSpec(spec.data.name, label_noise=NOISE.get(name, 0.0))
        assert spec.net == NetSpec(spec.net.name, bias=name != "xord")


@pytest.mark.parametrize(
    ("net", "data", "name"),
    [
        ("lenet", "digits", "digits-quick"),
        ("lenet", "mnist", "lenet-mnist"),
        ("lenet", "cifar10", "lenet-mnist"),
        ("digits_conv", "mnist", "digits-conv"),
        ("vgg11", "cifar10", "conv6-cifar10"),
    ],
)
def test_the_nearest_recipe_is_of_the_net_and_if_possible_of_the_data(net: str, data: str, name: str) -> None:
    assert nearest_recipe(net, data) == recipe(name)


@pytest.mark.parametrize(
    ("change", "field", "said"),
    [
        ({"data": DataSpec("digits", validation=0.9999)}, "validation", "no image is left to train on: hold fewer out"),
        ({"data": DataSpec("digits", classes=(3, 10))}, "classes", "has the classes 0 to 9, not all of"),
        ({"data": DataSpec("digits", classes=())}, "classes", "has the classes 0 to 9, not all of"),
        ({"data": DataSpec("digits", classes=(3,))}, "classes", "a classifier needs at least two classes"),
        ({"data": DataSpec("digits", classes=(3, 4, 3))}, "classes", "each class can be named once"),
        ({"iterations": 7}, "length", "5 epochs are 105 iterations of batch 64, not 7: give one of the two"),
        ({"snapshots": "every:0"}, "snapshots", "whole number of iterations, at least 1"),
        ({"net": NetSpec("conv2", widths=(3,))}, "widths", "takes 4 widths"),
    ],
)
def test_a_training_that_makes_no_sense_is_refused_at_its_field(change: dict[str, Any], field: str, said: str) -> None:
    with pytest.raises(Misfit, match=said) as refused:
        forecast(recipe("digits-quick").changed(**change))
    assert refused.value.field == field


def test_classes_are_counted_by_their_share_of_the_images() -> None:
    spec = recipe("digits-quick").changed(data=DataSpec("digits", classes=(3, 5), validation=0.0))
    assert forecast(spec).iterations == 5 * ceil(1437 * 2 // 10 / 64)


@pytest.mark.parametrize("name", RECIPES)
def test_every_recipe_can_be_forecast_and_knows_its_name(name: str) -> None:
    assert forecast(recipe(name)).iterations == (recipe(name).iterations or forecast(recipe(name)).iterations)
    assert forecast(recipe(name)).snapshots >= 2
    assert recipe(name).recipe == name


def test_the_sample_recipes_stay_small() -> None:
    sizes = [forecast(recipe(name)).bytes for name in ("digits-conv", "digits-lenet")]
    assert max(sizes) < 8e6
    assert sum(sizes) < 15e6


def test_a_wrong_name_is_answered_with_the_nearest() -> None:
    with pytest.raises(SpecError, match="did you mean conv2-cifar10"):
        recipe("conv2-cifar")
