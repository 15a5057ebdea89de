"""What the window is looking at: the open runs and one frozen selection, replaced whole."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from weakref import ref

from PySide6.QtCore import QObject, Signal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from workbench.runs.descriptor import Identity
    from workbench.runs.layer import Layer
    from workbench.runs.run import Run


@dataclass(frozen=True)
class Selection:
    """A run, one of its layers, one of its snapshots and some of the layer's units."""

    run: Run | None = None
    layer: str | None = None
    snapshot: int = 0
    units: frozenset[int] = frozenset()

    @property
    def layer_view(self) -> Layer | None:
        """The chosen layer of the chosen run."""
        return self.run.layer(self.layer) if self.run is not None and self.layer is not None else None

    def same_run(self, other: Selection) -> bool:
        """Whether both are of one run, however far it has grown; a copy is another run."""
        one, two = self.run, other.run
        return one is two or (one is not None and two is not None and one.locator == two.locator)

    def same_layer(self, other: Selection) -> bool:
        """Whether both are of one layer of one run."""
        return self.same_run(other) and self.layer == other.layer


def first_layer_to_show(run: Run) -> str | None:
    """Of the hidden layers with at least twice as many inputs as units (else of all) the first with the most units."""
    hidden = run.layers[:-1]  # the last one has a unit for each class, and none to spare
    wide = [layer for layer in hidden if layer.inputs >= 2 * layer.units] or run.layers
    return max(wide, key=lambda layer: layer.units).name if wide else None


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

    def choose_run(self, run: Run) -> None:
        """Select a run; layer and snapshot are kept where the run has them, units where it is the selected run."""
        self.select(run=run)

    def remove(self, run: Run) -> None:
        """Close a run; the next open one is selected."""
        left = tuple(known for known in self._runs if known is not run)
        self._runs = left
        if self._selection.run is run:
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
        if self._selection.run is old:
            self.choose_run(new)  # another run may have taken the file's place, with other layers

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

    def adjust(self, **fields: object) -> None:
        """The same as `select` for what follows by itself from something else: nobody asked for it, nor undoes it."""
        before, self._adjusting = self._adjusting, True
        try:
            self.select(**fields)
        finally:
            self._adjusting = before

    @property
    def adjusting(self) -> bool:
        """Whether the change that is announced follows by itself from another."""
        return self._adjusting

    def select(self, **fields: object) -> None:
        """Replace fields of the selection. Units belong to a layer of a run: another one begins without any."""
        wanted = replace(self._selection, **fields)  # type: ignore[arg-type]
        if "units" not in fields and not wanted.same_layer(self._selection):
            wanted = replace(wanted, units=frozenset())
        self._replace(_inside(wanted))

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


def _inside(wanted: Selection) -> Selection:
    """The selection with its layer and snapshot inside its run, and its units inside its layer."""
    if wanted.run is not None and wanted.layer not in {layer.name for layer in wanted.run.layers}:
        wanted = replace(wanted, layer=first_layer_to_show(wanted.run), units=frozenset())
    last = max(wanted.run.snapshots - 1, 0) if wanted.run is not None else 0
    layer = wanted.layer_view
    units = frozenset(unit for unit in wanted.units if layer is not None and 0 <= unit < layer.units)
    return replace(wanted, snapshot=min(max(wanted.snapshot, 0), last), units=units)
