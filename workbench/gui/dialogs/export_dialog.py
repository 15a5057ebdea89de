"""The dialog from which figures leave the window: what is on the page, how it looks, and a preview of its true size."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from workbench.figures.page import MOST, Page
from workbench.gui.background.ticker import single_shot
from workbench.gui.widgets.figure_preview import FigurePreview
from workbench.gui.widgets.forms.figure_form import FigureForm
from workbench.gui.widgets.screens import open_up

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from concurrent.futures import ThreadPoolExecutor

    from workbench.figures.drawing import Drawing
    from workbench.figures.page import Format

REST_MS = 150  # until a change is drawn
ROLE = Qt.ItemDataRole.UserRole
Offered = tuple[str, "Drawing | None"]  # the panel's title, and what it shows; None: it is still computing


class ExportDialog(QDialog):
    """`save_requested`, `copy_requested` and `program_requested` say what is wanted of `page` and `drawings`."""

    save_requested = Signal()
    copy_requested = Signal()
    program_requested = Signal()

    def __init__(
        self,
        offered: Mapping[str, Offered],
        chosen: str,
        render: Callable[[Page, Format], bytes],
        pool: ThreadPoolExecutor,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("Export figure")
        open_up(self, 1000, 640)
        self._offered = dict(offered)
        self.form = FigureForm()
        self.preview = FigurePreview(render, pool)
        self.list = self._panels(chosen)
        self._rest = single_shot(self, REST_MS, self.show_page)
        self.form.changed.connect(self._rest.start)
        self.list.itemChanged.connect(lambda _item: self._rest.start())
        self.list.model().rowsMoved.connect(lambda *_: self._rest.start())
        self.finished.connect(self.preview.shut)
        self._arrange()
        self.show_page()

    @property
    def drawings(self) -> list[Drawing]:
        """What is on the page, in its order."""
        rows = (self.list.item(row) for row in range(self.list.count()))
        checked = (self._offered[row.data(ROLE)][1] for row in rows if row.checkState() is Qt.CheckState.Checked)
        return [drawing for drawing in checked if drawing is not None]

    @property
    def page(self) -> Page:
        """The page as it is now. ValueError: nothing is on it, or too much."""
        figures = tuple(drawing.figure for drawing in self.drawings)
        if not figures:
            raise ValueError("The page is empty: choose a panel.")
        return Page(figures[:MOST], self.form.style_of_figure(), self.form.columns)

    @property
    def awaited(self) -> list[str]:
        """The panels in the list that are still computing, by name."""
        return [name for name, (_title, drawing) in self._offered.items() if drawing is None]

    def offer(self, name: str, drawing: Drawing | None) -> None:
        """What a panel that was still computing shows now; None: nothing."""
        title, row = self._offered[name][0], self._row(name)
        row.setText(title if drawing is not None else f"{title} (nothing to show)")
        if drawing is not None:
            self._offered[name] = title, drawing
            row.setFlags(row.flags() | Qt.ItemFlag.ItemIsEnabled)

    def show_page(self) -> None:
        """Draw the page again."""
        try:
            page = self.page
        except ValueError as problem:
            self.preview.say(str(problem))
        else:
            self.preview.show_page(page)
        for button in (self.save_button, self.copy_button, self.program_button):
            button.setEnabled(bool(self.drawings))

    def _panels(self, chosen: str) -> QListWidget:
        panels = QListWidget()
        panels.setAccessibleName("Panels on the page")
        panels.setDragDropMode(QAbstractItemView.DragDropMode.InternalMove)
        panels.setToolTip("Check the panels for the page; drag to change their order")
        for name, (title, drawing) in self._offered.items():
            item = QListWidgetItem(title if drawing is not None else f"{title} (still computing)")
            item.setData(ROLE, name)
            item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
            if drawing is None:
                item.setFlags(item.flags() & ~Qt.ItemFlag.ItemIsEnabled)
            item.setCheckState(Qt.CheckState.Checked if name == chosen else Qt.CheckState.Unchecked)
            panels.addItem(item)
        panels.setFixedHeight(panels.sizeHintForRow(0) * (len(self._offered) + 1))
        return panels

    def _row(self, name: str) -> QListWidgetItem:
        rows = (self.list.item(number) for number in range(self.list.count()))
        return next(row for row in rows if row.data(ROLE) == name)

    def _arrange(self) -> None:
        self.save_button: QPushButton = QPushButton("Save as…")
        self.save_button.setDefault(True)
        self.save_button.clicked.connect(self.save_requested)
        self.copy_button: QPushButton = QPushButton("Copy image")
        self.copy_button.clicked.connect(self.copy_requested)
        self.program_button: QPushButton = QPushButton("Copy as Python")
        self.program_button.setToolTip("Copy a program that saves this page")
        self.program_button.setAutoDefault(False)
        self.program_button.clicked.connect(self.program_requested)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.addButton(self.save_button, QDialogButtonBox.ButtonRole.ActionRole)
        buttons.addButton(self.copy_button, QDialogButtonBox.ButtonRole.ActionRole)
        buttons.addButton(self.program_button, QDialogButtonBox.ButtonRole.ActionRole)
        buttons.button(QDialogButtonBox.StandardButton.Close).setAutoDefault(False)
        buttons.rejected.connect(self.reject)
        side = QVBoxLayout()
        side.addWidget(QLabel("On the page"))
        side.addWidget(self.list)
        side.addWidget(self.form)
        side.addStretch()
        row = QHBoxLayout()
        row.addWidget(self.preview, 1)
        row.addLayout(side)
        column = QVBoxLayout(self)
        column.addLayout(row, 1)
        column.addWidget(buttons)
