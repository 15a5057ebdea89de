"""The quick way where a convolution of stride one follows, on the processor: image by image.

A channel comes back, the following layer's outputs change, ReLU and pooling follow: all levels of one image are gone
through while its outputs stay in the processor's second cache. What is left after pooling passes the rest of the
network, all levels of a few images at once.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn import functional

from workbench.evaluation.giving_up import go_on
from workbench.evaluation.networks.prefix import suits_loops
from workbench.evaluation.removal import kernels
from workbench.evaluation.tally import Answers

if TYPE_CHECKING:
    from workbench.evaluation.networks.network import Split

Float32 = NDArray[np.float32]
Int64 = NDArray[np.int64]
_BYTES_AT_ONCE = 16 << 20  # of what is left after pooling


@dataclass(frozen=True, eq=False)
class Channels:
    """The following convolution as the loops take it, the ReLU and max-pool after it, and what comes then."""

    following: nn.Conv2d
    taps: Float32  # (m, m₂, 3·t): weights by input channel, filled up with zeros
    offsets: Int64  # (3·t,): where each of them begins in a padded channel, row after row
    length: int  # of a padded row
    least: np.float32  # 0 where ReLU follows at once, else the least number there is
    pool: int  # side of the max-pool; 1: none
    after: nn.Sequential

    def removal(self, taken: torch.Tensor, constants: torch.Tensor, order: list[int], labels: torch.Tensor) -> Answers:
        """The answers on a chunk with 0…m units removed in this order."""
        units, levels = np.asarray(order, dtype=np.int64), len(order) + 1
        start = self.following(constants[None])[0]
        filters, height, width = start.shape
        spare = self.length - width
        outputs = functional.pad(start, (0, spare)).reshape(filters, -1).numpy()
        shape = (levels, filters, height // self.pool, width // self.pool)
        few = max(1, _BYTES_AT_ONCE // (4 * int(np.prod(shape))))
        predictions, losses = [], torch.zeros(levels, dtype=torch.float64)
        with ThreadPoolExecutor(torch.get_num_threads()) as pool:
            for at in range(0, len(taken), few):
                go_on()  # these few take long
                changes = self._padded(taken[at : at + few] - constants)
                left = np.empty((len(changes), *shape), np.float32)

                def run(image: int, changes: Float32 = changes, left: Float32 = left) -> None:
                    here = changes[image], units, self.offsets, self.taps, outputs.copy(), self.length
                    kernels.channel_levels(*here, self.least, self.pool, left[image])

                list(pool.map(run, range(len(left))))
                logits = self.after(torch.from_numpy(left).flatten(0, 1)).unflatten(0, (-1, levels))
                truth = labels[at : at + few, None].expand(-1, levels)
                predictions.append(logits.argmax(2).T)
                losses += functional.cross_entropy(logits.movedim(2, 1), truth, reduction="none").sum(0).double()
        return Answers(torch.cat(predictions, dim=1), losses)

    def _padded(self, changes: torch.Tensor) -> Float32:
        """(n, m, …) channels with the convolution's zeros around, row after row, and zeros behind."""
        down, right = (int(side) for side in self.following.padding)
        around = functional.pad(changes, (right, right, down, down)).flatten(2)
        padded: Float32 = np.ascontiguousarray(functional.pad(around, (0, int(self.offsets.max()))).numpy())
        return padded


def channels_of(split: Split, constants: torch.Tensor) -> Channels | None:
    """The quick way, where it can be taken: a plain convolution of stride one follows, on the processor."""
    following = split.following
    if not suits_loops(constants) or not isinstance(following, nn.Conv2d):
        return None
    if not _plain(following) or not split.whole:
        return None
    steps, least, pool = list(split.after), np.finfo(np.float32).min, 1
    if steps and isinstance(steps[0], nn.ReLU):
        least, steps = np.float32(0), steps[1:]
    if steps and isinstance(steps[0], nn.MaxPool2d) and divides(steps[0]):
        pool, steps = int(steps[0].kernel_size), steps[1:]  # type: ignore[arg-type]  # a whole number, as was asked
    length = constants.shape[2] + 2 * int(following.padding[1])
    rows, columns = following.kernel_size
    down, right = following.dilation
    offsets = [row * down * length + column * right for row in range(rows) for column in range(columns)]
    taps = following.weight.detach().flatten(2).transpose(0, 1).numpy()
    spare = -len(offsets) % 3
    return Channels(
        following,
        np.ascontiguousarray(np.pad(taps, ((0, 0), (0, 0), (0, spare)))),
        np.array(offsets + [0] * spare, dtype=np.int64),
        length,
        least,
        pool,
        nn.Sequential(*steps),
    )


def _plain(layer: nn.Conv2d) -> bool:
    return (
        layer.groups == 1
        and layer.padding_mode == "zeros"
        and not isinstance(layer.padding, str)
        and tuple(layer.stride) == (1, 1)
    )


def divides(pool: nn.MaxPool2d) -> bool:
    """Whether it takes squares side by side."""
    same = isinstance(pool.kernel_size, int) and pool.stride == pool.kernel_size
    return same and pool.padding == 0 and pool.dilation == 1 and not pool.ceil_mode
