"""The open runs and their layers; choosing a layer drives every panel."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtWidgets import QHeaderView, QPushButton, QTreeWidget, QTreeWidgetItem

from workbench.evaluation.identity import in_words
from workbench.figures.drawing import Drawing
from workbench.figures.layers import layers_figure
from workbench.gui.panels.base import Empty, Panel
from workbench.gui.panels.run_help import HELP
from workbench.gui.program import program
from workbench.gui.widgets.plain_text import as_tooltip, literal
from workbench.runs.counted import counted
from workbench.runs.naming import network_and_data

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor

    from workbench.gui.session import Selection, Session
    from workbench.gui.widgets.help_text import Help
    from workbench.runs.run import Run

    Shown = tuple[tuple[Run, ...], Run | None, str | None]  # the open runs, the selected one, its layer

COLUMNS = ("Layer", "Units", "Inputs", "Q = inputs / units")
ROLE = Qt.ItemDataRole.UserRole
INDENT = 12  # pixels of a level: names of layers are read whole in a narrow panel


class RunPanel(Panel):
    """A tree of the open runs and their layers."""

    title: ClassVar[str] = "Run"
    help: ClassVar[Help] = HELP
    open_requested = Signal()
    close_requested = Signal(object)

    def __init__(self, session: Session, pool: ThreadPoolExecutor) -> None:
        super().__init__(session, pool)
        self.tree = QTreeWidget()
        self.tree.setAccessibleName("Open runs and their layers")
        self.tree.setHeaderLabels(COLUMNS)
        self.tree.setUniformRowHeights(True)
        self.tree.setRootIsDecorated(True)
        self.tree.setIndentation(INDENT)
        header = self.tree.header()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        for column in range(1, len(COLUMNS)):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.ResizeToContents)
        self.tree.headerItem().setText(3, "Q")
        self.tree.headerItem().setToolTip(3, COLUMNS[3])
        self.tree.currentItemChanged.connect(self._on_tree_current_item_changed)
        self.tree.viewport().installEventFilter(self)
        self.picture.addWidget(self.tree)
        open_button = QPushButton("Open…")
        open_button.clicked.connect(self.open_requested)
        close_button = QPushButton("Close run")
        close_button.clicked.connect(self._on_close_clicked)
        self.controls.addWidget(open_button)
        self.controls.addWidget(close_button)
        self._listed: tuple[Run, ...] = ()
        session.runs_changed.connect(self.refresh)

    def needs(self, selection: Selection) -> object:
        if not self.session.runs:
            return Empty("No run is open. Open a run file, drop one on the window, or train a network.")
        return (self.session.runs, selection.run, selection.layer)

    def place(self, needs: object) -> object:
        return None  # it lists all runs

    @staticmethod
    def compute(needs: Shown) -> tuple[Shown, str]:
        """What is shown, and whether a guessed network was confirmed, which a file beside the run says."""
        return needs, "" if needs[1] is None else in_words(needs[1])

    def draw(self, result: tuple[Shown, str]) -> None:
        (runs, chosen, layer_name), known = result
        self.tree.blockSignals(True)
        if not self._same_rows(runs):
            self._fill(runs)
        self._listed = runs
        self._fit_columns()
        self._mark(runs, chosen, layer_name)
        self.tree.blockSignals(False)
        if chosen is not None:
            self.line.setText(_in_words(chosen, known))

    def drawing(self) -> Drawing | None:
        at = self.session.selection
        if at.run is None:
            return None
        units = tuple(sorted(at.units))
        return Drawing(layers_figure(at.run, at.layer), at.run, at.layer, at.snapshot, units, self.settings())

    def as_python(self) -> str | None:
        run = self.session.selection.run
        if run is None:
            return None
        return program(
            run,
            "for layer in run.layers:",
            "    print(layer.name, layer.units, layer.inputs, layer.q)",
        )

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize:
            self._fit_columns()
        elif event.type() == QEvent.Type.FontChange:
            QTimer.singleShot(0, self, self._fit_columns)  # the header hears of the font later
        return super().eventFilter(watched, event)

    def _fit_columns(self) -> None:
        """The names of the layers come first; of the numbers those are shown for which there is room."""
        left = self.tree.viewport().width() - self.tree.sizeHintForColumn(0)
        for column in range(1, len(COLUMNS)):
            self.tree.setColumnHidden(column, False)  # a hidden one has no size
            left -= max(self.tree.sizeHintForColumn(column), self.tree.header().sectionSizeHint(column))
            self.tree.setColumnHidden(column, left < 0)

    def clear(self) -> None:
        self.tree.clear()
        self._listed = ()

    def _same_rows(self, runs: tuple[Run, ...]) -> bool:
        return [(run.path, run.run_id) for run in runs] == [(run.path, run.run_id) for run in self._listed]

    def _fill(self, runs: tuple[Run, ...]) -> None:
        self.tree.clear()
        for number, run in enumerate(runs):
            top = QTreeWidgetItem([literal(run.path.name)])
            top.setData(0, ROLE, (number, None))
            top.setToolTip(0, as_tooltip(literal(f"{run.title} — {run.path}")))
            self.tree.addTopLevelItem(top)
            top.setFirstColumnSpanned(True)
            for layer in run.layers:
                row = QTreeWidgetItem([literal(layer.name), f"{layer.units:,}", f"{layer.inputs:,}", f"{layer.q:.3g}"])
                for column in range(1, len(COLUMNS)):
                    row.setTextAlignment(column, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
                row.setData(0, ROLE, (number, layer.name))
                top.addChild(row)
            top.setExpanded(True)

    def _mark(self, runs: tuple[Run, ...], chosen: Run | None, layer_name: str | None) -> None:
        for number, run in enumerate(runs):
            if run is not chosen:
                continue
            top = self.tree.topLevelItem(number)
            assert top is not None  # `_fill` made one for every run
            for index in range(top.childCount()):
                if top.child(index).data(0, ROLE)[1] == layer_name:
                    self.tree.setCurrentItem(top.child(index))

    def _on_tree_current_item_changed(self, item: QTreeWidgetItem | None, _previous: object) -> None:
        if item is None:
            return
        number, layer_name = item.data(0, ROLE)
        listed = self._listed[number]
        run = next((known for known in self.session.runs if known.path == listed.path), None)
        if run is None:  # closed meanwhile; the tree is about to follow
            return
        if layer_name is None:
            self.session.choose_run(run)
        else:
            self.session.select(run=run, layer=layer_name)

    def _on_close_clicked(self) -> None:
        if self.session.selection.run is not None:
            self.close_requested.emit(self.session.selection.run)


def _in_words(run: Run, known: str) -> str:
    notes = f"; {'; '.join(run.notes)}" if run.notes else ""
    spec = run.spec
    origin = "" if spec.origin is None else f"{spec.origin.how} from {spec.origin.source}, "
    note = f"; {spec.origin.note}" if spec.origin is not None and spec.origin.note else ""
    return f"{origin}{network_and_data(spec)}{known}, {counted(run.snapshots, 'snapshot')}, {run.state}{notes}{note}"
