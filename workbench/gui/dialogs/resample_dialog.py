"""The dialog that asks which layers of a run are drawn again before it is trained again from its start."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QVBoxLayout, QWidget

from workbench.figures.controls import Location, setting
from workbench.gui.background.latest import Answer, Failure, Latest
from workbench.gui.state.data_program import training_program
from workbench.gui.state.words import size_in_words
from workbench.gui.widgets.forms.buttons import FormButtons
from workbench.gui.widgets.forms.places import default_folder, fresh, problem_of_typed_file
from workbench.gui.widgets.forms.rows import form_of_rows, rows_of, values_in
from workbench.gui.widgets.plain_text import literal, plain_label
from workbench.runs.saying import counted
from workbench.runs.spec import RunSpec, SpecError
from workbench.training.forecast import forecast
from workbench.training.resampling import Order, Suffix, resample

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor
    from pathlib import Path

    from workbench.runs.run import Run

MOST_ITERATIONS = 10**7


def _answer(spec: RunSpec) -> str:
    found = forecast(spec)
    return f"About {counted(found.snapshots, 'snapshot')}, {size_in_words(found.bytes)}"


@dataclass(frozen=True)
class Resampled:
    """What is asked of a training that begins as another one did."""

    after: str = setting(
        "", "Layers behind", "The layers behind this one begin in another way; all others begin as in the run",
        choices={"": "none: change the batches only"},
    )  # fmt: skip
    suffix: Suffix = setting(
        "redrawn", "How they begin", "Permuted: with their weights, but the first of them reads the units in another "
        "order", choices={"redrawn": "redrawn", "permuted": "permuted", "kept": "as in the run"},
    )  # fmt: skip
    frozen: bool = setting(False, "They do not train")
    order: Order = setting(
        "kept", "Order of the batches", "The same images in the same batches, or shuffled by another seed",
        choices={"kept": "kept", "changed": "changed"},
    )  # fmt: skip
    iterations: int = setting(
        1, "Iterations", "How long to train; at first as far as the run came", low=1, high=MOST_ITERATIONS, step=1
    )
    file: Path | None = setting(None, "File", "The run file to write", Location, files="Run files (*.h5)")


class ResampleDialog(QDialog):
    """Train a run again from its start with a redrawn classifier, or with other batches (report, Fig. 5)."""

    def __init__(self, run: Run, layer: str, pool: ThreadPoolExecutor, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Redraw layers and train")
        self._run = run
        self._latest = Latest(_answer, pool, self)
        self._latest.answered.connect(self._on_latest_answered)
        self._latest.failed.connect(self._on_latest_failed)
        self.finished.connect(self._latest.close)
        self._make_rows(layer)
        self.status = plain_label("", wrap=True)
        self.buttons = FormButtons("Train", "Copy a program that does this training")
        self.ok = self.buttons.go
        self.buttons.copy.clicked.connect(self._on_copy_clicked)
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        about = "Train the run again from its first weights, and stack both in the weight graph."
        column.addWidget(plain_label(about, wrap=True))
        column.addLayout(form_of_rows(self.fields.values()))
        column.addWidget(self.status)
        column.addWidget(self.buttons)
        self._check()

    @property
    def run(self) -> Run:
        """The run that is trained again."""
        return self._run

    @property
    def layer(self) -> str:
        """The layer to compare first: the last one that begins with the same weights."""
        return values_in(Resampled, self.fields).after or self._run.layers[0].name

    def spec(self) -> RunSpec:
        """The specification of the training that is asked for. SpecError: it makes no sense."""
        form = values_in(Resampled, self.fields)
        whole = float(form.iterations) == float(self._run.iterations[-1])
        length = None if whole else form.iterations
        return resample(self._run, form.after, form.order, length, suffix=form.suffix, frozen=form.frozen)

    def path(self) -> Path:
        """The run file to write."""
        value: Path | None = self.fields["file"].value()
        assert value is not None  # Train is disabled until there is one
        return value

    def _make_rows(self, layer: str) -> None:
        self.fields = rows_of(Resampled)
        names = [each.name for each in self._run.layers[:-1]]
        box: Any = self.fields["after"].control
        for at, name in enumerate(names):
            box.insertItem(at, literal(name), name)
        self.fields["after"].set_value(layer if layer in names else names[0] if names else "")
        done = float(self._run.iterations[-1])
        self.fields["iterations"].set_value(int(done) if np.isfinite(done) and done >= 1 else 1)
        self.fields["file"].set_value(fresh(default_folder(), f"{literal(self._run.path.stem)}-redrawn"))
        for row in self.fields.values():
            row.changed.connect(self._check)

    def _check(self, *_: object) -> None:
        """Look again whether this can be trained; the answer comes from a worker, which opens the run's file."""
        self.buttons.allow(False)
        if problem := problem_of_typed_file(self.fields["file"]):
            self.status.setText(problem)
            return
        try:
            spec = self.spec()
        except SpecError as error:
            self._latest.drop()
            self.status.setText(f"{error}.")
            return
        self.status.setText("…")
        self._latest.ask(spec)

    def _on_copy_clicked(self) -> None:
        QGuiApplication.clipboard().setText(training_program(self.spec(), self.path()))

    def _on_latest_answered(self, answer: Answer) -> None:
        if answer.question == self.spec() and not problem_of_typed_file(self.fields["file"]):
            self.status.setText(str(answer.value))
            self.buttons.allow(True)

    def _on_latest_failed(self, failure: Failure) -> None:
        if failure.question == self.spec():
            self.status.setText(literal(failure.words))
