"""The table of units: its numbers, rows and files are those of `workbench units`, its selection is the session's."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PySide6.QtCore import Qt

import workbench as wb
from tests.gui.recorded_weights import planted
from workbench.cli import main
from workbench.figures.overview.units import COLUMNS as IN_FILES
from workbench.figures.overview.units import table_of
from workbench.gui.bench.many_units import of_many
from workbench.gui.panels.units import panel as module
from workbench.gui.panels.units.columns import BY_NAME, columns_of
from workbench.gui.panels.units.model import NOTHING
from workbench.gui.panels.units.panel import UnitsPanel
from workbench.resource import resource
from workbench.runs.place import place_in
from workbench.runs.run import open_run

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from tests.gui.conftest import WriteRun
    from workbench.gui.state.session import Session
    from workbench.runs.run import Run

LONG = 60_000
PATH = resource("sample_runs/digits_conv.h5")


@pytest.fixture
def panel(shown: Callable[..., UnitsPanel]) -> UnitsPanel:
    return shown(UnitsPanel, module, (1300, 500))


@pytest.fixture
def sample(panel: UnitsPanel, with_sample: Callable[..., Run]) -> Run:
    return with_sample(panel, frozenset())


def cells(panel: UnitsPanel, name: str) -> list[str]:
    """The texts of a column, row by row."""
    model = panel.view.model()
    at = [column.name for column in panel.view.units.columns].index(name)
    return [model.index(row, at).data() for row in range(model.rowCount())]


def units_shown(panel: UnitsPanel) -> list[int]:
    return [int(text) for text in cells(panel, "unit")]


def click(qtbot: QtBot, panel: UnitsPanel, row: int, *keys: Qt.KeyboardModifier, double: bool = False) -> None:
    at = panel.view.visualRect(panel.view.model().index(row, 0)).center()
    press = qtbot.mouseDClick if double else qtbot.mouseClick
    press(panel.view.viewport(), Qt.MouseButton.LeftButton, *keys, pos=at)
    if double:
        qtbot.mouseRelease(panel.view.viewport(), Qt.MouseButton.LeftButton, pos=at)


def test_every_cell_is_the_number_of_the_table_or_says_why_there_is_none(panel: UnitsPanel, sample: Run) -> None:
    table = table_of(place_in(sample, "fc1"))
    died = [NOTHING if np.isnan(at) else f"{at:.0f} ({sample.epochs[int(at)]:.3g})" for at in table.died_at]
    assert cells(panel, "died_at") == [died[unit] for unit in units_shown(panel)]
    for name in (name for name in IN_FILES[:-2] if name != "died_at"):
        expected = table.named[name]
        shown = cells(panel, name)
        assert [text == NOTHING for text in shown] == np.isnan(expected).tolist(), name
        found = [np.nan if text == NOTHING else float(text.replace("−", "-").replace(",", "")) for text in shown]
        digits = max((len(text.partition(".")[2]) for text in shown), default=0)
        np.testing.assert_allclose(found, expected, atol=0.5000001 * 10.0**-digits, err_msg=name)
        assert len({len(text.partition(".")[2]) for text in shown if text != NOTHING}) == 1, name  # aligned
    assert cells(panel, "label") == [table.label(unit) for unit in range(100)]
    alive = cells(panel, "died_at").index(NOTHING)
    model, names = panel.view.units, [column.name for column in panel.view.units.columns]
    tip = Qt.ItemDataRole.ToolTipRole
    dead = int(np.nanargmax(table.died_at))
    assert f"died at snapshot {table.died_at[dead]:.0f}, epoch" in model.index(
        model.row_of(dead), names.index("died_at")
    ).data(tip)
    assert "the unit is alive" in model.index(alive, names.index("died_at")).data(tip)
    assert table.rule(0) in model.index(0, names.index("label")).data(tip)
    heads = [model.headerData(at, Qt.Orientation.Horizontal, tip) for at in range(len(names))]
    assert all(BY_NAME[name].meaning[:20].replace("<", "&lt;") in head for name, head in zip(names, heads, strict=True))
    assert panel.finding.text() == "26 of 100 dead · 0 repeated"


def test_columns_grow_with_their_numbers(panel: UnitsPanel, session: Session, qtbot: QtBot) -> None:
    run = open_run(PATH)
    session.add(run)
    session.select(layer="fc1", snapshot=0)
    qtbot.waitUntil(lambda: panel.complete and panel.shown_result is not None, timeout=LONG)
    view, names = panel.view, [column.name for column in panel.view.units.columns]
    by_hand = names.index("norm")
    view.setColumnWidth(by_hand, 40)
    session.select(snapshot=run.snapshots - 1)
    qtbot.waitUntil(lambda: panel.complete, timeout=LONG)
    longest = max(map(view.fontMetrics().horizontalAdvance, cells(panel, "died_at")))
    assert longest < view.columnWidth(names.index("died_at"))
    assert view.columnWidth(by_hand) == 40


def test_a_rule_chooses_rows_and_a_wrong_one_is_told_at_the_field(panel: UnitsPanel, sample: Run) -> None:
    table = table_of(place_in(sample, "fc1"))
    rule = "norm < .62 and dead"
    panel.field.line.setText(rule)
    chosen = np.flatnonzero(table.where(rule)).tolist()
    assert units_shown(panel) == chosen
    assert panel.finding.text().endswith(f"showing {len(chosen)} that match “{rule}”")
    panel.field.line.setText("norm < .62 and daed")
    assert panel.field.problem.isVisible()
    assert "did you mean dead?" in panel.field.problem.text()
    assert units_shown(panel) == chosen  # still those that the words above the table name
    assert f"“{rule}”" in panel.finding.text()
    assert panel.settings()["where"] == rule
    panel.field.line.setText("accuracy_lost < 1")
    assert panel.field.problem.text() == "Accuracy_lost is not measured yet: switch on Costs."
    panel.field.line.setText("")
    assert not panel.field.problem.isVisible()
    assert len(units_shown(panel)) == 100


def test_names_are_completed_as_they_are_typed(panel: UnitsPanel, sample: Run, qtbot: QtBot) -> None:
    line: Any = panel.field.line
    line.setFocus()
    qtbot.keyClicks(line, "norm < .62 and de")
    popup = line.suggestions.popup()
    assert popup.isVisible()
    assert popup.model().index(0, 0).data() == "dead"
    popup.setCurrentIndex(popup.model().index(0, 0))
    qtbot.keyClick(line, Qt.Key.Key_Return)
    assert line.text() == "norm < .62 and dead"
    assert not popup.isVisible()
    assert not panel.field.problem.isVisible()


@pytest.mark.parametrize("name", ["norm", "died_at", "label", "nearest_cosine"])
def test_rows_are_sorted_by_a_column_and_what_is_not_known_comes_last(
    panel: UnitsPanel, sample: Run, name: str
) -> None:
    table = table_of(place_in(sample, "fc1"))
    numbers = table.labels.astype(float) if name == "label" else table.named[name]
    at = [column.name for column in panel.view.units.columns].index(name)
    for way, sign in ((Qt.SortOrder.AscendingOrder, 1.0), (Qt.SortOrder.DescendingOrder, -1.0)):
        panel.view.horizontalHeader().setSortIndicator(at, way)
        expected = sorted(range(100), key=lambda unit: (np.isnan(numbers[unit]), sign * np.nan_to_num(numbers[unit])))
        assert units_shown(panel) == expected
        assert panel.settings()["sort"] == name
        assert panel.settings()["descending"] == (sign < 0)


def test_a_selection_by_hand_is_that_of_the_session_and_is_told_once(
    panel: UnitsPanel, sample: Run, session: Session, qtbot: QtBot
) -> None:
    told: list[frozenset[int]] = []
    session.changed.connect(lambda _old, new: told.append(new.units))
    panel.restore({"sort": "norm", "descending": True})
    shown = units_shown(panel)
    click(qtbot, panel, 1)
    click(qtbot, panel, 4, Qt.KeyboardModifier.ShiftModifier)
    click(qtbot, panel, 2, Qt.KeyboardModifier.ControlModifier)
    qtbot.keyClick(panel.view, Qt.Key.Key_Down)
    qtbot.keyClick(panel.view, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    assert told == [
        {shown[1]}, set(shown[1:5]), {shown[1], shown[3], shown[4]}, {shown[3]}, {shown[3], shown[4]}
    ]  # fmt: skip
    assert panel.view.selected_rows() == [shown[3], shown[4]]
    session.select(units=frozenset({7, 90}))
    assert panel.view.units.selected.nonzero()[0].tolist() == [7, 90]
    assert len(told) == 6
    panel.field.line.setText("norm > 1.2")
    qtbot.keyClick(panel.view, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    assert session.selection.units == set(units_shown(panel))
    session.select(layer="conv2")
    qtbot.waitUntil(lambda: panel.complete and len(panel.shown_result) == 16, timeout=LONG)
    assert not panel.view.units.selected.any()


def test_a_unit_that_is_selected_elsewhere_comes_into_sight(panel: UnitsPanel, sample: Run, session: Session) -> None:
    session.select(units=frozenset({99}))
    row = panel.view.units.row_of(99)
    assert 0 <= panel.view.visualRect(panel.view.units.index(row, 0)).top() < panel.view.viewport().height()


def test_a_double_click_opens_the_page_of_a_unit(
    panel: UnitsPanel, sample: Run, session: Session, qtbot: QtBot
) -> None:
    wanted: list[str] = []
    panel.panel_requested.connect(wanted.append)
    click(qtbot, panel, 3, double=True)
    assert (wanted, session.selection.units) == (["unit"], {3})


def test_costs_are_measured_on_request_and_the_file_is_that_of_the_command(
    panel: UnitsPanel, sample: Run, session: Session, qtbot: QtBot, tmp_path: Path
) -> None:
    session.select(layer="fc3", snapshot=sample.snapshots - 1)
    qtbot.waitUntil(lambda: panel.complete and len(panel.shown_result) == 10, timeout=LONG)
    saved: list[tuple[str, Callable[[], str]]] = []
    panel.save_requested.connect(lambda name, text: saved.append((name, text)))
    panel.restore({"sort": "norm", "where": "norm > 1.2"})
    panel.save()
    panel.measuring.setChecked(True)
    qtbot.waitUntil(lambda: panel.complete, timeout=LONG)
    assert "costs on 360 test images" in panel.line.text()
    panel.field.line.setText("accuracy_lost <= 0")
    panel.save()
    command = ["units", str(PATH), "--layer", "fc3", "--out"]
    plain, costed = tmp_path / "plain.csv", tmp_path / "costed.csv"
    assert main([*command, str(plain), "--where", "norm > 1.2"]) == 0
    assert main([*command, str(costed), "--costs", "--where", "accuracy_lost <= 0"]) == 0
    assert [text().encode() for _, text in saved] == [plain.read_bytes(), costed.read_bytes()]
    assert saved[0][0] == "digits_conv_fc3_units.csv"
    panel.field.line.setText("")
    table = wb.units(sample, "fc3", costs=True)
    assert table.costs is not None
    by_unit = dict(zip(units_shown(panel), cells(panel, "accuracy_lost"), strict=True))
    np.testing.assert_allclose(
        [float(by_unit[unit].replace("−", "-")) for unit in range(10)], table.costs.accuracy_lost, atol=5e-3
    )
    some = replace(table, costs=replace(table.costs, images=100, exact=False))
    panel.view.show_units(some, columns_of(some), np.ones(10, np.bool_), ("unit", False), True)
    assert all(text.startswith("≈ ") for text in cells(panel, "accuracy_lost"))
    assert not any("≈" in text for text in (*cells(panel, "worst_class"), *cells(panel, "norm")))
    panel.measuring.setChecked(False)
    assert "accuracy_lost" not in [column.name for column in panel.view.units.columns]
    assert panel.complete
    panel.measuring.setChecked(True)  # known already
    qtbot.waitUntil(lambda: panel.complete, timeout=LONG)
    assert "accuracy_lost" in [column.name for column in panel.view.units.columns]


def test_why_costs_are_not_known_is_said(
    panel: UnitsPanel, session: Session, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, write_run: WriteRun
) -> None:
    def refuse(*_: Any) -> Any:
        raise OSError("the images are on a disk that is not there")

    monkeypatch.setattr("workbench.gui.panels.units.answers.costed", refuse)
    panel.measuring.setChecked(True)
    session.add(write_run({"fc1": [np.eye(3, 5)] * 2}))
    qtbot.waitUntil(lambda: panel.shown_result is not None and panel.complete, timeout=LONG)
    assert "on a disk that is not there" in panel.line.text()


def test_selected_rows_are_copied_as_they_are_sorted(panel: UnitsPanel, sample: Run, session: Session) -> None:
    copied: list[Callable[[], str]] = []
    panel.copy_requested.connect(copied.append)
    panel.restore({"sort": "unit", "descending": True})
    session.select(units=frozenset({2, 40}))
    panel.copy_rows()
    rows = [line.split("\t") for line in copied[0]().splitlines()]
    assert rows[0] == list(IN_FILES)
    assert [row[0] for row in rows[1:]] == ["40", "2"]


def test_columns_can_be_hidden(panel: UnitsPanel, sample: Run) -> None:
    assert panel.restore({"hidden": ["degree", "norm"]}) == ()
    names = [column.name for column in panel.view.units.columns]
    hidden = {name for at, name in enumerate(names) if panel.view.isColumnHidden(at)}
    assert hidden == {"degree", "norm"}
    (problem,) = panel.restore({"hidden": ["weight"]})
    assert "there is no column weight" in problem
    (problem,) = panel.restore({"sort": "weight"})
    assert "'weight' is none of unit" in problem
    (problem,) = panel.restore({"where": "norm <"})
    assert "the rule ends where a number after norm < is expected" in problem


def test_of_ten_thousand_rows_only_those_in_sight_are_written(panel: UnitsPanel, sample: Run) -> None:
    many = of_many(panel.shown_result)
    panel.draw(many)
    panel.restore({"sort": "norm"})
    panel.view.verticalScrollBar().setValue(panel.view.verticalScrollBar().maximum())
    panel.view.viewport().repaint()
    assert panel.view.units.rowCount() == 10_000
    assert len(panel.view.units.cached) < 200
    np.testing.assert_array_equal(panel.view.units.units, np.argsort(many.norm, kind="stable"))


def test_the_program_finds_the_rows_that_are_shown(
    panel: UnitsPanel, session: Session, qtbot: QtBot, write_run: WriteRun, capsys: pytest.CaptureFixture[str]
) -> None:
    session.add(write_run({"fc1": planted(40, 64, 2)}))
    qtbot.waitUntil(lambda: panel.complete and panel.shown_result is not None, timeout=LONG)
    panel.field.line.setText("unit < 3")
    program = panel.as_python()
    assert program is not None
    exec(compile(program, "units", "exec"), {})
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == ["unit", "0", "1", "2"]
