"""Networks are followed step by step, as people write them, and while other threads run networks of their own."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import TYPE_CHECKING

import pytest
import torch
from torch import nn
from torch.nn import functional

from workbench.evaluation.evaluator import Evaluator
from workbench.evaluation.networks.data import Data
from workbench.evaluation.networks.tracing import Traced

if TYPE_CHECKING:
    from collections.abc import Callable

IMAGES = torch.rand(2, 1, 6, 6)


def network() -> nn.Sequential:
    return nn.Sequential(nn.Flatten(), nn.Linear(36, 8), nn.ReLU(), nn.Linear(8, 3))


def test_threads_that_trace_and_run_networks_do_not_disturb_each_other() -> None:
    done = Event()

    def run() -> int:
        module, calls = network(), 0
        expected = module(IMAGES)
        while not done.is_set():
            assert torch.equal(module(IMAGES), expected)
            calls += 1
        return calls

    def trace() -> list[str]:
        return [str(node.target) for _ in range(60) for node in Traced(network(), IMAGES).nodes]

    with ThreadPoolExecutor(4) as pool:
        running = [pool.submit(run) for _ in range(2)]
        tracing = [pool.submit(trace) for _ in range(2)]
        steps = [each.exception() or each.result() for each in tracing]
        done.set()
        assert all(each.result() > 0 for each in running)
    assert steps == [["input", "0", "1", "2", "3", "output"] * 60] * 2


class Written(nn.Module):
    """A convolutional network with functions as people write them, and one of the ways to lay maps in a row."""

    def __init__(self, flatten: Callable[[torch.Tensor], torch.Tensor]) -> None:
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(3, 6, 3, padding=1), nn.Conv2d(6, 8, 3)
        self.hidden, self.head = nn.Linear(8 * 9, 20), nn.Linear(20, 5)
        self.flatten = flatten

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        seen = functional.max_pool2d(functional.elu(self.conv1(images), inplace=True), 2)
        seen = self.flatten(functional.max_pool2d(functional.leaky_relu(self.conv2(seen), 0.2), 2))
        return self.head(functional.dropout(torch.tanh(self.hidden(seen)), training=self.training))


FLATTENED = {
    "view, size": lambda maps: maps.view(maps.size(0), -1),
    "view, shape": lambda maps: maps.view(maps.shape[0], -1),
    "view, sizes": lambda maps: maps.view(maps.size()[0], -1),
    "view, number": lambda maps: maps.view(-1, 72),
    "reshape": lambda maps: maps.reshape(maps.shape[0], -1),
    "torch.reshape": lambda maps: torch.reshape(maps, (maps.shape[0], -1)),
    "flatten": lambda maps: maps.flatten(1),
}


@pytest.mark.parametrize("how", FLATTENED)
def test_a_network_is_evaluated_however_its_maps_are_laid_in_a_row(how: str) -> None:
    torch.manual_seed(0)
    net = Written(FLATTENED[how]).eval()
    data = Data(torch.randn(40, 3, 16, 16), torch.arange(40) % 5, 5)
    evaluator = Evaluator(net, data, "conv2")
    assert (evaluator.split.following is not None) == (how != "view, number")
    predictions = evaluator.removal_predictions(range(8), "bias")
    with torch.no_grad():
        assert predictions[0].tolist() == net(data.images).argmax(1).tolist()
        net.conv2.weight[:3] = 0
        assert predictions[3].tolist() == net(data.images).argmax(1).tolist()
