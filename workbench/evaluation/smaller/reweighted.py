"""What a network answers when the layer behind some units has other weights: several sets of weights in one run."""

from __future__ import annotations

from copy import copy
from itertools import pairwise
from typing import TYPE_CHECKING

import torch
from torch import nn

from workbench.evaluation.removal.channels import Reweighted
from workbench.evaluation.tally import Answers, Tally, answers_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from workbench.evaluation.evaluator import Evaluator
    from workbench.evaluation.networks.network import Split, Values
    from workbench.evaluation.removal.coarse import ChunkLogits
    from workbench.evaluation.results import Accuracy


def accuracies_with(engine: Evaluator, weights: Sequence[torch.Tensor]) -> Iterator[tuple[Accuracy, ...]]:
    """Ever better: the accuracies with each of these weights, (O, m, …), for the layer that takes the units.

    What comes before is computed once for all of them, and of each weight little more than what differs from the one
    before. The layer takes the units directly and alone (`Evaluator.takes_units`).
    """
    constants, device = engine.constants("bias"), engine.network.device
    given = [weight.to(device) for weight in weights]
    logits = engine.prefix.ask(lambda: _logits_of(engine.split, constants, given))

    def answers(index: int) -> Answers:
        return answers_of(logits(*engine.prefix.seen(index)), engine.prefix.labels(index))

    tally = Tally(len(given), engine.data.classes)
    for _ in engine.counted(answers, tally):
        yield tuple(tally.accuracy(len(engine.data), at) for at in range(len(given)))


def whole_weight(kept: NDArray[np.int64], weight: torch.Tensor, units: int) -> torch.Tensor:
    """The weight of a layer that takes `kept` of so many units, with zeros for the others: (O, units · …)."""
    positions = weight.shape[1] // len(kept)
    whole = weight.new_zeros(len(weight), units, positions, *weight.shape[2:])
    whole[:, torch.as_tensor(kept)] = weight.reshape(len(weight), len(kept), positions, *weight.shape[2:])
    return whole.flatten(1, 2)


def _logits_of(split: Split, constants: torch.Tensor, weights: Sequence[torch.Tensor]) -> ChunkLogits:
    following = split.following
    if isinstance(following, nn.Conv2d) and following.groups == 1:
        return Reweighted(split, following, constants, weights)
    if isinstance(following, nn.Linear):
        return _Columns(split, following, weights)

    def each(taken: torch.Tensor, shortcuts: Values = ()) -> Iterator[torch.Tensor]:
        for weight in weights:
            other = copy(following)
            assert other is not None
            other._parameters = {**other._parameters, "weight": nn.Parameter(weight, requires_grad=False)}
            yield split.finish(other(taken), shortcuts)

    return each


class _Columns:
    """A linear layer with one weight after another: of each one only the columns that changed are multiplied."""

    def __init__(self, split: Split, following: nn.Linear, weights: Sequence[torch.Tensor]) -> None:
        self._split, self._bias, self._first = split, following.bias, weights[0]
        self._changes = [_columns_of(after - before) for before, after in pairwise(weights)]

    def __call__(self, taken: torch.Tensor, shortcuts: Values = ()) -> Iterator[torch.Tensor]:
        outputs = nn.functional.linear(taken, self._first, self._bias)
        yield self._split.finish(outputs, shortcuts)
        for columns, change in self._changes:
            outputs.addmm_(taken.index_select(1, columns), change)
            yield self._split.finish(outputs, shortcuts)


def _columns_of(change: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Which columns of a change are not zero, and these, (columns, O)."""
    columns = change.any(0).nonzero().flatten()
    return columns, change.index_select(1, columns).T.contiguous()
