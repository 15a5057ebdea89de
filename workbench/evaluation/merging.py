"""Merging instead of pruning: repeated units collapsed into one that takes over their outgoing weights."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import torch

from workbench.analysis.matrices import gram
from workbench.analysis.merging import MergeGroups, merge_groups
from workbench.evaluation.surgery import folded_rows, smaller_network, smaller_state
from workbench.nets.devices import evaluation_device
from workbench.nets.units import layers

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import nn

    from workbench.evaluation.evaluator import Evaluator
    from workbench.nets.neighbours import Neighbours


@dataclass(frozen=True, eq=False)
class Merged:
    """A network in which the repeated units of one layer are one."""

    layer: str
    groups: MergeGroups
    state: dict[str, torch.Tensor]  # of the smaller network
    widths: tuple[int, ...]  # units of every layer but the classifier

    @property
    def units(self) -> int:
        """How many units are left."""
        return len(self.groups.kept)


def merged(module: nn.Module, around: Neighbours, cosine: float, evaluator: Evaluator | None = None) -> Merged:
    """`module` with the units of a layer merged whose [w, b] (batch norm folded in) have a cosine of at least `cosine`.

    The unit that stays takes over the outgoing weights of the others, each times its multiple: exact for positive
    multiples under ReLU. With an `evaluator` the multiples are the least-squares ones of the units' outputs on its
    images, which is better for units that repeat each other only nearly.
    """
    rows, layer = folded_rows(module, around), around.layer
    groups = merge_groups(gram(rows), cosine)
    multiples = groups.multiples if evaluator is None else output_multiples(evaluator, groups)
    kept = groups.kept
    shares = np.zeros((len(kept), len(rows)))
    place = np.searchsorted(kept, groups.representatives)
    shares[place, np.arange(len(rows))] = multiples
    widths = tuple(len(kept) if known.name == layer else known.units for known in layers(module)[:-1])
    return Merged(layer, groups, smaller_state(module, around, kept, shares), widths)


def output_multiples(evaluator: Evaluator, groups: MergeGroups) -> NDArray[np.float64]:
    """The multiple of its representative's output that is nearest to each unit's, (m,); over images and positions."""
    rows = torch.from_numpy(groups.representatives)
    products, squares = np.zeros(len(rows)), np.zeros(len(rows))
    for index in range(len(evaluator.prefix.chunks)):
        active = evaluator.prefix.ask(partial(evaluator.prefix.activated, index))
        outputs = active.cpu().transpose(0, 1).flatten(1).double()  # not every device has doubles
        others = outputs[rows]
        products += (outputs * others).sum(1).numpy()
        squares += (others * others).sum(1).numpy()
    multiples: NDArray[np.float64] = np.divide(products, squares, out=np.zeros(len(rows)), where=squares > 0)
    multiples[groups.kept] = 1.0
    return multiples


def network_of_merged(module: nn.Module, result: Merged) -> nn.Module:
    """The smaller network itself, where networks are evaluated, ready to be run."""
    return smaller_network(module, result.state).to(evaluation_device()).eval()
