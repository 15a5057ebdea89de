"""A pruned run as the physically smaller network it amounts to, checked to compute the same."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch

from workbench.evaluation.of_run import catalogue_network_of, data_of
from workbench.evaluation.surgery import state_with_only
from workbench.nets.architectures import build
from workbench.nets.devices import evaluation_device, full_precision
from workbench.nets.neighbours import removed_units

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from os import PathLike

    from numpy.typing import NDArray
    from torch import nn

    from workbench.evaluation.data import Data
    from workbench.evaluation.of_run import PartName
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

    @property
    def removed(self) -> int:
        """How many units are left out."""
        return sum(int((~mask).sum()) for mask in self.masks.values())


def shrunk(run: Run, snapshot: int = -1, part: PartName = "test", root: str | PathLike[str] | None = None) -> Shrunk:
    """The network of `run` at a snapshot without the units that pruning left at zero, in every layer.

    ValueError: no unit is removed, or on an image of `part` a logit differs by more than rounding. DataMissing as in
    `of_run.data_of`.
    """
    index, spec = run.resolve(snapshot), run.spec
    module, data = catalogue_network_of(run, index), data_of(run, part, root)
    masks = dict(_masks(module, [layer.name for layer in run.layers[:-1]]))
    if not masks:
        raise ValueError(f"{run.path}: no unit is removed at snapshot {index}; prune with `workbench train --prune`")
    state = state_with_only(module, {layer: np.flatnonzero(mask) for layer, mask in masks.items()})
    widths = tuple(int(masks[at.name].sum()) if at.name in masks else at.units for at in run.layers[:-1])
    with torch.random.fork_rng([]):  # modules draw weights when they are made, which are replaced at once
        smaller = build(spec.net.name, spec.net.image_shape, run.layers[-1].units, widths, spec.net.bias)
    smaller.load_state_dict(state)
    where = evaluation_device()
    difference = _largest_difference(module.to(where), smaller.to(where).eval(), data)
    return Shrunk(state, masks, widths, (_count(module), _count(smaller)), difference, len(data))


def _masks(module: nn.Sequential, layers: list[str]) -> Iterator[tuple[str, NDArray[np.bool_]]]:
    for layer in layers:
        removed = removed_units(module, layer)
        if len(removed):
            mask = np.ones(len(module.get_submodule(layer).get_parameter("weight")), bool)
            mask[removed] = False
            yield layer, mask


def _largest_difference(one: nn.Sequential, other: nn.Sequential, data: Data) -> float:
    """The largest |Δ logit| over all images; ValueError where it is more than rounding."""
    device = next(one.parameters()).device
    difference, largest = 0.0, 0.0
    with torch.inference_mode(), full_precision(device):
        for start in range(0, len(data), IMAGES_AT_ONCE):
            inputs = data.inputs(slice(start, start + IMAGES_AT_ONCE), device, torch.contiguous_format)
            logits = one(inputs)
            difference = max(difference, float((other(inputs) - logits).abs().max()))
            largest = max(largest, float(logits.abs().max()))
    if not difference <= TOLERANCE * largest:
        raise ValueError(
            f"the smaller network computes something else: a logit differs by {difference:.3g} (the largest is "
            f"{largest:.3g}); please report this with the run"
        )
    return difference


def _count(module: nn.Module) -> int:
    return sum(parameter.numel() for parameter in module.parameters())
