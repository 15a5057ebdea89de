"""Learning-rate schedules and optimisers against hand-written updates."""

from __future__ import annotations

from typing import Literal

import pytest
import torch

from workbench.runs.spec import OptimiserSpec
from workbench.training.loop.optimisers import learning_rate, optimiser


@pytest.mark.parametrize(
    ("schedule", "rates"),
    [
        ("constant", (0.2, 0.2, 0.2, 0.2, 0.2, 0.2)),
        ("step", (0.2, 0.2, 0.02, 0.02, 0.002, 0.002)),  # at steps 0, 49, 50, 74, 75, 99 of 100
        ("cosine", (0.2, 0.2 * 0.515707, 0.1, 0.2 * 0.157726, 0.2 * 0.146447, 0.2 * 0.000247)),
    ],
)
def test_learning_rates(schedule: Literal["constant", "step", "cosine"], rates: tuple[float, ...]) -> None:
    spec = OptimiserSpec("sgd", learning_rate=0.2, schedule=schedule)
    assert [learning_rate(spec, step, 100) for step in (0, 49, 50, 74, 75, 99)] == pytest.approx(rates, rel=2e-3)


def test_sgd_adds_decay_to_the_gradient_and_keeps_momentum() -> None:
    weight = torch.nn.Parameter(torch.tensor([2.0]))
    way = optimiser(OptimiserSpec("sgd", 0.1, momentum=0.9, weight_decay=0.01), [weight], torch.device("cpu"))
    value, speed = 2.0, 0.0
    for gradient in (1.0, -3.0, 0.5):
        weight.grad = torch.tensor([gradient])
        way.step()
        speed = 0.9 * speed + gradient + 0.01 * value
        value -= 0.1 * speed
        assert weight.item() == pytest.approx(value, rel=1e-6)


def test_adam_follows_its_paper() -> None:
    weight = torch.nn.Parameter(torch.tensor([2.0]))
    way = optimiser(OptimiserSpec("adam", 0.01), [weight], torch.device("cpu"))
    value, first, second = 2.0, 0.0, 0.0
    for step, gradient in enumerate((1.0, -3.0, 0.5), 1):
        weight.grad = torch.tensor([gradient])
        way.step()
        first = 0.9 * first + 0.1 * gradient
        second = 0.999 * second + 0.001 * gradient**2
        value -= 0.01 * (first / (1 - 0.9**step)) / ((second / (1 - 0.999**step)) ** 0.5 + 1e-8)
        assert weight.item() == pytest.approx(value, rel=1e-6)
