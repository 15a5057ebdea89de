"""The training panel over a group: means of the losses, their intervals, and the curve of each seed."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.gui.panels.groups.chosen import place_of, student
from workbench import figure
from workbench.gui.panels.training import TrainingPanel

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from workbench.gui.window.main_window import MainWindow


@pytest.fixture
def panel(qtbot: QtBot, grouped: MainWindow) -> TrainingPanel:
    grouped.docks["training"].come()
    found = grouped.panels["training"]
    assert isinstance(found, TrainingPanel)
    qtbot.waitUntil(lambda: found.complete and bool(found.line.text()))
    return found


def test_losses_of_a_group_are_means_with_a_band_and_thin_curves(panel: TrainingPanel, grouped: MainWindow) -> None:
    runs = place_of(grouped).runs
    mean, low, high = student([run.history("test_loss") for run in runs])
    x, y = panel.loss.curves["test"].getOriginalDataset()
    np.testing.assert_array_equal(x, runs[0].iterations)
    np.testing.assert_allclose(y, mean, rtol=1e-12)
    items = panel.loss.bands["test"]
    around = items.band.getData()[1]
    np.testing.assert_allclose(around, np.append(low, high[::-1]), rtol=1e-12)
    each = items.runs.getData()[1].reshape(3, -1)
    np.testing.assert_array_equal(each[:, :-1], [run.history("test_loss") for run in runs])
    assert np.isnan(each[:, -1]).all()  # the pen is lifted between two runs
    said = [entry.text for entry in panel.legend.entries]
    assert said == ["train", "validation", "test", "mean of 3 trainings (seeds 0, 1, 2), 95 % interval", "each run"]
    accuracy = student([run.test_accuracy[-1] for run in runs])
    expected = "test {:.2f} % ({:.2f} to {:.2f})".format(*map(float, accuracy))
    assert panel.line.text() == f"{expected}, mean of 3 trainings (seeds 0, 1, 2)"
    assert panel.heading.text() == place_of(grouped).name
    panel.grab()  # all of it is painted


def test_a_run_of_the_group_has_no_band(qtbot: QtBot, panel: TrainingPanel, grouped: MainWindow) -> None:
    first = place_of(grouped).run
    grouped.session.choose_run(first)
    qtbot.waitUntil(lambda: panel.complete and "mean of" not in panel.line.text())
    assert not len(panel.loss.bands["test"].band.getData()[0])
    np.testing.assert_array_equal(panel.loss.curves["test"].getOriginalDataset()[1], first.history("test_loss"))
    assert [entry.text for entry in panel.legend.entries] == ["train", "validation", "test"]


def test_the_figure_of_the_group_is_what_python_makes(panel: TrainingPanel, grouped: MainWindow) -> None:
    drawing, runs = panel.drawing(), place_of(grouped).runs
    assert drawing is not None
    assert [run.spec.seed for run in (drawing.place.run, *drawing.group)] == [0, 1, 2]
    text = drawing.figure.table().text()
    assert figure("training", runs[1], group=(runs[2], runs[0])).figure.table().text() == text
    rows = [
        row for row in csv.DictReader(io.StringIO(text)) if (row["quantity"], row["part"]) == ("accuracy (%)", "test")
    ]
    mean, low, high = student([run.test_accuracy for run in runs])
    for name, values in (("mean", mean), ("95 % low", low), ("95 % high", high), ("seed_2", runs[2].test_accuracy)):
        np.testing.assert_allclose([float(row[name]) for row in rows], values, rtol=1e-12)
    assert drawing.figure.title == place_of(grouped).name


def test_the_program_of_the_group_prints_the_same_numbers(
    panel: TrainingPanel, grouped: MainWindow, capsys: pytest.CaptureFixture[str]
) -> None:
    text, drawing = panel.as_python(), panel.drawing()
    assert text is not None
    assert drawing is not None
    exec(compile(text, "program", "exec"), {})
    assert capsys.readouterr().out.strip() == drawing.figure.table().text().strip()
