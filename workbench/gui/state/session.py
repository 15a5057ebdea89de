"""What the window is looking at: the open runs and one frozen selection, replaced whole."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypedDict, Unpack
from weakref import ref

from PySide6.QtCore import QObject, Signal

from workbench.cached import cached_property
from workbench.gui.state.compared import Compared
from workbench.runs.collection.groups import RunGroup, group_of
from workbench.runs.place import Place

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from workbench.runs.files.descriptor import Identity
    from workbench.runs.run import Run


class Changes(TypedDict, total=False):
    """What of a selection is replaced."""

    source: Run | RunGroup
    layer: str
    snapshot: int
    units: frozenset[int]


NO_RUN = "Open a run first."
GROUP = "Several runs are selected. Choose one of them in the Run panel first."


@dataclass(frozen=True)
class Selection:
    """A place in what is open, and some of its layer's units."""

    place: Place | None = None  # None: no run is open
    units: frozenset[int] = frozenset()

    @property
    def run(self) -> Run | None:
        """The chosen run; None where no run is open or a group is chosen."""
        return None if self.place is None or self.place.group is not None else self.place.run

    @property
    def no_run(self) -> str:
        """Why `run` is None, and what to do."""
        return NO_RUN if self.place is None else GROUP

    @cached_property
    def beginnings(self) -> tuple[str, ...]:
        """How sentences about the place begin: the status bar says it already. Found once for all panels."""
        place = self.place
        if place is None or not place.snapshots:
            return ()
        known = (place.words, place.words_with(""), f"{place.name} · {place.layer}")
        return *(f"{words}: " for words in known), f"{place.words}, "

    def same_source(self, other: Selection) -> bool:
        """Whether both are of one run or group, however far it has grown; a copy is another run."""
        return self.place is other.place is None or (self.place is not None and self.place.same_source(other.place))

    def same_layer(self, other: Selection) -> bool:
        """Whether both are of one layer of one run or group."""
        return self.place is other.place is None or (self.place is not None and self.place.same_layer(other.place))


def first_layer_to_show(run: Run) -> str:
    """Of the hidden layers with at least twice as many inputs as units (else of all) the first with the most units.

    "" where the run has no layer.
    """
    hidden = run.layers[:-1]  # the last one has a unit for each class, and none to spare
    wide = [layer for layer in hidden if layer.inputs >= 2 * layer.units] or run.layers
    return max(wide, key=lambda layer: layer.units).name if wide else ""


