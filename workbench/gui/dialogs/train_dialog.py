"""The dialog that asks what to train."""

from __future__ import annotations

import os
from itertools import chain, pairwise
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QDialog,
    QFrame,
    QGridLayout,
    QScrollArea,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from workbench.gui.background.foresight import Foresight
from workbench.gui.dialogs.train_form import (
    ADVANCED,
    FIRST,
    IN_SIGHT,
    OWN,
    file_stem,
    foreseen,
    make_rows,
    read,
    spec_of,
    values_of,
)
from workbench.gui.state.data_program import training_program
from workbench.gui.widgets.forms.buttons import FormButtons
from workbench.gui.widgets.forms.places import (
    default_folder,
    fresh,
    problem_of_data_folder,
    problem_of_run_file,
    typed,
)
from workbench.gui.widgets.forms.rows import grid_of_rows
from workbench.gui.widgets.plain_text import plain_label
from workbench.nets.architectures.catalogue import DATA_SETS
from workbench.training.loop.optimisers import OPTIMISERS
from workbench.training.recipes import RECIPES
from workbench.training.several import files_of, seeded

if TYPE_CHECKING:
    from collections.abc import Sequence
    from concurrent.futures import ThreadPoolExecutor
    from pathlib import Path

    from workbench.gui.state.settings import Settings
    from workbench.runs.spec import RunSpec

DATA_VARIABLE = "WORKBENCH_DATA"  # where data sets are looked for when no folder is named
LEAST_WIDTH = 460  # of the form, in pixels
DATA_FOLDER, RUN_FOLDER = "data_folder", "run_folder"  # what is remembered


