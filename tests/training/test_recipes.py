"""The recipes hold the values of the report's Fig. 1 table and of the sample runs."""

from __future__ import annotations

import pytest

from workbench.runs.spec import SpecError
from workbench.training.forecast import forecast
from workbench.training.recipes import RECIPES, recipe


@pytest.mark.parametrize(
    ("name", "iterations", "batch", "optimiser", "rate", "momentum"),
    [
        ("lenet-mnist", 50_000, 64, "sgd", 3e-3, 0.9),
        ("conv2-cifar10", 20_000, 64, "adam", 2e-4, 0.0),
        ("conv6-cifar10", 40_000, 60, "adam", 3e-4, 0.0),
        ("vgg19bn-cifar10", 112_000, 64, "sgd", 0.1, 0.9),
    ],
)
def test_the_reports_recipes(
    name: str, iterations: int, batch: int, optimiser: str, rate: float, momentum: float
) -> None:
    spec = recipe(name)
    assert (spec.iterations, spec.batch_size) == (iterations, batch)
    assert (spec.optimiser.name, spec.optimiser.learning_rate) == (optimiser, rate)
    assert (spec.optimiser.momentum, spec.optimiser.weight_decay) == (momentum, 0.0)


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
