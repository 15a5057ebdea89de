"""Panels say where data are not those of the training, and notice that a data folder changes under the window."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication

from tests.own_mnist import write_data
from workbench.gui.panels.low_rank.panel import LowRankPanel
from workbench.gui.panels.pruning import PruningPanel
from workbench.gui.window.docks import PRESETS
from workbench.runs.run import open_run

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from workbench.gui.state.session import Session
    from workbench.gui.window.main_window import MainWindow
    from workbench.runs.run import Run

DOUBT = " % on these 360 test images, but the run stored "


pytestmark = pytest.mark.usefixtures("one_thread", "no_evaluator_stays")


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The data folder in force; its test labels are altered."""
    monkeypatch.setenv("WORKBENCH_DATA", str(write_data(tmp_path / "data", shift=1)))
    return tmp_path / "data"


def shown(qtbot: QtBot, panel: PruningPanel | LowRankPanel, session: Session, run: Run, snapshot: int) -> None:
    session.select(source=run, layer="fc1", snapshot=snapshot)
    qtbot.waitUntil(lambda: panel.complete and panel.settled, timeout=60_000)


def test_the_pruning_panel(
    on_mnist: tuple[Path, Path], root: Path, session: Session, pool: ThreadPoolExecutor, qtbot: QtBot
) -> None:
    panel = PruningPanel(session, pool)
    qtbot.addWidget(panel)
    with qtbot.waitExposed(panel):
        panel.show()
    run = open_run(on_mnist[0])
    session.add(run)
    last = run.snapshots - 1

    def start() -> float:
        return float(panel.plot.curves["max_mag"].getData()[1][0])

    shown(qtbot, panel, session, run, last)
    wrong = start()
    assert wrong < 10
    assert DOUBT in panel.line.text()
    write_data(root)
    shown(qtbot, panel, session, run, 0)
    shown(qtbot, panel, session, run, last)
    assert start() == pytest.approx(run.test_accuracy[-1])
    assert DOUBT not in panel.line.text()
    write_data(root, shift=1)
    shown(qtbot, panel, session, run, 0)
    shown(qtbot, panel, session, run, last)
    assert start() == pytest.approx(wrong)
    assert DOUBT in panel.line.text()
    panel.shut()


def test_the_low_rank_panel(
    on_mnist: tuple[Path, Path], root: Path, session: Session, pool: ThreadPoolExecutor, qtbot: QtBot
) -> None:
    panel = LowRankPanel(session, pool, pool)
    qtbot.addWidget(panel)
    panel.answers.rest.setInterval(20)
    with qtbot.waitExposed(panel):
        panel.show()
    run = open_run(on_mnist[0])
    session.add(run)
    last = run.snapshots - 1

    def full_rank() -> float:
        return float(np.asarray(panel.plot.accuracy.getData()[1])[-1])

    shown(qtbot, panel, session, run, last)
    wrong = full_rank()
    assert wrong < 10
    assert DOUBT in panel.line.text()
    write_data(root)
    shown(qtbot, panel, session, run, 0)
    shown(qtbot, panel, session, run, last)
    assert full_rank() == pytest.approx(run.test_accuracy[-1])
    assert DOUBT not in panel.line.text()
    panel.shut()


@pytest.mark.parametrize("folder", ["the same", "another"])
@pytest.mark.thinned(2)
def test_whoever_comes_back_to_the_window_finds_answers_on_the_data_of_now(
    on_mnist: tuple[Path, Path], root: Path, tmp_path: Path, window: MainWindow, qtbot: QtBot, folder: str
) -> None:
    run = open_run(on_mnist[0])
    window.session.add(run)
    window.dock_area.arrange(PRESETS[2].layout)  # which has both panels in sight
    window.session.select(source=run, layer="fc1", snapshot=run.snapshots - 1)
    asking = [window.panels[name] for name in ("low_rank", "pruning")]

    def doubtful() -> list[bool]:
        return [DOUBT in panel.line.text() for panel in asking]

    complete = lambda: all(panel.complete for panel in asking)  # noqa: E731
    qtbot.waitUntil(lambda: doubtful() == [True, True] and complete(), timeout=60_000)
    if folder == "the same":
        write_data(root)
    else:
        os.environ["WORKBENCH_DATA"] = str(write_data(tmp_path / "other"))  # as a dialog sets it
    states = QGuiApplication.instance().applicationStateChanged  # type: ignore[union-attr]
    states.emit(Qt.ApplicationState.ApplicationInactive)
    states.emit(Qt.ApplicationState.ApplicationActive)
    qtbot.waitUntil(lambda: doubtful() == [False, False] and complete(), timeout=60_000)
    assert asking[1].plot.curves["max_mag"].getData()[1][0] == pytest.approx(run.test_accuracy[-1])
