"""Work is counted as torch's own counter does, without what that one loads."""

from __future__ import annotations

import subprocess
import sys

import pytest
import torch
from torch import nn
from torch.nn import functional
from torch.utils.flop_counter import FlopCounterMode

from workbench.nets.architectures.building import build
from workbench.nets.architectures.catalogue import ARCHITECTURES
from workbench.nets.work import with_work


def twin(net: nn.Module, inputs: torch.Tensor) -> int:
    with FlopCounterMode(display=False) as counter:
        net(inputs)
    return int(counter.get_total_flops())


@pytest.mark.parametrize("mode", [torch.no_grad, torch.inference_mode, torch.enable_grad])
@pytest.mark.parametrize("name", sorted(ARCHITECTURES))
def test_every_network_is_as_much_work_as_torch_counts(name: str, mode: type) -> None:
    architecture = ARCHITECTURES[name]
    side = architecture.smallest_side
    net = build(name, image_shape=(3, side, side), classes=5, widths=[4] * len(architecture.widths)).eval()
    inputs = torch.zeros(2, 3, side, side)
    with mode():
        assert with_work(lambda: net(inputs))[1] == twin(net, inputs) > 0


class Attentive(nn.Module):
    """Calls by functions: attention, products of batches, a transposed and a one-dimensional convolution."""

    def __init__(self) -> None:
        super().__init__()
        self.attention = nn.MultiheadAttention(8, 2, batch_first=True)
        self.back = nn.ConvTranspose2d(1, 3, 3, stride=2)
        self.along = nn.Conv1d(8, 4, 3, groups=2)

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        answer, _ = self.attention(inputs, inputs, inputs)
        wide = self.back(answer[:, None]).sum((1, 2, 3))
        scaled = functional.scaled_dot_product_attention(inputs[:, None], inputs[:, None], inputs[:, None])
        narrow = self.along(answer.transpose(1, 2)).sum((1, 2))
        return wide + narrow + torch.einsum("bij,bkj->b", inputs, inputs) + scaled.sum((1, 2, 3))


@pytest.mark.parametrize("mode", [torch.no_grad, torch.inference_mode, torch.enable_grad])
def test_operations_that_are_no_layers_count_too(mode: type) -> None:
    net, inputs = Attentive().eval(), torch.randn(3, 5, 8)
    with mode():
        assert with_work(lambda: net(inputs))[1] == twin(net, inputs) > 0


def test_nothing_that_compiles_is_loaded() -> None:
    program = """
import sys, torch
from workbench.nets.work import with_work
from workbench.runs.spec import OptimiserSpec
from workbench.training.loop.optimisers import optimiser
net = torch.nn.Sequential(torch.nn.Conv2d(1, 3, 3), torch.nn.Flatten(), torch.nn.Linear(108, 2))
with torch.inference_mode():
    assert with_work(lambda: net(torch.zeros(1, 1, 8, 8)))[1] == 2 * (9 * 108 + 108 * 2)
for name in ("sgd", "adam"):
    way = optimiser(OptimiserSpec(name, 0.1), net.parameters(), torch.device("cpu"))
    way.zero_grad()
    net(torch.ones(1, 1, 8, 8)).sum().backward()
    way.step()
    way.load_state_dict(way.state_dict())
assert "torch._dynamo" not in sys.modules and "sympy" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", program], check=True)
