"""The low-rank panel on screen, and a way to show it what a test asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from low_rank_driving import wait

from workbench.gui.panels.low_rank.panel import LowRankPanel
from workbench.resource import resource
from workbench.runs.run import open_run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from concurrent.futures import ThreadPoolExecutor

    from pytestqt.qtbot import QtBot

    from workbench.gui.state.session import Session
    from workbench.runs.run import Run

    Show = Callable[..., LowRankPanel]


@pytest.fixture
def sample() -> Run:
    """Sample run A, to be closed by the session that it is added to."""
    return open_run(resource("sample_runs/digits_conv.h5"))


@pytest.fixture
def panel(qtbot: QtBot, session: Session, pool: ThreadPoolExecutor) -> Iterator[LowRankPanel]:
    shown = LowRankPanel(session, pool, pool)
    qtbot.addWidget(shown)
    shown.answers.rest.setInterval(20)
    shown.resize(480, 300)
    with qtbot.waitExposed(shown):
        shown.show()
    yield shown
    shown.shut()


@pytest.fixture
def show(panel: LowRankPanel, session: Session, qtbot: QtBot) -> Show:
    """`show(run, layer=…, snapshot=…)` selects, and waits until the last answer is drawn."""

    def select(run: Run | None = None, **selection: object) -> LowRankPanel:
        if run is not None:
            session.add(run)
        session.select(**selection)
        return wait(qtbot, panel)

    return select
