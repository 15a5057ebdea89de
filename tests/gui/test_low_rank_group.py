"""The low-rank panel over a group: open runs that differ only by seed, their mean and its interval."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from PySide6.QtGui import QGuiApplication

from workbench.evaluation.groups import group_curves
from workbench.evaluation.of_run import forget
from workbench.gui.panels.low_rank import LowRankPanel
from workbench.gui.panels.low_rank_more_group import ALONE, NO_UNITS, group_sentence, group_table
from workbench.runs.run import Run, open_run
from workbench.runs.spec import DataSpec, NetSpec, OptimiserSpec, RunSpec
from workbench.training.loop import train
from workbench.training.recording import record

if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import ThreadPoolExecutor
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from workbench.gui.session import Session

TINY = RunSpec(
    NetSpec("lenet", widths=(12, 6)), DataSpec("digits"), OptimiserSpec("adam", 1e-2), iterations=20, snapshots="log"
)


@pytest.fixture(autouse=True, scope="module")
def one_thread() -> Iterator[None]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)
    forget()


@pytest.fixture(scope="module")
def paths(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Three seeds, and one that was trained otherwise."""
    folder = tmp_path_factory.mktemp("group")
    specs = [replace(TINY, seed=seed) for seed in range(3)] + [replace(TINY, seed=3, batch_size=32)]
    for spec in specs:
        for _ in record(folder / f"seed{spec.seed}.h5", train(spec)):
            pass
    return [folder / f"seed{spec.seed}.h5" for spec in specs]


@pytest.fixture
def panel(
    qtbot: QtBot, session: Session, pool: ThreadPoolExecutor, paths: list[Path]
) -> Iterator[tuple[LowRankPanel, list[Run]]]:
    """The panel with the first run open and the group wanted; the others are opened but not in the session."""
    shown = LowRankPanel(session, pool, pool)
    qtbot.addWidget(shown)
    shown.answers.rest.setInterval(20)
    shown.more.group._rest.setInterval(20)
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


def whole(qtbot: QtBot, panel: LowRankPanel, count: int) -> None:
    group = panel.more.group
    qtbot.waitUntil(lambda: group.curves is not None and len(group.curves.seeds) == count, timeout=60_000)


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
    ranks, mean = shown.more.group.mean.getData()
    np.testing.assert_array_equal(ranks, np.arange(13))
    np.testing.assert_allclose(mean, expected.accuracy.mean(0))
    low = shown.more.group.band.getData()[1][:13]
    np.testing.assert_allclose(low, expected.over_runs.low)
    shown.rank.box.setValue(4)
    said, kept = shown.more.group.line.text(), expected.norm_percent[:, 4]
    assert said == group_sentence(expected, 4)
    assert f"mean of 3 trainings (seeds 0, 1, 2) at rank 4: {kept.mean():.2f} % of the norm" in said
    assert f"(s² {kept.var(ddof=1):.3g})" in said
    shown.advanced.copy.click()
    assert QGuiApplication.clipboard().text() == group_table(expected)
    assert shown.settings()["over_group"] is True


def test_where_there_is_no_group_the_panel_says_why(qtbot: QtBot, panel: tuple[LowRankPanel, list[Run]]) -> None:
    shown, runs = panel
    shown.session.add(runs[3])  # another batch size
    qtbot.waitUntil(lambda: shown.more.group.line.text() == ALONE, timeout=30_000)
    shown.session.add(runs[1])
    shown.session.select(snapshot=runs[1].snapshots - 1)
    whole(qtbot, shown, 2)
    shown.session.remove(runs[0])
    assert shown.more.group.line.text() == ALONE
    assert shown.more.group.mean.getData()[0] is None or not len(shown.more.group.mean.getData()[0])
    shown.session.select(units=frozenset({1, 2}))
    shown.matrix.setCurrentText("selected units")
    qtbot.waitUntil(lambda: shown.more.group.line.text() == NO_UNITS, timeout=30_000)
    shown.advanced.over_group.setChecked(False)
    assert not shown.more.group.line.isVisible()
