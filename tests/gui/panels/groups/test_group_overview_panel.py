"""The overview over a group: each cell is a mean with its interval, and its tip names the number of every run."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog

from tests.gui.panels.groups.chosen import place_of, student
from tests.gui.windows import LONG
from workbench import figure, group_overview
from workbench.cli import main
from workbench.figures.overview.costs import costs_of
from workbench.figures.overview.layer import overview_of
from workbench.gui.panels.overview.answers import Rows
from workbench.gui.panels.overview.model import FIRST, MEASURES
from workbench.gui.panels.overview.panel import OverviewPanel
from workbench.runs.place import Place

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from workbench.gui.window.main_window import MainWindow

AND_THE_REST = Rows.and_the_rest  # before it is patched for windows that need no histories
AT = {measure.name: FIRST + number for number, measure in enumerate(MEASURES)}


@pytest.fixture(scope="module")
def whole(only_the_end_in_overview: None) -> Iterator[None]:
    """The overview panel finds all that it can."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Rows, "and_the_rest", AND_THE_REST)
        yield


@pytest.fixture(scope="module")
def lasting_window(whole: None, lasting_window: MainWindow) -> MainWindow:
    return lasting_window


@pytest.fixture
def panel(qtbot: QtBot, grouped: MainWindow) -> OverviewPanel:
    snapshots = place_of(grouped).snapshots
    grouped.session.select(layer="fc1", snapshot=snapshots - 1)
    grouped.docks["overview"].come()
    found = grouped.panels["overview"]
    assert isinstance(found, OverviewPanel)
    qtbot.waitUntil(lambda: found.complete and "measuring" not in found.line.text(), timeout=LONG)
    return found


def test_cells_are_means_with_half_their_interval(panel: OverviewPanel, grouped: MainWindow) -> None:
    place, model = place_of(grouped), panel.table.layers
    assert model.shown.layers == tuple(layer.name for layer in place.run.layers)
    for row, layer in enumerate(model.shown.layers):
        rows = [overview_of(Place(run, layer, place.snapshot)) for run in place.runs]
        for name in ("dead", "isolated", "stable_rank", "outliers", "elbow"):
            values = [getattr(each, name) for each in rows]
            mean, _, high = (float(each) for each in student(values))
            index = model.index(row, AT[name])
            assert index.data() == f"{mean:.1f} ± {high - mean:.1f}"
            each = ", ".join(f"seed_{seed}: {value if isinstance(value, int) else f'{value:.1f}'}"
                             for seed, value in enumerate(values))  # fmt: skip
            assert f"({each})" in index.data(Qt.ItemDataRole.ToolTipRole)
    panel.grab()


def test_the_history_in_a_cell_is_that_of_the_mean(panel: OverviewPanel, grouped: MainWindow) -> None:
    place, model = place_of(grouped), panel.table.layers
    cell = model.cell_at(0, AT["outliers"])
    values = [[overview_of(Place(run, "fc1", at)).outliers for at in range(place.snapshots)] for run in place.runs]
    mean = student(values)[0]
    heights = [1.0 - point.y() for point in cell.curve.line.toList()]
    np.testing.assert_allclose(heights, mean / mean.max())


def test_what_can_be_removed_is_the_mean_over_the_runs(panel: OverviewPanel, grouped: MainWindow) -> None:
    place, removable = place_of(grouped), []
    for run in place.runs:
        *_, costs = costs_of(overview_of(Place(run, "fc1", place.snapshot)))
        removable.append(costs.removable)
    mean, _, high = (float(each) for each in student(removable))
    assert panel.table.layers.index(0, AT["removable"]).data() == f"{mean:.1f} ± {high - mean:.1f}"
    assert "fc1, mean and 95 % interval over 3 trainings: " in panel.findings.toPlainText()
    assert f"removable {mean:.3g}" in panel.findings.toPlainText()


@pytest.mark.parametrize("measure", ["all", "dead"])
def test_exports_are_the_tables_of_overview_group(
    measure: str, qtbot: QtBot, panel: OverviewPanel, grouped: MainWindow, tmp_path: Path,
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    panel.restore({"measure": measure, "costs": False})
    qtbot.waitUntil(lambda: panel.complete)
    drawing, place, out = panel.drawing(), place_of(grouped), tmp_path / "group.csv"
    assert drawing is not None
    text = drawing.figure.table().text()
    paths = [str(run.path) for run in place.runs]
    assert main(["overview-group", *paths, "--out", str(out), *(["--all-snapshots"] if measure != "all" else [])]) == 0
    listed = list(csv.DictReader(io.StringIO(out.read_text())))
    drawn = list(csv.DictReader(io.StringIO(text)))
    key = ("layer", "snapshot", "number")
    assert sorted(drawn, key=lambda row: [row[name] for name in key]) == sorted(
        listed, key=lambda row: [row[name] for name in key]
    )
    made = figure(
        "overview", place.runs[0], snapshot=place.snapshot, group=place.runs[1:], measure=measure, costs=False
    )
    assert made.figure.table().text() == text
    saved: list[str] = []
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: ("", ""))
    panel.save_requested.connect(lambda _name, make: saved.append(make()))
    panel.save()
    assert saved == [text]
    program = panel.as_python()
    assert program is not None
    capsys.readouterr()
    exec(compile(program, "program", "exec"), {})
    assert capsys.readouterr().out.strip() == text.strip()


def test_numbers_of_one_layer_are_those_of_the_group_panel(panel: OverviewPanel, grouped: MainWindow) -> None:
    expected = [each for each in group_overview(place_of(grouped).runs).numbers if each.layer == "fc1"]
    row = panel.table.layers.row("fc1")
    assert row is not None
    assert [each.values for each in row.numbers.values()] == [each.values for each in expected]  # type: ignore[attr-defined]
