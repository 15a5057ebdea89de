"""Somebody else's network as a run file keeps it: which parameters, of which layers, in which number type."""

from __future__ import annotations

from dataclasses import dataclass, replace
from difflib import get_close_matches
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import nn

from workbench.nets.units import layers
from workbench.nets.weights import plain_name, state
from workbench.runs.derived import affordable, derived
from workbench.runs.errors import few_of
from workbench.runs.layout import (
    ACTIVITY,
    GRAM,
    PARAMETERS,
    SPECTRUM,
    STORED,
    DatasetPlan,
    LayerInfo,
    check_name,
    layer_info,
    plan,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    Rows = dict[str, np.ndarray[Any, Any]]

_LAZY = (nn.UninitializedParameter, nn.UninitializedBuffer)


@dataclass(frozen=True, eq=False)
class RecordedNetwork:
    """A network and what each snapshot of it holds."""

    module: nn.Module  # as its author made it, without wrappers
    layers: tuple[LayerInfo, ...]
    parameters: dict[str, tuple[tuple[int, ...], str]]  # state-dict key -> shape, number type in the file
    plan: tuple[DatasetPlan, ...]
    whole: bool  # the whole state dict is kept
    spectra: bool  # eigenvalues and Gram matrices are kept
    left_out: tuple[str, ...] = ()  # sentences without their ends

    def tensors(self) -> dict[str, torch.Tensor]:
        """The parameters that are kept, as the network computes with them now, where they are now.

        ValueError: some are not in the network any more.
        """
        now = _state(self.module)
        gone = [key for key in self.parameters if key not in now]
        if gone:
            raise ValueError(f"the network has no {few_of(gone)} any more")
        return {key: now[key] for key in self.parameters}

    def copied(self) -> Callable[[], Rows]:
        """A copy of the parameters begins now and is ready when the returned function, called in any thread, returns.

        From CUDA into page-locked memory without waiting: a later step on the same stream cannot overtake it.
        """
        copies: dict[str, torch.Tensor] = {}
        devices: set[torch.device] = set()
        for key, tensor in self.tensors().items():
            narrow = tensor.detach().to(getattr(torch, self.parameters[key][1]))
            cuda = narrow.device.type == "cuda"
            copies[key] = torch.empty(narrow.shape, dtype=narrow.dtype, pin_memory=cuda)
            copies[key].copy_(narrow, non_blocking=cuda)
            if cuda:
                devices.add(narrow.device)
        events = [torch.cuda.current_stream(device).record_event() for device in devices]
        return lambda: _arrived(copies, events)

    def derived(self, parameters: Mapping[str, np.ndarray[Any, Any]]) -> Rows:
        """{path: row} of eigenvalues and Gram matrices of the parameters as they are stored; none where not kept."""
        types = {key: dtype for key, (_, dtype) in self.parameters.items()}
        return derived(self.layers, parameters, types) if self.spectra else {}


def unwrapped(model: nn.Module) -> nn.Module:
    """`model` without what torch.compile and data-parallel training wrap around it."""
    parallel = (nn.DataParallel, nn.parallel.DistributedDataParallel)
    while True:
        if isinstance(model, parallel):
            model = model.module
        elif isinstance(getattr(model, "_orig_mod", None), nn.Module):
            model = model._orig_mod  # type: ignore[assignment]
        else:
            return model


def watch(
    model: nn.Module,
    chosen: Sequence[str] | None = None,
    dtype: str | None = None,
    activity: bool = False,
    spectra: bool | None = None,
) -> RecordedNetwork:
    """What each snapshot of `model` holds: of the `chosen` layers (names or patterns such as "encoder.*") or all.

    `dtype` is the number type in which floating-point parameters are stored; None: as they are. ValueError where there
    is no such layer, none at all, or parameters that cannot be kept.
    """
    module = unwrapped(model)
    named = [layer_info(layer) for layer in layers(module)]
    found = [replace(each, name=plain_name(each.name), parameter=plain_name(each.parameter)) for each in named]
    if not found:
        raise ValueError(f"{type(module).__name__} has no linear or convolutional layer: nothing can be recorded")
    now = _state(module)
    types = {key: _stored_type(key, tensor, dtype) for key, tensor in now.items()}
    parameters = {key: (tuple(now[key].shape), stored) for key, stored in types.items() if _keepable(key, stored)}
    known = tuple(each for each in found if each.fits(*parameters.get(each.key, ((), ""))))
    if not known:
        raise ValueError(
            f"no layer of {type(module).__name__} has weights that a run can store: nothing can be recorded"
        )
    infos = known if chosen is None else _chosen(known, chosen)
    left_out = _left_out([each.name for each in found if each not in known], now.keys() - parameters.keys())
    if chosen is not None:
        parameters = {key: parameters[key] for key in _keys_of(infos, parameters)}
    kept = affordable(infos) if spectra is None else spectra
    groups = {ACTIVITY: activity, SPECTRUM: kept, GRAM: kept}
    rows = tuple(row for row in plan(infos, parameters, 0) if groups.get(row.path[: row.path.index("/", 1)], True))
    return RecordedNetwork(module, infos, parameters, rows, chosen is None, kept, left_out if chosen is None else ())


def _keepable(key: str, stored: str) -> bool:
    try:
        check_name(key)
    except ValueError:
        return False
    return stored in STORED


def _left_out(named: Sequence[str], keys: Iterable[str]) -> tuple[str, ...]:
    """What is not recorded of a network, in words."""
    sentences = {
        "these layers do not compute with a plain matrix of their own and are not recorded": list(named),
        "a run cannot store the names or number types of these parameters, so they are not recorded": sorted(keys),
    }
    return tuple(f"{sentence}: {few_of(names)}" for sentence, names in sentences.items() if names)


def _state(module: nn.Module) -> dict[str, torch.Tensor]:
    """The parameters as the network computes with them, without what is no tensor or empty."""
    return {
        key: value
        for key, value in state(module).items()
        if isinstance(value, torch.Tensor) and (isinstance(value, _LAZY) or value.numel())
    }


def _chosen(known: Sequence[LayerInfo], wanted: Sequence[str]) -> tuple[LayerInfo, ...]:
    names = [layer.name for layer in known]
    for pattern in wanted:
        if not any(fnmatchcase(name, pattern) for name in names):
            near = get_close_matches(pattern, names, n=1, cutoff=0.3)
            hint = f"did you mean {near[0]!r}?" if near else f"it has {', '.join(names[:20])}"
            raise ValueError(f"the network has no layer {pattern!r}; {hint}")
    return tuple(layer for layer in known if any(fnmatchcase(layer.name, pattern) for pattern in wanted))


def _keys_of(infos: Sequence[LayerInfo], keys: Iterable[str]) -> list[str]:
    """The weights of some layers and the biases beside them, in the state dict's order."""
    weights = {layer.key for layer in infos}
    beside = {f"{key.removesuffix('weight')}bias" for key in weights}
    return [key for key in keys if key in weights | beside]


def _stored_type(key: str, tensor: torch.Tensor, chosen_type: str | None) -> str:
    if type(tensor).__name__ == "DTensor" or tensor.device.type == "meta":
        raise ValueError(
            f"{key} is spread over several processes or not there yet: a network that is sharded (FSDP, tensor "
            "parallel) or on the meta device cannot be recorded"
        )
    if isinstance(tensor, _LAZY):
        raise ValueError(f"{key} has no shape yet: pass one batch through the network before it is recorded")
    own = str(tensor.dtype).removeprefix("torch.")
    if chosen_type is not None and chosen_type not in STORED:
        raise ValueError(f"{key} cannot have number type {chosen_type!r}; a run keeps {', '.join(STORED)}")
    return chosen_type if chosen_type is not None and tensor.is_floating_point() else own


def _arrived(copies: Mapping[str, torch.Tensor], events: Sequence[torch.cuda.Event]) -> Rows:
    """{path: row} of the parameters, once they are there."""
    for event in events:
        event.synchronize()
    return {f"{PARAMETERS}/{key}": _as_rows(tensor) for key, tensor in copies.items()}


def _as_rows(tensor: torch.Tensor) -> np.ndarray[Any, Any]:
    if tensor.dtype == torch.bfloat16:
        return tensor.view(torch.int16).numpy().view(np.uint16)
    return np.asarray(tensor.numpy())
