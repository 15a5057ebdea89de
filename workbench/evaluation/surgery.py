"""Physically smaller networks: units taken out for good, their part in the next layer handed to others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import nn

from workbench.nets.neighbours import neighbours

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    State = dict[str, torch.Tensor]


def folded_rows(module: nn.Sequential, layer: str) -> NDArray[np.float64]:
    """Each unit's [w, b] with batch norm folded in, (m, n + 1): what its output depends on before the non-linearity."""
    state, around = _on_processor(module.state_dict()), neighbours(module, layer)
    weight = state[f"{layer}.weight"].flatten(1).double()
    bias = state.get(f"{layer}.bias", torch.zeros(len(weight))).double()
    if around.batch_norm is not None:
        norm = module.get_submodule(around.batch_norm)
        assert isinstance(norm, (nn.BatchNorm1d, nn.BatchNorm2d))
        mean, variance = state[f"{around.batch_norm}.running_mean"], state[f"{around.batch_norm}.running_var"]
        scale = (variance.double() + norm.eps).rsqrt() * state[f"{around.batch_norm}.weight"].double()
        bias = (bias - mean.double()) * scale + state[f"{around.batch_norm}.bias"].double()
        weight = weight * scale[:, None]
    return torch.cat((weight, bias[:, None]), dim=1).numpy()


def smaller_state(
    module: nn.Sequential,
    layer: str,
    kept: NDArray[np.int64],
    shares: NDArray[np.float64] | None = None,
    state: State | None = None,
) -> State:
    """The state dict of the network with only the `kept` units of `layer`, on the processor.

    `shares` (units kept, m): how much each kept unit takes over of the outgoing weights of every unit; without it the
    others' outgoing weights are dropped, which is what a unit set to zero means. `state` is what to begin with, such
    as the answer for another layer; None: the network's own.
    """
    around, state = neighbours(module, layer), _on_processor(module.state_dict() if state is None else state)
    units = len(state[f"{layer}.weight"])
    if shares is None:
        shares = np.zeros((len(kept), units))
        shares[np.arange(len(kept)), kept] = 1.0
    rows = torch.from_numpy(np.asarray(kept, np.int64))
    for name in (layer, around.batch_norm):
        for key in [key for key in state if name and key.startswith(f"{name}.") and state[key].ndim]:
            state[key] = state[key][rows].clone()
    outgoing = state[f"{around.following}.weight"]
    blocks = outgoing.reshape(len(outgoing), units, -1).double()  # a unit's channel, or its block across flatten
    taken_over = torch.einsum("oub,ku->okb", blocks, torch.from_numpy(shares))
    shape = (len(outgoing), -1) if outgoing.ndim == 2 else (len(outgoing), len(kept), *outgoing.shape[2:])
    state[f"{around.following}.weight"] = taken_over.reshape(shape).to(outgoing.dtype)
    return state


def state_with_only(module: nn.Sequential, kept: Mapping[str, NDArray[np.int64]]) -> State:
    """The state dict of the network with only the `kept` units of each layer named, the others set to zero."""
    state = _on_processor(module.state_dict())
    for layer, units in kept.items():
        state = smaller_state(module, layer, units, state=state)
    return state


def _on_processor(state: Mapping[str, torch.Tensor]) -> State:
    """The same tensors where doubles and NumPy's arrays are."""
    return {key: tensor.cpu() for key, tensor in state.items()}
