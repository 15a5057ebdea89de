"""The loops before a convolution with a max-pool behind it: odd sizes, dead units, units that stay, and no ReLU."""

from __future__ import annotations

from collections import OrderedDict

import numpy as np
import pytest
import torch
from brute_force import logits_without
from torch import nn

from workbench.evaluation.evaluator import Evaluator
from workbench.evaluation.networks.data import Data
from workbench.evaluation.removal import pooled
from workbench.evaluation.removal.channels import channels_of
from workbench.evaluation.removal.pooled import Pooled

UNITS, DEAD = 6, 2


def network(rectified: bool) -> nn.Sequential:
    """Two convolutions and a pool; unit `DEAD` of the first is never above zero."""
    torch.manual_seed(3)
    steps: dict[str, nn.Module] = {"conv1": nn.Conv2d(2, UNITS, 3, padding=1), "relu1": nn.ReLU()}
    steps |= {"conv2": nn.Conv2d(UNITS, 5, 3, padding=1), "pool": nn.MaxPool2d(2)}
    steps |= {"relu2": nn.ReLU()} if rectified else {}
    net = nn.Sequential(OrderedDict(steps | {"flatten": nn.Flatten(), "fc": nn.Linear(5 * 4 * 3, 4)}))
    with torch.no_grad():
        net[0].bias[DEAD] = -100.0
    return net.eval()


@pytest.mark.parametrize("rectified", [True, False])
@pytest.mark.parametrize("removed", ["bias", "zero", "mean"])
def test_all_levels_are_those_of_the_masked_network(rectified: bool, removed: str) -> None:
    net = network(rectified)
    random = torch.Generator().manual_seed(0)
    images, labels = torch.randn(50, 2, 9, 7, generator=random), torch.randint(0, 4, (50,), generator=random)
    evaluator = Evaluator(net, Data(images, labels, 4), "conv1")
    for order in ([DEAD, 0, 5, 1, 3, 4], [3, DEAD, 1]):
        predictions = evaluator.removal_predictions(order, removed)  # type: ignore[arg-type]
        for level in range(len(order) + 1):
            twin = logits_without(net, "conv1", order[:level], removed, images).argmax(1)
            np.testing.assert_array_equal(predictions[level], twin.numpy(), err_msg=f"{level} removed")


def test_levels_that_do_not_begin_with_none_and_a_dead_unit_take_no_row(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pooled, "_IMAGES_AT_ONCE", 4)
    net, images = network(True), torch.randn(10, 2, 9, 7, generator=torch.Generator().manual_seed(1))
    evaluator = Evaluator(net, Data(images, torch.zeros(10, dtype=torch.int64), 4), "conv1")
    constants, order = evaluator.prefix.ask(lambda: evaluator.prefix.constants("zero")), [4, 0, DEAD, 1]
    with evaluator.network.running():
        quick = channels_of(evaluator.split, constants, order, [1, 2, 3, 4])
        assert isinstance(quick, Pooled)
        logits = list(quick(evaluator.prefix.seen(0)[0]))
        assert (
            len(quick._room._held["rows"]) == 1 + 4 * 3
        )  # of four images: two units that stay, then two that change something
    for level, found in zip([4, 3, 2, 1], logits, strict=True):
        torch.testing.assert_close(found, logits_without(net, "conv1", order[:level], "zero", images))
