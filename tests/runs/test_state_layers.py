"""Layers guessed from a state dict are those that the network itself says."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from torch import nn

from workbench.nets.units import layers
from workbench.runs.layout import layer_info
from workbench.runs.state_layers import layers_of_state

if TYPE_CHECKING:
    from workbench.runs.layout import LayerInfo


def guessed(net: nn.Module) -> tuple[LayerInfo, ...]:
    state = net.state_dict()
    return layers_of_state({key: (tuple(value.shape), str(value.dtype)[6:]) for key, value in state.items()})


NETS = {
    "convolutions": lambda: nn.Sequential(nn.Conv1d(2, 3, 4), nn.Conv2d(3, 4, 2, groups=1), nn.Conv3d(1, 2, 3)),
    "grouped": lambda: nn.Sequential(nn.Conv2d(4, 8, 3, groups=4), nn.BatchNorm2d(8), nn.Linear(8, 3, bias=False)),
    "transposed": lambda: nn.Sequential(nn.ConvTranspose2d(3, 5, 2), nn.ConvTranspose1d(5, 4, 3)),
    "attention": lambda: nn.TransformerEncoderLayer(6, 2, 9),
    "wide attention": lambda: nn.Sequential(nn.MultiheadAttention(6, 2, kdim=4, vdim=5)),
}


@pytest.mark.parametrize("name", NETS)
def test_the_guess_is_what_the_network_says(name: str) -> None:
    net = NETS[name]()
    said = {layer.name: layer_info(layer) for layer in layers(net)}
    found = {layer.name: layer for layer in guessed(net)}
    assert set(found) == set(said)
    for key, layer in said.items():
        one, other = found[key], layer
        assert (one.kind, one.units, one.inputs, one.key) == (other.kind, other.units, other.inputs, other.key)
        assert (one.first, one.transposed) == (other.first, other.transposed)


def test_square_weights_lie_as_their_neighbours_do_and_embeddings_are_no_layers() -> None:
    block = {"c_fc": (4, 16), "c_proj": (4, 4)}
    state = {f"h.{name}.weight": (shape, "float32") for name, shape in block.items()}
    state |= {f"h.{name}.bias": (shape[1:], "float32") for name, shape in block.items()}
    state |= {"wte.weight": ((50, 4), "float32"), "norm.weight": ((4,), "float32"), "count": ((), "int64")}
    found = layers_of_state(state)
    known = [(layer.name, layer.transposed, layer.units) for layer in found]
    assert known == [("h.c_fc", True, 16), ("h.c_proj", True, 4)]