class TrainDialog(QDialog):
    """Asks for everything that determines a run; `accepted` when all of it makes sense.

    `sweep_requested(spec)`: several values are wanted for some of these; the dialog is closed then.
    """

    sweep_requested = Signal(object)

    def __init__(
        self, settings: Settings, parent: QWidget | None = None, pool: ThreadPoolExecutor | None = None
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("Train a network")
        self._settings = settings
        self._filling = False
        self._suggested = ""
        self._spec: RunSpec | None = None
        self.fields = make_rows()
        self.fields["data_folder"].control.edit.setPlaceholderText(os.environ.get(DATA_VARIABLE, ""))
        self.advanced = QToolButton()
        self.forecast = plain_label("")
        self.buttons = FormButtons("Train", "Copy a program that does this training")
        self.start_button, self.copy_button = self.buttons.go, self.buttons.copy
        self.sweep_button = self.buttons.add("Sweep…", "Train with several values of these, every combination of them")
        self._foresight = Foresight(pool, self, self._on_field_changed)
        self._arrange()
        self.fields["data_folder"].set_value(typed(settings.text(DATA_FOLDER)))
        self.fill(FIRST)
        for name, field in self.fields.items():
            field.changed.connect(self._on_recipe_changed if name == "recipe" else self._on_field_changed)
        self.fields["recipe"].setFocus()

    # --- what was chosen ---

    def spec(self) -> RunSpec:
        """The run to be trained; a ValueError as long as something is wrong."""
        if self._spec is None:
            raise ValueError("some values in the dialog are missing or wrong")
        return self._spec

    def path(self) -> Path:
        """The file to be written; a name alone means one in the folder used last."""
        path: Path | None = self.fields["file"].value()
        if path is None:
            raise ValueError("no file is chosen")
        whole = self._folder() / path
        is_run = whole.suffix.lower() in (".h5", ".hdf5") or os.path.isdir(whole)
        return whole if is_run else whole.with_name(f"{whole.name}.h5")

    def trainings(self) -> tuple[tuple[RunSpec, Path], ...]:
        """Every run to be trained, one after another, with its file; ValueError as `spec` and `path`."""
        return seeded(self.spec(), self.path(), self.fields["runs"].value())

    def root(self) -> Path | None:
        """The folder of the data sets; None: where the environment says, or none is needed."""
        folder: Path | None = self.fields["data_folder"].value()
        return folder if self._needs_folder() else None

    def download(self) -> bool:
        """Whether missing data are to be fetched."""
        return self._needs_folder() and bool(self.fields["download"].value())

    def accept(self) -> None:
        """Close and remember the folders, if everything is right at this very moment."""
        self._check()  # the disk may have changed since the last keystroke
        if self._spec is None:
            return
        folder = self.fields["data_folder"].value()
        self._settings.set_text(DATA_FOLDER, "" if folder is None else str(folder))
        self._settings.set_text(RUN_FOLDER, str(self.path().parent))
        super().accept()

    # --- building ---

    def _arrange(self) -> None:
        self._more = QWidget()
        columns = QGridLayout(self._more)
        columns.setContentsMargins(0, 0, 0, 0)
        columns.setHorizontalSpacing(24)
        for column, names in enumerate(ADVANCED):
            columns.addWidget(self._form(names), 0, column, Qt.AlignmentFlag.AlignTop)
            columns.setColumnStretch(column, 1)
        self._more.setVisible(False)
        self.advanced.setText("Advanced")
        self.advanced.setCheckable(True)
        self.advanced.setAutoRaise(True)
        self.advanced.setArrowType(Qt.ArrowType.RightArrow)
        self.advanced.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.advanced.toggled.connect(self._on_advanced_toggled)
        content = QWidget()
        form = QVBoxLayout(content)
        form.setContentsMargins(0, 0, 0, 0)
        form.addWidget(self._form(IN_SIGHT))
        form.addWidget(self.advanced, 0, Qt.AlignmentFlag.AlignLeft)
        form.addWidget(self._more)
        form.addStretch()
        self._arrange_around(content)
        self._set_tab_order()

    def _arrange_around(self, content: QWidget) -> None:
        self._area = QScrollArea()  # for screens that are lower than the whole form
        self._area.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # it follows the field that has the focus
        self._area.setFrameShape(QFrame.Shape.NoFrame)
        self._area.setWidgetResizable(True)
        self._area.setWidget(content)
        self.forecast.setWordWrap(True)
        self.copy_button.clicked.connect(self._on_copy_clicked)
        self.sweep_button.clicked.connect(self._on_sweep_clicked)
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        whole = QVBoxLayout(self)
        whole.addWidget(self._area, 1)
        whole.addWidget(self.forecast)
        whole.addWidget(self.buttons)

    def _form(self, names: Sequence[str]) -> QWidget:
        return grid_of_rows(self.fields[name] for name in names)

    def _set_tab_order(self) -> None:
        order: list[QWidget] = []
        for name in IN_SIGHT:
            order.extend(self.fields[name].controls)
        order.append(self.advanced)
        for name in chain(*ADVANCED):
            order.extend(self.fields[name].controls)
        order.extend(self.buttons.buttons())
        for one, following in pairwise(order):
            QWidget.setTabOrder(one, following)

    def _fit(self) -> None:
        """As large as the form wants to be, within the screen."""
        content = self._area.widget()
        assert content is not None
        for each in (*content.findChildren(QWidget), content):
            if (layout := each.layout()) is not None:
                layout.activate()  # at once, not when the event loop comes round to it
        wanted, room = content.sizeHint(), self.screen().availableGeometry().size()
        height = min(wanted.height(), room.height() - 200)
        bar = self._area.verticalScrollBar().sizeHint().width() * (height < wanted.height())
        self._area.setMinimumSize(min(max(wanted.width(), LEAST_WIDTH) + bar, room.width() - 80), height)
        self.adjustSize()

    # --- what happens ---

    def fill(self, spec: RunSpec) -> None:
        """Show the values of a training; which recipe they make is found out."""
        self._filling = True
        for name, value in values_of(spec).items():
            self.fields[name].set_value(value)
        self._filling = False
        self._check()

    def _on_recipe_changed(self) -> None:
        name = self.fields["recipe"].value()
        if not self._filling and name != OWN:
            self.fill(RECIPES[name])

    def _on_field_changed(self) -> None:
        if not self._filling:
            self._check()

    def _on_copy_clicked(self) -> None:
        text = training_program(self.spec(), self.path(), self.root(), self.download())
        QGuiApplication.clipboard().setText(text)

    def _on_sweep_clicked(self) -> None:
        spec = self.spec()
        self.reject()
        self.sweep_requested.emit(spec)

    def _on_advanced_toggled(self, shown: bool) -> None:
        self.advanced.setArrowType(Qt.ArrowType.DownArrow if shown else Qt.ArrowType.RightArrow)
        self._more.setVisible(shown)
        self._fit()

    def _check(self) -> None:
        """Look at every value; say beside the field what is wrong, and below the form what comes of it."""
        self._filling = True  # what is changed from here on is no keystroke
        values, problems = read(self.fields)
        self._suggest_file(values)
        problems |= self._problems_of_places(values)
        spec, text, looking = None, "", ""
        if len(values) == len(self.fields):
            spec = spec_of(values)
            self.fields["recipe"].set_value(spec.recipe or OWN)
            looking = self._foresight.lacks(spec)
            text = looking or foreseen(spec, self.path, problems)
        for name, field in self.fields.items():
            field.complain(problems.get(name, ""))
        self._spec = None if problems or looking else spec
        self.forecast.setText(problems.get("", text) or "Some values above are missing or wrong.")
        self.buttons.allow(self._spec is not None)
        if problems.keys() & {*chain(*ADVANCED)}:
            self.advanced.setChecked(True)
        self._show_what_matters()
        self._filling = False

    def _suggest_file(self, values: dict[str, Any]) -> None:
        """A name that is not taken yet, as long as the user has typed none."""
        row = self.fields["file"]
        if row.control.edit.text() != self._suggested or not {"net", "data", "seed"} <= values.keys():
            return
        path = fresh(self._folder(), file_stem(values))
        self._suggested = str(path)
        row.set_value(path)
        values["file"] = path

    def _problems_of_places(self, values: dict[str, Any]) -> dict[str, str]:
        problems = {"file": self._problem_of_files(values)}
        if self._needs_folder() and "data_folder" in values:
            folder = values["data_folder"] or typed(os.environ.get(DATA_VARIABLE, ""))
            title = DATA_SETS[values["data"]].title
            problems["data_folder"] = problem_of_data_folder(title, folder, values["download"])
        return {name: problem for name, problem in problems.items() if problem}

    def _problem_of_files(self, values: dict[str, Any]) -> str:
        if "file" not in values or not {"runs", "seed"} <= values.keys():
            return problem_of_run_file(self.path() if "file" in values else None)
        files = files_of(self.path(), values["seed"], values["runs"])
        problems = {file.name: problem for file in files if (problem := problem_of_run_file(file))}
        named = (problem if len(files) == 1 else f"{name}: {problem}" for name, problem in problems.items())
        return next(named, "")

    def _folder(self) -> Path:
        return typed(self._settings.text(RUN_FOLDER)) or default_folder()

    def _needs_folder(self) -> bool:
        return not DATA_SETS[self.fields["data"].value()].bundled

    def _show_what_matters(self) -> None:
        for name in ("data_folder", "download"):
            for part in (self.fields[name], self.fields[name].label):
                part.setVisible(self._needs_folder())
        self.fields["momentum"].setEnabled(OPTIMISERS[self.fields["optimiser"].value()].takes_momentum)
        self._fit()
