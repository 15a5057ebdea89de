"""A place: a run or a group of runs, one of its layers and one of its snapshots."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from workbench.runs.collection.groups import RunGroup, group_of
from workbench.runs.collection.naming import moment, short_name

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from workbench.runs.layer import Layer
    from workbench.runs.run import Run

    Subject = tuple[tuple[tuple[Path, str], ...], str]
    Key = tuple[tuple[object, ...], str, int]


@dataclass(frozen=True)
class Place:
    """What a picture, a question or a cost is about.

    Two places are equal when they are of the same readings of the same files: a run that has grown is another one.
    """

    source: Run | RunGroup
    layer: str = ""  # "" where it is of no layer
    snapshot: int = 0  # counted from 0

    @property
    def group(self) -> RunGroup | None:
        """The group; None where it is of a single run."""
        return self.source if isinstance(self.source, RunGroup) else None

    @property
    def runs(self) -> tuple[Run, ...]:
        """The run, or those of the group in the order of their seeds."""
        return self.source.runs if isinstance(self.source, RunGroup) else (self.source,)

    @property
    def run(self) -> Run:
        """The run; of a group the first one, whose layers and snapshots all of them have."""
        return self.runs[0]

    @property
    def others(self) -> tuple[Run, ...]:
        """The other runs of the group; none where it is of a single run."""
        return self.runs[1:]

    @property
    def alone(self) -> Place:
        """The same of its run alone; of a group that of the first one."""
        return replace(self, source=self.run)

    @property
    def each(self) -> tuple[Place, ...]:
        """The same of each run alone."""
        return tuple(replace(self, source=run) for run in self.runs)

    @property
    def snapshots(self) -> int:
        """How many snapshots there are; of a group those that every run has."""
        return self.source.snapshots

    @property
    def layer_view(self) -> Layer:
        """The layer of the run. RunError: it has no such layer."""
        return self.run.layer(self.layer)

    @property
    def subject(self) -> Subject:
        """What it is about, whatever the snapshot: the same for every reading of a run, another for each copy."""
        return tuple(run.locator for run in self.runs), self.layer

    @property
    def key(self) -> Key:
        """What is cached about it in memory goes by this: the open files, the layer, the snapshot.

        The same while a run grows, another for each copy of its file.
        """
        return tuple(run.identity for run in self.runs), self.layer, self.snapshot

    @property
    def name(self) -> str:
        """What people tell the run or group by."""
        return self.source.name if isinstance(self.source, RunGroup) else short_name(self.source)

    @property
    def words(self) -> str:
        """The run, layer and epoch: "digits_conv · fc1, epoch 40"; without a layer "digits_conv, epoch 40"."""
        return self.words_with(self.layer)

    def words_with(self, layers: str) -> str:
        """The same with these words for its layers: "digits_conv · fc1+fc2, epoch 40"."""
        return f"{self.name}{' · ' if layers else ''}{layers}, {moment(self.run, self.snapshot)}"

    def at(self, snapshot: int) -> Place:
        """The same at another snapshot."""
        return replace(self, snapshot=snapshot)

    def same_source(self, other: Place | None) -> bool:
        """Whether both are of one run or group, however far it has grown; a copy is another run."""
        return other is not None and self.subject[0] == other.subject[0]

    def same_layer(self, other: Place | None) -> bool:
        """Whether both are of one layer of one run or group."""
        return other is not None and self.subject == other.subject


def place_in(run: Run, layer: str, snapshot: int = -1) -> Place:
    """A layer of a run at a snapshot, which may be counted from the end.

    RunError: there is no such layer; IndexError: no such snapshot.
    """
    return Place(run, run.layer(layer).name, run.resolve(snapshot))


def with_others(place: Place, others: Sequence[Run]) -> Place:
    """The place in the group that its run forms with these others; the same place where there are none.

    ValueError: they form none.
    """
    return replace(place, source=group_of((*place.runs, *others), place.snapshot)) if others else place
