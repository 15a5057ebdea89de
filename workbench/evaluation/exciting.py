"""The images that excite each unit of a layer most: one pass over a part of the data for all units at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from workbench.evaluation.evaluator import Evaluator

COUNT = 12  # images of each unit
_LOW = 0xFFFFFFFF  # the lower half of a key holds an image, counted backwards


@dataclass(frozen=True, eq=False)
class Exciting:
    """For each unit the images on which its output is largest, and how large it is. Arrays are read-only.

    The output is that after batch norm and non-linearity; of a filter, the largest of all positions.
    """

    images: NDArray[np.int64]  # (m, k) the largest output first; ties: the lowest image; −1: it fires on no more
    outputs: NDArray[np.float32]  # (m, k) NaN where there is no image
    fires: NDArray[np.int64]  # (m,) number of images on which the unit is above zero
    seen: int  # images these numbers rest on
    exact: bool  # these are all images of the part

    def __post_init__(self) -> None:
        for array in (self.images, self.outputs, self.fires):
            array.flags.writeable = False


def exciting(evaluator: Evaluator, count: int = COUNT) -> Iterator[Exciting]:
    """Ever better: the images that excite each unit most. Closing the generator cancels."""
    prefix, total = evaluator.prefix, len(evaluator.data)
    best = torch.zeros((count, evaluator.units), dtype=torch.int64)
    fires = np.zeros(evaluator.units, np.int64)
    for index, rows in enumerate(prefix.chunks):
        outputs = prefix.ask(lambda index=index: _strongest(prefix.activated(index)))  # type: ignore[misc]
        fires += (outputs > 0).sum(0).numpy()
        best = torch.cat([best, _keys(outputs, rows.start)]).topk(count, dim=0).values
        yield _read(best, fires.copy(), rows.stop, rows.stop == total)


def _strongest(active: torch.Tensor) -> torch.Tensor:
    """The largest output over all positions, (n, m) on the CPU."""
    return active.reshape(len(active), active.shape[1], -1).amax(2).float().cpu()


def _keys(outputs: torch.Tensor, first: int) -> torch.Tensor:
    """Whole numbers that rank outputs above zero, and of equal ones the lowest image first; 0: not above zero.

    The bits of a positive float32 rank like the number itself.
    """
    bits = outputs.clamp(min=0.0).contiguous().view(torch.int32).to(torch.int64)
    images = torch.arange(first, first + len(outputs), dtype=torch.int64)
    return torch.where(bits > 0, (bits << 32) | (_LOW - images)[:, None], 0)


def _read(best: torch.Tensor, fires: NDArray[np.int64], seen: int, exact: bool) -> Exciting:
    keys = best.T.contiguous().numpy()
    outputs = (keys >> 32).astype(np.int32).view(np.float32)
    there = keys > 0
    images = np.where(there, _LOW - (keys & _LOW), -1)
    return Exciting(images, np.where(there, outputs, np.float32(np.nan)), fires, seen, exact)
