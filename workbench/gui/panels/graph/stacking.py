"""What is stacked under the layer of the weight graph: a button with a menu, and the setting behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QEvent, QObject, Signal
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu, QPushButton

from workbench.figures.settings import WHEN
from workbench.figures.stacks.members import RANK, RUN, SNAPSHOT, Member, entry_of, fitting
from workbench.gui.widgets.forms.values import Setting
from workbench.gui.widgets.icons import icon
from workbench.gui.widgets.plain_text import literal
from workbench.runs.collection.naming import moment, short_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workbench.figures.graph.needs import GraphNeeds
    from workbench.figures.settings import When
    from workbench.gui.state.session import Session
    from workbench.runs.place import Place
    from workbench.runs.run import Run

RANKS = (5, 10, 20, 50)
TIP = "Stack: show the units of other runs, other snapshots or a low rank in the same graph"


class StackButton(QPushButton):
    """An icon, so that the controls fit one line; next to it stands how many layers are stacked."""

    def __init__(self) -> None:
        super().__init__()
        self.setToolTip(TIP)
        self.setAccessibleName("Stack")
        self.setIcon(icon("stack"))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self.setIcon(icon("stack"))


class Stacking(QObject):
    """Belongs to a graph panel; `changed` follows every choice."""

    changed = Signal()
    pairs_wanted = Signal()  # their list is to be seen

    def __init__(self, session: Session, parent: QObject) -> None:
        super().__init__(parent)
        self._session = session
        self.entries: tuple[str, ...] = ()
        self._when: When = "same"  # of other runs, where none is chosen in Compare
        self.notes: tuple[str, ...] = ()  # what does not fit under the layer, and why
        self.button = StackButton()
        self.menu = QMenu(self.button)
        self.menu.setToolTipsVisible(True)
        self.menu.aboutToShow.connect(self._fill)
        self.button.setMenu(self.menu)
        session.runs_changed.connect(self._on_session_runs_changed)
        session.compared.changed.connect(self._on_compared_changed)

    def members(self, place: Place, similarity: str) -> tuple[Member, ...]:
        """The layers under that of the place; those that do not fit are left out, and `notes` says why."""
        found, self.notes = fitting(place, self.entries, self._session.runs, self.when, similarity)
        return found

    @property
    def when(self) -> When:
        """Which snapshot of other runs: that of Compare, where another run is chosen there."""
        compared = self._session.compared
        return self._when if compared.run is None else compared.when

    def put(self, entries: Sequence[str]) -> None:
        """Stack these, in this order."""
        if tuple(entries) != self.entries:
            self.entries = tuple(entries)
            self.button.setText(str(len(entries)) if entries else "")
            self.changed.emit()

    def setting(self) -> Setting:
        """The entries, as a list."""
        return Setting(lambda: list(self.entries), self._write, self.button)

    @staticmethod
    def explicit(needs: GraphNeeds) -> list[str]:
        """The entries with the moments that are shown, for a figure."""
        return [entry_of(each, needs.place) for each in needs.stacked]

    @staticmethod
    def others(needs: GraphNeeds) -> tuple[Run, ...]:
        """The runs besides the selected one, for a figure."""
        runs = {each.place.run.locator: each.place.run for each in needs.stacked}
        return tuple(run for locator, run in runs.items() if locator != needs.place.run.locator)

    def _write(self, value: Any) -> None:
        if not isinstance(value, list | tuple) or not all(isinstance(each, str) for each in value):
            raise ValueError(f"{value!r} is no list of layers to stack")
        wrong = [each for each in value if not each.startswith((RUN, SNAPSHOT, RANK))]
        if wrong:
            raise ValueError(f"{wrong[0]!r} cannot be stacked")
        self.put(value)

    def _fill(self) -> None:
        """The menu for the selected place."""
        self.menu.clear()
        place = self._session.selection.place
        if place is None or not place.layer:
            self.menu.addAction("Select a layer first").setEnabled(False)
            return
        for run in self._session.runs:
            if run.locator != place.run.locator:
                self._add_run(run, place)
        self._add_snapshots(place)
        for rank in RANKS:
            if rank < min(place.layer_view.units, place.layer_view.inputs):
                self._add(f"Its best approximation of rank {rank}", f"{RANK}{rank}")
        self.menu.addSeparator()
        if len(self._session.runs) > 1:
            self._add_moments()
        nothing = self.menu.addAction("Stack nothing")
        nothing.setEnabled(bool(self.entries))
        nothing.triggered.connect(lambda: self.put(()))
        listed = self.menu.addAction("List the pairs")
        listed.setEnabled(bool(self.entries))
        listed.triggered.connect(self.pairs_wanted)

    def _add_run(self, run: Run, place: Place) -> None:
        there = {layer.name: layer for layer in run.layers}.get(place.layer)
        entry = f"{RUN}{run.run_id}"
        action = self._add(f"{literal(place.layer)} of {literal(short_name(run))}", entry)
        if there is None or not run.snapshots:
            action.setToolTip("It has no such layer" if run.snapshots else "It has no snapshot yet")
        elif there.inputs != place.layer_view.inputs:
            action.setToolTip(f"Its {literal(place.layer)} has {there.inputs:,} inputs")
        else:
            return
        action.setEnabled(action.isChecked())

    def _add_snapshots(self, place: Place) -> None:
        last = place.run.snapshots - 1
        offered = {0: "first snapshot", last: "last snapshot", place.snapshot: "snapshot that is shown now"}
        for entry in self.entries:
            if entry.startswith(SNAPSHOT) and (number := entry.removeprefix(SNAPSHOT)).isdecimal():
                offered.setdefault(min(int(number), last), "snapshot")
        for snapshot, words in sorted(offered.items()):
            self._add(f"Its {words} ({moment(place.run, snapshot)})", f"{SNAPSHOT}{snapshot}")

    def _add(self, text: str, entry: str) -> QAction:
        action = self.menu.addAction(text)
        action.setCheckable(True)
        action.setChecked(entry in self.entries)
        action.setData(entry)
        action.toggled.connect(lambda on: self._choose(entry, on))
        return action

    def _choose(self, entry: str, on: bool) -> None:
        others = [each for each in self.entries if each != entry]
        self.put([*others, entry] if on else others)

    def _add_moments(self) -> None:
        """Which snapshot of the other runs: the same choice as in Compare."""
        menu = self.menu.addMenu("Other runs at")
        group = QActionGroup(menu)
        for when, words in WHEN.items():
            action = menu.addAction(words.capitalize())
            action.setCheckable(True)
            action.setChecked(when == self.when)
            action.triggered.connect(lambda _on, when=when: self._choose_when(when))
            group.addAction(action)

    def _choose_when(self, when: When) -> None:
        self._when = when
        compared = self._session.compared
        if compared.run is not None:
            compared.choose(compared.run, when)
        self.changed.emit()

    def _on_session_runs_changed(self) -> None:
        """A run that was closed leaves the stack."""
        there = {f"{RUN}{run.run_id}" for run in self._session.runs}
        self.put([each for each in self.entries if not each.startswith(RUN) or each.partition("@")[0] in there])

    def _on_compared_changed(self) -> None:
        if self.entries:
            self.changed.emit()
