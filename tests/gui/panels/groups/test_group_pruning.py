"""The pruning panel over a group: the mean of each order, its interval, and the runs as dots."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.gui.panels.groups.chosen import place_of, student
from workbench import figure, prune_group
from workbench.cli import main
from workbench.figures.pruning.curves import PruningCurves
from workbench.figures.pruning.group import GroupPicture
from workbench.gui.panels.pruning import PruningPanel

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from workbench.gui.window.main_window import MainWindow

ORDERS = ("max_mag", "max_fp", "random")


@pytest.fixture
def panel(qtbot: QtBot, grouped: MainWindow) -> PruningPanel:
    grouped.session.select(layer="fc1", snapshot=4)
    grouped.docks["pruning"].come()
    found = grouped.panels["pruning"]
    assert isinstance(found, PruningPanel)
    qtbot.waitUntil(lambda: found.complete and found.shown is not None, timeout=30_000)
    return found


def test_curves_of_a_group_are_those_of_prune_group(panel: PruningPanel, grouped: MainWindow) -> None:
    shown, runs = panel.shown, place_of(grouped).runs
    assert isinstance(shown, GroupPicture)
    expected = prune_group(runs, "fc1", 4, ORDERS)
    for line, curve in zip(shown.lines, expected.curves, strict=True):
        assert line.name == curve.order
        np.testing.assert_array_equal(line.values, curve.accuracy)
        mean, low, high = student(curve.accuracy)
        np.testing.assert_allclose(panel.plot.curves[line.name].getData()[1], mean, rtol=1e-12)
        items = panel.plot.bands[line.name]
        np.testing.assert_allclose(items.band.getData()[1], np.append(low, high[::-1]), rtol=1e-12, atol=1e-12)
        across, up = items.dots.getData()
        np.testing.assert_array_equal(across, np.tile(curve.levels, 3))
        np.testing.assert_array_equal(up, curve.accuracy.ravel())


def test_the_line_says_how_many_units_can_go_in_the_mean_of_the_runs(panel: PruningPanel, grouped: MainWindow) -> None:
    shown = panel.shown
    assert isinstance(shown, GroupPicture)
    curves = prune_group(place_of(grouped).runs, "fc1", 4, ORDERS).curves
    counts = []  # before the first level at which a run has lost more than a point
    for run in curves[0].accuracy:
        worse = np.flatnonzero(run < run[0] - 1.0 - 1e-9)
        counts.append(worse[0] - 1 if len(worse) else len(run) - 1)
    mean, low, high = (float(each) for each in student(counts))
    assert "can go within a point; mean of 3 trainings (seeds 0, 1, 2)" in shown.words
    assert f"of 12 units, max_mag {mean:.1f} ({low:.1f} to {high:.1f})" in shown.words
    assert panel.legend.entries[0].text.endswith(f"{mean:.1f} ({low:.1f} to {high:.1f}) can go within a point")
    texts = [entry.text for entry in panel.legend.entries]
    assert texts[-2:] == ["mean of 3 trainings (seeds 0, 1, 2), 95 % interval", "each run"]
    panel.grab()


def test_the_cursor_reads_means_and_selects_no_units(panel: PruningPanel, grouped: MainWindow) -> None:
    panel.plot.scrubbed.emit(5)
    assert panel.plot.level == 5
    assert not grouped.session.selection.units
    curve = prune_group(place_of(grouped).runs, "fc1", 4, ORDERS).curves[0]
    mean, low, high = (float(each) for each in student(curve.accuracy[:, 5]))
    assert f"{mean:.1f} % ({low:.1f} to {high:.1f})" in panel.legend.entries[0].text


def test_figure_and_commands_give_the_same_numbers(
    panel: PruningPanel, grouped: MainWindow, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    drawing, runs = panel.drawing(), place_of(grouped).runs
    assert drawing is not None
    text = drawing.figure.table().text()
    made = figure("pruning", runs[2], "fc1", 4, group=(runs[0], runs[1]), orders=list(ORDERS))
    assert made.figure.table().text() == text
    paths = [str(run.path) for run in runs]
    drawn, listed = tmp_path / "figure.svg", tmp_path / "group.csv"
    chosen = ["--layer", "fc1", "--snapshot", "4"]
    assert main(["figure", "pruning", paths[0], "--group", *paths[1:], *chosen, "--csv", "--out", str(drawn)]) == 0
    assert drawn.with_suffix(".csv").read_text() == text
    assert "mean of 3 trainings (seeds 0, 1, 2), 95 % interval" in drawn.read_text()
    assert main(["prune-group", *paths, *chosen, "--orders", ",".join(ORDERS), "--out", str(listed)]) == 0
    of_figure = list(csv.DictReader(io.StringIO(text)))
    of_command = list(csv.DictReader(io.StringIO(listed.read_text())))
    names = {"accuracy (%)": "mean", "95 % low": "low", "95 % high": "high", "standard deviation": "std"}
    for one, other in zip(of_figure, of_command, strict=True):
        same = {name: other[theirs] for name, theirs in names.items()} | {
            f"seed_{n}": other[f"seed_{n}"] for n in range(3)
        }
        assert {name: one[name] for name in same} == same
    program = panel.as_python()
    assert program is not None
    capsys.readouterr()
    exec(compile(program, "program", "exec"), {})
    assert capsys.readouterr().out.strip() == text.strip()


def test_runs_are_measured_one_after_another_and_given_up_between(grouped: MainWindow, panel: PruningPanel) -> None:
    shown = panel.shown
    assert shown is not None
    pictures = PruningCurves().pictures(shown.question)
    first = next(pictures)
    assert first.progress.startswith("run 1 of 3")
    assert all(len(line.values) == 1 for line in first.lines)
    pictures.close()  # nothing more is measured
    said = [picture.progress.partition(":")[0] for picture in panel.known.pictures(shown.question)]
    assert list(dict.fromkeys(said)) == ["run 1 of 3", "run 2 of 3", "run 3 of 3", ""]
    assert panel.known.knows(shown.question)


def test_the_first_run_is_shown_alone_again(qtbot: QtBot, grouped: MainWindow, panel: PruningPanel) -> None:
    grouped.session.choose_run(place_of(grouped).run)
    qtbot.waitUntil(lambda: panel.complete and not isinstance(panel.shown, GroupPicture), timeout=30_000)
    assert all(not len(band.band.getData()[0]) for band in panel.plot.bands.values())
    panel.plot.scrubbed.emit(3)
    assert len(grouped.session.selection.units) == 3
