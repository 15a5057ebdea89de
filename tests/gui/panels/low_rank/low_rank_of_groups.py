"""What the low-rank panel shows on demand of a group of runs, checked against each run by itself."""

from __future__ import annotations

import csv
from contextlib import redirect_stdout
from io import StringIO
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtGui import QGuiApplication

from workbench.analysis.intervals import over_repeats
from workbench.evaluation.evaluator import exact
from workbench.evaluation.questions import joint_low_rank
from workbench.evaluation.run_evaluators import evaluator
from workbench.figures.groups.trainings import interval_words
from workbench.figures.kinds import figure
from workbench.figures.process.wire import packed
from workbench.runs.place import place_in

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from workbench.evaluation.ranks.joint import JointLowRank
    from workbench.gui.panels.low_rank.panel import LowRankPanel
    from workbench.runs.run import Run


def all_layers_and_all_snapshots_are_of_the_mean(qtbot: QtBot, shown: LowRankPanel, runs: list[Run]) -> None:
    more, last = shown.more, runs[0].snapshots - 1
    more.rest.setInterval(20)
    shown.advanced.energy.setValue(20.0)
    shown.advanced.all_layers.setChecked(True)
    joint = [joint_low_rank(run, 0.2, last) for run in runs]
    qtbot.waitUntil(
        lambda: "20 %, mean of 3 trainings (seeds 0, 1, 2): accuracy " in more.together.line.text(), timeout=30_000
    )
    mean = np.mean([dict(each.ranks)["fc1"] for each in joint])
    accuracy = np.array([each.accuracy.accuracy for each in joint])
    assert f"; ranks fc1 {mean:.1f}, fc2 " in more.together.line.text()
    assert f": accuracy {interval_words(over_repeats(accuracy), 1, ' %')}, " in more.together.line.text()
    shown.advanced.over_time.setChecked(True)
    curve = more.over_time.accuracy
    qtbot.waitUntil(lambda: curve.getData()[0] is not None and len(curve.getData()[0]) == last + 1, timeout=60_000)
    each = more.over_time.spread.runs.getData()[1].reshape(3, -1)[:, :-1]
    for at in (0, last):
        expected = [exact(evaluator(place_in(run, "fc1", at)).low_ranks(4)).accuracy for run in runs]
        np.testing.assert_allclose(each[:, at], expected)
    np.testing.assert_allclose(curve.getData()[1], each.mean(axis=0))
    np.testing.assert_allclose(more.over_time.stored.getData()[1], np.mean([run.test_accuracy for run in runs], axis=0))
    the_figure_and_the_table_have_the_snapshots_too(shown, each)
    the_figure_and_the_table_have_all_layers_too(shown, joint)
    more.over_time.pointed.emit(float(last), 50.0)
    words = interval_words(over_repeats(each[:, last]), 2, " %")
    numbers = ", ".join(f"{value:.2f}" for value in each[:, last])
    of_runs = f"mean of 3 trainings (seeds 0, 1, 2); of the runs {numbers}"
    reading = f"accuracy {words} at snapshot {last}, rank 4, {of_runs}"
    assert shown.line.text() == reading
    more.over_time.left.emit()
    assert shown.line.text().startswith("seed0 and 2 others · fc1")
    program, printed = shown.as_python(), StringIO()
    assert program is not None
    with redirect_stdout(printed):
        exec(compile(program, "program", "exec"), {})
    for at, values in enumerate(each.T):
        assert f"snapshot {at}: accuracy {values.mean():.2f} %, of the runs {values.tolist()}\n" in printed.getvalue()
    start = f"all layers at tolerance 20 %: accuracy {accuracy.mean():.2f} %, of the runs {accuracy.tolist()}\n"
    assert start in printed.getvalue()
    assert f"rank of fc1: {mean:.1f}, of the runs {[dict(each.ranks)['fc1'] for each in joint]}\n" in printed.getvalue()
    shown.advanced.over_time.setChecked(False)
    shown.advanced.all_layers.setChecked(False)
    assert not more.together.line.text()


def the_figure_and_the_table_have_the_snapshots_too(shown: LowRankPanel, each: np.ndarray) -> None:
    """`each` are the accuracies at rank 4, (runs, T)."""
    drawing = shown.drawing()
    assert drawing is not None
    table, over = drawing.figure.table(), over_repeats(each)
    name = "test accuracy at rank 4 (%): "
    for column, expected in (("mean", over.mean), ("95 % low", over.low), ("seed_0", each[0])):
        at = next(at for at, head in enumerate(table.columns) if head.startswith(f"{name}{column}"))
        np.testing.assert_allclose([row[at] for row in table.rows[: each.shape[1]]], expected)
    names = ("over_time", "all_layers", "energy", "ranks")
    runs = {"group": [*drawing.group], **{name: drawing.settings[name] for name in names}}
    made = figure("low_rank", drawing.place.run, "fc1", drawing.place.snapshot, **runs)
    assert packed(made.figure) == packed(drawing.figure)
    shown.advanced.copy.click()
    text = QGuiApplication.clipboard().text().split("\n\n")[1]
    rows = list(csv.reader(text.splitlines(), delimiter="\t"))
    assert [float(row[1]) for row in rows[1:]] == over.mean.tolist()


def the_figure_and_the_table_have_all_layers_too(shown: LowRankPanel, joint: list[JointLowRank]) -> None:
    drawing, name = shown.drawing(), "all layers at tolerance 20 %"
    assert drawing is not None
    columns = dict(zip(drawing.figure.table().columns, zip(*drawing.figure.table().rows, strict=True), strict=True))
    count = 2 + len(joint[0].ranks)
    assert columns[name][:count] == (
        "test accuracy (%)",
        "weights left (%)",
        *(f"rank of {at}" for at, _ in joint[0].ranks),
    )
    expected = np.array([[each.accuracy.accuracy, 100 * each.weights, *dict(each.ranks).values()] for each in joint])
    over = over_repeats(expected)
    for column, values in (("mean", over.mean), ("95 % low", over.low), ("seed_0", expected[0])):
        at = next(at for at in columns if at.startswith(f"{name}: {column}"))
        np.testing.assert_allclose(columns[at][:count], np.array(values))
    shown.advanced.copy.click()
    rows = [line.split("\t") for line in QGuiApplication.clipboard().text().split("\n\n")[2].splitlines()]
    assert [row[0] for row in rows] == [name, *columns[name][:count]]
    assert [float(row[1]) for row in rows[1:]] == over.mean.tolist()
