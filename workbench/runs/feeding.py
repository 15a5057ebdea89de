"""Which layer gives another one its inputs, and which of these are always zero because their units are removed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from workbench.runs.spec import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from workbench.runs.confinement.structure import Stored
    from workbench.runs.layer import Layer
    from workbench.runs.layout import LayerInfo
    from workbench.runs.spec import RunSpec

STATISTICS = "running_mean"  # what every batch norm of these networks has
TORCHVISION = "torchvision:"
SEQUENCES = ("alexnet", "vgg")  # how the names of torchvision's classifiers begin that are sequences


@dataclass(frozen=True)
class Feeding:
    """The one layer whose units are all of another's inputs, in their order, and what is added to these units."""

    layer: Layer
    beside: tuple[str, ...]  # paths of its bias and of its batch norm's scale and shift: one number for each unit

    def silent(self, snapshot: int) -> NDArray[np.bool_]:
        """Which units always give zero, (m,) bool: all of their weights are zero, and all that is added to them."""
        silent = np.ones(self.layer.units, np.bool_)
        for path in self.beside:
            silent &= self.layer.row(path, snapshot) == 0
        return silent & ~self.layer.present(snapshot) if silent.any() else silent


def is_sequence(spec: RunSpec) -> bool:
    """Whether it is certain that each layer takes what the one before gives, and zero where a unit is removed.

    Certain of networks of the catalogue, of torchvision's that were named, and of a recorded `nn.Sequential`. Not where
    only shapes say which network it is: its activation function may give something else than zero.
    """
    if spec.origin is not None and spec.origin.sequence:
        return True
    if spec.net.name.startswith(TORCHVISION):
        return spec.net.name.removeprefix(TORCHVISION).startswith(SEQUENCES)
    return spec.net.name != UNKNOWN and ":" not in spec.net.name and not spec.guessed


def feeding(before: Layer, layer: LayerInfo, order: Sequence[str], datasets: Mapping[str, Stored]) -> Feeding | None:
    """What `before` gives the next layer of a sequence; None where the sizes or names do not show it.

    `order` are the paths of the run's datasets, `datasets` says what lies there.
    """
    if layer.inputs % before.units or before.transposed or layer.transposed:
        return None
    bias, norms = before.weight_path.removesuffix("weight") + "bias", _norms(before, layer, order)
    factors = [f"{norm}{part}" for norm in norms for part in ("weight", "bias")]
    if len(norms) > 1 or not all(path in datasets for path in factors):
        return None
    there = [path for path in (bias, *factors) if path in datasets]
    sizes = {datasets[path].shape[1:] for path in there}
    return Feeding(before, tuple(there)) if sizes <= {(before.units,)} else None


def _norms(before: Layer, layer: LayerInfo, order: Sequence[str]) -> list[str]:
    """Where the parameters of each batch norm between two layers begin."""
    of_same_number = before.weight_path.removesuffix("weight").replace("/conv", "/bn")
    if f"{of_same_number}{STATISTICS}" in order:
        return [of_same_number]
    first, last = order.index(before.weight_path), order.index(layer.weight_path)
    return [path.removesuffix(STATISTICS) for path in order[first:last] if path.endswith(STATISTICS)]
