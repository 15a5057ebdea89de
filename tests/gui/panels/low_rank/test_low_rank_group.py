"""The low-rank panel over a group: open runs that differ only by seed, their mean and its interval."""

from __future__ import annotations

import csv
import runpy
import shutil
from contextlib import redirect_stdout
from io import StringIO
from typing import TYPE_CHECKING

import numpy as np
import pytest
from low_rank_of_groups import all_layers_and_all_snapshots_are_of_the_mean
from PySide6.QtGui import QGuiApplication
from seeds import seeds

from workbench.analysis.low_rank import ELBOWS, elbows
from workbench.evaluation.ranks.approximated import NO_UNITS
from workbench.evaluation.ranks.groups import group_curves
from workbench.figures.files.reading import recipe_in
from workbench.figures.low_rank.figure import LowRankFigure, Reading
from workbench.figures.low_rank.picture import Question, picture_of
from workbench.figures.page import Page
from workbench.figures.process.wire import packed
from workbench.figures.style import Style
from workbench.gui.panels.low_rank.more_group import ALONE
from workbench.gui.panels.low_rank.panel import LowRankPanel
from workbench.gui.state.figure_program import page_program
from workbench.gui.work.sessions.file import script
from workbench.runs.collection.naming import moment
from workbench.runs.place import place_in
from workbench.runs.run import Run, open_run
from workbench.runs.spec import DataSpec, NetSpec, OptimiserSpec, RunSpec

if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import ThreadPoolExecutor
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from workbench.figures.drawing import Drawing
    from workbench.gui.state.session import Session
    from workbench.gui.window.main_window import MainWindow

TINY = RunSpec(
    NetSpec("lenet", widths=(12, 6)), DataSpec("digits"), OptimiserSpec("adam", 1e-2), iterations=20, snapshots="log"
)


pytestmark = pytest.mark.usefixtures("one_thread", "no_evaluator_stays")


