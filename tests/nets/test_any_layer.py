"""Layers of networks that are not ours: every kind of convolution, attention, transposed and shared weights."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from workbench.nets.units import activity, layers
from workbench.runs import layout
from workbench.runs.layout import layer_info


class Conv1D(nn.Module):
    """A linear layer as transformers write it: the inputs are the first axis of the weights."""

    def __init__(self, units: int, inputs: int) -> None:
        super().__init__()
        self.nf = units
        self.weight = nn.Parameter(torch.randn(inputs, units))
        self.bias = nn.Parameter(torch.zeros(units))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x @ self.weight + self.bias


def named(**modules: nn.Module) -> nn.ModuleDict:
    return nn.ModuleDict(modules)


def matrices(net: nn.Module) -> dict[str, np.ndarray]:
    """Each layer's weight matrix as a run file gives it."""
    state = net.state_dict()
    return {layer.name: layer_info(layer).matrix(state[layer_info(layer).key].numpy()) for layer in layers(net)}


@pytest.mark.parametrize(
    ("module", "kind", "units", "inputs", "area"),
    [
        (nn.Conv1d(3, 5, 7), "conv1d", 5, 21, 7),
        (nn.Conv3d(2, 4, (1, 2, 3)), "conv3d", 4, 12, 6),
        (nn.Conv2d(4, 6, 3, groups=2), "conv2d", 6, 18, 9),
        (nn.ConvTranspose2d(4, 6, 3), "conv2d", 6, 36, 9),
        (nn.ConvTranspose1d(4, 6, 2), "conv1d", 6, 8, 2),
        (Conv1D(5, 3), "linear", 5, 3, 1),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, nn.Module) else "",
)
def test_every_kind_of_layer_is_a_matrix_of_one_row_per_unit(module, kind, units, inputs, area) -> None:
    net = named(only=module)
    (layer,) = layers(net)
    assert (layer.name, layer.kind, layer.units, layer.inputs, layer.kernel_area) == ("only", kind, units, inputs, area)
    (weights,) = matrices(net).values()
    assert weights.shape == (units, inputs)
    info, weight = layer_info(layer), module.weight
    assert info.fits(tuple(weight.shape), "float32")
    assert not info.fits((*weight.shape, 1), "float32")
    row = weight[:, 1] if layer.transposed else weight[1]
    assert np.array_equal(weights[1], row.detach().flatten().numpy())


def test_the_projections_of_an_attention_are_three_layers_of_one_parameter() -> None:
    net = named(attention=nn.MultiheadAttention(6, 2))
    found = matrices(net)
    assert list(found) == [*(f"attention.in_proj.{part}" for part in "qkv"), "attention.out_proj"]
    stacked = np.concatenate([found[f"attention.in_proj.{part}"] for part in "qkv"])
    assert np.array_equal(stacked, net["attention"].in_proj_weight.detach().numpy())


def test_projections_of_different_widths_are_layers_of_their_own() -> None:
    found = matrices(named(attention=nn.MultiheadAttention(6, 2, kdim=4, vdim=5)))
    assert {name: matrix.shape for name, matrix in found.items()} == {
        "attention.q_proj": (6, 6),
        "attention.k_proj": (6, 4),
        "attention.v_proj": (6, 5),
        "attention.out_proj": (6, 6),
    }


def test_a_fused_and_transposed_projection_is_split_along_its_units() -> None:
    net = named(c_attn=Conv1D(9, 3))
    found = matrices(net)
    assert list(found) == ["c_attn.q", "c_attn.k", "c_attn.v"]
    assert np.array_equal(found["c_attn.k"], net["c_attn"].weight.detach().numpy()[:, 3:6].T)


def test_weights_that_are_computed_from_others_count_as_the_layer_s_own() -> None:
    net = named(plain=nn.Linear(3, 2), normed=nn.utils.parametrizations.weight_norm(nn.Linear(3, 2)))
    assert [(layer.name, layer.units, layer.inputs) for layer in layers(net)] == [("plain", 2, 3), ("normed", 2, 3)]


def test_a_network_that_is_one_layer_has_a_name_for_it() -> None:
    net = nn.Linear(3, 2)
    (layer,) = layers(net)
    assert (layer.name, layer_info(layer).key) == ("linear", "weight")


def test_the_units_of_a_linear_layer_are_the_last_axis_of_a_sequence() -> None:
    net = nn.Sequential(nn.Linear(3, 2), nn.ReLU())
    with torch.no_grad():
        net[0].weight.copy_(torch.eye(3)[:2])
        net[0].bias.zero_()
    sequences = torch.tensor([[[1.0, -1, 0], [-1, -1, 0]], [[-1.0, -1, 0], [-1, -1, 0]]])
    assert activity(net, sequences)["0"].tolist() == [0.5, 0.0]


def test_a_layer_that_is_used_twice_is_active_on_a_fraction_of_all_that_passed_it() -> None:
    class Twice(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layer = nn.Linear(2, 2)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return self.layer(self.layer(x))

    net, inputs = Twice(), torch.randn(10, 2)
    with torch.no_grad():
        first = net.layer(inputs)
        passed = torch.cat([first, net.layer(first)])
    assert activity(net, inputs)["layer"].tolist() == pytest.approx((passed > 0).double().mean(0).tolist())


def test_a_slice_beyond_its_parameter_is_refused() -> None:
    info = layout.LayerInfo("k", "linear", 4, 4, 0, parameter="qkv.weight", first=9)
    assert not info.fits((12, 4), "float32")
    assert layout.LayerInfo("k", "linear", 4, 4, 0, parameter="qkv.weight", first=8).fits((12, 4), "float32")
