"""The dialog that asks what a sweep trains."""

from __future__ import annotations

import os
from itertools import chain, pairwise
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from workbench.experiments.room import room
from workbench.gui.background.foresight import Foresight
from workbench.gui.dialogs.train_dialog import DATA_FOLDER, DATA_VARIABLE, RUN_FOLDER
from workbench.gui.dialogs.train_form import FIRST, FIRST_RECIPE, OWN
from workbench.gui.state.data_program import sweep_program
from workbench.gui.state.words import size_in_words
from workbench.gui.widgets.forms.buttons import FormButtons
from workbench.gui.widgets.forms.places import default_folder, problem_of_data_folder, typed
from workbench.gui.widgets.forms.rows import grid_of_rows
from workbench.gui.widgets.plain_text import plain_label
from workbench.gui.work.sweeping.form import (
    FIELDS,
    LEFT,
    RIGHT,
    base_of,
    count_of,
    factors_of,
    make_rows,
    problems_of,
    shown,
    table_of,
    tried,
)
from workbench.nets.architectures.catalogue import DATA_SETS
from workbench.runs.saying import counted
from workbench.runs.spec import SpecError
from workbench.training.forecast import forecast
from workbench.training.recipes import RECIPES

if TYPE_CHECKING:
    from collections.abc import Sequence
    from concurrent.futures import ThreadPoolExecutor
    from pathlib import Path

    from workbench.experiments.table import Trial
    from workbench.gui.state.settings import Settings
    from workbench.runs.spec import RunSpec

NEEDED = {"recipe", "length", "seed", "data_folder", "download"}  # without which nothing else can be checked
ENOUGH = 256  # trainings: no more can be made at a time on one machine
WIDTHS = (380, 380)  # of the two columns, in pixels


