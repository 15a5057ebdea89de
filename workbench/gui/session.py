"""What the window is looking at: the open runs and one frozen selection, replaced whole."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

if TYPE_CHECKING:
    from collections.abc import Mapping

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
        self._adjusting = False
        self._to_tell: deque[tuple[Selection, Selection, bool]] = deque()
        self._telling = False
        self._damage: dict[str, dict[int, str]] = {}

    @property
    def selection(self) -> Selection:
        return self._selection

    @property
    def runs(self) -> tuple[Run, ...]:
        return self._runs

    def damage(self, run: Run) -> Mapping[int, str]:
        """{snapshot: what is wrong with its stored numbers}, as far as it is known."""
        return self._damage.get(run.run_id, {})

    def note_damage(self, run_id: str, snapshot: int, problem: str) -> None:
        """Remember that a snapshot of a run is not what was written, or not finite; `damage_noted` follows."""
        self._damage.setdefault(run_id, {}).setdefault(snapshot, problem)
        self.damage_noted.emit()

    def add(self, run: Run) -> None:
        """Take in an opened run and select it; a run that is open already is replaced by this reading of it."""
        for known in self._runs:
            if known.path == run.path:
                self.renew(known, run)
                self.choose_run(run)
                known.close()
                return
        self._runs = (*self._runs, run)
        self.runs_changed.emit()
        self.choose_run(run)

    def choose_run(self, run: Run) -> None:
        """Select a run; layer and snapshot are kept where the run has them."""
        layer = self._selection.layer
        if layer not in {known.name for known in run.layers}:
            layer = first_layer_to_show(run)
        self.select(run=run, layer=layer)

    def remove(self, run: Run) -> None:
        """Close a run; the next open one is selected."""
        self._runs = tuple(known for known in self._runs if known is not run)
        if self._selection.run is run:
            if self._runs:
                self.choose_run(self._runs[-1])
            else:
                self._replace(Selection())
        self.runs_changed.emit()
        run.close()

    def renew(self, old: Run, new: Run) -> None:
        """Put a newer reading of the same file in the place of an older one."""
        self._runs = tuple(new if known is old else known for known in self._runs)
        self.runs_changed.emit()
        if self._selection.run is old:
            self.choose_run(new)  # another run may have taken the file's place, with other layers

    def replace(self, runs: tuple[Run, ...], selection: Selection) -> None:
        """Put these runs in the place of the open ones, which are closed, and select what is wanted of them."""
        gone = [run for run in self._runs if all(run is not kept for kept in runs)]
        self._runs = runs
        self.runs_changed.emit()
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
        """Replace fields of the selection; snapshots stay inside the run, units inside the layer."""
        wanted = replace(self._selection, **fields)  # type: ignore[arg-type]
        if wanted.layer != self._selection.layer and "units" not in fields:
            wanted = replace(wanted, units=frozenset())
        self._replace(_inside(wanted))

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
    """The selection with its snapshot inside its run."""
    last = max(wanted.run.snapshots - 1, 0) if wanted.run is not None else 0
    return replace(wanted, snapshot=min(max(wanted.snapshot, 0), last))
