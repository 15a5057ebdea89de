"""The quick way through the ranks of a linear layer that ReLU follows: many ranks of an image at a time.

A loop adds one singular direction after another to an image's outputs and writes each rank down as a row; the rest of
the network then takes a large batch of rows at once, while they still lie in the processor's caches. Between blocks of
ranks the outputs are recomputed with a matrix product, so that no more than a block's rounding ever adds up.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from workbench.analysis.compiled import compiled
from workbench.evaluation.networks.prefix import suits_loops
from workbench.evaluation.removal import kernels
from workbench.evaluation.tally import Answers

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workbench.evaluation.networks.network import Split

Float32 = NDArray[np.float32]
Int64 = NDArray[np.int64]
_RANKS_AT_ONCE = 32  # so many roundings of a sum at most
_BYTES_AT_ONCE = 1 << 20  # of rows


@compiled
def rank_rows(outputs: Any, parts: Any, directions: Any, ranks: Any, reached: int, least: float, rows: Any) -> None:
    """Fills rows (n·L, m) with the layer's outputs of each image at each rank, at least `least` (0: ReLU).

    outputs (n, m) are those at rank `reached`; parts (n, r) say how much of each of the directions (r, m) an image has.
    The L ranks ascend from `reached`; an image's rows follow each other.
    """
    now, at = np.empty(outputs.shape[1], np.float32), 0
    for image in range(outputs.shape[0]):
        now[:] = outputs[image]
        done = reached
        for rank in ranks:
            row = rows[at]
            while done < rank:
                part, direction = parts[image, done], directions[done]
                for unit in range(now.size):
                    now[unit] += part * direction[unit]
                done += 1
            for unit in range(now.size):
                row[unit] = max(now[unit], least)
            at += 1


@dataclass(frozen=True, eq=False)
class RankRows:
    """What the loop and the products after it take; `directions` (r, m) are what a rank adds to the outputs."""

    directions: torch.Tensor
    ranks: Int64  # (L,) ascending
    least: np.float32  # 0 where ReLU follows the layer, else the least number there is
    rest: nn.Sequential  # from there to the logits

    def answers(self, start: torch.Tensor, parts: torch.Tensor, labels: torch.Tensor) -> Answers:
        """The answers at each rank on n images: start (n, m) at rank 0 with bias, written over; parts (n, r)."""
        predictions = np.empty((len(self.ranks), len(labels)), np.int16)
        losses, done, reached = np.empty(len(self.ranks)), 0, 0
        truth = labels.numpy()
        for block in blocks_of(self.ranks):
            first = int(block[0])
            start.addmm_(parts[:, reached:first], self.directions[reached:first])
            reached, levels = first, slice(done, done + len(block))
            predictions[levels], losses[levels] = self._block(start.numpy(), parts.numpy(), block, truth)
            done += len(block)
        return Answers(torch.from_numpy(predictions).long(), torch.from_numpy(losses))

    def _block(self, outputs: Float32, parts: Float32, ranks: Int64, labels: Int64) -> tuple[Any, Any]:
        """Predictions (ranks, n) and summed losses (ranks,) at some ranks; outputs are at the first of them."""
        images, count = len(labels), len(ranks)
        predictions, losses = np.empty((images, count), np.int16), np.empty((images, count), np.float32)
        at_once = max(1, _BYTES_AT_ONCE // (4 * count * outputs.shape[1]))
        rows = np.empty((at_once * count, outputs.shape[1]), np.float32)
        for first in range(0, images, at_once):
            few = slice(first, min(first + at_once, images))
            filled, first_row = rows[: (few.stop - first) * count], np.arange(few.stop - first + 1) * count
            rank_rows(outputs[few], parts[few], self.directions.numpy(), ranks, ranks[0], self.least, filled)
            logits = self.rest(torch.from_numpy(filled))
            answers = predictions[few].reshape(-1), losses[few].reshape(-1)  # views: both are contiguous
            kernels.peaks(logits.numpy(), labels[few], first_row, *answers)
            kernels.finish(logits.exp_().numpy(), answers[1])
        return predictions.T, losses.sum(axis=0, dtype=np.float64)


def rank_rows_of(split: Split, directions: torch.Tensor, ranks: tuple[int, ...]) -> RankRows | None:
    """The quick way, where it can be taken: a linear layer with nothing but ReLU behind it, on the processor."""
    steps = [step for step in split.passing if not isinstance(step, nn.Dropout | nn.Identity)]
    rectified = all(isinstance(step, nn.ReLU) for step in steps)
    if not suits_loops(directions) or not isinstance(split.layer, nn.Linear) or not rectified:
        return None
    if split.units_last or not split.whole:
        return None
    least = np.float32(0) if steps else np.finfo(np.float32).min
    following = () if split.following is None else (split.following,)
    rest = nn.Sequential(*following, *_in_place(split.after))
    return RankRows(directions.contiguous(), np.array(ranks, dtype=np.int64), least, rest)


def _in_place(after: nn.Sequential) -> Iterator[nn.Module]:
    """The same steps; ReLU overwrites rows that are not needed again."""
    for step in after:
        yield nn.ReLU(inplace=True) if isinstance(step, nn.ReLU) else step


def blocks_of(ranks: Int64) -> Iterator[Int64]:
    """Neighbouring ranks, so many that at most `_RANKS_AT_ONCE` directions are added one by one."""
    first = 0
    for index in range(1, len(ranks) + 1):
        if index == len(ranks) or ranks[index] - ranks[first] >= _RANKS_AT_ONCE:
            yield ranks[first:index]
            first = index
