"""The dialog that asks what to take away from a run before it is trained on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QLabel, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from workbench.analysis.orders import available_orders
from workbench.figures.controls import Location, setting
from workbench.gui.background.latest import Answer, Failure, Latest
from workbench.gui.state.data_program import training_program
from workbench.gui.state.words import size_in_words
from workbench.gui.widgets.forms.buttons import FormButtons
from workbench.gui.widgets.forms.places import default_folder, fresh, problem_of_typed_file
from workbench.gui.widgets.forms.rows import form_of_rows, rows_of, values_in
from workbench.gui.widgets.plain_text import literal, plain_label
from workbench.runs.saying import counted
from workbench.runs.spec import IterativeSpec, RunSpec
from workbench.training.forecast import forecast
from workbench.training.surgery import retraining

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor
    from pathlib import Path

    from workbench.gui.state.session import Selection

SELECTED = "the selected units"
MOST_ITERATIONS = 10**7


def _answer(spec: RunSpec) -> str:
    found = forecast(spec)
    return f"About {counted(found.snapshots, 'snapshot')}, {size_in_words(found.bytes)}"


def _orders() -> dict[str, str]:
    return {name: name for name, order in available_orders().orders.items() if order.by_weights}


@dataclass(frozen=True)
class Retraining:
    """What is asked of a training that goes on from another, besides its layers."""

    order: str = setting(
        "max_mag", "Remove by", "The pruning order; max_mag removes the smallest norm first", choices=_orders
    )
    fraction: float = setting(
        50.0, "Removed", "Of the remaining units, each time", high=99, step=1, digits=2, unit=" %"
    )
    snapshot: int = setting(0, "Weights of snapshot", step=1)
    ranked_at: int = setting(0, "Ranked at snapshot", "The snapshot whose weights rank the units", step=1)
    iterative: bool = setting(False, "step by step while it trains", "Units are ranked again each time")
    start: int = setting(0, "from iteration", label="  from iteration", high=MOST_ITERATIONS, step=1)
    end: int = setting(200, "to iteration", label="  to iteration", high=MOST_ITERATIONS, step=1)
    every: int = setting(50, "every", "iterations", label="  every", low=1, high=MOST_ITERATIONS, step=1)
    epochs: float = setting(1.0, "Epochs", "Length of the new training", low=0.01, high=10**6, step=1, digits=2)
    file: Path | None = setting(None, "File", "The run file to write", Location, files="Run files (*.h5)")


class RetrainDialog(QDialog):
    """Prune a run's network at a snapshot (or while it trains) and train on; or rewind its weights first."""

    def __init__(self, selection: Selection, pool: ThreadPoolExecutor, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        assert selection.run is not None
        assert selection.place is not None
        self.setWindowTitle("Prune and train on")
        self._run, self._place, self._units = selection.run, selection.place, selection.units
        self._latest = Latest(_answer, pool, self)
        self._latest.answered.connect(self._on_latest_answered)
        self._latest.failed.connect(self._on_latest_failed)
        self.finished.connect(self._latest.close)
        self._make_rows()
        self.status = plain_label("", wrap=True)
        self.buttons = FormButtons("Train", "Copy a program that does this training")
        self.ok, self.copy_button = self.buttons.go, self.buttons.copy
        self.copy_button.clicked.connect(self._on_copy_clicked)
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.addLayout(form_of_rows(self.fields.values(), [(QLabel("Layers"), self.layers)]))
        column.addWidget(self.status)
        column.addWidget(self.buttons)
        self._check()

    def spec(self) -> RunSpec:
        """The specification of the training that is asked for."""
        form, iterative = values_in(Retraining, self.fields), None
        units: tuple[tuple[int, ...], ...] | None = None
        fraction: float | None = form.fraction / 100
        if form.order == SELECTED:
            units, fraction = (tuple(sorted(self._units)),), None
        elif form.iterative:
            iterative, fraction = IterativeSpec(form.start, form.end, form.every, form.fraction / 100), None
        spec = retraining(
            self._run,
            tuple(self._chosen_layers()),
            form.snapshot,
            order="max_mag" if units is not None else form.order,
            fraction=fraction,
            units=units,
            iterative=iterative,
            ranked_at=form.ranked_at if fraction is not None else None,
        )
        return spec.changed(epochs=form.epochs, iterations=None, snapshots="log")

    def path(self) -> Path:
        """The run file to write."""
        value: Path | None = self.fields["file"].value()
        assert value is not None  # Train is disabled until there is one
        return value

    def _make_rows(self) -> None:
        last = self._run.snapshots - 1
        self.layers = QListWidget()
        for layer in self._run.layers[:-1]:
            item = QListWidgetItem(literal(layer.name))
            item.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsUserCheckable | Qt.ItemFlag.ItemIsSelectable)
            chosen = layer.name == self._place.layer
            item.setCheckState(Qt.CheckState.Checked if chosen else Qt.CheckState.Unchecked)
            self.layers.addItem(item)
        self.layers.setMaximumHeight(110)
        self.layers.setAccessibleName("Layers")
        self.layers.setToolTip("Layers that lose units. Choose none to train the network on without pruning")
        self.fields = rows_of(Retraining)
        if self._units and self._place.layer != self._run.layers[-1].name:
            self.fields["order"].control.insertItem(0, SELECTED, SELECTED)
            self.fields["order"].set_value(SELECTED)
        for name, snapshot in (("snapshot", self._place.snapshot), ("ranked_at", last)):
            self.fields[name].control.setMaximum(last)
            self.fields[name].set_value(snapshot)
        first = "the initialisation" if self._run.spec.holds_initialisation else "the first"
        self.fields["snapshot"].explain(f"0 is {first}; an early snapshot rewinds the network")
        before = float(self._run.epochs[-1])  # NaN: the run does not say
        self.fields["epochs"].set_value(min(before, 10.0) if before > 0 else 1.0)
        self.fields["file"].set_value(fresh(default_folder(), f"{literal(self._run.path.stem)}-pruned"))
        for row in self.fields.values():
            row.changed.connect(self._check)
        self.layers.itemChanged.connect(self._check)

    def _chosen_layers(self) -> list[str]:
        rows = (self.layers.item(row) for row in range(self.layers.count()))
        checked = {item.text() for item in rows if item.checkState() is Qt.CheckState.Checked}
        return [layer.name for layer in self._run.layers if literal(layer.name) in checked]

    def _check(self, *_: object) -> None:
        """Look again whether this can be trained; the answer comes from a worker, which opens the parent's file."""
        stepwise = self.fields["iterative"].value()
        listed = self.fields["order"].value() == SELECTED
        for name in ("start", "end", "every"):
            self.fields[name].setEnabled(stepwise and not listed)
        self.fields["ranked_at"].setEnabled(not stepwise and not listed)
        for name in ("fraction", "iterative"):
            self.fields[name].setEnabled(not listed)
        self.buttons.allow(False)
        if problem := problem_of_typed_file(self.fields["file"]):
            self.status.setText(problem)
        else:
            self.status.setText("…")
            self._latest.ask(self.spec())

    def _on_copy_clicked(self) -> None:
        QGuiApplication.clipboard().setText(training_program(self.spec(), self.path()))

    def _on_latest_answered(self, answer: Answer) -> None:
        if answer.question == self.spec() and not problem_of_typed_file(self.fields["file"]):
            self.status.setText(str(answer.value))
            self.buttons.allow(True)

    def _on_latest_failed(self, failure: Failure) -> None:
        if failure.question == self.spec():
            self.status.setText(literal(failure.words))
