"""The greedy oracle: each step removes the unit that really costs least."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from workbench.evaluation.removal.routes import replaced, without
from workbench.evaluation.removal.rows import rows_of
from workbench.evaluation.tally import Answers, answers_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from workbench.evaluation.evaluator import Evaluator
    from workbench.evaluation.results import Removed

    Int64 = NDArray[np.int64]
    LeaveOneOut = Callable[[int, list[int], Int64], Answers]

_BYTES_AT_ONCE = 64 << 20  # of the following layer's outputs without this unit or that


def greedy_oracle(evaluator: Evaluator, removed: Removed = "bias") -> Iterator[int]:
    """The m units in the order in which they go, one after another as they are found (see `oracle_steps`)."""
    known = 0
    for found in oracle_steps(evaluator, removed):
        if len(found) > known:
            known = len(found)
            yield found[-1]


def oracle_steps(
    evaluator: Evaluator, removed: Removed = "bias", begun: Sequence[int] = ()
) -> Iterator[tuple[int, ...]]:
    """The units found so far, in the order in which they go, after every piece of work; the last answer names all m.

    Each step tries to leave out each unit that is left, on all images of the evaluator (give it validation images),
    and removes the one without which most are right; among equals that of the smallest loss, then of the lowest
    index. About m²/2 evaluations: where linear layers follow, seconds for hundreds of units; a convolution takes
    long, and fewer images help. `begun` are the units that an earlier search found, to go on from there.
    """
    prefix = evaluator.prefix
    leave_one_out = quickest(evaluator, prefix.ask(lambda: prefix.constants(removed)))
    gone = list(begun)
    while len(gone) < evaluator.units:
        left = np.setdiff1d(np.arange(evaluator.units), gone)
        right, loss = np.zeros(len(left), dtype=np.int64), np.zeros(len(left))
        for index in range(len(prefix.chunks)):
            yield tuple(gone)
            answers = prefix.ask(partial(leave_one_out, index, gone, left))
            right += (answers.predictions == prefix.labels(index)).sum(1).cpu().numpy()
            loss += answers.losses.numpy()
        gone.append(int(left[np.lexsort((left, loss, -right))[0]]))
    yield tuple(gone)


def quickest(evaluator: Evaluator, constants: torch.Tensor) -> LeaveOneOut:
    """The quickest way to leave out each unit alone: (chunk, units that are gone, units that are left) -> answers."""
    ways = (_by_rows, by_products, one_by_one)
    return next(filter(None, (way(evaluator, constants) for way in ways)))


def places(order: Sequence[int]) -> NDArray[np.float64]:
    """At which step each unit goes, (m,): the score by which the orders know what an oracle found."""
    return np.argsort(order).astype(np.float64)


def _by_rows(evaluator: Evaluator, constants: torch.Tensor) -> LeaveOneOut | None:
    """All units that are left at once, where a linear layer follows."""
    rows = rows_of(evaluator.split, constants)
    if rows is None:
        return None
    prefix = evaluator.prefix
    return lambda index, _gone, left: rows.leave_one_out(prefix.taken(index), constants, left, prefix.labels(index))


def by_products(evaluator: Evaluator, constants: torch.Tensor) -> LeaveOneOut | None:
    """The same without fused loops, on any device: many units at a time, as accelerators like it."""
    prefix, split, following = evaluator.prefix, evaluator.split, evaluator.split.following
    if not isinstance(following, nn.Linear) or following.in_features != split.units or not split.whole:
        return None
    columns = following.weight.T

    def answers(index: int, gone: list[int], left: Int64) -> Answers:
        taken, labels = prefix.taken(index), prefix.labels(index)
        changes, outputs = taken - constants, following(replaced(taken, constants, gone, split.units))
        units, at_once = torch.from_numpy(left).to(taken.device), max(1, _BYTES_AT_ONCE // outputs.nbytes)
        predictions, losses = [], []
        for at in range(0, len(left), at_once):
            some = units[at : at + at_once]
            without_each = outputs - changes.T[some, :, None] * columns[some, None]  # (units, n, m₂)
            logits = split.finish(without_each.flatten(0, 1))
            costs = functional.cross_entropy(logits, labels.repeat(len(some)), reduction="none")
            predictions.append(logits.argmax(1).reshape(len(some), -1))
            losses.append(costs.reshape(len(some), -1).sum(1))
        return Answers(torch.cat(predictions), torch.cat(losses).cpu().double())

    return answers


def one_by_one(evaluator: Evaluator, constants: torch.Tensor) -> LeaveOneOut:
    prefix, split = evaluator.prefix, evaluator.split

    def answers(index: int, gone: list[int], left: Int64) -> Answers:
        taken, shortcuts = prefix.seen(index)
        logits = (without(split, taken, constants, [*gone, int(unit)], shortcuts) for unit in left)
        return answers_of(logits, prefix.labels(index))

    return answers
