"""What is stacked under a layer: other runs, other snapshots and low-rank parts, as settings name them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from workbench.figures.comparing.picture import other_moment
from workbench.runs.collection.naming import moment, short_name
from workbench.runs.errors import RunError
from workbench.runs.place import Place

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from workbench.figures.settings import When
    from workbench.runs.run import Run

RUN, SNAPSHOT, RANK = "run:", "snapshot:", "rank:"  # how an entry of the setting begins
MOST_STACKED = 8  # layers, the first one included: as many as there are colours


@dataclass(frozen=True)
class Member:
    """One layer of a stack."""

    place: Place
    rank: int | None = None  # its best approximation of this rank stands for it

    @property
    def key(self) -> object:
        """All that it depends on, but for the file, which this does not keep open."""
        return self.place.run.locator, self.place.layer, self.place.snapshot, self.rank

    @property
    def ground(self) -> object:
        """The same whatever the snapshot; of a layer of the selected run another for each snapshot that is named."""
        return self.place.subject, self.rank

    @property
    def words(self) -> str:
        """Which it is: a run and a layer, and the rank."""
        rank = "" if self.rank is None else f" rank {self.rank}"
        return f"{self.place.run.run_id} {self.place.layer}{rank}"

    def same_layer(self, place: Place) -> bool:
        """Whether its units are those of this place, under the same numbers."""
        return self.place.same_layer(place)


def entry_of(member: Member, place: Place) -> str:
    """How a setting names a member of the stack that begins with `place`."""
    if member.rank is not None:
        return f"{RANK}{member.rank}"
    if member.same_layer(place):
        return f"{SNAPSHOT}{member.place.snapshot}"
    return f"{RUN}{member.place.run.run_id}@{member.place.snapshot}"


def run_ids(entries: Iterable[str]) -> tuple[str, ...]:
    """The runs that entries name."""
    return tuple(each.removeprefix(RUN).partition("@")[0] for each in entries if each.startswith(RUN))


def members_of(place: Place, entries: Sequence[str], runs: Sequence[Run] = (), when: When = "same") -> list[Member]:
    """The layers that are stacked under `place`, in the order of the entries.

    An entry is "run:ID@3" (without @ the moment that `when` says), "snapshot:3" or "rank:10". ValueError: it means
    nothing, or its run is not among `runs`, or has no such layer or snapshot.
    """
    if len(entries) >= MOST_STACKED:
        raise ValueError(f"at most {MOST_STACKED} layers can be stacked")
    return [_member(place, entry, runs, when) for entry in entries]


def _member(place: Place, entry: str, runs: Sequence[Run], when: When) -> Member:
    if entry.startswith(RUN):
        run_id, at, number = entry.removeprefix(RUN).partition("@")
        run = next((each for each in runs if each.run_id == run_id), None)
        if run is None:
            raise ValueError(f"the run {run_id} of the stack is not given")
        snapshot = _resolved(run, number) if at else other_moment(place, run, when).snapshot
        return Member(in_other_run(place, run, snapshot))
    if entry.startswith(SNAPSHOT):
        return Member(place.at(_resolved(place.run, entry.removeprefix(SNAPSHOT))))
    if entry.startswith(RANK) and (rank := entry.removeprefix(RANK)).isdecimal() and int(rank) > 0:
        return Member(place, int(rank))
    raise ValueError(f'{entry!r} cannot be stacked: write "{RUN}ID", "{SNAPSHOT}3" or "{RANK}10"')


def in_other_run(place: Place, run: Run, snapshot: int) -> Place:
    """The layer of this name in another run. ValueError: it has none."""
    try:
        return Place(run, run.layer(place.layer).name, snapshot)
    except RunError as error:
        raise ValueError(f"{short_name(run)} has no layer {place.layer}") from error


def _resolved(run: Run, number: str) -> int:
    try:
        return run.resolve(int(number))
    except (ValueError, IndexError) as error:
        raise ValueError(f"{short_name(run)} has no snapshot {number!r}") from error


def names_of(members: Sequence[Member]) -> tuple[str, ...]:
    """What the layers of a stack are called: by what tells each from the others: run, layer, moment, rank."""
    several_runs = len({each.place.run.locator for each in members}) > 1
    several_layers = len({each.place.layer for each in members}) > 1
    several_moments = len({moment(each.place.run, each.place.snapshot) for each in members}) > 1
    ranked = any(each.rank is not None for each in members)
    return tuple(_name(each, several_runs, several_layers, several_moments, ranked) for each in members)


def _name(member: Member, run: bool, layer: bool, at: bool, ranked: bool) -> str:
    place, parts = member.place, []
    if run:
        parts.append(short_name(place.run))
    if layer:
        parts.append(place.layer)
    if at:
        parts.append(moment(place.run, place.snapshot))
    if member.rank is not None:
        parts.append(f"rank {member.rank}")
    elif ranked and not parts:
        parts.append("W")
    return ", ".join(parts) or place.layer


def fitting(
    place: Place, entries: Sequence[str], runs: Sequence[Run], when: When, similarity: str
) -> tuple[tuple[Member, ...], tuple[str, ...]]:
    """The members that can be stacked under a place, and a sentence for each entry that cannot."""
    found: list[Member] = []
    notes: list[str] = []
    if entries and similarity == "outputs":
        return (), ("nothing is stacked: outputs of different networks are not compared",)
    for entry in entries[: MOST_STACKED - 1]:
        try:
            member = _member(place, entry, runs, when)
        except ValueError as error:
            notes.append(f"not stacked: {error}")
            continue
        inputs, wanted = member.place.layer_view.inputs, place.layer_view.inputs
        if inputs != wanted:
            notes.append(f"{short_name(member.place.run)} is not stacked: {inputs:,} inputs, not {wanted:,}")
        elif member.key != Member(place).key and member.key not in [each.key for each in found]:
            found.append(member)
    return tuple(found), tuple(notes)
