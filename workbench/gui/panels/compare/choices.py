"""The controls of the panel: what is shown, the other run, its snapshot, an unrelated seed, and whose turn it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QComboBox

from workbench.figures.comparing.picture import layers_beside
from workbench.figures.comparing.showing import NONE, ROWS
from workbench.figures.settings import CompareSettings
from workbench.gui.widgets.forms.values import Setting, list_for, whole_box_for
from workbench.runs.collection.groups import refusal
from workbench.runs.collection.naming import short_name

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from workbench.figures.settings import Part, Show, When
    from workbench.gui.state.session import Session
    from workbench.runs.place import Place
    from workbench.runs.run import Run

THIS_RUN = "This run"
SAME_LAYER, NO_LAYER = "Same layer", "No other has {} inputs"
FIRST_SEED, NO_SEED = "Another seed: any open", "Another seed: none"


class Choices(QObject):
    """`changed` follows every choice. The other run and its snapshot are those of the whole window."""

    changed = Signal()

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._selected: object = None  # the run that is not listed: it is "This run"
        self.show, self.part = list_for(CompareSettings, "show"), list_for(CompareSettings, "part")
        self.when, self.rank = list_for(CompareSettings, "when"), whole_box_for(CompareSettings, "rank")
        self.other = _list("Compared with", "The run that stands beside the selected one, in every panel")
        self.layer = _list("Layer", "The layer of that run: the same, or another one of as many inputs")
        self._wanted_layer = ""  # also while it is not listed
        self.unrelated = _list("Another seed", "A run of another seed, whose angles to the selected run stand beside")
        self._fill()
        for box in (self.show, self.part, self.unrelated):
            box.currentIndexChanged.connect(self.changed)
        self.rank.valueChanged.connect(self.changed)
        self.layer.activated.connect(self._on_layer_activated)
        self.other.currentIndexChanged.connect(lambda _at: session.compared.choose(self._run(self.other)))
        self.when.currentIndexChanged.connect(self._on_when_changed)
        session.compared.changed.connect(self._on_compared_changed)
        session.runs_changed.connect(self._on_session_runs_changed)
        session.changed.connect(lambda _old, _new: self._on_session_changed())
        self._leave_out_selected()  # a panel may be made after a run is selected

    @property
    def widgets(self) -> tuple[QWidget, ...]:
        """In the order in which they are seen."""
        return self.show, self.other, self.when, self.layer, self.rank, self.unrelated, self.part

    @property
    def shown(self) -> Show:
        """What is shown."""
        shown: Show = self.show.currentData()
        return shown

    @property
    def images(self) -> Part:
        """The part of the data that both networks see."""
        part: Part = self.part.currentData()
        return part

    def other_run(self, run: Run) -> Run | None:
        """The run that a selected one is compared with; None: itself."""
        other = self._session.compared.run
        return None if other is None or other.locator == run.locator else other

    def other_layer(self, place: Place) -> str:
        """The layer of the other run that stands beside that of `place`; "" for the same."""
        run = self.other_run(place.run)
        return self._wanted_layer if self._wanted_layer in layers_beside(place, run) else ""

    def unrelated_run(self, run: Run) -> Run | None:
        """The run of another seed whose angles stand beside; None: none is open or wanted."""
        chosen, other = self.unrelated.currentData(), self.other_run(run)
        left = [each for each in self._session.runs if other is None or each.locator != other.locator]
        left = [each for each in left if each.locator != run.locator]
        if chosen:
            return next((each for each in left if each.run_id == chosen), None)
        return next((each for each in left if refusal(run, each) is None), None)

    def fit(self) -> None:
        """Show only what matters for what is shown."""
        row = ROWS[self.shown]
        shown = (self.rank, row.ranked), (self.unrelated, row.unrelated), (self.part, row.images)
        for widget, matters in (*shown, (self.layer, row.other_layers)):
            widget.setVisible(matters)

    def setting_of_other(self) -> Setting:
        """The other run, by its id."""
        compared = self._session.compared
        return Setting(lambda: compared.run_id, compared.choose_id, self.other)

    def setting_of_unrelated(self) -> Setting:
        """The unrelated run, by its id."""
        return Setting(self.unrelated.currentData, self._choose_unrelated, self.unrelated)

    def setting_of_layer(self) -> Setting:
        """The layer of the other run, by its name; "" for the same."""
        return Setting(lambda: self._wanted_layer, self._choose_layer, self.layer)

    def _choose_layer(self, name: object) -> None:
        """ValueError: no open run has such a layer."""
        known = {layer.name for run in self._session.runs for layer in run.layers}
        if not isinstance(name, str) or (name and name not in known):
            raise ValueError(f"no open run has a layer {name!r}")
        self._wanted_layer = name
        self._fill_layers()
        self.changed.emit()

    def _fill_layers(self) -> None:
        """List the layers of the other run that have as many inputs as the selected one, or say that none has."""
        place = self._session.selection.place
        self.layer.clear()
        known = [] if place is None else layers_beside(place, self.other_run(place.run))
        alone = NO_LAYER.format(place.layer_view.inputs) if place is not None and place.layer else SAME_LAYER
        self.layer.addItem(SAME_LAYER if known else alone, "")
        for name in known:
            self.layer.addItem(name, name)
        self.layer.setEnabled(bool(known))
        self.layer.setCurrentIndex(max(self.layer.findData(self._wanted_layer), 0))

    def _on_layer_activated(self, _at: int) -> None:
        self._wanted_layer = self.layer.currentData()
        self.changed.emit()

    def _on_session_changed(self) -> None:
        self._leave_out_selected()
        self._fill_layers()

    def _choose_unrelated(self, run_id: object) -> None:
        """ValueError: it is not open."""
        at = self.unrelated.findData(run_id) if isinstance(run_id, str) else -1
        if at < 0:
            raise ValueError(f"{run_id!r} is no open run")
        self.unrelated.setCurrentIndex(at)

    def _run(self, box: QComboBox) -> Run | None:
        return next((run for run in self._session.runs if run.run_id == box.currentData()), None)

    def _fill(self) -> None:
        """List the open runs; one that was closed gives way to the first entry."""
        for box, heads in ((self.other, ((THIS_RUN, ""),)), (self.unrelated, ((FIRST_SEED, ""), (NO_SEED, NONE)))):
            chosen = box.currentData() or ""
            box.blockSignals(True)
            box.clear()
            for text, data in heads:
                box.addItem(text, data)
            for run in self._session.runs:
                if run.locator != self._selected:
                    box.addItem(short_name(run), run.run_id)
            box.setCurrentIndex(max(box.findData(chosen), 0))
            box.blockSignals(False)
        self.follow()

    def _leave_out_selected(self) -> None:
        """The selected run is listed once, as "This run"."""
        run = self._session.selection.run
        selected = None if run is None else run.locator
        if selected != self._selected:
            self._selected = selected
            self._fill()

    def follow(self) -> None:
        """Show what the window compares with."""
        compared = self._session.compared
        for box, data in ((self.other, compared.run_id), (self.when, compared.when)):
            box.blockSignals(True)
            box.setCurrentIndex(max(box.findData(data), 0))
            box.blockSignals(False)
        self._fill_layers()

    def _on_when_changed(self, _at: int) -> None:
        when: When = self.when.currentData()
        self._session.compared.choose(self._session.compared.run, when)

    def _on_compared_changed(self) -> None:
        self.follow()
        self.changed.emit()

    def _on_session_runs_changed(self) -> None:
        self._fill()
        self.changed.emit()


def _list(name: str, tip: str) -> QComboBox:
    box = QComboBox()
    box.setAccessibleName(name)
    box.setToolTip(tip)
    box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
    return box
