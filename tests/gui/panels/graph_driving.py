"""What the tests of the weight graph's panel share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtWidgets import QApplication

from workbench.gui.panels.graph.panel import GraphPanel

if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import ThreadPoolExecutor

    from pytestqt.qtbot import QtBot

    from tests.gui.conftest import WriteRun
    from workbench.gui.state.session import Session
    from workbench.runs.run import Run


@pytest.fixture
def panel(qtbot: QtBot, session: Session, pool: ThreadPoolExecutor) -> Iterator[GraphPanel]:
    shown = GraphPanel(session, pool)
    shown.resize(520, 460)
    shown.show()
    yield shown
    shown.shut()
    shown.close()
    shown.deleteLater()


def clustered(units: int, inputs: int) -> np.ndarray:
    """Two groups of nearly parallel units, the rest independent, one unit of zeros."""
    random = np.random.default_rng(1)
    weights = random.normal(size=(units, inputs))
    for start, size in ((0, 6), (6, 4)):
        weights[start : start + size] = random.normal(size=inputs) + 0.1 * random.normal(size=(size, inputs))
    weights[-1] = 0
    return weights


@pytest.fixture
def run(write_run: WriteRun) -> Run:
    start = np.random.default_rng(0).normal(size=(20, 400))
    moved = clustered(20, 400)
    moved[15] = start[15]  # never moved
    return write_run({"fc1": [start, moved]})


def shown(qtbot: QtBot, panel: GraphPanel, session: Session, run: Run, snapshot: int = 1) -> GraphPanel:
    if run not in session.runs:
        session.add(run)
    session.select(snapshot=snapshot)
    qtbot.waitUntil(lambda: panel.settled and panel.result is not None)
    QApplication.sendPostedEvents()  # the legend may have another height now, and with it the view
    return panel
