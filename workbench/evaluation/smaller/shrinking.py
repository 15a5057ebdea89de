"""A pruned run as the physically smaller network it amounts to, checked to compute the same."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch

from workbench.evaluation.networks.chains import neighbours_of
from workbench.evaluation.networks.network import Network
from workbench.evaluation.run_evaluators import data_of, network_of
from workbench.evaluation.smaller.surgery import smaller_network, state_with_only
from workbench.nets.devices import CPU, evaluation_device, full_precision
from workbench.nets.neighbours import removed_units
from workbench.runs.pace import Pace

if TYPE_CHECKING:
    from collections.abc import Mapping
    from os import PathLike

    from numpy.typing import NDArray
    from torch import nn

    from workbench.evaluation.networks.data import Data
    from workbench.evaluation.paced import Tell
    from workbench.evaluation.run_evaluators import PartName
    from workbench.nets.neighbours import Neighbours
    from workbench.runs.run import Run

IMAGES_AT_ONCE = 500
TOLERANCE = 1e-4  # of the largest logit: sums of other lengths are rounded otherwise, in float32


@dataclass(frozen=True, eq=False)
class Shrunk:
    """The smaller network, and what is left out of the larger one."""

    state: dict[str, torch.Tensor]  # of the smaller network, float32
    masks: Mapping[str, NDArray[np.bool_]]  # for each layer that lost units: (m,), true where the unit is kept
    widths: tuple[int, ...]  # units of every layer but the classifier
    parameters: tuple[int, int]  # before and after
    largest_difference: float  # of a logit, between the two networks
    images: int  # on which they were compared
    kept_whole: Mapping[str, str]  # for each layer with units at zero that cannot be taken out: why

    @property
    def removed(self) -> int:
        """How many units are left out."""
        return sum(int((~mask).sum()) for mask in self.masks.values())


def shrunk(
    run: Run,
    snapshot: int = -1,
    part: PartName = "test",
    root: str | PathLike[str] | None = None,
    tell: Tell | None = None,
) -> Shrunk:
    """The network of `run` at a snapshot without the units that pruning left at zero, in every layer that can lose any.

    `tell` hears how far the comparison of the two networks is.

    ValueError: no unit is removed or none can be taken out, or on an image of `part` a logit differs by more than
    rounding. DataMissing as in `run_evaluators.data_of`.
    """
    index = run.resolve(snapshot)
    module, data = network_of(run, index, CPU), data_of(run, part, root)
    found, whole = _silent(module, Network(module, data), [layer.name for layer in run.layers])
    if not found:
        why = "; ".join(whole.values()) or "prune with `workbench train --prune`"
        raise ValueError(f"{run.path}: no unit is removed at snapshot {index}; {why}")
    masks = {around.layer: mask for around, mask in found}
    state = state_with_only(module, [(around, np.flatnonzero(mask)) for around, mask in found])
    widths = tuple(int(masks[at.name].sum()) if at.name in masks else at.units for at in run.layers[:-1])
    smaller, where = smaller_network(module, state), evaluation_device()
    difference = _largest_difference(module.to(where), smaller.to(where).eval(), data, tell)
    return Shrunk(state, masks, widths, (_count(module), _count(smaller)), difference, len(data), whole)


def _silent(
    module: nn.Module, network: Network, layers: list[str]
) -> tuple[list[tuple[Neighbours, NDArray[np.bool_]]], dict[str, str]]:
    """The layers with units at zero, with true for each unit that stays; and those that cannot lose them, and why."""
    found, whole = [], {}
    for layer in layers:
        try:
            around = neighbours_of(network, layer, "shrink")
        except ValueError as error:
            if _has_zero_rows(module, layer):
                whole[layer] = str(error).rstrip(".")
            continue
        removed = removed_units(module, layer, around)
        if len(removed):
            mask = np.ones(len(module.get_submodule(layer).get_parameter("weight")), bool)
            mask[removed] = False
            found.append((around, mask))
    return found, whole


def _has_zero_rows(module: nn.Module, layer: str) -> bool:
    """Whether a unit of a layer has only zero weights."""
    weight = dict(module.named_parameters()).get(f"{layer}.weight")
    return weight is not None and not bool(weight.detach().flatten(1).any(1).all())


def _largest_difference(one: nn.Module, other: nn.Module, data: Data, tell: Tell | None = None) -> float:
    """The largest |Δ logit| over all images; ValueError where it is more than rounding."""
    device = next(one.parameters()).device
    difference, largest, pace = 0.0, 0.0, Pace()
    pace.expect("images", len(data))
    pace.enter("images")
    with torch.inference_mode(), full_precision(device):
        for start in range(0, len(data), IMAGES_AT_ONCE):
            inputs = data.inputs(slice(start, start + IMAGES_AT_ONCE), device, torch.contiguous_format)
            logits = one(inputs)
            difference = max(difference, float((other(inputs) - logits).abs().max()))
            largest = max(largest, float(logits.abs().max()))
            pace.count(len(inputs))
            if tell is not None:
                tell(pace.estimate())
    if not difference <= TOLERANCE * largest:
        raise ValueError(
            f"the smaller network computes something else: a logit differs by {difference:.3g} (the largest is "
            f"{largest:.3g}); please report this with the run"
        )
    return difference


def _count(module: nn.Module) -> int:
    return sum(parameter.numel() for parameter in module.parameters())
