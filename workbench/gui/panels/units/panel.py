"""The table of units: a row for each unit of the layer, sorted, filtered by a rule, and linked with every panel."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtWidgets import QMenu

from workbench.analysis.rules import RuleError, words_in
from workbench.figures.drawing import in_file_name
from workbench.figures.overview.choosing import sets_at
from workbench.figures.overview.unit_words import check_rule, counts_in_words, csv_of, rows_where
from workbench.gui.background.latest import Answer, Failure, Latest
from workbench.gui.background.ticker import single_shot
from workbench.gui.panels.base import Panel
from workbench.gui.panels.frame import open_unit_page, place_with_layer
from workbench.gui.panels.kind import ACROSS, PanelKind
from workbench.gui.panels.units.answers import Costed, Tables
from workbench.gui.panels.units.arrangement import Arrangement
from workbench.gui.panels.units.columns import columns_of
from workbench.gui.panels.units.help import UNITS as HELP
from workbench.gui.panels.units.rule_field import RuleField
from workbench.gui.panels.units.settings import UnitsSettings
from workbench.gui.panels.units.table import UnitView
from workbench.gui.state.program import program
from workbench.gui.widgets.forms.values import Setting, switch_for
from workbench.gui.widgets.plain_text import DoubtLabel, ElidedLabel
from workbench.gui.work.saving_tables import TableFiles
from workbench.runs.saying import counted

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor

    from numpy.typing import NDArray

    from workbench.figures.overview.units import UnitTable
    from workbench.gui.state.session import Selection, Session
    from workbench.gui.work.workshop import Workshop
    from workbench.runs.place import Place

REST_MS = 700  # until costs are asked for


class UnitsPanel(Panel):
    """A finding and a rule above, the table below."""

    save_requested = Signal(str, object)  # the name of a file, and what makes its text
    copy_requested = Signal(object)

    kind = PanelKind(
        name="units",
        title="Units",
        help=HELP,
        settings=UnitsSettings,
        figure=False,
        shortcut="Ctrl+9",
        next_to="overview",
        way=ACROSS,
        one_run=(
            "Unit 3 of one seed is another unit than unit 3 of the next, so a row has no mean. The overview shows how "
            "many units of each kind there are in the mean."
        ),
        asks_data=True,
    )

    @classmethod
    def make(cls, shop: Workshop) -> UnitsPanel:
        panel, files = cls(shop.session, shop.pool, shop.slow_pool), TableFiles(shop)
        panel.save_requested.connect(files.save)
        panel.copy_requested.connect(files.copy)
        return panel

    def __init__(self, session: Session, pool: ThreadPoolExecutor, slow_pool: ThreadPoolExecutor) -> None:
        self._tables = Tables()
        super().__init__(session, pool)
        self.field, self.finding, self.view, self.doubt = RuleField(), ElidedLabel(rows=2), UnitView(), DoubtLabel()
        self.controls.addWidget(self.field, 1)
        self.measuring = switch_for(UnitsSettings, "costs")
        self.controls.addWidget(self.measuring)
        for widget in (self.finding, self.view, self.doubt):
            self.picture.addWidget(widget, 1 if widget is self.view else 0)
        self._table: UnitTable | None = None  # that is shown
        self._applied = ""  # the rule of the rows that are shown
        self.arrangement = Arrangement(self.view)
        self._finished, self._problem = True, ""  # of the costs
        self.keep("where", Setting(self._valid_rule, self._set_rule, self.field.line))
        self.keep("costs", self.measuring)
        for name, each in self.arrangement.settings().items():
            self.keep(name, each)
        self._resting = single_shot(self, REST_MS, self._ask_for_costs)
        self._asker = Latest(self._tables.with_costs, slow_pool, self, steps_aside=True)
        self._asker.answered.connect(self._on_asker_answered)
        self._asker.failed.connect(self._on_asker_failed)
        self._make_menus()
        self.field.changed.connect(self._fill)
        self.field.changed.connect(self.settings_changed)
        self.arrangement.changed.connect(self._fill)
        self.arrangement.changed.connect(self.settings_changed)
        self.measuring.toggled.connect(self._on_measuring_toggled)
        self.view.chosen.connect(lambda units: self.session.select(units=units))
        self.view.opened.connect(lambda unit: open_unit_page(self, unit))
        self.view.copied.connect(self.copy_rows)

    def needs(self, selection: Selection) -> object:
        return place_with_layer(selection)

    def compute(self, needs: Place) -> UnitTable:
        return self._tables.table(needs)

    def draw(self, result: UnitTable) -> None:
        wanted = self.measuring.isChecked()
        others = self._table is None or not self._table.place.same_layer(result.place)
        self._table = result if wanted else replace(result, costs=None)
        self._problem = ""
        self._finished = not wanted or result.costs is not None
        self._asker.ask(None)
        if not self._finished:
            self._resting.start()
        self._fill(others)

    def clear(self) -> None:
        self._table, self._finished = None, True
        self._resting.stop()
        self._asker.ask(None)
        self.view.units.clear()
        if not self.session.runs:
            self._tables.forget()

    def retry(self) -> None:
        """Also what rests on images, which may have changed."""
        self._tables.forget()
        super().retry()

    def shut(self) -> None:
        self._resting.stop()
        self._asker.close()
        super().shut()

    @property
    def complete(self) -> bool:
        """Also the costs are there, if they are wanted."""
        return super().complete and (self._finished or not self.isVisible())

    def as_python(self) -> str | None:
        table = self._table
        if table is None:
            return None
        place, costs = table.place, ", costs=True" if table.costs is not None else ""
        sets = {name: units for name, units in self._sets(table).items() if f"in {name}" in words_in(self._applied)}
        given = f"{self._applied!r}, {sets!r}" if sets else repr(self._applied)
        which = f"np.flatnonzero(units.where({given}))" if self._applied else "range(len(units))"
        return program(
            place.run,
            f"units = wb.units(run, {place.layer!r}, {place.snapshot}{costs})",
            "print(*units.columns)",
            f"for unit in {which}:",
            "    print(*units.row(int(unit)))",
            imports=("import numpy as np",) if self._applied else (),
        )

    # --- drawing ---

    def _fill(self, others: bool = False) -> None:
        """Show the rows of the table that the rule chooses, in their order."""
        table, view = self._table, self.view
        if table is None:
            return
        view.show_units(table, columns_of(table), self._chosen(table), self.arrangement.order, others)
        view.units.mark(self.session.selection.units)
        self.arrangement.apply()
        self.doubt.setText("; ".join(dict.fromkeys(() if table.costs is None else table.costs.warnings)))
        self._write()

    def _chosen(self, table: UnitTable) -> NDArray[np.bool_]:
        """The units that the rule chooses; where it is none, those of the last one that was."""
        try:
            which, self._applied, problem = rows_where(table, self.field.rule, self._sets(table)), self.field.rule, ""
        except RuleError as error:
            problem = str(error)
            try:
                which = rows_where(table, self._applied, self._sets(table))
            except RuleError:  # it asks for what is not measured any more
                which, self._applied = np.ones(len(table), np.bool_), ""
        self.field.show_problem(problem)
        return which

    def _sets(self, table: UnitTable) -> dict[str, tuple[int, ...]]:
        """The named sets of the layer."""
        return sets_at(self.others["graph"].settings().get("sets"), table.place) if "graph" in self.others else {}

    def _write(self) -> None:
        table = self._table
        if table is None:
            return
        parts, shown = [counts_in_words(table)], len(self.view.units.units)
        if self._applied:
            parts.append(f"showing {shown:,} that {'matches' if shown == 1 else 'match'} “{self._applied}”")
        self.finding.setText(" · ".join(parts))
        self.line.setText(f"{table.place.words}: {counted(len(table), 'unit')}{self._of_costs(table)}")

    def _of_costs(self, table: UnitTable) -> str:
        if self._problem:
            return f". The costs are not known: {self._problem}"
        if not self.measuring.isChecked():
            return ""
        if table.costs is None:
            return "; measuring what can be removed together…"
        images = counted(table.costs.images, "test image")
        return f"; costs on {images}" if self._finished else f"; measuring costs, {images} so far"

    # --- what leaves the panel ---

    def save(self) -> None:
        """Ask for a file and save the rows that are shown, unit by unit, as `workbench units` writes them."""
        table, which = self._table, np.sort(self.view.units.units).tolist()
        if table is not None:
            run, layer = in_file_name(table.place.run.path.stem), in_file_name(table.place.layer)
            self.save_requested.emit(f"{run}_{layer}_units.csv", lambda: csv_of(table, which))

    def copy_rows(self) -> None:
        """Put the selected rows that are shown into the clipboard as they are sorted; all rows if none is selected."""
        table, which = self._table, self.view.selected_rows() or self.view.units.units.tolist()
        if table is not None:
            self.copy_requested.emit(lambda: csv_of(table, which, "\t"))

    def _make_menus(self) -> None:
        menu = self.export.menu()
        menu.addAction("Save CSV…").triggered.connect(self.save)
        menu.addAction("Copy rows").triggered.connect(self.copy_rows)
        self.export.setToolTip("Save as a CSV file, copy as rows or as a program")
        self.view.customContextMenuRequested.connect(self._on_view_menu_requested)

    def _on_view_menu_requested(self, at: QPoint) -> None:
        row, menu = self.view.rowAt(at.y()), QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        if row >= 0:
            unit = int(self.view.units.units[row])
            menu.addAction("Open unit page").triggered.connect(lambda: open_unit_page(self, unit))
        menu.addAction("Copy rows").triggered.connect(self.copy_rows)
        menu.addAction("Save CSV…").triggered.connect(self.save)
        menu.popup(self.view.viewport().mapToGlobal(at))

    def _valid_rule(self) -> str:
        try:
            check_rule(self.field.rule)
        except RuleError:
            return self._applied
        return self.field.rule

    def _set_rule(self, rule: object) -> None:
        if not isinstance(rule, str):
            raise ValueError(f"{rule!r} is no text")
        check_rule(rule)
        self.field.line.setText(rule)

    # --- slots ---

    def _ask_for_costs(self) -> None:
        self._asker.ask(self._table)

    def _on_session_changed(self, old: Selection, new: Selection) -> None:
        super()._on_session_changed(old, new)
        if old.units != new.units and self._table is not None:
            self.view.mark(new.units)

    def _on_measuring_toggled(self) -> None:
        if self.shown_result is not None:
            self.retry_costs()

    def retry_costs(self) -> None:
        """Measure the costs again, or let them go where they are not wanted."""
        self.draw(self.shown_result)
        if self.measuring.isChecked() and not self._finished:
            self._resting.stop()
            self._ask_for_costs()

    def _on_asker_answered(self, answer: Answer) -> None:
        found: Costed = answer.value
        if self._table is None or found.table.place != self._table.place or not self.measuring.isChecked():
            return
        self._table, self._finished = found.table, found.complete
        self._fill()

    def _on_asker_failed(self, failure: Failure) -> None:
        if self._table is not None and failure.question.place == self._table.place:
            self._finished, self._problem = True, failure.words
            self._write()
