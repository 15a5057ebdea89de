"""A removal curve at a few levels, for a first answer where all levels take long."""

from __future__ import annotations

from itertools import accumulate, chain, pairwise
from typing import TYPE_CHECKING, Literal, Protocol, TypeAlias

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
_BYTES_AT_ONCE = 2 << 20  # of what the following layer takes: a few such arrays stay in a processor's cache

# Which levels a curve has: all, also in its first answer; a few in the first one where all take long; a few and no more
# there.
Levels: TypeAlias = Literal["all", "few first", "few"]


class ChunkLogits(Protocol):
    """The logits of a chunk level by level, from what the following layer takes of it and the shortcuts around it."""

    def __call__(self, taken: torch.Tensor, shortcuts: Values = ()) -> Iterator[torch.Tensor]: ...


def coarse_levels(removed: int) -> NDArray[np.int64]:
    """At most nine numbers of removed units from 0 to `removed`, ascending: 1 is one, and there are more at the start.

    That none can go is thus never said of levels that were left out.
    """
    if removed <= STEPS:
        return np.arange(removed + 1)
    return np.unique([0, *np.geomspace(1, removed, STEPS).round().astype(np.int64)])


def at_levels(split: Split, constants: torch.Tensor, order: list[int], levels: NDArray[np.int64]) -> ChunkLogits:
    """A function: the logits of a chunk at these numbers of removed units, from the largest to the smallest."""
    following = split.following
    if isinstance(following, nn.Conv2d) and following.groups == 1 and following.padding_mode == "zeros":
        return _Returning(split, following, constants, order, levels.tolist())

    def replacing(taken: torch.Tensor, shortcuts: Values = ()) -> Iterator[torch.Tensor]:
        for level in levels[::-1].tolist():
            yield without(split, taken, constants, order[:level], shortcuts)

    return replacing


class _Returning:
    """Before a convolution: the units between two levels come back together.

    What they add to its outputs is one convolution of few channels. A few images at a time pass all levels, so that
    what is written is read again while it is in the processor's cache.
    """

    def __init__(
        self, split: Split, following: nn.Conv2d, constants: torch.Tensor, order: list[int], levels: list[int]
    ) -> None:
        self._split, self._following, self._constants = split, following, constants
        self._gone, self._levels = order[: levels[-1]], len(levels)
        self._pool, self._then = _pooled(split, following.out_channels)
        groups = [order[low:high] for low, high in pairwise(levels)][::-1]
        self._order = torch.tensor(list(chain(*groups)), dtype=torch.int64, device=constants.device)
        ends = accumulate(map(len, groups))
        self._back = [
            (slice(end - len(group), end), _of_channels(following, group))
            for group, end in zip(groups, ends, strict=True)
        ]
        outputs = self._outputs_without(constants[None])
        self._none_left = outputs if len(self._gone) == split.units else None
        self._left = _together(self._pool(outputs))

    def __call__(self, taken: torch.Tensor, shortcuts: Values = ()) -> Iterator[torch.Tensor]:
        room = self._room_for(self._levels * len(taken))
        left = room.view(self._levels, len(taken), *room.shape[1:])
        few = len(taken) if taken.device.type != "cpu" else max(1, _BYTES_AT_ONCE // taken[0].nbytes)
        for start in range(0, len(taken), few):
            images = slice(start, start + few)
            for level, values in enumerate(self._few(taken[images])):
                left[level, images] = values
        if self._split.whole:
            yield from self._then(left.flatten(0, 1)).chunk(self._levels)
        else:
            yield from (self._split.finish(each, shortcuts) for each in left)

    def _few(self, taken: torch.Tensor) -> Iterator[torch.Tensor]:
        """What is left after pooling at each level, from the largest to the smallest."""
        if self._none_left is None:
            outputs = self._outputs_without(taken)
        else:
            outputs = _together(self._none_left.expand(len(taken), -1, -1, -1).clone())
        yield self._pool(outputs)
        changes = (taken - self._constants).movedim(1, -1).index_select(3, self._order)
        for group, only in self._back:
            outputs += only(changes[..., group].contiguous().movedim(-1, 1))
            yield self._pool(outputs)

    def _room_for(self, count: int) -> torch.Tensor:
        """Where what is left after pooling stands, (count, …): the same memory for every chunk."""
        if len(self._left) < count:
            self._left = _together(self._left.new_empty(1).expand(count, *self._left.shape[1:]))
        return self._left[:count]

    def _outputs_without(self, taken: torch.Tensor) -> torch.Tensor:
        """The convolution's outputs with the units of all levels removed."""
        return _together(self._following(replaced(taken, self._constants, self._gone, self._split.units)))


def _of_channels(following: nn.Conv2d, channels: list[int]) -> nn.Conv2d:
    """The part of a convolution that takes these channels, without its bias."""
    only = without_bias(following)
    only.weight = nn.Parameter(_together(following.weight[:, channels]), requires_grad=False)
    return only  # type: ignore[return-value]  # of the same kind


def _together(values: torch.Tensor) -> torch.Tensor:
    """The same with the channels of a position side by side, as convolutions and sums are quick."""
    return values.contiguous(memory_format=torch.channels_last)


def _pooled(split: Split, channels: int) -> tuple[nn.Module, nn.Module]:
    """What can be done first with a level's outputs, which stay as they are, and what then follows for all levels."""
    steps = quick(split.after)
    if not split.whole or not steps or not isinstance(steps[0], nn.MaxPool2d):
        return nn.Identity(), split.after
    first = 2 if len(steps) > 1 and isinstance(steps[1], nn.ReLU) else 1
    then = steps[first:]  # of each level little is left
    match then:
        case [nn.Flatten(start_dim=1, end_dim=-1), nn.Linear() as layer, *others]:
            then = [_Flat(layer, channels), *others]
    return nn.Sequential(*steps[:first]), nn.Sequential(*then)


class _Flat(nn.Module):
    """A linear layer that takes images as they lie in memory, with the channels of a position side by side."""

    def __init__(self, layer: nn.Linear, channels: int) -> None:
        super().__init__()
        self._bias = layer.bias
        self._weight = layer.weight.view(len(layer.weight), channels, -1).movedim(1, -1).flatten(1)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return nn.functional.linear(images.movedim(1, -1).flatten(1), self._weight, self._bias)
