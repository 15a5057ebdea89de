"""A removal curve at a few levels, for a first answer where all levels take long."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np
import torch
from torch import nn

from workbench.evaluation.networks.network import quick
from workbench.evaluation.networks.prefix import without_bias
from workbench.evaluation.removal.routes import replaced, without

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from workbench.evaluation.networks.network import Split, Values

STEPS = 8  # between the levels
SOON = 256  # images of the first answer

# Which levels a curve has: all, also in its first answer; a few in the first one where all take long; a few and no more
# there.
Levels: TypeAlias = Literal["all", "few first", "few"]


def coarse_levels(removed: int) -> NDArray[np.int64]:
    """At most nine numbers of removed units from 0 to `removed`, ascending: 1 is one, and there are more at the start.

    That none can go is thus never said of levels that were left out.
    """
    if removed <= STEPS:
        return np.arange(removed + 1)
    return np.unique([0, *np.geomspace(1, removed, STEPS).round().astype(np.int64)])


def at_levels(
    split: Split,
    taken: torch.Tensor,
    constants: torch.Tensor,
    order: list[int],
    levels: NDArray[np.int64],
    shortcuts: Values = (),
) -> Iterator[torch.Tensor]:
    """The logits of a chunk at these numbers of removed units, from the largest to the smallest.

    Before a convolution the units between two levels come back together: what they add to its outputs is one
    convolution of few channels.
    """
    following, units = split.following, split.units
    if not isinstance(following, nn.Conv2d) or following.groups > 1 or following.padding_mode != "zeros":
        for level in levels[::-1].tolist():
            yield without(split, taken, constants, order[:level], shortcuts)
        return
    pool, then = _pooled(split)
    last = int(levels[-1])
    outputs = _together(following(replaced(taken, constants, order[:last], units)))
    first = pool(outputs)
    left = torch.empty((len(levels), *first.shape), dtype=first.dtype, device=first.device)
    left[0] = first
    changes, only = taken - constants, without_bias(following)
    for number, level in enumerate(levels[-2::-1].tolist(), 1):
        back = torch.tensor(order[level:last], device=taken.device)
        only.weight = nn.Parameter(_together(following.weight[:, back]), requires_grad=False)
        outputs += only(changes.movedim(1, -1)[..., back].movedim(-1, 1))
        last = level
        left[number] = pool(outputs)
    if split.whole:
        yield from then(left.flatten(0, 1)).chunk(len(levels))
    else:
        yield from (split.finish(each, shortcuts) for each in left)


def _together(values: torch.Tensor) -> torch.Tensor:
    """The same with the channels of a position side by side, as convolutions and sums are quick."""
    return values.contiguous(memory_format=torch.channels_last)


def _pooled(split: Split) -> tuple[nn.Module, nn.Module]:
    """What can be done first with a level's outputs, which stay as they are, and what then follows for all levels."""
    steps = quick(split.after)
    if split.whole and steps and isinstance(steps[0], nn.MaxPool2d):  # what is left of each is small
        relu = 2 if len(steps) > 1 and isinstance(steps[1], nn.ReLU) else 1
        return nn.Sequential(*steps[:relu]), nn.Sequential(*steps[relu:])
    return nn.Identity(), split.after
