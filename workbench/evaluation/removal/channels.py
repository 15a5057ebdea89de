"""The quick way where a convolution follows: a few images at a time pass all levels, from all units removed to none."""

from __future__ import annotations

from copy import deepcopy
from itertools import pairwise
from typing import TYPE_CHECKING

import torch
from torch import nn

from workbench.evaluation.giving_up import go_on
from workbench.evaluation.networks.network import quick
from workbench.evaluation.networks.prefix import without_bias
from workbench.evaluation.networks.side_by_side import side_by_side
from workbench.evaluation.removal.pooled import Pooled, suits_pooled
from workbench.evaluation.removal.rooms import room
from workbench.evaluation.removal.routes import replaced

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from workbench.evaluation.networks.network import Split, Values, WeightLayer

_BYTES_IN_CACHE = 2 << 20  # of what the following layer takes: a few such arrays stay in a processor's cache
_BYTES_AT_ONCE = 40 << 20  # of what is left after pooling at all levels


class _Through:
    """The logits of a chunk at several levels of what a convolution gives; `_few` says what is left of each level.

    A few images at a time pass all levels, so that what is written is read again while it is in the processor's cache.
    """

    def __init__(self, split: Split, following: nn.Conv2d, levels: int, outputs: torch.Tensor) -> None:
        """`outputs` are those of the convolution for one image."""
        self._split, self._levels = split, levels
        self._pool, self._then = _steps_after(split, following.out_channels)
        self._left = _together(self._pool(outputs))

    def __call__(self, taken: torch.Tensor, shortcuts: Values = ()) -> Iterator[torch.Tensor]:
        """The logits of a chunk at each level."""
        if self._then is None:
            for outputs in self._few(taken):
                go_on()  # each takes long
                yield self._split.finish(outputs, shortcuts)
        else:
            at_once = max(1, _BYTES_AT_ONCE // (self._levels * self._left[0].nbytes))
            pieces = taken.chunk(-(-len(taken) // at_once))
            yield from torch.cat([self._pooled(images, self._then) for images in pieces], dim=1)

    def _few(self, taken: torch.Tensor) -> Iterator[torch.Tensor]:
        """What is left after pooling at each level."""
        raise NotImplementedError

    def _pooled(self, taken: torch.Tensor, then: nn.Module) -> torch.Tensor:
        """The logits of some images, (L, n, K), where a max-pool leaves little of each level."""
        whole = self._room_for(self._levels * len(taken))
        left = whole.view(self._levels, len(taken), *whole.shape[1:])
        few = len(taken) if taken.device.type != "cpu" else max(1, _BYTES_IN_CACHE // taken[0].nbytes)

        def pool(images: slice) -> None:
            for level, values in enumerate(self._few(taken[images])):
                left[level, images] = values

        pieces = [slice(start, start + few) for start in range(0, len(taken), few)]
        for _ in side_by_side(pool, pieces, taken.device):
            pass
        logits: torch.Tensor = then(left.flatten(0, 1))
        return logits.view(self._levels, len(taken), -1)

    def _room_for(self, count: int) -> torch.Tensor:
        """Where what is left after pooling stands, (count, …): the same memory for every chunk and curve."""
        self._room = room()
        return self._room.tensor("left", count, self._left)


class Channels(_Through):
    """Before a convolution: the units between two levels come back together, from the largest level to the smallest.

    What they add to its outputs is one convolution of few channels.
    """

    def __init__(
        self, split: Split, following: nn.Conv2d, constants: torch.Tensor, order: list[int], levels: Sequence[int]
    ) -> None:
        self._units, self._following, self._constants = split.units, following, constants
        self._gone = order[: levels[-1]]
        groups = [order[low:high] for low, high in pairwise(levels)][::-1]
        self._back = [
            (torch.tensor(group, device=constants.device), _of_channels(following, group)) for group in groups
        ]
        outputs = self._outputs_without(constants[None])
        self._none_left = outputs if len(self._gone) == split.units else None
        super().__init__(split, following, len(levels), outputs)

    def _few(self, taken: torch.Tensor) -> Iterator[torch.Tensor]:
        if self._none_left is None:
            outputs = self._outputs_without(taken)
        else:
            outputs = _together(self._none_left.expand(len(taken), -1, -1, -1).clone())
        yield self._pool(outputs)
        changes = (taken - self._constants).movedim(1, -1)
        for group, only in self._back:
            outputs += only(changes.index_select(3, group).movedim(-1, 1))
            yield self._pool(outputs)

    def _outputs_without(self, taken: torch.Tensor) -> torch.Tensor:
        """The convolution's outputs with the units of all levels removed."""
        return _together(self._following(replaced(taken, self._constants, self._gone, self._units)))


class Reweighted(_Through):
    """The convolution with one weight after another, (O, m, height, width) each, from the first to the last.

    Of each one only the channels in which it differs from the one before are computed, unless it has fewer of its own.
    """

    def __init__(
        self, split: Split, following: nn.Conv2d, constants: torch.Tensor, weights: Sequence[torch.Tensor]
    ) -> None:
        self._steps = [(True, *_only(following, weights[0]))]
        for before, after in pairwise(weights):
            change, whole = _only(without_bias(following), after - before), _only(following, after)
            anew = len(whole[0]) < len(change[0])
            self._steps.append((anew, *(whole if anew else change)))
        super().__init__(split, following, len(weights), following(constants[None]))

    def _few(self, taken: torch.Tensor) -> Iterator[torch.Tensor]:
        positions = taken.movedim(1, -1)
        outputs = taken.new_empty(0)
        for anew, channels, only in self._steps:
            found = _together(only(positions.index_select(3, channels).movedim(-1, 1)))
            outputs = found if anew else outputs.add_(found)
            yield self._pool(outputs)


def _only(like: WeightLayer, weight: torch.Tensor) -> tuple[torch.Tensor, nn.Conv2d]:
    """The channels in which a weight is not zero, and a convolution of these alone; the first where all are zero."""
    channels = weight.flatten(2).any(2).any(0).nonzero().flatten()
    channels = channels if len(channels) else channels.new_zeros(1)
    only = deepcopy(like)
    only.weight = nn.Parameter(_together(weight.index_select(1, channels)), requires_grad=False)
    return channels, only  # type: ignore[return-value]  # it is like a convolution


def channels_of(
    split: Split, constants: torch.Tensor, order: list[int], levels: Sequence[int]
) -> Channels | Pooled | None:
    """The quick way through these numbers of removed units, which ascend from 0; None where it cannot be taken."""
    following = split.following
    if not isinstance(following, nn.Conv2d) or following.groups > 1 or following.padding_mode != "zeros":
        return None
    if suits_pooled(split, constants, levels):
        then = _steps_after(split, following.out_channels)[1]
        assert then is not None
        return Pooled(split, constants, order, levels, then)
    return Channels(split, following, constants, order, levels)


def _of_channels(following: nn.Conv2d, channels: list[int]) -> nn.Conv2d:
    """The part of a convolution that takes these channels, without its bias."""
    only = without_bias(following)
    which = torch.tensor(channels, dtype=torch.int64, device=following.weight.device)
    only.weight = nn.Parameter(_together(following.weight.index_select(1, which)), requires_grad=False)
    return only  # type: ignore[return-value]  # of the same kind


def _together(values: torch.Tensor) -> torch.Tensor:
    """The same with the channels of a position side by side, as convolutions and sums are quick."""
    return values.contiguous(memory_format=torch.channels_last)


def _steps_after(split: Split, channels: int) -> tuple[nn.Module, nn.Module | None]:
    """What can be done first with a level's outputs, which stay as they are, and what then follows for all levels.

    That is nothing and None where no max-pool comes first, or where shortcuts do.
    """
    steps = quick(split.after)
    if not split.whole or not steps or not isinstance(steps[0], nn.MaxPool2d):
        return nn.Identity(), None
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
