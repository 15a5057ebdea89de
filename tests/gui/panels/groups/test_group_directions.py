"""The directions panel over a group: mean histograms with an interval in each bin, and means of what is found."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.gui.panels.groups.chosen import place_of, student
from workbench import directions, figure
from workbench.figures.directions.group import GroupPicture
from workbench.gui.panels.directions.panel import DirectionsPanel

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from workbench.gui.window.main_window import MainWindow


@pytest.fixture
def panel(qtbot: QtBot, grouped: MainWindow) -> DirectionsPanel:
    grouped.session.select(layer="fc1", snapshot=place_of(grouped).snapshots - 1)
    grouped.docks["directions"].come()
    found = grouped.panels["directions"]
    assert isinstance(found, DirectionsPanel)
    qtbot.waitUntil(lambda: found.complete and isinstance(found.shown_result, GroupPicture), timeout=30_000)
    return found


def test_bars_are_mean_numbers_of_units(panel: DirectionsPanel, grouped: MainWindow) -> None:
    place = place_of(grouped)
    founds = [directions(run, "fc1", place.snapshot) for run in place.runs]
    shown = panel.shown_result
    counts = [np.histogram(found.clusters.angles, shown.angles.edges)[0] for found in founds]
    mean, low, high = student(counts)
    np.testing.assert_allclose(panel.angles.bars.getData()[1], mean)
    around = panel.angles.runs.band.getData()[1]
    np.testing.assert_allclose(around, np.append(np.repeat(low, 2), np.repeat(high, 2)[::-1]), rtol=1e-9, atol=1e-12)
    norms = [np.histogram(found.norms, shown.norms.edges)[0] for found in founds]
    np.testing.assert_allclose(panel.norms.bars.getData()[1], student(norms)[0])
    assert sum(map(np.sum, norms)) == 3 * 12, "every unit is in a bin"
    starts = [np.histogram(found.start.angles, shown.angles.edges)[0] for found in founds if found.start is not None]
    np.testing.assert_allclose(panel.angles.lines["at initialisation"].getData()[1], np.mean(starts, axis=0))
    angle = [float(each) for each in student([found.clusters.median_angle for found in founds])]
    assert "angle to the centre {:.1f}° ({:.1f} to {:.1f})".format(*angle) in panel.line.text()
    chance = [float(each) for each in student([found.chance.median_angle for found in founds])]
    assert "{:.1f}° ({:.1f} to {:.1f}) by chance".format(*chance) in panel.line.text()
    panel.grab()


def test_a_click_on_a_bar_of_a_group_selects_nothing(panel: DirectionsPanel, grouped: MainWindow) -> None:
    fullest = int(np.argmax(panel.norms.bars.getData()[1]))
    panel.norms.bar_clicked.emit(fullest, False)
    assert not grouped.session.selection.units
    runs = panel.shown_result.norm_runs.values[:, fullest]
    edges = panel.shown_result.norms.edges
    panel.norms.pointed.emit(float(edges[fullest : fullest + 2].mean()), 0.0)
    assert "mean {:.1f} units ({:.1f} to {:.1f})".format(*map(float, student(runs))) in panel.line.text()
    panel.norms.left.emit()


def test_the_number_of_clusters_is_a_mean_where_each_run_chooses(qtbot: QtBot, panel: DirectionsPanel) -> None:
    assert "; 4 clusters; " in panel.line.text()
    panel.restore({"clusters": "auto"})
    qtbot.waitUntil(lambda: panel.complete and panel.shown_result.question.k is None, timeout=30_000)
    numbers = [found.clusters.k for found in panel.shown_result.founds]
    mean, low, high = (float(each) for each in student(numbers))
    alike = f"; {numbers[0]} clusters; "
    assert (f"clusters {mean:.1f} ({low:.1f} to {high:.1f})" if len(set(numbers)) > 1 else alike) in panel.line.text()


def test_the_figure_of_directions_is_what_python_makes(
    panel: DirectionsPanel, grouped: MainWindow, capsys: pytest.CaptureFixture[str]
) -> None:
    drawing, place = panel.drawing(), place_of(grouped)
    assert drawing is not None
    text = drawing.figure.table().text()
    made = figure("directions", place.runs[2], "fc1", place.snapshot, group=(place.runs[1], place.runs[0]))
    assert made.figure.table().text() == text
    program = panel.as_python()
    assert program is not None
    exec(compile(program, "program", "exec"), {})
    assert capsys.readouterr().out.strip() == text.strip()
    rows = [row for row in csv.DictReader(io.StringIO(text)) if row["seed_0"]]
    runs = np.array([[float(row[f"seed_{seed}"]) for row in rows] for seed in range(3)])
    shown = [[float(row[name]) for row in rows] for name in ("units", "95 % low", "95 % high")]
    np.testing.assert_allclose(shown, student(runs), rtol=1e-9, atol=1e-12)
