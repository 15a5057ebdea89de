"""The groups of a graph's units, which colours and shapes tell apart."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np

from workbench.analysis.close_pairs import ROUNDING
from workbench.analysis.graph import components
from workbench.analysis.layout.blocks import Block, block
from workbench.analysis.merging import REPEATED_COSINE
from workbench.figures import looks
from workbench.runs.saying import counted

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from workbench.analysis.communities import Communities
    from workbench.analysis.graph import WeightGraph
    from workbench.analysis.matrices import Float64Array
    from workbench.analysis.units import UnitStates

Colouring = Literal[  # the names in `COLOURINGS`
    "auto", "components", "communities", "repeated", "label", "norm", "norm_change", "cosine_to_start", "bias",
    "activity", "died_at", "degree", "nearest_cosine", "potential_share",
]  # fmt: skip
COLOURINGS: dict[str, str] = {
    "auto": "communities, else components",
    "components": "components",
    "communities": "communities",
    "repeated": f"repeated units (cosine ≥ {REPEATED_COSINE:g})",
    "label": "label (dead, untrained, repeated, trained)",
    "norm": "norm",
    "norm_change": "change of the norm since snapshot 0",
    "cosine_to_start": "cosine with snapshot 0",
    "bias": "bias",
    "activity": "activity",
    "died_at": "snapshot of death",
    "degree": "edges",
    "nearest_cosine": "cosine with the nearest unit",
    "potential_share": "share of the frame potential",
}

LEAST_REPEATED = REPEATED_COSINE - ROUNDING  # of the edge between two repeated units
MOST_NAMED = len(looks.COMPONENTS)  # groups that have a colour and a row in the legend each
MANY_GROUPS = 4  # from which on a legend on paper has one row for them all
SMALLER = MOST_NAMED  # the groups of units, as they are coloured: 0…7 are the largest of the partition
DEAD_UNITS, STILL_UNITS, ISOLATED_UNITS, OTHER_UNITS = range(MOST_NAMED + 1, MOST_NAMED + 5)
DEAD_OF = OTHER_UNITS + 1  # and the following: the dead units of each layer of a stack
STEPS = len(looks.RAMP)  # of a number that colours show
STEP = DEAD_OF + MOST_NAMED  # and the following: units whose number lies in this step
DEAD_STEP = STEP + STEPS  # and the following: dead ones of them
NOT_DRAWN = -1  # removed units, and those for which there is no room
# By group; isolated units are hollow, so theirs is never seen.
COLOURS = (
    *looks.COMPONENTS,
    looks.SMALLER,
    looks.DEAD,
    looks.HARDLY_MOVED,
    looks.NO_GROUP,
    looks.NO_GROUP,
    *looks.COMPONENTS,
    *looks.RAMP,
    *looks.RAMP,
)
CROSSES = (
    DEAD_UNITS,
    *range(DEAD_OF, STEP),
    *range(DEAD_STEP, len(COLOURS)),
)  # of dead units, which are crosses


@dataclass(frozen=True, eq=False)
class Partition:
    """Groups of two units or more, by what they are called."""

    word: str  # "component"
    labels: NDArray[np.int32]  # (m,) 0 is the largest; −1: in none
    sizes: tuple[int, ...]  # descending
    modularity: float | None = None  # of communities
    colours: tuple[int, ...] = ()  # the number of each group's colour, `SMALLER` where it has none of its own
    named: bool = False  # each group has a name of its own

    @property
    def words(self) -> str:
        """All of them: "8 communities (modularity 0.68)"."""
        many = {"community": "communities"}.get(self.word, f"{self.word}s")
        words = f"{len(self.sizes):,} {self.word if len(self.sizes) == 1 else many}"
        return words if self.modularity is None else f"{words} (modularity {self.modularity:.2f})"


def splits(graph: WeightGraph, found: Communities) -> bool:
    """Whether a component holds more than one community."""
    return found.found > graph.clusters


def partition_of(graph: WeightGraph, colouring: Colouring, found: Communities | None) -> Partition:
    """The groups that a colouring tells apart; where communities are not known (yet), components."""
    if colouring == "repeated":
        close = graph.edges[graph.inner_products >= LEAST_REPEATED]
        return _partition("repeated group", *components(graph.present, close[:, 0], close[:, 1]))
    wanted = found is not None and (colouring == "communities" or (colouring == "auto" and splits(graph, found)))
    if wanted and found is not None:
        return _partition("community", found.labels, found.sizes, found.modularity)
    return _partition("component", graph.component, graph.component_sizes)


def _partition(
    word: str, labels: NDArray[np.int32], sizes: NDArray[np.int64], modularity: float | None = None
) -> Partition:
    together = int(np.count_nonzero(sizes > 1))
    colours = tuple(min(number, SMALLER) for number in range(together))
    labels = np.where(labels < together, labels, -1)
    return Partition(word, labels, tuple(sizes[:together].tolist()), modularity, colours)


def coloured_like(partition: Partition, last: Partition) -> Partition:
    """The partition with the colours of another one of the same units: a group has that of the one it shares most with.

    Two groups with the largest overlap come first; the others take what is left, the largest first.
    """
    both = (partition.labels >= 0) & (last.labels >= 0)
    pairs = np.stack((partition.labels[both], last.labels[both]))
    found, counts = np.unique(pairs, axis=1, return_counts=True)
    colours: dict[int, int] = {}
    for at in np.lexsort((found[1], found[0], -counts)).tolist():
        group, colour = int(found[0, at]), last.colours[found[1, at]]
        if colour < SMALLER and group not in colours and colour not in colours.values():
            colours[group] = colour
    free = [colour for colour in range(MOST_NAMED) if colour not in colours.values()]
    for group in range(len(partition.sizes)):
        if group not in colours:
            colours[group] = free.pop(0) if free else SMALLER
    return replace(partition, colours=tuple(colours[group] for group in range(len(partition.sizes))))


def groups_of(
    graph: WeightGraph, states: UnitStates, partition: Partition, drawn: NDArray[np.bool_]
) -> NDArray[np.int32]:
    """(m,) the number of each unit's group, `NOT_DRAWN` where it is not drawn. Dead units are dead first of all."""
    colours = np.array([*partition.colours, OTHER_UNITS])  # the last one is that of label −1
    groups = colours[partition.labels]
    groups[graph.alone] = ISOLATED_UNITS
    groups[states.hardly_moved] = STILL_UNITS
    groups[states.dead] = DEAD_UNITS
    groups[~drawn] = NOT_DRAWN
    return groups.astype(np.int32)


