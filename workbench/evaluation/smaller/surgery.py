"""Physically smaller networks: units taken out for good, their part in the next layer handed to others."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import nn

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import NDArray

    from workbench.nets.neighbours import Neighbours

    State = dict[str, torch.Tensor]


def folded_rows(module: nn.Module, around: Neighbours) -> NDArray[np.float64]:
    """Each unit's [w, b] with batch norm folded in, (m, n + 1): what its output depends on before the non-linearity."""
    state, layer = _on_processor(module.state_dict()), around.layer
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
    module: nn.Module,
    around: Neighbours,
    kept: NDArray[np.int64],
    shares: NDArray[np.float64] | None = None,
    state: State | None = None,
) -> State:
    """The state dict of the network with only the `kept` units of the layer, on the processor.

    `shares` (units kept, m): how much each kept unit takes over of the outgoing weights of every unit; without it the
    others' outgoing weights are dropped, which is what a unit set to zero means. `state` is what to begin with, such
    as the answer for another layer; None: the network's own.
    """
    state = _on_processor(module.state_dict() if state is None else state)
    units = len(state[f"{around.layer}.weight"])
    if shares is None:
        shares = np.zeros((len(kept), units))
        shares[np.arange(len(kept)), kept] = 1.0
    rows = torch.from_numpy(np.asarray(kept, np.int64))
    for name in (around.layer, around.batch_norm):
        for key in [key for key in state if name and key.startswith(f"{name}.") and state[key].ndim]:
            state[key] = state[key][rows].clone()
    outgoing = state[f"{around.following}.weight"]
    blocks = outgoing.reshape(len(outgoing), units, -1).double()  # a unit's channel, or its block across flatten
    taken_over = torch.einsum("oub,ku->okb", blocks, torch.from_numpy(shares))
    shape = (len(outgoing), -1) if outgoing.ndim == 2 else (len(outgoing), len(kept), *outgoing.shape[2:])
    state[f"{around.following}.weight"] = taken_over.reshape(shape).to(outgoing.dtype).contiguous()
    return state


def state_with_only(module: nn.Module, kept: Iterable[tuple[Neighbours, NDArray[np.int64]]]) -> State:
    """The state dict of the network with only the `kept` units of each of these layers, the others set to zero."""
    state = _on_processor(module.state_dict())
    for around, units in kept:
        state = smaller_state(module, around, units, state=state)
    return state


def smaller_network(module: nn.Module, state: State) -> nn.Module:
    """A copy of the network that has this state: layers and batch norms are as wide as their parameters."""
    smaller = deepcopy(module)
    for name, part in smaller.named_modules():
        for own, given in (*part._parameters.items(), *part._buffers.items()):
            key = f"{name}.{own}" if name else own
            if given is not None and key in state and state[key].shape != given.shape:
                fresh = state[key].clone()
                setattr(part, own, nn.Parameter(fresh, given.requires_grad) if own in part._parameters else fresh)
        _say_widths(part)
    smaller.load_state_dict(state, strict=False)  # what a run does not keep (empty buffers) stays
    return smaller


def _say_widths(part: nn.Module) -> None:
    """Make what a module says of its sizes agree with its parameters."""
    if isinstance(part, nn.Linear):
        part.out_features, part.in_features = part.weight.shape
    elif isinstance(part, nn.Conv2d):
        part.out_channels, part.in_channels = len(part.weight), part.weight.shape[1] * part.groups
    elif isinstance(part, (nn.BatchNorm1d, nn.BatchNorm2d)) and part.weight is not None:
        part.num_features = len(part.weight)


def _on_processor(state: Mapping[str, torch.Tensor]) -> State:
    """The same tensors where doubles and NumPy's arrays are."""
    return {key: tensor.cpu() for key, tensor in state.items()}
