"""A removal curve at a few levels, for a first answer where all levels take long."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import nn

from workbench.evaluation.networks.prefix import without_bias
from workbench.evaluation.removal.routes import replaced, without

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from workbench.evaluation.networks.network import Split, Values

STEPS = 8  # between the levels


def coarse_levels(removed: int) -> NDArray[np.int64]:
    """About nine numbers of removed units from 0 to `removed`, ascending."""
    return np.unique(np.linspace(0, removed, STEPS + 1).round().astype(np.int64))


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
    last = int(levels[-1])
    outputs = following(replaced(taken, constants, order[:last], units))
    yield split.finish(outputs.clone(), shortcuts)
    changes, only = taken - constants, without_bias(following)
    for level in levels[-2::-1].tolist():
        back = torch.tensor(order[level:last], device=taken.device)
        only.weight = nn.Parameter(following.weight[:, back], requires_grad=False)
        outputs += only(changes[:, back])
        last = level
        yield split.finish(outputs.clone(), shortcuts)