def names_of(partition: Partition, groups: NDArray[np.int32], hardly_moved: str) -> dict[int, str]:
    """What the groups that are there are called, in the order of a legend."""
    there, rows = set(groups.tolist()), list(zip(partition.colours, partition.sizes, strict=True))
    names = {colour: f"{partition.word} of {size}" for colour, size in rows if colour != SMALLER}
    others = [size for colour, size in rows if colour == SMALLER]
    if others:
        smaller = max(others) < min(size for colour, size in rows if colour != SMALLER)
        names[SMALLER] = counted(len(others), "smaller one") if smaller else f"{len(others):,} more"
    names |= {OTHER_UNITS: f"in no {partition.word}", ISOLATED_UNITS: "isolated"}
    names |= {STILL_UNITS: hardly_moved, DEAD_UNITS: "dead"}
    return {group: name for group, name in names.items() if group in there or group == SMALLER}


def short_names(partition: Partition, names: Mapping[int, str]) -> dict[int, str]:
    """The same for a legend, where many groups of one kind are named once."""
    if partition.named or (len(partition.sizes) < 2 and partition.modularity is None):
        return dict(names)
    short, sizes = {}, dict(zip(partition.colours, partition.sizes, strict=True))
    for group, name in names.items():
        size = sizes.get(group, 0)
        first = next(iter(names)) == group
        short[group] = (f"{partition.words}: {size:,}" if first else f"{size:,}") if group < SMALLER else name
    return short


def rows_of(partition: Partition, names: Mapping[int, str]) -> list[tuple[tuple[int, ...], str]]:
    """The same for a legend on paper: many groups of one kind are one row."""
    colours = tuple(group for group in names if group <= SMALLER)
    if partition.named or len(colours) < MANY_GROUPS:
        return [((group,), name) for group, name in short_names(partition, names).items()]
    return [(colours, partition.words), *(((group,), name) for group, name in names.items() if group > SMALLER)]


def blocks_of(
    groups: NDArray[np.int32], alone: NDArray[np.bool_], radii: Float64Array, names: Mapping[int, str]
) -> tuple[Block, ...]:
    """A block for the dead, one for those that hardly moved, one for the other units `alone`, where there are any.

    A unit with an edge is not alone, whatever became of it; then a label says of how many. The units of the first two
    are isolated too, so beside them the third one holds the others.
    """
    blocks: list[Block] = []
    for group in (DEAD_UNITS, STILL_UNITS, ISOLATED_UNITS):
        units = np.flatnonzero(alone & (groups == group))
        if len(units):
            there = int(np.count_nonzero(groups == group))
            of_all = "" if there == len(units) else f" of {there:,}"
            name = f"other {names[group]}" if blocks and group == ISOLATED_UNITS else names[group]
            blocks.append(block(f"{len(units):,}{of_all} {name}", units, radii))
    return tuple(blocks)


def groups_by_origin(
    origins: NDArray[np.int64], dead: NDArray[np.bool_], drawn: NDArray[np.bool_]
) -> NDArray[np.int32]:
    """(M,) the group of each node of a stack: that of its layer, dead units with a shape of their own."""
    groups = np.where(dead, DEAD_OF + origins, origins)
    groups[~drawn] = NOT_DRAWN
    return groups.astype(np.int32)


def names_by_origin(names: Sequence[str], groups: NDArray[np.int32]) -> dict[int, str]:
    """What these groups are called."""
    there = set(groups.tolist())
    every = dict(enumerate(names))
    every |= {DEAD_OF + number: f"dead of {name}" for number, name in enumerate(names)}
    return {group: name for group, name in every.items() if group in there}


def blocks_by_origin(
    groups: NDArray[np.int32], alone: NDArray[np.bool_], radii: Float64Array, names: Sequence[str]
) -> tuple[Block, ...]:
    """Two blocks for each layer of a stack, its dead and its other units that are alone, where there are any."""
    blocks = []
    for number, name in enumerate(names):
        for group, what in ((DEAD_OF + number, "dead"), (number, "isolated")):
            units = np.flatnonzero(alone & (groups == group))
            if len(units):
                blocks.append(block(f"{len(units):,} {what} of {name}", units, radii))
    return tuple(blocks)