@pytest.fixture(scope="module")
def paths(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Three seeds, and one that was trained otherwise."""
    return seeds(tmp_path_factory.mktemp("group"), TINY, batch_size=32)


@pytest.fixture
def panel(
    qtbot: QtBot, session: Session, pool: ThreadPoolExecutor, paths: list[Path]
) -> Iterator[tuple[LowRankPanel, list[Run]]]:
    """The panel with the first run open and the group wanted; the others are opened but not in the session."""
    shown = LowRankPanel(session, pool, pool)
    qtbot.addWidget(shown)
    shown.answers.rest.setInterval(20)
    shown.more.group.rest.setInterval(20)
    shown.resize(480, 400)
    with qtbot.waitExposed(shown):
        shown.show()
    runs = [open_run(path) for path in paths]
    session.add(runs[0])
    session.select(layer="fc1", snapshot=runs[0].snapshots - 1)
    shown.advanced.over_group.setChecked(True)
    qtbot.waitUntil(lambda: shown.more.group.line.text() != "", timeout=30_000)
    yield shown, runs
    shown.shut()


def low_rank_of(run: Run) -> dict[str, int | None]:
    return elbows(picture_of(Question(place_in(run, "fc1"), "weights")).result)


def whole(qtbot: QtBot, panel: LowRankPanel, count: int) -> None:
    group = panel.more.group
    qtbot.waitUntil(lambda: group.complete and len(group.measured) == count, timeout=60_000)


def test_open_runs_that_differ_by_seed_have_a_mean_with_its_interval(
    qtbot: QtBot, panel: tuple[LowRankPanel, list[Run]]
) -> None:
    shown, runs = panel
    assert shown.more.group.line.text() == ALONE
    last = runs[0].snapshots - 1
    for run in runs[1:]:
        shown.session.add(run)
    shown.session.choose_run(runs[0])
    shown.session.select(snapshot=last)
    whole(qtbot, shown, 3)
    *_, expected = group_curves(runs[:3], "fc1", last)
    over = expected.over_runs
    ranks, mean = shown.plot.accuracy.getData()
    np.testing.assert_array_equal(ranks, np.arange(13))
    np.testing.assert_allclose(mean, over.mean)
    assert shown.plot.stored.value() == pytest.approx(expected.accuracy[:, -1].mean())
    low = shown.view.accuracies.band.getData()[1][:13]
    np.testing.assert_allclose(low, over.low)
    each = shown.view.accuracies.runs.getData()[1].reshape(3, -1)[:, :-1]
    np.testing.assert_array_equal(each, expected.accuracy)
    lost = 100 - expected.norm_percent**2 / 100
    np.testing.assert_allclose(shown.plot.residual.getData()[1], lost.mean(0), atol=1e-12)
    drawn = shown.view.residuals.runs.getData()[1].reshape(3, -1)[:, :-1]
    np.testing.assert_allclose(drawn, lost, atol=1e-12)
    said = [entry.text for entry in shown.elbows.legend.entries]
    assert said[-2:] == ["mean of 3 trainings (seeds 0, 1, 2), 95 % interval", "each run"]
    shown.rank.box.setValue(4)
    assert shown.more.group.line.text() == ""
    said, kept = shown.line.text(), expected.norm_percent[:, 4]
    assert said.startswith(f"seed0 and 2 others · fc1, {moment(runs[0], last)}: mean of 3 trainings (seeds 0, 1, 2)")
    assert f" at rank 4: {kept.mean():.2f} % of the norm (s² {kept.var(ddof=1):.3g})" in said
    assert f"; accuracy {over.mean[4]:.2f} % ({over.low[4]:.2f} to {over.high[4]:.2f}); elbows: Kneedle " in said
    assert shown.plot.words.toPlainText().startswith(f"mean {over.mean[4]:.1f} % (95 %: {over.low[4]:.1f}–")
    dots = [shown.view.accuracies.dots.getData(), shown.view.residuals.dots.getData()]
    np.testing.assert_allclose(dots, [[[4] * 3, expected.accuracy[:, 4]], [[4] * 3, lost[:, 4]]], atol=1e-12)
    elbows = [low_rank_of(run) for run in runs[:3]]
    assert shown.proposed_ranks() == {
        name: None if name == "tolerance" else round(np.mean([each[name] for each in elbows])) for name in ELBOWS
    }
    shown.advanced.copy.click()
    rows = list(csv.DictReader(QGuiApplication.clipboard().text().splitlines(), delimiter="\t"))
    np.testing.assert_allclose([float(row["norm_percent"]) for row in rows], expected.norm_percent.mean(0))
    cost = expected.accuracy[:, -1:] - expected.accuracy
    np.testing.assert_allclose([float(row["accuracy_lost_variance"]) for row in rows], cost.var(0, ddof=1))
    assert shown.settings()["over_group"] is True
    all_layers_and_all_snapshots_are_of_the_mean(qtbot, shown, runs[:3])


def test_the_mean_leaves_the_window_with_its_numbers_its_runs_and_its_program(
    qtbot: QtBot, panel: tuple[LowRankPanel, list[Run]], tmp_path: Path
) -> None:
    shown, runs = panel
    alone = shown.drawing()
    assert alone is not None
    assert (alone.group, alone.figure.group) == ((), None)  # type: ignore[attr-defined]
    for run in runs[1:3]:
        shown.session.add(run)
    shown.session.select(snapshot=runs[2].snapshots - 1)  # the last that was added is shown
    whole(qtbot, shown, 3)
    qtbot.waitUntil(lambda: shown.complete, timeout=30_000)
    shown.rank.box.setValue(4)
    *_, expected = group_curves(runs[:3], "fc1", runs[2].snapshots - 1)
    over = expected.over_runs
    drawing = shown.drawing()
    assert drawing is not None
    _, path = drawing.save(tmp_path / "figure.svg", csv=True)
    assert "mean of 3 trainings, 95 % interval" in (tmp_path / "figure.svg").read_text()
    figure = drawing.figure
    assert isinstance(figure, LowRankFigure)
    assert figure.title.startswith("seed0 and 2 others · fc1")
    np.testing.assert_allclose(figure.accuracy, over.mean)
    assert figure.reading == Reading(over.mean[4], over.low[4], over.high[4])
    rows = list(csv.DictReader(path.read_text().splitlines()))
    columns = {
        "group mean test accuracy (%)": over.mean,
        "group variance of accuracy (%²)": expected.accuracy.var(0, ddof=1),
        "group 95 % low (%)": over.low,
        "group 95 % high (%)": over.high,
        "group mean norm (%)": expected.norm_percent.mean(0),
        "group runs": np.full(13, 3),
    }
    for name, wanted in columns.items():
        np.testing.assert_allclose([float(row[name]) for row in rows], wanted, err_msg=name)
    (view,) = recipe_in(tmp_path / "figure.svg").views
    assert [(key.run_id, key.content, key.file) for key in view.group] == [
        (run.run_id, run.content(), run.path.name) for run in runs[:2]
    ]
    program, printed = shown.as_python(), StringIO()
    assert program is not None
    with redirect_stdout(printed):
        exec(compile(program, "program", "exec"), {})
    at = expected.at(4)
    assert f"mean accuracy {over.mean[4]:.2f} % (95 %: {over.low[4]:.2f} to {over.high[4]:.2f})" in printed.getvalue()
    for name, mean, variance, count in at.rows():
        assert f"{name}: mean {mean:.2f}, sample variance {variance:.3g} over {count} trainings" in printed.getvalue()
    shown.advanced.over_group.setChecked(False)
    bare = shown.drawing()
    assert bare is not None
    assert (bare.group, bare.figure.group) == ((), None)  # type: ignore[attr-defined]


def test_where_there_is_no_group_the_panel_says_why(qtbot: QtBot, panel: tuple[LowRankPanel, list[Run]]) -> None:
    shown, runs = panel
    shown.session.add(runs[3])  # another batch size
    qtbot.waitUntil(lambda: shown.more.group.line.text() == ALONE, timeout=30_000)
    shown.session.add(runs[1])
    shown.session.select(snapshot=runs[1].snapshots - 1)
    whole(qtbot, shown, 2)
    shown.session.remove(runs[0])
    assert shown.more.group.line.text() == ALONE
    assert shown.more.group.mean is None
    assert shown.view.accuracies.band.getData()[0] is None or not len(shown.view.accuracies.band.getData()[0])
    assert shown.line.text().startswith("seed1 · fc1")
    shown.session.select(units=frozenset({1, 2}))
    shown.matrix.setCurrentText("selected units")
    qtbot.waitUntil(lambda: shown.more.group.line.text() == NO_UNITS, timeout=30_000)
    shown.advanced.over_group.setChecked(False)
    assert not shown.more.group.line.isVisible()


@pytest.fixture
def grouped(qtbot: QtBot, blank: MainWindow, paths: list[Path], tmp_path: Path) -> tuple[MainWindow, list[Path]]:
    """The window with copies of the three runs in folders of their own, and their mean in the low-rank panel."""
    copies = [tmp_path / path.stem / path.name for path in paths[:3]]
    for path, copy in zip(paths, copies, strict=False):
        copy.parent.mkdir()
        shutil.copy(path, copy)
        blank.session.add(open_run(copy))
    blank.panels["low_rank"].restore({"over_group": True})
    blank.docks["low_rank"].come()
    shown_again(qtbot, blank, 3)
    return blank, copies


def shown_again(qtbot: QtBot, window: MainWindow, count: int) -> None:
    panel = window.panels["low_rank"]
    assert isinstance(panel, LowRankPanel)
    whole(qtbot, panel, count)
    qtbot.waitUntil(lambda: panel.complete, timeout=60_000)


def exported(window: MainWindow, folder: Path) -> tuple[Path, Drawing]:
    drawing = window.panels["low_rank"].drawing()
    assert drawing is not None
    folder.mkdir()
    drawing.save(folder / "figure.svg")
    return folder / "figure.svg", drawing


def told(window: MainWindow) -> str:
    return " ".join(notice.message for notice in window.notices.shown)


@pytest.mark.lengthy
def test_a_dropped_figure_brings_its_mean_back_and_opens_the_runs_that_it_finds(
    qtbot: QtBot, grouped: tuple[MainWindow, list[Path]], tmp_path: Path
) -> None:
    window, copies = grouped
    path, before = exported(window, tmp_path / "figures")
    shutil.move(copies[0], path.parent / copies[0].name)
    window.session.remove(next(run for run in window.session.runs if run.path == copies[0]))
    window.panels["low_rank"].restore({"over_group": False})
    with qtbot.waitSignal(window.restorer.restored, timeout=60_000):
        window.restorer.restore(path)
    shown_again(qtbot, window, 3)
    after = window.panels["low_rank"].drawing()
    assert after is not None
    assert after.place.run.path == copies[2]
    assert packed(after.figure) == packed(before.figure)
    assert told(window) == ""


def test_a_dropped_figure_says_which_runs_of_its_mean_are_missing(
    qtbot: QtBot, grouped: tuple[MainWindow, list[Path]], tmp_path: Path
) -> None:
    window, copies = grouped
    path, _ = exported(window, tmp_path / "figures")
    window.session.remove(next(run for run in window.session.runs if run.path == copies[0]))
    copies[0].unlink()
    with qtbot.waitSignal(window.restorer.restored, timeout=60_000):
        window.restorer.restore(path)
    assert "its mean over 3 trainings also needs the run seed0.h5 (id " in told(window)
    assert "seed1.h5" not in told(window)
    shown_again(qtbot, window, 2)


@pytest.mark.lengthy
def test_the_programs_of_a_page_and_of_a_session_make_the_mean(
    grouped: tuple[MainWindow, list[Path]], tmp_path: Path
) -> None:
    window, _ = grouped
    path, drawing = exported(window, tmp_path / "figures")
    page = Page((drawing.figure,), Style())
    (tmp_path / "page.py").write_text(page_program([drawing], page, tmp_path / "page.svg", csv=False))
    (tmp_path / "session.py").write_text(script([drawing], tmp_path))
    for name in ("page.py", "session.py"):
        runpy.run_path(str(tmp_path / name), run_name="__main__")
    (pdf,) = tmp_path.glob("*.pdf")
    text = (tmp_path / "page.svg").read_text()
    assert text.partition("<metadata")[0] == path.read_text().partition("<metadata")[0]
    for file in (tmp_path / "page.svg", pdf):
        assert recipe_in(file).views[0].group == drawing.view().group
    assert str(tmp_path) not in (tmp_path / "session.py").read_text()
