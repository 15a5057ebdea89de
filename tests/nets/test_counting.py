"""Sizes of networks agree with counting on the network that is built."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from workbench.nets.architectures.building import build
from workbench.nets.architectures.catalogue import ARCHITECTURES
from workbench.nets.counting import sizes

SHAPES = [(1, 32, 32), (3, 40, 36)]


@pytest.mark.parametrize("name", ARCHITECTURES)
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("bias", [True, False])
def test_sizes_are_those_of_the_network_itself(name: str, shape: tuple[int, int, int], bias: bool) -> None:
    widths = tuple(2 + number % 5 for number, _ in enumerate(ARCHITECTURES[name].widths))
    net = build(name, shape, 7, widths, bias).eval()
    with FlopCounterMode(display=False) as counter, torch.inference_mode():
        net(torch.zeros(1, *shape))
    found = sizes(name, shape, np.array([*widths, 7]), bias)
    assert int(found.parameters) == sum(parameter.numel() for parameter in net.parameters())
    assert 2 * int(found.operations) == counter.get_total_flops()


def test_many_widths_at_once_and_none_left_at_all() -> None:
    found = sizes("digits_conv", (1, 8, 8), np.array([[8, 16, 100, 32, 10], [8, 16, 0, 32, 10]]))
    whole = build("digits_conv", (1, 8, 8), 10)
    assert found.parameters[0] == sum(parameter.numel() for parameter in whole.parameters())
    convolutions = [child for child in whole if isinstance(child, nn.Conv2d)]
    kept = sum(parameter.numel() for layer in convolutions for parameter in layer.parameters()) + 32 + 32 * 10 + 10
    assert found.parameters[1] == kept


def test_a_wrong_number_of_layers_is_said() -> None:
    for name, units, layers in (("digits_conv", [8, 16, 100, 10], 5), ("lenet", [10], 3)):
        with pytest.raises(ValueError, match=f"has {layers} layers"):
            sizes(name, (1, 28, 28), np.array(units))
