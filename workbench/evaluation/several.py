"""Changes of several layers at once: removal over all of them, and any weights replaced."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING

import numpy as np
import torch

from workbench.evaluation.evaluator import Evaluator
from workbench.evaluation.network import Network
from workbench.evaluation.prefix import DEFAULT_BUDGET, Prefix
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
SOON = 250  # images of its first answer: each level is a run of the network


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
    named = {layer for layer, _ in order}
    yield from JointEvaluator(module, data, tuple(named), budget_bytes).removal_curve(order, removed, levels, name)


def accuracies_with(module: nn.Module, data: Data, weights: Mapping[str, NDArray[np.floating]]) -> Iterator[Accuracy]:
    """Ever better: the accuracy with the weight matrices (m × n) of some layers replaced, biases kept."""
    changed = deepcopy(module)
    for name, matrix in weights.items():
        tensor = changed.get_submodule(name).get_parameter("weight")
        tensor.data = torch.as_tensor(matrix, dtype=tensor.dtype).reshape(tensor.shape).to(tensor.device)
    return Evaluator(changed, data, layers(changed)[-1].name).accuracies()


class JointEvaluator:
    """What removals over several layers cost, on the images of one part; `layers` may come in any order.

    As `Evaluator`: the activations before the first of the layers are kept up to `budget_bytes`. ValueError: a layer
    that there is not, or none.
    """

    def __init__(
        self, module: nn.Module, data: Data, layers: Sequence[str], budget_bytes: int = DEFAULT_BUDGET
    ) -> None:
        self.data, self._network = data, Network(module)
        known = [layer.name for layer in self._network.layers]
        if not layers or not set(layers) <= set(known):
            raise ValueError(
                f"The network has the layers {', '.join(known)}, not all of {', '.join(layers) or 'none'}."
            )
        names = [name for name in known if name in layers]
        self._prefixes = {
            name: Prefix(self._network, self._network.split(name), data, budget_bytes if name == names[0] else 0)
            for name in names
        }
        self._first = self._prefixes[names[0]]
        self.units = {name: prefix.split.units for name, prefix in self._prefixes.items()}  # m, in the network's order

    def removal_curve(
        self,
        order: Sequence[tuple[str, int]],
        removed: Removed = "bias",
        levels: Sequence[int] | None = None,
        name: str = "",
    ) -> Iterator[Curve]:
        """Ever better: as `joint_removal_curve`, which says what the arguments are."""
        self._check(order)
        asked = np.linspace(0, len(order), LEVELS).round() if levels is None else levels
        points: NDArray[np.int64] = np.unique(np.asarray(asked).astype(np.int64))
        with torch.inference_mode():
            constants = {layer: prefix.constants(removed) for layer, prefix in self._prefixes.items()}
        tally = Tally(len(points), self.data.classes)
        for index in range(len(self._first.chunks)):
            with torch.inference_mode():
                labels = self._first.labels(index)
                answers = (self._logits(index, order[: int(level)], constants) for level in points)
                tally.add(answers_of(answers, labels), labels)
            if tally.images >= min(SOON, len(self.data)):
                yield tally.curve(",".join(self.units), "joint removal", name, removed, points, len(self.data))

    def _check(self, order: Sequence[tuple[str, int]]) -> None:
        if len(set(order)) < len(order) or not {layer for layer, _ in order} <= set(self.units):
            raise ValueError(f"An order names units of the layers {', '.join(self.units)}, each once; one here is not.")
        for layer, units in self.units.items():
            if not all(0 <= unit < units for of, unit in order if of == layer):
                raise ValueError(f"{layer} has the units 0 to {units - 1}; the order names another.")

    def _logits(
        self, index: int, removed: Sequence[tuple[str, int]], constants: Mapping[str, torch.Tensor]
    ) -> torch.Tensor:
        """The answers on a chunk with these units removed."""
        gone: dict[str, list[int]] = {layer: [] for layer in self.units}
        for layer, unit in removed:
            gone[layer].append(unit)
        values, at = self._first.taken(index), self._first.split.end
        for layer, prefix in self._prefixes.items():
            for _, step in self._network.steps[at : prefix.split.end]:
                values = step(values)
            values = replaced(values, constants[layer], gone[layer], self.units[layer])
            at = prefix.split.end
        for _, step in self._network.steps[at:]:
            values = step(values)
        return values