class SweepDialog(QDialog):
    """Asks for several values of a training; `accepted` when all of it makes sense. `own`: a training to vary."""

    def __init__(
        self,
        settings: Settings,
        own: RunSpec | None = None,
        parent: QWidget | None = None,
        pool: ThreadPoolExecutor | None = None,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("Sweep: train with several values")
        self._settings, self._own = settings, own or FIRST
        self._values: dict[str, Any] = {}  # of the form, while all of them make sense
        self._filling = True
        self._foresight = Foresight(pool, self, self._check)
        self.fields = make_rows()
        self.forecast = plain_label("", wrap=True)
        self.buttons = FormButtons("Train all", "Copy a program that trains this table")
        self.start_button = self.buttons.go
        self._arrange()
        self.fields["data_folder"].control.edit.setPlaceholderText(os.environ.get(DATA_VARIABLE, ""))
        self.fields["data_folder"].set_value(typed(settings.text(DATA_FOLDER)))
        self.fields["folder"].set_value((typed(settings.text(RUN_FOLDER)) or default_folder()) / "sweep")
        self._fill(OWN if own is not None else FIRST_RECIPE)
        self._filling = False
        for name, row in self.fields.items():
            row.changed.connect(self._on_recipe_changed if name == "recipe" else self._check)
        self._check()
        self.fields["learning_rate"].setFocus()

    def trials(self) -> tuple[Trial, ...]:
        """The trainings; none as long as something is wrong."""
        return table_of(self._values, self._own) if self._values else ()

    def workers(self) -> int | None:
        """How many at a time; None: as many as fit."""
        number: int | None = self.fields["workers"].value()
        return number

    def root(self) -> Path | None:
        """The folder of the data sets; None: where the environment says, or none is needed."""
        folder: Path | None = self.fields["data_folder"].value()
        return folder if self._needs_folder() else None

    def download(self) -> bool:
        """Whether missing data are to be fetched."""
        return self._needs_folder() and bool(self.fields["download"].value())

    def accept(self) -> None:
        """Close and remember the folders, if everything is right."""
        self._check()
        if not self._values:
            return
        folder = self.fields["data_folder"].value()
        self._settings.set_text(DATA_FOLDER, "" if folder is None else str(folder))
        super().accept()

    # --- building ---

    def _arrange(self) -> None:
        columns = QHBoxLayout()
        columns.setSpacing(24)
        for names, width in zip((LEFT, RIGHT), WIDTHS, strict=True):
            columns.addWidget(self._form(names, width), 1, Qt.AlignmentFlag.AlignTop)
        hint = QLabel("Every combination of the values on the right is trained. Put commas between several values.")
        hint.setWordWrap(True)
        self.buttons.copy.clicked.connect(self._on_copy_clicked)
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        whole = QVBoxLayout(self)
        whole.addWidget(hint)
        whole.addLayout(columns, 1)
        whole.addWidget(self.forecast)
        whole.addWidget(self.buttons)
        order = list(chain.from_iterable(self.fields[name].controls for name in (*LEFT, *RIGHT)))
        for one, following in pairwise([*order, *self.buttons.buttons()]):
            QWidget.setTabOrder(one, following)

    def _form(self, names: Sequence[str], width: int) -> QWidget:
        form = grid_of_rows(self.fields[name] for name in names)
        form.setMinimumWidth(width)
        return form

    def _fill(self, recipe: str) -> None:
        """Show a recipe: its length and seed, and its other values as what stands where nothing is typed."""
        spec = RECIPES.get(recipe, self._own)
        self.fields["recipe"].set_value(recipe)
        length = ("iterations", spec.iterations) if spec.iterations is not None else ("epochs", spec.epochs)
        self.fields["length"].set_value(length)
        self.fields["seed"].set_value(spec.seed)
        for name, field in FIELDS.items():
            value: Any = spec
            for part in field.split("."):
                value = getattr(value, part)
            self.fields[name].control.setPlaceholderText("the network's own" if value is None else shown((value,)))

    # --- what happens ---

    def _on_copy_clicked(self) -> None:
        values = self._values
        QGuiApplication.clipboard().setText(
            sweep_program(
                base_of(values, self._own), factors_of(values), values["folder"], values["runs"], self.workers(),
                self.root(), self.download(),
            )
        )  # fmt: skip

    def _on_recipe_changed(self) -> None:
        if not self._filling:
            self._filling = True
            self._fill(self.fields["recipe"].value())
            self._filling = False
            self._check()

    def _check(self) -> None:
        """Look at every value; say beside the field what is wrong, and below the form what comes of it."""
        if self._filling:
            return
        values, problems = self._read()
        self._values, text = {}, ""
        if values.keys() >= NEEDED:
            looking = self._foresight.lacks(*tried(values, self._own).values())
            found = {"": looking} if looking else problems_of(values, self._own)
            problems = found | self._problem_of_data(values) | problems
        if not problems:
            try:
                text = self._foreseen(values)
                self._values = values
            except SpecError as error:
                problems[""] = str(error)
        for name, row in self.fields.items():
            row.complain(problems.get(name, ""))
        self.forecast.setText(problems.get("", text) or "Some values above are missing or wrong.")
        self.buttons.allow(bool(self._values))
        for name in ("data_folder", "download"):
            for part in (self.fields[name], self.fields[name].label):
                part.setVisible(self._needs_folder())
        self._fit()

    def _fit(self) -> None:
        """As high as the form and what is wrong in it need."""
        for each in (*self.findChildren(QWidget), self):
            if (layout := each.layout()) is not None:
                layout.activate()  # at once, not when the event loop comes round to it
        self.adjustSize()

    def _read(self) -> tuple[dict[str, Any], dict[str, str]]:
        values: dict[str, Any] = {}
        problems: dict[str, str] = {}
        for name, row in self.fields.items():
            try:
                values[name] = row.value()
            except ValueError as error:
                problems[name] = str(error)
        if "folder" in values and values["folder"] is None:
            problems["folder"] = "a folder for the runs is needed"
        return values, problems

    def _problem_of_data(self, values: dict[str, Any]) -> dict[str, str]:
        for name in self._data_sets():
            if not DATA_SETS[name].bundled:
                folder = values["data_folder"] or typed(os.environ.get(DATA_VARIABLE, ""))
                problem = problem_of_data_folder(DATA_SETS[name].title, folder, values["download"])
                if problem:
                    return {"data_folder": problem}
        return {}

    def _foreseen(self, values: dict[str, Any]) -> str:
        """What comes of it: "12 trainings, 2 at a time (2 cores); about 40 MB"."""
        count, base = count_of(values), base_of(values, self._own)
        found = room([base] * min(count, ENOUGH))
        workers = values["workers"]
        at_a_time = f"{workers} at a time" if workers else f"{found.workers} at a time ({found.bound})"
        size = size_in_words(count * forecast(base).bytes)
        return f"{counted(count, 'training')}, {at_a_time}; about {size} if all are as large as the recipe's."

    def _data_sets(self) -> tuple[str, ...]:
        try:
            chosen: tuple[str, ...] | None = self.fields["data"].value()
        except ValueError:
            chosen = None
        return chosen or (RECIPES.get(self.fields["recipe"].value(), self._own).data.name,)

    def _needs_folder(self) -> bool:
        return any(name in DATA_SETS and not DATA_SETS[name].bundled for name in self._data_sets())
