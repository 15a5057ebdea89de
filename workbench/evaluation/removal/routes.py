"""How the answer at every level of a removal is reached, by what follows the layer.

Each route yields the logits of a chunk level by level, from all units removed to none. Units are put back one by one,
so that every level is a sum of what is really there: no rounding is left behind by what went, at any m.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import torch
from torch import nn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from workbench.evaluation.networks.network import Split, Values

    Route: TypeAlias = Callable[[Split, torch.Tensor, torch.Tensor, list[int], Values], Iterator[torch.Tensor]]


def route_of(split: Split) -> Route:
    """The quickest route for what follows the layer, where it is no convolution that `channels` takes."""
    return by_columns if isinstance(split.following, nn.Linear) else by_replacing


def by_columns(
    split: Split, taken: torch.Tensor, constants: torch.Tensor, order: list[int], shortcuts: Values = ()
) -> Iterator[torch.Tensor]:
    """A linear layer follows: a unit is a block of its columns (one column where there is one position)."""
    following, units = split.following, split.units
    assert isinstance(following, nn.Linear)
    outputs = following(constants).expand(len(taken), -1).clone()
    yield split.finish(outputs, shortcuts)
    changes = (taken - constants).reshape(len(taken), units, -1)
    blocks = following.weight.T.reshape(units, -1, following.out_features)
    for unit in reversed(order):
        outputs.addmm_(changes[:, unit], blocks[unit])
        yield split.finish(outputs, shortcuts)


def by_replacing(
    split: Split, taken: torch.Tensor, constants: torch.Tensor, order: list[int], shortcuts: Values = ()
) -> Iterator[torch.Tensor]:
    """Anything follows, or nothing: units are replaced in what it takes, and it is run whole."""
    now = constants.expand_as(taken).clone()
    yield split.logits(now, shortcuts)
    for unit in reversed(order):
        block = of_unit(unit, split.units, constants.shape[0])
        now[:, block] = taken[:, block]
        yield split.logits(now, shortcuts)


def of_unit(unit: int, units: int, length: int) -> slice:
    """Where a unit lies along the first axis, of `length`, of what the following layer takes of an image."""
    positions = length // units
    return slice(unit * positions, (unit + 1) * positions)


def without(
    split: Split, taken: torch.Tensor, constants: torch.Tensor, units: list[int], shortcuts: Values = ()
) -> torch.Tensor:
    """The logits with some units removed at once."""
    return split.logits(replaced(taken, constants, units, split.units), shortcuts)


def replaced(taken: torch.Tensor, constants: torch.Tensor, gone: list[int], units: int) -> torch.Tensor:
    """What the following layer takes with some of its `units` inputs removed."""
    return taken if not gone else torch.where(mask_of(gone, units, constants), constants, taken)


def mask_of(gone: list[int], units: int, constants: torch.Tensor) -> torch.Tensor:
    """True where what the following layer takes of an image belongs to one of the units `gone`; broadcasts."""
    mask = torch.zeros(units, dtype=torch.bool)
    mask[gone] = True
    positions = constants.shape[0] // units
    return mask.repeat_interleave(positions).reshape(-1, *(1 for _ in constants.shape[1:])).to(constants.device)
