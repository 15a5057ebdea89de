"""The numbers of a layer over runs that differ only by their seed: mean, interval and the value of each run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractItemView, QTableWidget, QTableWidgetItem

from workbench.figures.groups.overview import GroupNumber, numbers_of
from workbench.figures.overview.measures import STORED
from workbench.gui.panels.base import Panel
from workbench.gui.panels.frame import Empty, place_with_layer
from workbench.gui.panels.group.dots import DOTS, Dots, DotsDelegate
from workbench.gui.panels.kind import Help, PanelKind
from workbench.gui.state.program import absolute
from workbench.gui.widgets.plain_text import as_tooltip, literal
from workbench.runs.collection.naming import short_name
from workbench.runs.saying import counted

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor

    from workbench.gui.state.session import Selection, Session
    from workbench.runs.place import Place

HEADS = ("Number", "Mean", "95 % interval", "Each run")
NO_GROUP = "Choose a group in the Run panel: open runs that differ only by their seed form one."
HELP = Help(
    shows=(
        "The numbers of the overview for the selected layer and snapshot, over all runs of a group: runs that differ "
        "only by their seed. Each row gives the mean over the trainings and its 95 % interval. On the right, dots are "
        "the runs, the line is the mean and the band the interval; the axis reaches from 0 to the largest possible "
        "value, all units or the full rank. Point at a row for the value of each run."
    ),
    formulas=(
        (
            "x̄ ± t<sub>.975, N−1</sub> s / √N",
            "Mean and interval over N trainings by Student's t; s is the standard deviation of the sample.",
        ),
    ),
    controls=(),
    report="Section 4 gives means and variances over ten trainings for low ranks (figure 8); here for every number.",
)


@dataclass(frozen=True)
class Numbers:
    """The numbers of a layer of a group at a snapshot."""

    place: Place
    rows: tuple[GroupNumber, ...]


class GroupPanel(Panel):
    """A table: one row for each number."""

    kind = PanelKind(
        name="group",
        title="Group",
        help=HELP,
        figure=False,
        shortcut="Ctrl+Shift+6",
        next_to="overview",
        shows_groups=True,
    )

    def __init__(self, session: Session, pool: ThreadPoolExecutor) -> None:
        super().__init__(session, pool)
        self.table = QTableWidget(0, len(HEADS))
        self.table.setHorizontalHeaderLabels(HEADS)
        self.table.verticalHeader().hide()
        self.table.setShowGrid(False)
        self.table.setAlternatingRowColors(True)
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.table.setItemDelegateForColumn(len(HEADS) - 1, DotsDelegate(self.table))
        self.table.horizontalHeader().setStretchLastSection(True)
        self.table.setAccessibleName("Numbers of the layer over the runs of the group")
        self.picture.addWidget(self.table, 1)

    def needs(self, selection: Selection) -> object:
        place = place_with_layer(selection)
        if isinstance(place, Empty):
            return place
        return Empty(NO_GROUP) if place.group is None else place

    @staticmethod
    def compute(needs: Place) -> Numbers:
        group = needs.group
        assert group is not None
        return Numbers(needs, tuple(numbers_of(group, needs.layer, (needs.snapshot,))))

    def draw(self, result: Numbers) -> None:
        measures = {measure.name: measure for measure in STORED}
        rows = [each for each in result.rows if each.name in measures and each.over is not None]
        rows.sort(key=lambda each: list(measures).index(each.name))
        self.table.setRowCount(len(rows))
        layer = result.place.layer_view
        for at, each in enumerate(rows):
            measure = measures[each.name]
            most = layer.units if measure.of == "units" else min(layer.units, layer.inputs)
            self._fill(at, measure.head, each, max(float(most), 1.0), result.place)
        self.table.resizeColumnsToContents()
        self.table.resizeRowsToContents()
        runs = counted(len(result.place.runs), "training")
        dead = next((each.words for each in rows if each.name == "dead"), rows[0].words if rows else "no numbers")
        self.line.setText(f"{result.place.words}: {runs}, {dead}")

    def clear(self) -> None:
        self.table.setRowCount(0)

    def as_python(self) -> str | None:
        place = self.session.selection.place
        if place is None:
            return None
        paths = ", ".join(absolute(run.path) for run in place.runs)
        return (
            "import workbench as wb\n\n"
            f"runs = [wb.open_run(path) for path in [{paths}]]\n"
            "print(*wb.group_overview(runs).findings(), sep='\\n')\n"
        )

    def _fill(self, row: int, head: str, number: GroupNumber, most: float, place: Place) -> None:
        over = number.over
        assert over is not None
        several = over.count > 1
        low, high = (float(over.low), float(over.high)) if several else (None, None)
        interval = "" if low is None or high is None else f"{low:.3g} to {high:.3g}"
        values = [value for value in number.values if value is not None]
        dots = Dots(
            tuple(value / most for value in values),
            float(over.mean) / most,
            None if low is None else low / most,
            None if high is None else high / most,
        )
        each = zip(place.runs, number.values, strict=True)
        tip = "\n".join(f"{short_name(run)}: {'unknown' if value is None else f'{value:g}'}" for run, value in each)
        cells: tuple[Any, ...] = (head, f"{float(over.mean):.3g}", interval, dots)
        for column, cell in enumerate(cells):
            item = QTableWidgetItem()
            if isinstance(cell, Dots):
                item.setData(DOTS, cell)
            else:
                item.setText(literal(cell))
            if column in (1, 2):
                item.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            item.setToolTip(as_tooltip(literal(tip)))
            self.table.setItem(row, column, item)
