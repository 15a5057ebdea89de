"""The dialog that shows what an import will make, before it is done, and how it goes."""

from __future__ import annotations

from dataclasses import dataclass
from math import isnan
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QProgressBar,
    QTabWidget,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from workbench.figures.controls import Location, setting
from workbench.gui.background.latest import Answer, Failure, Latest
from workbench.gui.state.words import size_in_words
from workbench.gui.widgets.evidence_tree import EvidenceTree
from workbench.gui.widgets.forms.buttons import FormButtons
from workbench.gui.widgets.forms.places import default_folder, fresh, problem_of_typed_file
from workbench.gui.widgets.forms.rows import form_of_rows, rows_of
from workbench.gui.widgets.plain_text import literal, plain_label, show_cut
from workbench.gui.widgets.screens import open_up
from workbench.importing.files.sources import ORDERS, Order
from workbench.importing.plan import ImportPlan, Looking, Wanted, look
from workbench.nets.architectures.catalogue import ARCHITECTURES, DATA_SETS
from workbench.runs.collection.naming import network_and_data
from workbench.runs.saying import counted

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence
    from concurrent.futures import ThreadPoolExecutor
    from pathlib import Path

    from workbench.importing.run import Imported

BY_SHAPES = "recognised by names and shapes"
NOT_SAID = "not specified"
THE_FILE = "the file itself"


@dataclass(frozen=True)
class ImportForm:
    """What is asked of an import."""

    order: Order = setting("name", "Order", "of the snapshots", choices=ORDERS)
    part: tuple[str, ...] = setting(  # (): the one with the most weights
        (), "Part", "The network in the file to import", choices={(): THE_FILE}
    )
    net: str = setting(
        BY_SHAPES, "Network", "A network of the catalogue, or torchvision:NAME. Only accuracies need it",
        choices=lambda: {name: name for name in (BY_SHAPES, *ARCHITECTURES)}, free=True,
    )  # fmt: skip
    data: str = setting(
        "", "Data", "The data that the network was trained on. Only accuracies need them",
        choices=lambda: {"": NOT_SAID, **{name: each.title for name, each in DATA_SETS.items()}},
    )  # fmt: skip
    file: Path | None = setting(None, "File", kind=Location, files="Run files (*.h5)")


def _look(wanted: Wanted) -> Generator[Looking | ImportPlan, None, None]:
    yield (yield from look(wanted))


