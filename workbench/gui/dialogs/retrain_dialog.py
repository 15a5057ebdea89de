"""The dialog that asks what to take away from a run before it is trained on."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QDoubleSpinBox,
    QFormLayout,
    QListWidget,
    QListWidgetItem,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from workbench.analysis.orders import available_orders
from workbench.gui.background.latest import Answer, Failure, Latest
from workbench.gui.state.training_program import training_program
from workbench.gui.state.words import size_in_words
from workbench.gui.widgets.fields import PathField
from workbench.gui.widgets.places import default_folder, fresh, problem_of_run_file
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


def _answer(spec: RunSpec) -> str:
    found = forecast(spec)
    return f"About {counted(found.snapshots, 'snapshot')}, {size_in_words(found.bytes)}"


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
        self._make_fields()
        self.status = plain_label("")
        self.status.setWordWrap(True)
        self.buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel
        )
        self.ok = self.buttons.button(QDialogButtonBox.StandardButton.Ok)
        self.ok.setText("Train")
        self.copy_button = self.buttons.addButton("Copy as Python", QDialogButtonBox.ButtonRole.ActionRole)
        self.copy_button.setToolTip("Copy a program that does this training")
        self.copy_button.clicked.connect(self._on_copy_clicked)
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.addLayout(self._form())
        column.addWidget(self.status)
        column.addWidget(self.buttons)
        self._check()

    def spec(self) -> RunSpec:
        """The specification of the training that is asked for."""
        iterative = None
        units: tuple[tuple[int, ...], ...] | None = None
        chosen = tuple(self._chosen_layers())
        fraction: float | None = self.fraction.value() / 100
        if self.order.currentText() == SELECTED:
            units, fraction = (tuple(sorted(self._units)),), None
        elif self.iterative.isChecked():
            last, every = self.end.value(), self.every.value()
            iterative, fraction = IterativeSpec(self.start.value(), last, every, self.fraction.value() / 100), None
        ranked = self.ranked_at.value() if fraction is not None else None
        spec = retraining(
            self._run,
            chosen,
            self.snapshot.value(),
            order="max_mag" if units is not None else self.order.currentText(),
            fraction=fraction,
            units=units,
            iterative=iterative,
            ranked_at=ranked,
        )
        return spec.changed(epochs=self.epochs.value(), iterations=None, snapshots="log")

    def path(self) -> Path:
        """The run file to write."""
        value = self.file.value()
        assert value is not None  # Train is disabled until there is one
        return value

    def _make_fields(self) -> None:
        last = self._run.snapshots - 1
        self.layers = QListWidget()
        for layer in self._run.layers[:-1]:
            item = QListWidgetItem(literal(layer.name))
            item.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsUserCheckable | Qt.ItemFlag.ItemIsSelectable)
            chosen = layer.name == self._place.layer
            item.setCheckState(Qt.CheckState.Checked if chosen else Qt.CheckState.Unchecked)
            self.layers.addItem(item)
        self.layers.setMaximumHeight(110)
        self.order = QComboBox()
        on_offer = self._units and self._place.layer != self._run.layers[-1].name
        by_weights = [name for name, order in available_orders().orders.items() if order.by_weights]
        self.order.addItems([*([SELECTED] if on_offer else []), *by_weights])
        self.fraction = _number(0, 99, 50, " %")
        self.snapshot, self.ranked_at = _whole(0, last, self._place.snapshot), _whole(0, last, last)
        self.iterative = QCheckBox("step by step while it trains")
        self.start, self.end, self.every = _whole(0, 10**7, 0), _whole(0, 10**7, 200), _whole(1, 10**7, 50)
        before = float(self._run.epochs[-1])  # NaN: the run does not say
        length = min(before, 10.0) if before > 0 else 1.0
        self.epochs = _number(0.01, 10**6, length, "")
        self.file = PathField("File", "Run files (*.h5)")
        self.file.set_value(fresh(default_folder(), f"{literal(self._run.path.stem)}-pruned"))
        self.layers.itemChanged.connect(self._check)
        self.order.currentIndexChanged.connect(self._check)
        self.iterative.toggled.connect(self._check)
        self.file.changed.connect(self._check)
        for box in (self.fraction, self.epochs):
            box.valueChanged.connect(self._check)
        for whole in (self.snapshot, self.ranked_at, self.start, self.end, self.every):
            whole.valueChanged.connect(self._check)

    def _form(self) -> QFormLayout:
        form = QFormLayout()
        first = "the initialisation" if self._run.spec.holds_initialisation else "the first"
        for name, tip, field in (
            ("Layers", "Layers that lose units. Choose none to train the network on without pruning", self.layers),
            ("Remove by", "The pruning order; max_mag removes the smallest norm first", self.order),
            ("Removed", "Of the remaining units, each time", self.fraction),
            ("Weights of snapshot", f"0 is {first}; an early snapshot rewinds the network", self.snapshot),
            ("Ranked at snapshot", "The snapshot whose weights rank the units", self.ranked_at),
            ("", "Units are ranked again each time", self.iterative),
            ("  from iteration", "", self.start),
            ("  to iteration", "", self.end),
            ("  every", "iterations", self.every),
            ("Epochs", "Length of the new training", self.epochs),
            ("File", "The run file to write", self.file),
        ):
            field.setToolTip(tip)
            field.setAccessibleName(name.strip() or "step by step")
            form.addRow(name, field)
        return form

    def _chosen_layers(self) -> list[str]:
        rows = (self.layers.item(row) for row in range(self.layers.count()))
        checked = {item.text() for item in rows if item.checkState() is Qt.CheckState.Checked}
        return [layer.name for layer in self._run.layers if literal(layer.name) in checked]

    def _check(self, *_: object) -> None:
        """Look again whether this can be trained; the answer comes from a worker, which opens the parent's file."""
        stepwise = self.iterative.isChecked()
        listed = self.order.currentText() == SELECTED
        for field in (self.start, self.end, self.every):
            field.setEnabled(stepwise and not listed)
        self.ranked_at.setEnabled(not stepwise and not listed)
        self.fraction.setEnabled(not listed)
        self.iterative.setEnabled(not listed)
        self._allow(False)
        value = self.file.value()
        problem = problem_of_run_file(value)
        if problem or value is None:
            self.status.setText(problem)
        else:
            self.status.setText("…")
            self._latest.ask(self.spec())

    def _allow(self, possible: bool) -> None:
        for button in (self.ok, self.copy_button):
            button.setEnabled(possible)

    def _on_copy_clicked(self) -> None:
        QGuiApplication.clipboard().setText(training_program(self.spec(), self.path()))

    def _on_latest_answered(self, answer: Answer) -> None:
        if answer.question == self.spec():
            self.status.setText(str(answer.value))
            self._allow(not os.path.exists(self.path()))

    def _on_latest_failed(self, failure: Failure) -> None:
        if failure.question == self.spec():
            self.status.setText(literal(failure.words))


def _whole(low: int, high: int, value: int) -> QSpinBox:
    box = QSpinBox()
    box.setRange(low, high)
    box.setValue(value)
    return box


def _number(low: float, high: float, value: float, suffix: str) -> QDoubleSpinBox:
    box = QDoubleSpinBox()
    box.setRange(low, high)
    box.setValue(value)
    box.setSuffix(suffix)
    return box
