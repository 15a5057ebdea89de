"""The spectrum panel over a group: the mean density, its interval in each bin, and the outliers of all runs."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.gui.panels.groups.chosen import place_of, student
from workbench import figure, group_overview, layer_spectrum
from workbench.figures.comparing.beside import BesideFigure
from workbench.figures.spectrum.group import GroupPicture
from workbench.gui.panels.spectrum import OF_ONE_RUN, ONE_RUN, SpectrumPanel
from workbench.runs.place import Place

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from workbench.gui.window.main_window import MainWindow


@pytest.fixture
def panel(qtbot: QtBot, grouped: MainWindow) -> SpectrumPanel:
    snapshots = place_of(grouped).snapshots
    grouped.session.select(layer="fc1", snapshot=snapshots - 1)
    grouped.docks["spectrum"].come()
    found = grouped.panels["spectrum"]
    assert isinstance(found, SpectrumPanel)
    qtbot.waitUntil(lambda: found.complete and not found.shows_message, timeout=30_000)
    return found


def picture_of(panel: SpectrumPanel) -> GroupPicture:
    shown = panel.shown_result
    assert isinstance(shown, GroupPicture)
    return shown


def test_bars_are_means_over_the_runs_with_an_interval_in_each_bin(panel: SpectrumPanel, grouped: MainWindow) -> None:
    shown, place = picture_of(panel), place_of(grouped)
    assert shown.scale == "linear"
    densities, counts = [], []
    for run in place.runs:
        weights = run.layer("fc1").weights(place.snapshot).astype(np.float64)
        values = np.linalg.eigvalsh(weights @ weights.T)
        found, _ = np.histogram(values, shown.edges)
        counts.append(found)
        densities.append(found / (len(weights) * np.diff(shown.edges)))
    mean, low, high = student(densities)
    np.testing.assert_allclose(shown.density, mean, rtol=1e-9)
    np.testing.assert_array_equal(shown.counts, np.sum(counts, axis=0))
    plot = panel.plot
    np.testing.assert_allclose(plot.bars.getData()[1], mean, rtol=1e-9)
    around = plot.runs.band.getData()[1]
    np.testing.assert_allclose(around, np.append(np.repeat(low, 2), np.repeat(high, 2)[::-1]), rtol=1e-9, atol=1e-12)
    filled = np.sum(counts, axis=0) > 0
    np.testing.assert_allclose(plot.runs.dots.getData()[1], np.array(densities)[:, filled].ravel(), rtol=1e-9)
    panel.grab()


def test_outliers_and_the_law_are_those_of_the_runs(panel: SpectrumPanel, grouped: MainWindow) -> None:
    shown, place = picture_of(panel), place_of(grouped)
    results = [layer_spectrum(run, "fc1", place.snapshot, "linear") for run in place.runs]
    mean, low, high = (float(each) for each in student([len(result.outliers) for result in results]))
    assert f"outliers {mean:.1f} ({low:.1f} to {high:.1f})" in panel.line.text()
    assert "mean of 3 trainings (seeds 0, 1, 2)" in panel.line.text()
    assert "95 % interval of each bin by Student’s t over the trainings" in panel.line.text()
    expected = [each for each in group_overview(place.runs).numbers if (each.layer, each.name) == ("fc1", "outliers")]
    assert expected[0].values == tuple(len(result.outliers) for result in results)
    ticks = np.sort(np.concatenate([result.outliers for result in results]))[::-1]
    np.testing.assert_allclose(shown.rug[: len(ticks)], ticks)
    variance = np.mean(
        [float((run.layer("fc1").weights(place.snapshot).astype(np.float64) ** 2).mean()) for run in place.runs]
    )
    units, inputs = place.layer_view.units, place.layer_view.inputs
    edges = variance * (np.sqrt(inputs) + np.array([-1, 1]) * np.sqrt(units)) ** 2
    np.testing.assert_allclose(shown.limits["entries"], edges, rtol=1e-9)
    said = [entry.text for entry in panel.legend.entries]
    assert said[-2:] == ["mean of 3 trainings (seeds 0, 1, 2), 95 % interval", "each run"]


def test_pointing_at_a_bin_reads_every_run(panel: SpectrumPanel) -> None:
    shown = picture_of(panel)
    assert shown.runs is not None
    fullest = int(shown.counts.argmax())
    middle = float((shown.edges[fullest] + shown.edges[fullest + 1]) / 2)
    panel.plot.pointed.emit(middle, 0.0)
    mean, low, high = (float(each) for each in student(shown.runs.values[:, fullest]))
    assert f"mean density {mean:.3g} ({low:.3g} to {high:.3g})" in panel.line.text()
    panel.plot.left.emit()


def test_what_is_of_one_run_is_said_and_not_offered(qtbot: QtBot, panel: SpectrumPanel, grouped: MainWindow) -> None:
    assert not panel.band.switch.isEnabled()
    panel.plot.outlier_clicked.emit(1)
    assert ONE_RUN in panel.line.text()
    assert not grouped.session.selection.units
    panel.matrix.setCurrentIndex(panel.matrix.findData("units"))
    qtbot.waitUntil(lambda: panel.shows_message)
    assert panel.message == OF_ONE_RUN
    panel.matrix.setCurrentIndex(panel.matrix.findData("weights"))
    grouped.session.choose_run(place_of(grouped).run)
    qtbot.waitUntil(lambda: panel.complete and not isinstance(panel.shown_result, GroupPicture))
    assert panel.band.switch.isEnabled()
    assert not len(panel.plot.runs.band.getData()[0])


@pytest.mark.parametrize(("scale", "counts"), [("auto", False), ("log", True)])
def test_the_figure_of_spectra_is_what_python_makes(
    scale: str,
    counts: bool,
    panel: SpectrumPanel,
    grouped: MainWindow,
    capsys: pytest.CaptureFixture[str],
    qtbot: QtBot,
) -> None:
    panel.restore({"scale": scale, "counts": counts, "shuffled": True})
    qtbot.waitUntil(lambda: panel.complete and picture_of(panel).question.counted is counts)
    drawing, place = panel.drawing(), place_of(grouped)
    assert drawing is not None
    text, runs = drawing.figure.table().text(), place.runs
    how = {"scale": scale, "counts": counts, "shuffled": True}
    made = figure("spectrum", runs[0], "fc1", place.snapshot, group=runs[1:], **how)
    assert made.figure.table().text() == text
    program = panel.as_python()
    assert program is not None
    exec(compile(program, "program", "exec"), {})
    assert capsys.readouterr().out.strip() == text.strip()
    rows = [row for row in csv.DictReader(io.StringIO(text)) if row["seed_0"]]
    height = next(name for name in rows[0] if name.startswith("mean "))
    runs_of_bins = np.array([[float(row[f"seed_{seed}"]) for row in rows] for seed in range(3)])
    columns = [[float(row[name]) for row in rows] for name in (height, "95 % low", "95 % high")]
    np.testing.assert_allclose(columns, student(runs_of_bins), rtol=1e-9, atol=1e-12)
    if counts:
        total = sum(float(row["eigenvalues of all runs"]) for row in rows)
        assert runs_of_bins.sum() == pytest.approx(total)


def test_another_network_stands_beside_the_mean(qtbot: QtBot, panel: SpectrumPanel, grouped: MainWindow) -> None:
    place = place_of(grouped)
    other = next(run for run in grouped.session.runs if run not in place.runs)
    grouped.session.compared.choose(other)
    qtbot.waitUntil(
        lambda: isinstance((drawing := panel.whole_drawing()) and drawing.figure, BesideFigure), timeout=30_000
    )
    drawing = panel.whole_drawing()
    assert drawing is not None
    assert isinstance(drawing.figure, BesideFigure)
    names = place.words_with(""), Place(other, "", other.snapshots - 1).words
    assert (drawing.figure.name, drawing.figure.other_name) == names
    again = figure("spectrum", place.run, "fc1", place.snapshot, group=place.runs[1:], beside=other)
    assert again.figure.table().text() == drawing.figure.table().text()
    grouped.session.compared.choose(place.runs[1])  # of the group itself: nothing stands beside
    qtbot.waitUntil(lambda: not isinstance((drawing := panel.whole_drawing()) and drawing.figure, BesideFigure))
    grouped.session.compared.choose(None)