class ImportDialog(QDialog):
    """Files in their order, layers, size and target of an import; for arrays of another tool, what they are.

    `requested()` asks for the import of `plan()` into `path()`; `show_progress` follows it, `stop_requested()` asks for
    its end, `program_requested()` for a program that does the same. The window does all three.
    """

    requested = Signal()
    program_requested = Signal()
    stop_requested = Signal()

    def __init__(self, paths: Sequence[Path], pool: ThreadPoolExecutor, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Import")
        open_up(self, 720, 560)
        self._paths = tuple(paths)
        self.found: ImportPlan | None = None
        self._turn: tuple[str, ...] = ()  # weights whose units lie on the other axis than the evidence says
        self._words: tuple[str, ...] | None = None  # of the mapping, once somebody has changed it
        self._filling = False
        self._was_asked = False  # to look at what is unsure
        self.importing = False
        self._latest = Latest(_look, pool, self)
        self._latest.answered.connect(self._on_latest_answered)
        self._latest.failed.connect(self._on_latest_failed)
        self.finished.connect(self._latest.close)
        self._make_fields()
        self._lay_out()
        self._ask()

    def plan(self) -> ImportPlan:
        """What is to be imported."""
        assert self.found is not None  # Import is disabled until there is one
        return self.found

    def path(self) -> Path:
        """The run file to write."""
        value: Path | None = self.file.value()
        assert value is not None
        return value

    def wanted(self) -> Wanted:
        """What the form asks for."""
        order, part, net, data = (self.fields[name].value() for name in ("order", "part", "net", "data"))
        return Wanted(
            self._paths, order, None if net in ("", BY_SHAPES) else net, data or None, part[0] if part else None,
            turn=self._turn, mapping=self._words,
        )  # fmt: skip

    def show_progress(self, imported: Imported) -> None:
        """So many snapshots are in the new file."""
        self.progress.setRange(0, imported.snapshots)
        self.progress.setValue(imported.done)

    def begin(self) -> None:
        """The import is under way: nothing can be changed, but it can be stopped."""
        self._set_importing(True)
        self.progress.setRange(0, len(self.plan().files))
        self.progress.setValue(0)

    def fail(self, problem: str, look_again: bool = False) -> None:
        """The import has ended without a run; with `look_again` the files have to be looked into before the next."""
        if look_again:
            self.found = None
        self._set_importing(False)
        self.look_button.setVisible(look_again)
        show_cut(self.status, problem, 600)

    def reject(self) -> None:
        """Stop an import that is under way; else close."""
        if self.importing:
            self.stop_requested.emit()
        else:
            super().reject()

    def _make_fields(self) -> None:
        self.fields = rows_of(ImportForm)
        self.file = self.fields["file"]
        first = self._paths[0]
        stem = first.stem if len(self._paths) == 1 else first.parent.name
        self.file.set_value(fresh(default_folder(), stem or "run"))
        for name, row in self.fields.items():
            row.changed.connect(self._choose_ok if name == "file" else self._ask)
        self.files = _tree("Snapshot", "File", "Epoch", "Step")
        self.layers = _tree("Layer", "Kind", "Units", "Inputs")
        self.evidence = EvidenceTree()
        self.evidence.turned.connect(self._on_evidence_turned)
        self.mapping = _tree("Parameter", "Arrays in the file ({} stands for the epoch)")
        self.mapping.setParent(self)  # shown as a tab where there are arrays to map
        self.mapping.hide()
        self.mapping.itemChanged.connect(self._on_mapping_item_changed)

    def _lay_out(self) -> None:
        self._form = form_of_rows(self.fields.values())
        self._form.setRowVisible(self.fields["part"], False)
        self.tabs = QTabWidget()
        self.tabs.addTab(self.files, "Files")
        self.tabs.addTab(self.layers, "Layers")
        self.tabs.addTab(self.evidence, "Evidence")
        self.status = plain_label("", wrap=True)
        self.progress = QProgressBar()
        self.progress.setVisible(False)
        self.buttons = FormButtons("Import", "Copy a program that does this import")
        self.ok, self.copy_button = self.buttons.go, self.buttons.copy
        self.copy_button.clicked.connect(self.program_requested)
        self.look_button = self.buttons.addButton("Look again", QDialogButtonBox.ButtonRole.ActionRole)
        self.look_button.setToolTip("Read the files as they are now")
        self.look_button.clicked.connect(self._ask)
        self.look_button.hide()
        self.buttons.accepted.connect(self.requested)
        self.buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.addLayout(self._form)
        column.addWidget(self.tabs, 1)
        column.addWidget(self.status)
        column.addWidget(self.progress)
        column.addWidget(self.buttons)

    def _ask(self) -> None:
        """Examine the files again, on a worker thread."""
        self.found = None
        self.look_button.hide()
        self.buttons.allow(False)
        self.status.setText("examining the files…")
        self._latest.ask(self.wanted())

    def _on_latest_answered(self, answer: Answer) -> None:
        if answer.question != self.wanted() or self.importing:
            return
        if isinstance(answer.value, Looking):
            looking = answer.value
            self.status.setText(literal(f"examining {looking.name} ({looking.done + 1} of {looking.files})…"))
            return
        self.found = answer.value
        self._fill(answer.value)
        self._choose_ok()

    def _on_latest_failed(self, failure: Failure) -> None:
        if failure.question == self.wanted():
            show_cut(self.status, str(failure.error), 600)

    def _fill(self, plan: ImportPlan) -> None:
        self._filling = True
        self._offer_parts(plan.parts)
        _rows(self.files, [
            (str(at), file.label, *("" if isnan(each) else f"{each:,g}" for each in (epoch, step)))
            for at, (file, epoch, step) in enumerate(zip(plan.files, plan.epochs, plan.iterations, strict=True))
        ])  # fmt: skip
        _rows(self.layers, [(each.name, each.kind, f"{each.units:,}", f"{each.inputs:,}") for each in plan.layers])
        unsure = {reading.key for reading in plan.readings if reading.doubt}
        self.evidence.show_readings(plan.readings, unsure | set(self._turn), self._turn)
        at = self.tabs.indexOf(self.evidence)
        self.tabs.setTabText(at, f"Evidence ({len(unsure)} unsure)" if unsure else "Evidence")
        if unsure and not self._was_asked:
            self._was_asked = True
            self.tabs.setCurrentIndex(at)
        if plan.mapping is not None and self._words is None:
            _rows(self.mapping, list(plan.mapping.parameters.items()))
            for row in range(self.mapping.topLevelItemCount()):
                item = self.mapping.topLevelItem(row)
                assert item is not None
                item.setFlags(item.flags() | Qt.ItemFlag.ItemIsEditable | Qt.ItemFlag.ItemIsUserCheckable)
                item.setCheckState(0, Qt.CheckState.Checked)
            self.mapping.resizeColumnToContents(0)  # with the boxes
            self.tabs.insertTab(0, self.mapping, "Arrays")
            self.tabs.setCurrentIndex(0)
        self._filling = False

    def _offer_parts(self, parts: Sequence[str]) -> None:
        """Let one of several networks be chosen, the first of which is taken unless somebody chooses."""
        row = self.fields["part"]
        if not parts or row.control.count() > 1:
            return
        for at, part in enumerate(parts):
            if at:
                row.control.addItem("", (part,))
            row.control.setItemText(at, literal(part or THE_FILE))
        self._form.setRowVisible(row, True)

    def _on_evidence_turned(self, key: str, turned: bool) -> None:
        others = tuple(each for each in self._turn if each != key)
        self._turn = (*others, key) if turned else others
        self._ask()

    def _on_mapping_item_changed(self, _item: QTreeWidgetItem, _column: int) -> None:
        if self._filling:
            return
        items = [self.mapping.topLevelItem(row) for row in range(self.mapping.topLevelItemCount())]
        self._words = tuple(
            f"{item.text(0)}={item.text(1)}"
            for item in items
            if item is not None and item.checkState(0) is Qt.CheckState.Checked
        )
        self._ask()

    def _choose_ok(self) -> None:
        problem = problem_of_typed_file(self.file)
        self.buttons.allow(self.found is not None and not problem and not self.importing)
        if self.found is not None and not self.importing:
            self.status.setText(literal(f"{_in_words(self.found)}. {problem}".rstrip(". ")))

    def _set_importing(self, importing: bool) -> None:
        self.importing = importing
        self.progress.setVisible(importing)
        for widget in (*self.fields.values(), self.tabs):
            widget.setEnabled(not importing)
        self._choose_ok()


def _in_words(plan: ImportPlan) -> str:
    about = network_and_data(plan.spec)
    notes = f"; {'; '.join(plan.notes)}" if plan.notes else ""
    what = f"{counted(len(plan.files), 'snapshot')} of {counted(len(plan.layers), 'layer')}"
    return f"{what}, at most {size_in_words(plan.bytes)}; {about}{notes}"


def _tree(*columns: str) -> QTreeWidget:
    tree = QTreeWidget()
    tree.setRootIsDecorated(False)
    tree.setUniformRowHeights(True)
    tree.setHeaderLabels(list(columns))
    tree.setAccessibleName(columns[0])
    return tree


def _rows(tree: QTreeWidget, rows: Sequence[tuple[Any, ...]]) -> None:
    tree.clear()
    tree.addTopLevelItems([QTreeWidgetItem([literal(str(cell)) for cell in row]) for row in rows])
    for column in range(tree.columnCount()):
        tree.resizeColumnToContents(column)
