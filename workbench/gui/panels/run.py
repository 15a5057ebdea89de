"""The open runs and their layers; choosing a layer drives every panel."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, QTimer, Signal
from PySide6.QtWidgets import QHeaderView, QPushButton, QTreeWidget, QTreeWidgetItem

from workbench.evaluation.identity import in_words
from workbench.figures.drawing import Drawing
from workbench.figures.layers import layers_figure
from workbench.gui.panels.base import Panel
from workbench.gui.panels.frame import Empty
from workbench.gui.panels.help import RUN as HELP
from workbench.gui.panels.kind import ACROSS, PanelKind
from workbench.gui.state.program import program
from workbench.gui.widgets.plain_text import DoubtLabel, as_tooltip, literal
from workbench.runs.collection.groups import groups_among
from workbench.runs.collection.naming import network_and_data
from workbench.runs.place import Place
from workbench.runs.remaining import remaining, uncertain
from workbench.runs.saying import counted

if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import ThreadPoolExecutor
    from pathlib import Path

    from workbench.gui.state.session import Selection, Session
    from workbench.runs.collection.groups import RunGroup
    from workbench.runs.remaining import Remaining
    from workbench.runs.run import Run

    Shown = tuple[tuple[Run, ...], Place | None]  # the open runs, and what is selected of them
    SizesOf = dict[tuple[Path, str], tuple[Remaining, ...]]  # by the run
    Sizes = tuple[tuple[Remaining, ...], ...]  # of the layers of each open run

COLUMNS = ("Layer", "Units", "Inputs", "Q = inputs / units")
ROLE = Qt.ItemDataRole.UserRole
INDENT = 12  # pixels of a level: names of layers are read whole in a narrow panel


class RunPanel(Panel):
    """A tree of the open runs and their layers."""

    kind = PanelKind(
        name="run",
        title="Run",
        help=HELP,
        shortcut="Ctrl+1",
        way=ACROSS,
        shows_groups=True,
    )
    open_requested = Signal()
    close_requested = Signal(object)

    def __init__(self, session: Session, pool: ThreadPoolExecutor) -> None:
        super().__init__(session, pool)
        self.tree = QTreeWidget()
        self.tree.setFrameShape(QTreeWidget.Shape.NoFrame)
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
        self.doubt = DoubtLabel()
        self.picture.addWidget(self.doubt)
        open_button = QPushButton("Open…")
        open_button.clicked.connect(self.open_requested)
        close_button = QPushButton("Close run")
        close_button.clicked.connect(self._on_close_clicked)
        self.controls.addWidget(open_button)
        self.controls.addWidget(close_button)
        self._listed: tuple[Run, ...] = ()
        self._items: dict[object, QTreeWidgetItem] = {}  # by the subject of their place
        self._rows: list[tuple[tuple[Path, str], int, QTreeWidgetItem]] = []
        session.runs_changed.connect(self.refresh)

    def needs(self, selection: Selection) -> object:
        if not self.session.runs:
            return Empty("No run is open. Open a run file, drop one on the window, or train a network.")
        return self.session.runs, selection.place

    def place(self, needs: object) -> object:
        return None  # it lists all runs

    @staticmethod
    def compute(needs: Shown) -> Iterator[tuple[Shown, str, Sizes]]:
        """What is shown, whether a guessed network was confirmed, which a file beside the run says, and what is left.

        Units are counted at the chosen snapshot of the chosen run, and at the last of the others; those of large
        layers later.
        """
        runs, chosen = needs
        known = "" if chosen is None else in_words(chosen.run)
        at = {} if chosen is None else dict.fromkeys(chosen.runs, chosen.snapshot)
        sizes = tuple(remaining(run, at.get(run, -1), quickly=True) for run in runs)
        yield needs, known, sizes
        whole = tuple(remaining(run, at.get(run, -1)) for run in runs)
        if whole != sizes:
            yield needs, known, whole

    def draw(self, result: tuple[Shown, str, Sizes]) -> None:
        (runs, chosen), known, sizes = result
        self.tree.blockSignals(True)
        left_of = {(run.path, run.run_id): left for run, left in zip(runs, sizes, strict=True)}
        if not self._same_rows(runs):
            self._fill(runs, left_of)
        self._listed = runs
        self._write_sizes(left_of)
        self._fit_columns()
        self._mark(chosen)
        self.tree.blockSignals(False)
        if chosen is not None:
            left = () if chosen.group is not None else sizes[runs.index(chosen.run)]
            self.line.setText(_in_words(chosen, known))
            self.doubt.setText("; ".join(uncertain(chosen.run, left)))

    def drawing(self) -> Drawing | None:
        selection = self.session.selection
        if selection.place is None or selection.run is None:
            return None
        figure = layers_figure(selection.place)
        return Drawing(figure, selection.place, tuple(sorted(selection.units)), self.settings())

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
        self._clear_tree()
        self._listed = ()

    def _clear_tree(self) -> None:
        self._items.clear()
        self._rows.clear()
        self.tree.clear()

    def _same_rows(self, runs: tuple[Run, ...]) -> bool:
        return [(run.path, run.run_id) for run in runs] == [(run.path, run.run_id) for run in self._listed]

    def _fill(self, runs: tuple[Run, ...], sizes: SizesOf) -> None:
        self._clear_tree()
        grouped: set[Run] = set()
        for group in groups_among(runs):
            grouped.update(group.runs)
            top = self._add(None, literal(group.name), group, sizes)
            top.setToolTip(0, as_tooltip("These runs differ only by seed."))
            for run in group.runs:
                self._add_run(top, run, sizes).setExpanded(False)
        for run in runs:
            if run not in grouped:
                self._add_run(None, run, sizes)

    def _write_sizes(self, sizes: SizesOf) -> None:
        for run, at, row in self._rows:
            for column, text in enumerate(_texts_of(sizes[run][at]), 1):
                if row.text(column) != text:  # writing takes the longer the more rows there are
                    row.setText(column, text)

    def _add_run(self, above: QTreeWidgetItem | None, run: Run, sizes: SizesOf) -> QTreeWidgetItem:
        item = self._add(above, literal(run.path.name), run, sizes)
        item.setToolTip(0, as_tooltip(literal(f"{run.title} — {run.path}")))
        return item

    def _add(self, above: QTreeWidgetItem | None, name: str, source: Run | RunGroup, sizes: SizesOf) -> QTreeWidgetItem:
        """Add a row for a run or group, under another or at the top, and rows for its layers."""
        item = QTreeWidgetItem([name])
        place = Place(source)
        self._name(item, place)
        key, rows = (place.run.path, place.run.run_id), []
        for at, (layer, left) in enumerate(zip(place.run.layers, sizes[key], strict=True)):
            row = QTreeWidgetItem([literal(layer.name), *_texts_of(left)])
            for column in range(1, len(COLUMNS)):
                row.setTextAlignment(column, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            self._name(row, replace(place, layer=layer.name))
            rows.append(row)
            self._rows.append((key, at, row))
        item.addChildren(rows)  # all of them before the tree hears of any
        if above is None:
            self.tree.addTopLevelItem(item)
        else:
            above.addChild(item)
        item.setFirstColumnSpanned(True)
        item.setExpanded(True)
        return item

    def _name(self, item: QTreeWidgetItem, place: Place) -> None:
        item.setData(0, ROLE, place.subject)
        self._items.setdefault(place.subject, item)

    def _mark(self, chosen: Place | None) -> None:
        item = None if chosen is None else self._items.get(chosen.subject)
        if item is not None:
            self.tree.setCurrentItem(item)

    def _on_tree_current_item_changed(self, item: QTreeWidgetItem | None, _previous: object) -> None:
        if item is None:
            return
        locators, layer = item.data(0, ROLE)
        source = self.session.opened(locators)
        if source is None:  # closed meanwhile; the tree is about to follow
            return
        if layer:
            self.session.select(source=source, layer=layer)
        else:
            self.session.choose_run(source)

    def place_at(self, position: QPoint) -> Place | None:
        """The run, group or layer whose row lies at a position of the panel; None where there is none."""
        item = self.tree.itemAt(self.tree.viewport().mapFrom(self, position))
        if item is None:
            return None
        locators, layer = item.data(0, ROLE)
        source = self.session.opened(locators)
        return None if source is None else Place(source, layer)

    def _on_close_clicked(self) -> None:
        place = self.session.selection.place
        for run in () if place is None else place.runs:
            self.close_requested.emit(run)


def _texts_of(left: Remaining) -> tuple[str, str, str]:
    """What the row of a layer says behind its name."""
    return left.units_in_words, left.inputs_in_words, f"{left.q:.3g}"


def _in_words(place: Place, known: str) -> str:
    run = place.run
    spec = run.spec
    if place.group is not None:
        count = counted(place.snapshots, "snapshot")
        return f"{len(place.runs)} runs that differ only by seed: {network_and_data(spec)}{known}, {count} in common"
    notes = f"; {'; '.join(run.notes)}" if run.notes else ""
    origin = "" if spec.origin is None else f"{spec.origin.how} from {spec.origin.source}, "
    note = f"; {spec.origin.note}" if spec.origin is not None and spec.origin.note else ""
    return f"{origin}{network_and_data(spec)}{known}, {counted(run.snapshots, 'snapshot')}, {run.state}{notes}{note}"
