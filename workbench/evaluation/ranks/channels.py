"""The quick way through the ranks of a convolution, on the processor: unit by unit of an image.

A loop adds one singular direction after another to a unit's outputs on an image, which stay in the processor's first
cache, and writes down what ReLU and max-pool make of each rank. The rest of the network then takes all ranks of a few
images at once. As in `rank_kernels`, the outputs are recomputed with a matrix product after every few ranks.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn import functional

from workbench.analysis.compiled import compiled
from workbench.evaluation.giving_up import go_on
from workbench.evaluation.networks.network import quick
from workbench.evaluation.networks.prefix import suits_loops
from workbench.evaluation.networks.side_by_side import side_by_side
from workbench.evaluation.ranks.kernels import blocks_of
from workbench.evaluation.tally import Answers

if TYPE_CHECKING:
    from workbench.evaluation.networks.network import Split

Float32 = NDArray[np.float32]
Int64 = NDArray[np.int64]
_BYTES_AT_ONCE = 32 << 20  # of what is left after pooling
_BYTES_IN_CACHE = 4 << 20  # of it that a following convolution takes at a time


@compiled
def _any_pool(rows: Any, least: float, pool: int, line: Any) -> None:
    """Fill one line of what `_pooled` fills, from the `pool` rows that it is about."""
    length = rows.size // pool
    for at in range(line.size):
        greatest = least
        for down in range(pool):
            for right in range(pool):
                greatest = max(greatest, rows[down * length + at * pool + right])
        line[at] = greatest


@compiled
def _pooled(values: Any, least: float, pool: int, out: Any) -> None:
    """Fill out (height, width) with the greatest of each pool × pool positions of `values`, at least `least`.

    `values` are the rows of a map one after another. Pools of one and two are written out: those are fast.
    """
    length = values.size // (out.shape[0] * pool)
    for row in range(out.shape[0]):
        line, start = out[row], row * pool * length
        first = values[start : start + length]
        if pool == 1:
            for at in range(line.size):
                line[at] = max(first[at], least)
        elif pool == 2:
            second = values[start + length : start + 2 * length]
            for at in range(line.size):
                upper, lower = max(first[2 * at], first[2 * at + 1]), max(second[2 * at], second[2 * at + 1])
                line[at] = max(max(upper, lower), least)
        else:
            _any_pool(values[start : start + pool * length], least, pool, line)


@compiled
def rank_channels(outputs: Any, parts: Any, directions: Any, ranks: Any, least: float, pool: int, levels: Any) -> None:
    """Fill levels (L, m, height, width) with what follows at each of the L ranks, for one image.

    outputs (m, P) are those at the first of the ranks, which ascend; parts (r, P) say how much of each direction a
    position has, directions (m, r) what that adds to a unit. The work is done in `outputs`.
    """
    for unit in range(outputs.shape[0]):
        now, done = outputs[unit], ranks[0]
        for level in range(ranks.size):
            while done < ranks[level]:
                part, amount = parts[done], directions[unit, done]
                for at in range(now.size):
                    now[at] += amount * part[at]
                done += 1
            _pooled(now, least, pool, levels[level, unit])


@compiled
def rank_positions(outputs: Any, parts: Any, directions: Any, ranks: Any, least: float, levels: Any) -> None:
    """Fill levels (L, P, m) with what follows at each rank for one image, without a pool: the units side by side.

    outputs (P, m) are those at the first of the ranks, parts (P, r) and directions (r, m) as in `rank_channels`.
    """
    for at in range(outputs.shape[0]):
        now, done = outputs[at], ranks[0]
        for level in range(ranks.size):
            row = levels[level, at]
            while done < ranks[level]:
                part, direction = parts[at, done], directions[done]
                for unit in range(now.size):
                    now[unit] += part * direction[unit]
                done += 1
            for unit in range(now.size):
                row[unit] = max(now[unit], least)


@dataclass(frozen=True, eq=False)
class RankChannels:
    """What the loop takes, the batch norm before it folded into it, and what comes behind it."""

    right: torch.Tensor  # (m, r): how much of each direction a change of the outputs has
    directions: torch.Tensor  # (m, r): what a direction adds to what the loop sees
    scale: torch.Tensor  # (m,) and shift (m,): batch norm, from the layer's outputs to what the loop sees
    shift: torch.Tensor
    ranks: Int64  # (L,) ascending
    least: np.float32  # 0 where ReLU follows, else the least number there is
    pool: int  # side of the max-pool; 1: none
    rest: nn.Module  # from there to the logits
    units_last: bool  # that begins with a convolution, which is quicker with the units of a position side by side

    def answers(self, start: torch.Tensor, change: torch.Tensor, labels: torch.Tensor) -> Answers:
        """The answers at each rank on n images.

        start (n, m, height, width) are the outputs at rank 0 with bias, change what the full rank adds to them.
        """
        count, (height, width) = len(self.ranks), start.shape[2:]
        one_rank = start.shape[1] * (height // self.pool) * (width // self.pool)
        few = max(1, _BYTES_AT_ONCE // (4 * count * one_rank))
        predictions, losses = [], torch.zeros(count, dtype=torch.float64)
        levels_of, shape = self._levels, (start.shape[1], height // self.pool, width // self.pool)
        if self.units_last:
            levels_of, shape = self._levels_units_last, (height, width, start.shape[1])
        room = np.empty((min(few, len(start)), count, *shape), np.float32)  # the same memory for all pieces
        with ThreadPoolExecutor(torch.get_num_threads()) as pool:
            for at in range(0, len(start), few):
                go_on()  # these few take long
                levels = levels_of(start[at : at + few], change[at : at + few], pool, room[: len(start) - at])
                logits = self.rest(levels.flatten(0, 1)).unflatten(0, (-1, count))
                truth = labels[at : at + few, None].expand(-1, count)
                predictions.append(logits.argmax(2).T)
                losses += functional.cross_entropy(logits.movedim(2, 1), truth, reduction="none").sum(0).double()
        return Answers(torch.cat(predictions, dim=1), losses)

    def _levels(
        self, start: torch.Tensor, change: torch.Tensor, pool: ThreadPoolExecutor, levels: Float32
    ) -> torch.Tensor:
        """What the rest of the network takes of a few images, (n, L, m, height, width), in `levels`."""
        images = len(start)
        parts = self.right.T @ change.contiguous().flatten(2)  # (n, r, P)
        seen = start.contiguous().flatten(2) * self.scale[:, None] + self.shift[:, None]
        done, reached = 0, 0
        for block in blocks_of(self.ranks):
            first, last = int(block[0]), done + len(block)
            seen = seen + self.directions[:, reached:first] @ parts[:, reached:first]
            given = seen.clone().numpy(), parts.numpy(), self.directions.numpy()

            def run(image: int, given: Any = given, block: Int64 = block, rows: slice = slice(done, last)) -> None:
                outputs, of_image, directions = given[0][image], given[1][image], given[2]
                rank_channels(outputs, of_image, directions, block, self.least, self.pool, levels[image, rows])

            list(pool.map(run, range(images)))
            done, reached = last, first
        return torch.from_numpy(levels)

    def _levels_units_last(
        self, start: torch.Tensor, change: torch.Tensor, pool: ThreadPoolExecutor, levels: Float32
    ) -> torch.Tensor:
        """The same where no pool comes first; `levels` is (n, L, height, width, m)."""
        images, by_position = len(start), levels.reshape(len(levels), levels.shape[1], -1, levels.shape[-1])
        parts = change.movedim(1, -1).flatten(1, 2) @ self.right  # (n, P, r)
        seen = start.movedim(1, -1).flatten(1, 2) * self.scale + self.shift
        directions = self.directions.T.contiguous()
        done, reached = 0, 0
        for block in blocks_of(self.ranks):
            first, last = int(block[0]), done + len(block)
            seen = seen + parts[..., reached:first] @ directions[reached:first]
            given = seen.clone().numpy(), parts.numpy()

            def run(image: int, given: Any = given, block: Int64 = block, rows: slice = slice(done, last)) -> None:
                about = given[0][image], given[1][image], directions.numpy(), block, self.least
                rank_positions(*about, by_position[image, rows])

            list(pool.map(run, range(images)))
            done, reached = last, first
        return torch.from_numpy(levels).movedim(-1, 2)


class _InPieces(nn.Module):
    """Steps one after another: up to where maps are flattened a few images at a time, then all.

    What a few images give is used again while it is in the processor's cache, and their memory serves for the next.
    """

    def __init__(self, steps: list[nn.Module]) -> None:
        super().__init__()
        flat = next((at for at, step in enumerate(steps) if isinstance(step, nn.Flatten)), len(steps))
        self.maps, self.then = nn.Sequential(*steps[:flat]), nn.Sequential(*steps[flat:])

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        few = max(1, _BYTES_IN_CACHE // images[0].nbytes)
        pieces = side_by_side(self.maps, torch.split(images, few), images.device)
        found: torch.Tensor = self.then(torch.cat(list(pieces)))
        return found


def rank_channels_of(
    split: Split, left: torch.Tensor, right: torch.Tensor, ranks: tuple[int, ...]
) -> RankChannels | None:
    """The quick way, where it can be taken: a convolution on the processor that nothing goes around."""
    if not suits_loops(left) or not isinstance(split.layer, nn.Conv2d) or not split.whole:
        return None
    steps = [step for step in split.passing if not isinstance(step, nn.Dropout | nn.Dropout2d | nn.Identity)]
    scale, shift = torch.ones(split.units), torch.zeros(split.units)
    if steps and isinstance(steps[0], nn.BatchNorm2d) and steps[0].running_var is not None:
        scale, shift = _affine(steps.pop(0))
    least, pool = np.finfo(np.float32).min, 1
    while steps:
        if isinstance(steps[0], nn.ReLU) and least < 0:
            least = np.float32(0)
        elif isinstance(steps[0], nn.MaxPool2d) and _divides(steps[0]) and pool == 1:
            pool = int(steps[0].kernel_size)  # type: ignore[arg-type]  # a whole number: see `divides`
        else:
            break
        steps.pop(0)
    following = () if split.following is None else (split.following,)
    rest = _InPieces([*steps, *following, *quick(split.after)])
    directions = (left * scale[:, None]).contiguous()
    units_last = pool == 1 and not steps and isinstance(split.following, nn.Conv2d)
    about = np.array(ranks, dtype=np.int64), least, pool, rest
    return RankChannels(right, directions, scale, shift, *about, units_last)


def _affine(norm: nn.Module) -> tuple[torch.Tensor, torch.Tensor]:
    """What batch norm multiplies each channel by, and what it adds, when it is not training."""
    assert isinstance(norm, nn.BatchNorm2d)
    assert norm.running_mean is not None
    assert norm.running_var is not None
    scale = (norm.running_var + norm.eps).rsqrt()
    scale = scale if norm.weight is None else scale * norm.weight
    shift = -norm.running_mean * scale
    return scale, shift if norm.bias is None else shift + norm.bias


def _divides(pool: nn.MaxPool2d) -> bool:
    """Whether it takes squares side by side."""
    same = isinstance(pool.kernel_size, int) and pool.stride == pool.kernel_size
    return same and pool.padding == 0 and pool.dilation == 1 and not pool.ceil_mode
