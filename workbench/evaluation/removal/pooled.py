"""The quick way where a 3 × 3 convolution with a 2 × 2 max-pool follows, on the processor: image by image.

Channels come back one after another, in loops that keep what they add to in the first cache (`pooled_kernels`). The
rest of the network takes what is left after pooling, for a few images at all levels together. Levels that are the same
on an image (dead channels came back) are one row there, and pass the rest once.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import nn

from workbench.evaluation.giving_up import go_on
from workbench.evaluation.networks.network import quick
from workbench.evaluation.networks.prefix import suits_loops
from workbench.evaluation.removal import pooled_kernels as kernels
from workbench.evaluation.removal.rooms import room

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from workbench.evaluation.networks.network import Split, Values

_BYTES_AT_ONCE = 40 << 20  # of what is left after pooling
_IMAGES_AT_ONCE = 32
_FEW = 5  # channels between two levels, in the mean: the convolution itself is quicker with more


class Pooled:
    """What the loops take, and what comes behind them. `then` goes from what they leave to the logits."""

    def __init__(
        self, split: Split, constants: torch.Tensor, order: list[int], levels: Sequence[int], then: nn.Module
    ) -> None:
        following, gone = split.following, order[: levels[-1]]
        assert isinstance(following, nn.Conv2d)
        never = sorted(set(range(split.units)).difference(gone))
        self._channels = np.array([*never, *reversed(gone)], np.int64)
        self._ends = len(never) + levels[-1] - np.array(levels[::-1], np.int64)
        self._least = np.float32(0) if _rectified(split) else np.finfo(np.float32).min
        self._outputs, self._then = following.out_channels, then
        self._constants = np.ascontiguousarray(constants.movedim(0, -1).numpy())
        blocks = -(-self._outputs // kernels.BLOCK)
        room = blocks * kernels.BLOCK
        weights = np.zeros((len(self._channels), 9, room), np.float32)
        weights[..., : self._outputs] = following.weight.permute(1, 2, 3, 0).reshape(-1, 9, self._outputs).numpy()[
            self._channels
        ]  # fmt: skip
        by_block = weights.reshape(-1, 9, blocks, kernels.BLOCK).swapaxes(1, 2)
        self._weights = np.ascontiguousarray(by_block).reshape(-1, blocks, 9 * kernels.BLOCK)
        self._start = _start(following(constants[None])[0], blocks)
        self._none = self._none_left()

    def __call__(self, taken: torch.Tensor, shortcuts: Values = ()) -> Iterator[torch.Tensor]:
        """The logits of a chunk at each level, from the largest to the smallest."""
        few = min(_IMAGES_AT_ONCE, max(1, _BYTES_AT_ONCE // (len(self._ends) * self._none.nbytes)))
        self._room = room()  # the same memory for all images
        with ThreadPoolExecutor(torch.get_num_threads()) as pool:
            pieces = []
            for at in range(0, len(taken), few):
                go_on()  # these few take long
                pieces.append(self._logits(taken[at : at + few].movedim(1, -1).numpy(), pool))
        yield from torch.cat(pieces, dim=1)

    def _logits(self, taken: NDArray[np.float32], pool: ThreadPoolExecutor) -> torch.Tensor:
        """The logits of some images (n, H, W, channels) at each level, (L, n, K)."""
        count, height, width, _ = taken.shape
        bordered = torch.empty((1, len(self._channels), height + 2, width + 2))
        changes = self._room.tensor("changes", count, bordered, zero=True).numpy()  # their borders stay zero
        changed = np.empty((count, len(self._channels)), np.bool_)
        rows = np.empty((count, len(self._ends)), np.int64)

        def arrange(image: int) -> None:
            kernels.arrange(taken[image], self._constants, self._channels, changes[image], changed[image])

        list(pool.map(arrange, range(count)))
        needed = kernels.number_rows(changed, self._ends, rows)
        pooled = self._room.tensor("rows", needed, torch.from_numpy(self._none)).numpy()
        pooled[:1] = self._none

        def run(image: int) -> None:
            about = self._weights, self._start, self._ends, rows[image], self._least
            kernels.pooled_levels(changes[image], changed[image], *about, pooled)

        list(pool.map(run, range(count)))
        left = torch.from_numpy(pooled.reshape(*pooled.shape[:3], -1))[..., : self._outputs]
        logits: torch.Tensor = self._then(left.movedim(-1, 1))
        return logits[torch.from_numpy(rows.T)]

    def _none_left(self) -> NDArray[np.float32]:
        """What is left after pooling with no channel at all, as the first row of all, (1, …)."""
        tall, blocks, wide, _ = self._start.shape
        greatest = self._start.reshape(tall, blocks, wide, 4, kernels.BLOCK).max(axis=3)
        return np.ascontiguousarray(np.maximum(greatest, self._least).swapaxes(1, 2))[None]


def suits_pooled(split: Split, constants: torch.Tensor, levels: Sequence[int]) -> bool:
    """Whether the loops can take it, and are quicker than the convolution itself."""
    following, steps = split.following, quick(split.after)
    if not suits_loops(constants) or not isinstance(following, nn.Conv2d) or not split.whole or not steps:
        return False
    plain = (following.kernel_size, following.stride, following.dilation) == ((3, 3), (1, 1), (1, 1))
    many = split.units > _FEW * max(1, len(levels) - 1)
    return plain and following.padding == (1, 1) and _halves(steps[0]) and not many and min(constants.shape[1:]) > 1


def _halves(step: nn.Module) -> bool:
    """Whether it takes the maximum of 2 × 2 positions side by side."""
    if not isinstance(step, nn.MaxPool2d) or step.ceil_mode or step.return_indices:
        return False
    return (
        all(size in (2, (2, 2)) for size in (step.kernel_size, step.stride))
        and step.padding in (0, (0, 0))
        and (step.dilation in (1, (1, 1)))
    )


def _rectified(split: Split) -> bool:
    return isinstance(dict(enumerate(quick(split.after))).get(1), nn.ReLU)


def _start(outputs: torch.Tensor, blocks: int) -> NDArray[np.float32]:
    """Outputs (O, H, W) as the loops take them, (rows of pools, blocks, pools, 4 · BLOCK)."""
    count, tall, wide = outputs.shape[0], outputs.shape[1] // 2, outputs.shape[2] // 2
    found = np.zeros((tall, 2, wide, 2, blocks * kernels.BLOCK), np.float32)
    found[..., :count] = outputs[:, : 2 * tall, : 2 * wide].permute(1, 2, 0).reshape(tall, 2, wide, 2, count).numpy()
    by_block = found.reshape(tall, 2, wide, 2, blocks, kernels.BLOCK).transpose(0, 4, 2, 1, 3, 5)
    return np.ascontiguousarray(by_block).reshape(tall, blocks, wide, 4 * kernels.BLOCK)
