"""Changes of several layers at once: removal over all of them, and any weights replaced."""

from __future__ import annotations

from collections import Counter
from copy import deepcopy
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import torch

from workbench.evaluation.evaluator import Evaluator
from workbench.evaluation.giving_up import go_on
from workbench.evaluation.networks.memory import DEFAULT_BUDGET, Memory, with_room
from workbench.evaluation.networks.network import Network, quick_inward
from workbench.evaluation.networks.prefix import Prefix, joined
from workbench.evaluation.networks.stages import Masks, shares, stages_of
from workbench.evaluation.removal.routes import mask_of
from workbench.evaluation.tally import Answers, Tally, answers_of
from workbench.nets.units import layers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray
    from torch import nn

    from workbench.evaluation.networks.data import Data
    from workbench.evaluation.networks.memory import Answer
    from workbench.evaluation.networks.network import Values
    from workbench.evaluation.results import Accuracy, Curve, Removed

LEVELS = 51  # of a joint curve, where every level would take more than three times as long
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
    of the curve (None: every one, or `LEVELS` from 0 to all where every one would take more than three times as long).
    The activations before the first of the layers are kept; at each level the network is run on from the first layer
    that loses a unit there. "mean" is the mean output in the unchanged network. ValueError: a layer or unit that there
    is not, or one named twice.
    """
    named = {layer for layer, _ in order}
    yield from JointEvaluator(module, data, tuple(named), budget_bytes).removal_curve(order, removed, levels, name)


def accuracies_with(module: nn.Module, data: Data, weights: Mapping[str, NDArray[np.floating]]) -> Iterator[Accuracy]:
    """Ever better: the accuracy with the weight matrices (m × n) of some layers replaced, biases kept."""
    changed = deepcopy(module)
    for name, matrix in weights.items():
        tensor = changed.get_submodule(name).get_parameter("weight").detach()
        tensor.copy_(torch.as_tensor(matrix, dtype=tensor.dtype).reshape(tensor.shape))
    return Evaluator(changed, data, layers(changed)[-1].name).accuracies()


class JointEvaluator:
    """What removals over several layers cost, on the images of one part; `layers` may come in any order.

    As `Evaluator`: the activations before the first of the layers are kept up to `budget_bytes`. ValueError: a layer
    that there is not, or none.
    """

    def __init__(
        self, module: nn.Module, data: Data, layers: Sequence[str], budget_bytes: int = DEFAULT_BUDGET
    ) -> None:
        self.data, self._network = data, Network(module, data)
        known = [layer.name for layer in self._network.layers]
        if not layers or not set(layers) <= set(known):
            raise ValueError(
                f"The network has the layers {', '.join(known)}, not all of {', '.join(layers) or 'none'}."
            )
        graph = self._network.graph
        splits = {name: self._network.split(name) for name in known if name in layers}
        kept, self.stages = stages_of(graph, {name: split.end for name, split in splits.items()})
        self._inward = quick_inward(graph.part([graph.images], kept))
        self._keys, self._memory = [str(node) for node in kept], Memory(budget_bytes, self._network.device)
        self._prefixes = {name: Prefix(self._network, split, data, 0) for name, split in splits.items()}
        self._chunks = min((prefix for prefix in self._prefixes.values()), key=lambda prefix: prefix.chunks[0].stop)
        self.units = {name: split.units for name, split in splits.items()}  # m, in the network's order

    def removal_curve(
        self,
        order: Sequence[tuple[str, int]],
        removed: Removed = "bias",
        levels: Sequence[int] | None = None,
        name: str = "",
    ) -> Iterator[Curve]:
        """Ever better: as `joint_removal_curve`, which says what the arguments are."""
        self._check(order)
        requested = self._affordable(order) if levels is None else levels
        points: NDArray[np.int64] = np.unique(np.asarray(requested).astype(np.int64))
        constants = self._ask(lambda: {name: prefix.constants(removed) for name, prefix in self._prefixes.items()})
        tally = Tally(len(points), self.data.classes)
        for index in range(len(self._chunks.chunks)):
            found = self._ask(partial(self._answers, index, order, points, constants))
            with self._network.running():
                tally.add(found, self._chunks.labels(index))
            if tally.images >= min(SOON, len(self.data)):
                yield tally.curve(",".join(self.units), "joint removal", name, removed, points, len(self.data))

    def clear(self) -> None:
        """Let go of what is kept of the images; it is computed again when it is asked for."""
        self._memory.clear()

    def _affordable(self, order: Sequence[tuple[str, int]]) -> NDArray[np.integer | np.floating]:
        """Every level, where they take no more than three times as long as some; else these."""

        def measured() -> dict[str, float]:
            constants = {name: prefix.constants("zero") for name, prefix in self._prefixes.items()}
            return shares(self.stages, self._inwards(slice(0, 1)), self._masks((), constants))

        share = self._ask(measured)
        runs = sum(share[layer] for layer, _ in order)
        return np.arange(len(order) + 1) if runs <= 3 * LEVELS else np.linspace(0, len(order), LEVELS).round()

    def _check(self, order: Sequence[tuple[str, int]]) -> None:
        if len(set(order)) < len(order) or not {layer for layer, _ in order} <= set(self.units):
            raise ValueError(f"An order names units of the layers {', '.join(self.units)}, each once; one here is not.")
        for layer, units in self.units.items():
            if not all(0 <= unit < units for of, unit in order if of == layer):
                raise ValueError(f"{layer} has the units 0 to {units - 1}; the order names another.")

    def _answers(
        self,
        index: int,
        order: Sequence[tuple[str, int]],
        levels: NDArray[np.int64],
        constants: Mapping[str, torch.Tensor],
    ) -> Answers:
        removed = (order[: int(level)] for level in levels)
        return answers_of(self._logits(index, removed, constants), self._chunks.labels(index))

    def _ask(self, compute: Callable[[], Answer]) -> Answer:
        """As `Prefix.ask`."""
        go_on()
        with self._network.running():
            return with_room(compute, self._make_room, self._network.device)

    def _make_room(self) -> bool:
        freed = [self._memory.give_up(), *(prefix.make_room() for prefix in self._prefixes.values())]
        return any(freed)

    def _logits(
        self, index: int, removed: Iterable[Sequence[tuple[str, int]]], constants: Mapping[str, torch.Tensor]
    ) -> Iterator[torch.Tensor]:
        """The answers on a chunk with ever more units removed; what is before all that go is not computed again."""
        values, before = [self._seen(index)], Counter[str]()
        for gone in removed:
            now, masks = Counter(layer for layer, _ in gone), self._masks(gone, constants)
            changed = (at for at, stage in enumerate(self.stages) if any(now[of] != before[of] for of in stage.layers))
            first = next(changed, 0) if len(values) > 1 else 0
            del values[first + 1 :]
            for stage in self.stages[first:]:
                values.append(stage.run(values[-1], masks))
            before = now
            yield values[-1][0]

    def _masks(self, removed: Sequence[tuple[str, int]], constants: Mapping[str, torch.Tensor]) -> Masks:
        """What takes these units out, for every layer."""
        masks: Masks = {}
        for layer, prefix in self._prefixes.items():
            gone = [unit for of, unit in removed if of == layer]
            mask = mask_of(gone, prefix.split.units, constants[layer])
            pair = (mask.expand(1, *constants[layer].shape), constants[layer][None])
            masks[layer] = tuple(each.movedim(1, -1) for each in pair) if prefix.split.units_last else pair
        return masks

    def _seen(self, index: int) -> Values:
        """What does not depend on any of the layers' units, and what the first of them give."""
        return self._memory.all([(key, index) for key in self._keys], lambda: self._inwards(self._chunks.chunks[index]))

    def _inwards(self, rows: slice) -> Values:
        found = [self._inward(inputs) for inputs in self._chunks.inputs(rows)]
        pieces = [each if isinstance(each, tuple) else (each,) for each in found]
        return tuple(joined(each) for each in zip(*pieces, strict=True))
