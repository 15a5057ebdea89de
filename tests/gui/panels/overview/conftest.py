"""The overview panel with sample run A, of which it has found everything."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from workbench.gui.panels.overview import panel as module
from workbench.gui.panels.overview.answers import Rows
from workbench.gui.panels.overview.panel import OverviewPanel
from workbench.gui.state.layer_rows import LayerRows
from workbench.gui.state.session import Session
from workbench.resource import resource
from workbench.runs.run import Run, open_run

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytestqt.qtbot import QtBot

LONG = 60_000
SIZE = (1400, 700)
AND_THE_REST = Rows.and_the_rest  # before it is patched for windows that need no histories


def made(session: Session, pool: ThreadPoolExecutor) -> OverviewPanel:
    """The panel in sight, which finds all that it can."""
    shown = OverviewPanel(session, pool, pool, LayerRows(session))
    shown.resize(*SIZE)
    shown.show()
    return shown


def with_sample(qtbot: QtBot, panel: OverviewPanel) -> Run:
    """Sample run A, of which the panel has found everything."""
    run = open_run(resource("sample_runs/digits_conv.h5"))
    panel.session.add(run)
    panel.session.select(layer="fc1", snapshot=run.snapshots - 1)
    qtbot.waitUntil(lambda: panel.complete, timeout=LONG)
    return run


@pytest.fixture(scope="module")
def whole(only_the_end_in_overview: None) -> Iterator[None]:
    """A panel finds all that it can, and does not wait before it does."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Rows, "and_the_rest", AND_THE_REST)
        patch.setattr(module, "REST_MS", 0)
        yield


@pytest.fixture(scope="module")
def lasting(whole: None, module_bot: QtBot) -> Iterator[OverviewPanel]:
    """The panel of the module with the sample run."""
    with ThreadPoolExecutor(2) as workers:
        shown = made(Session(), workers)
        run = with_sample(module_bot, shown)
        yield shown
        shown.shut()
        shown.close()
        shown.session.remove(run)
        shown.deleteLater()


@pytest.fixture
def panel(qtbot: QtBot, lasting: OverviewPanel, lasting_cache: None) -> Iterator[OverviewPanel]:
    """The panel of the module; what a test changes in it is afterwards as it was."""
    settings, (run,) = lasting.settings(), lasting.session.runs
    yield lasting
    for other in lasting.session.runs:
        if other is not run:
            lasting.session.remove(other)
    lasting.resize(*SIZE)
    lasting.show()
    lasting.restore(settings)
    lasting.session.select(source=run, layer="fc1", snapshot=run.snapshots - 1, units=frozenset())
    qtbot.waitUntil(lambda: lasting.complete, timeout=LONG)
    lasting.draw(lasting.shown_result)


@pytest.fixture
def session(panel: OverviewPanel) -> Session:
    return panel.session


@pytest.fixture
def sample(panel: OverviewPanel) -> Run:
    (run,) = panel.session.runs
    return run


@pytest.fixture
def own_panel(qtbot: QtBot, whole: None, lasting_cache: None, pool: ThreadPoolExecutor) -> Iterator[OverviewPanel]:
    """A panel of the test's own, without a run."""
    shown = made(Session(), pool)
    qtbot.addWidget(shown)
    yield shown
    shown.shut()
    for run in shown.session.runs:
        shown.session.remove(run)


@pytest.fixture
def own_sample(qtbot: QtBot, own_panel: OverviewPanel) -> Run:
    """Sample run A in it."""
    return with_sample(qtbot, own_panel)