class Session(QObject):
    """The open runs and the selection. `changed(old, new)` follows every change of the selection.

    A slot that selects again is heard by all others after they were told of the change that it answers: nobody is told
    of the newer one first.
    """

    changed = Signal(object, object)
    runs_changed = Signal()
    damage_noted = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._selection = Selection()
        self._runs: tuple[Run, ...] = ()
        self._older: list[ref[Run]] = []  # readings that newer ones replaced; panels may still compute on them
        self._adjusting = False
        self._to_tell: deque[tuple[Selection, Selection, bool]] = deque()
        self._telling = False
        self._damage: dict[Identity, dict[int, str]] = {}
        self.compared = Compared(self)  # the run that stands beside the selected one

    @property
    def selection(self) -> Selection:
        return self._selection

    @property
    def runs(self) -> tuple[Run, ...]:
        return self._runs

    def damage(self, run: Run) -> Mapping[int, str]:
        """{snapshot: what is wrong with its stored numbers}, as far as it is known."""
        return self._damage.get(run.identity, {})

    def note_damage(self, file: Identity, snapshot: int, problem: str) -> None:
        """Remember that a snapshot in an open file is not what was written, or not finite; `damage_noted` follows."""
        if any(run.identity == file for run in self._runs):
            self._damage.setdefault(file, {}).setdefault(snapshot, problem)
            self.damage_noted.emit()

    def forget_damage(self, run: Run) -> None:
        """Take back what was noted about a run's file, which is about to be looked through again."""
        self._damage.pop(run.identity, None)

    def add(self, run: Run) -> None:
        """Take in an opened run and select it; a run that is open already is replaced by this reading of it.

        The older reading closes when nothing computes on it any more.
        """
        for known in self._runs:
            if known.path == run.path:
                self.renew(known, run)
                self.choose_run(run)
                return
        self._set_runs((*self._runs, run))
        self.choose_run(run)

    def choose_run(self, run: Run | RunGroup) -> None:
        """Select a run or group; layer and snapshot stay where it has them, units where it is the selected one."""
        self.select(source=run)

    def opened(self, locators: Sequence[tuple[Path, str]]) -> Run | RunGroup | None:
        """The open run at this place, or the group of the open runs at these places; None where one is closed."""
        found = [next((run for run in self._runs if run.locator == locator), None) for locator in locators]
        there = tuple(run for run in found if run is not None)
        if not there or len(there) < len(found):
            return None
        return there[0] if len(there) == 1 else RunGroup(there)

    def remove(self, run: Run) -> None:
        """Close a run; the next open one is selected."""
        left = tuple(known for known in self._runs if known is not run)
        self._runs = left
        if self._selects(run):
            if self._runs:
                self.choose_run(self._runs[-1])
            else:
                self._replace(Selection())
        self._set_runs(left)
        run.close()

    def renew(self, old: Run, new: Run) -> None:
        """Put a newer reading of the same file in the place of an older one."""
        self._older = [*(older for older in self._older if older() is not None), ref(old)]
        self._set_runs(tuple(new if known is old else known for known in self._runs))
        place = self._selection.place
        if place is None or not self._selects(old):
            return
        if place.group is None:
            self.choose_run(new)  # another run may have taken the file's place, with other layers
        else:
            self.choose_run(_still_a_group(tuple(new if run is old else run for run in place.runs)))

    def close(self) -> None:
        """Close every run, older readings too. Nothing computes on them any more."""
        for run in (*self._runs, *(older() for older in self._older)):
            if run is not None:
                run.close()

    def replace(self, runs: tuple[Run, ...], selection: Selection) -> None:
        """Put these runs in the place of the open ones, which are closed, and select what is wanted of them."""
        gone = [run for run in self._runs if all(run is not kept for kept in runs)]
        self._set_runs(runs)
        self._replace(_inside(selection))
        for run in gone:
            run.close()

    def adjust(self, **changes: Unpack[Changes]) -> None:
        """Like `select`, for changes that follow from other changes: no user made them, so they cannot be undone."""
        before, self._adjusting = self._adjusting, True
        try:
            self.select(**changes)
        finally:
            self._adjusting = before

    @property
    def adjusting(self) -> bool:
        """Whether the change that is announced follows by itself from another."""
        return self._adjusting

    def select(self, **changes: Unpack[Changes]) -> None:
        """Change the selection. Units belong to a layer of a run or group: another one begins without any.

        Nothing happens where only a layer, snapshot or units are named and no run is open.
        """
        before = self._selection
        units = changes.get("units")
        fields = {name: value for name, value in changes.items() if name != "units"}
        place = before.place
        if place is None and "source" in changes:
            place = Place(changes["source"])
        if place is None:
            return
        wanted = Selection(replace(place, **fields), before.units if units is None else units)  # type: ignore[arg-type]
        if units is None and not wanted.same_layer(before):
            wanted = replace(wanted, units=frozenset())
        self._replace(_inside(wanted))

    def _selects(self, run: Run) -> bool:
        """Whether a run is selected, alone or in a group."""
        place = self._selection.place
        return place is not None and any(each is run for each in place.runs)

    def _set_runs(self, runs: tuple[Run, ...]) -> None:
        """Have these runs open. What is known of closed files goes: another file may get their identity."""
        self._runs = runs
        open_files = {run.identity for run in runs}
        self._damage = {file: problems for file, problems in self._damage.items() if file in open_files}
        self.runs_changed.emit()

    def _replace(self, new: Selection) -> None:
        old, self._selection = self._selection, new
        if new == old:
            return
        self._to_tell.append((old, new, self._adjusting))
        if not self._telling:
            self._tell()

    def _tell(self) -> None:
        before, self._telling = self._adjusting, True
        try:
            while self._to_tell:
                old, new, self._adjusting = self._to_tell.popleft()
                self.changed.emit(old, new)
        finally:
            self._telling, self._adjusting = False, before


def _still_a_group(runs: tuple[Run, ...]) -> Run | RunGroup:
    """The runs as a group, of which one was read again; the first one alone where it is none any more."""
    try:
        return group_of(runs)
    except ValueError:  # another run has taken the place of one of the files
        return runs[0]


def _inside(wanted: Selection) -> Selection:
    """The selection with its layer and snapshot inside its run, and its units inside its layer."""
    place = wanted.place
    if place is None:
        return Selection()
    if place.layer not in {layer.name for layer in place.run.layers}:
        wanted = replace(wanted, units=frozenset())
        place = replace(place, layer=first_layer_to_show(place.run))
    place = place.at(min(max(place.snapshot, 0), max(place.snapshots - 1, 0)))
    count = place.layer_view.units if place.layer else 0
    return Selection(place, frozenset(unit for unit in wanted.units if 0 <= unit < count))
