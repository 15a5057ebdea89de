"""A removal curve at a few levels, for a first answer where all levels take long."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Protocol, TypeAlias

import numpy as np

from workbench.evaluation.removal.channels import channels_of
from workbench.evaluation.removal.routes import without

if TYPE_CHECKING:
    from collections.abc import Iterator

    import torch
    from numpy.typing import NDArray

    from workbench.evaluation.networks.network import Split, Values

STEPS, FEWEST = 8, 4  # between the levels
SOON = 256  # images of the first answer

# Which levels a curve has: all, also in its first answer; a few in the first one where all take long; a few and no more
# there, or the fewest; some (`falling.some_levels`) there; these and all before its fall (`falling.falling_curve`); or
# those named.
Levels: TypeAlias = Literal["all", "few first", "few", "fewest", "some", "fall"] | tuple[int, ...]


class ChunkLogits(Protocol):
    """The logits of a chunk level by level, from what the following layer takes of it and the shortcuts around it."""

    def __call__(self, taken: torch.Tensor, shortcuts: Values = ()) -> Iterator[torch.Tensor]: ...


def coarse_levels(removed: int, steps: int = STEPS) -> NDArray[np.int64]:
    """At most nine numbers of removed units from 0 to `removed`, ascending: 1 is one, and there are more at the start.

    With other `steps`: one more than these.

    That none can go is thus never said of levels that were left out.
    """
    if removed <= steps:
        return np.arange(removed + 1)
    return np.unique([0, *np.geomspace(1, removed, steps).round().astype(np.int64)])


def few_levels(at: Levels, removed: int) -> NDArray[np.int64]:
    """The levels that `at` names where all take long: those given, the fewest, or a few."""
    if isinstance(at, tuple):
        return np.array(at, np.int64)
    return coarse_levels(removed, FEWEST if at == "fewest" else STEPS)


def at_levels(split: Split, constants: torch.Tensor, order: list[int], levels: NDArray[np.int64]) -> ChunkLogits:
    """A function: the logits of a chunk at these numbers of removed units, from the largest to the smallest."""
    channels = channels_of(split, constants, order, levels.tolist())
    if channels is not None:
        return channels

    def replacing(taken: torch.Tensor, shortcuts: Values = ()) -> Iterator[torch.Tensor]:
        for level in levels[::-1].tolist():
            yield without(split, taken, constants, order[:level], shortcuts)

    return replacing
