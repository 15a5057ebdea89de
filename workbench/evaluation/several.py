"""Changes of several layers at once: removal over all of them, and any weights replaced."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING

import numpy as np
import torch

from workbench.evaluation.evaluator import Evaluator
from workbench.evaluation.network import Network
from workbench.evaluation.prefix import DEFAULT_BUDGET, FIRST, Prefix
from workbench.evaluation.routes import replaced
from workbench.evaluation.tally import Tally, answers_of
from workbench.nets.units import layers

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray
    from torch import nn

    from workbench.evaluation.data import Data
    from workbench.evaluation.results import Accuracy, Curve, Removed

LEVELS = 51  # of a joint curve that is not told which


def joint_removal_curve(
    module: nn.Module,
    data: Data,
    order: Sequence[tuple[str, int]],
    removed: Removed = "bias",
    levels: Sequence[int] | None = None,
    name: str = "",
    budget_bytes: int = DEFAULT_BUDGET,
) -> Iterator[Curve]:
    """Ever better: accuracy and loss with units of several layers removed together.

    `order` names (layer, unit) in the order in which they go; `levels` ascend and say how many are gone at each point
    of the curve (None: 51 of them from 0 to all). The activations before the first of the layers are kept; from there
    on the network is run for each level. "mean" is the mean output in the unchanged network. ValueError: a layer or
    unit that there is not, or one named twice.
    """
    joint = _Joint(Network(module), data, order, removed, budget_bytes)
    asked = np.linspace(0, len(order), LEVELS).round() if levels is None else levels
    points: NDArray[np.int64] = np.unique(np.asarray(asked).astype(np.int64))
    tally = Tally(len(points), data.classes)
    for index in range(len(joint.first.chunks)):
        with torch.inference_mode():
            labels = joint.first.labels(index)
            tally.add(answers_of((joint.logits(index, int(level)) for level in points), labels), labels)
        if tally.images >= min(FIRST, len(data)):
            yield tally.curve(",".join(joint.ends), "joint removal", name, removed, points, len(data))


def accuracies_with(module: nn.Module, data: Data, weights: Mapping[str, NDArray[np.floating]]) -> Iterator[Accuracy]:
    """Ever better: the accuracy with the weight matrices (m × n) of some layers replaced, biases kept."""
    changed = deepcopy(module)
    for name, matrix in weights.items():
        tensor = changed.get_submodule(name).get_parameter("weight")
        tensor.data = torch.as_tensor(matrix, dtype=tensor.dtype).reshape(tensor.shape).to(tensor.device)
    return Evaluator(changed, data, layers(changed)[-1].name).accuracies()


class _Joint:
    """The layers of a joint removal in the network's order."""

    def __init__(
        self, network: Network, data: Data, order: Sequence[tuple[str, int]], removed: Removed, budget_bytes: int
    ) -> None:
        named = {layer for layer, _ in order}
        known = [layer.name for layer in network.layers]
        if not named or not named <= set(known) or len(set(order)) < len(order):
            raise ValueError(f"An order names units of the layers {', '.join(known)}, each once; one here is not.")
        self._order, self._network = order, network
        names = [layer for layer in known if layer in named]
        prefixes = [
            Prefix(network, network.split(layer), data, budget_bytes if layer == names[0] else 0) for layer in names
        ]
        for layer, prefix in zip(names, prefixes, strict=True):
            if not all(0 <= unit < prefix.split.units for of, unit in order if of == layer):
                raise ValueError(f"{layer} has the units 0 to {prefix.split.units - 1}; the order names another.")
        self.first = prefixes[0]
        self.ends = {layer: prefix.split.end for layer, prefix in zip(names, prefixes, strict=True)}
        with torch.inference_mode():
            self._constants = {layer: prefix.constants(removed) for layer, prefix in zip(names, prefixes, strict=True)}
        self._units = {layer: prefix.split.units for layer, prefix in zip(names, prefixes, strict=True)}

    def logits(self, index: int, level: int) -> torch.Tensor:
        """The answers on a chunk with the first `level` of the order removed."""
        gone: dict[str, list[int]] = {layer: [] for layer in self.ends}
        for layer, unit in self._order[:level]:
            gone[layer].append(unit)
        values, at = self.first.taken(index), next(iter(self.ends.values()))
        for layer, end in self.ends.items():
            for _, step in self._network.steps[at:end]:
                values = step(values)
            values = replaced(values, self._constants[layer], gone[layer], self._units[layer])
            at = end
        for _, step in self._network.steps[at:]:
            values = step(values)
        return values
