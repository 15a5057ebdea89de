from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from workbench.resource import resource
from workbench.runs.run import open_run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from concurrent.futures import ThreadPoolExecutor
    from types import ModuleType

    from pytestqt.qtbot import QtBot

    from workbench.gui.panels.base import Panel
    from workbench.gui.state.session import Session
    from workbench.runs.run import Run

LONG = 60_000


@pytest.fixture
def shown(
    qtbot: QtBot, session: Session, pool: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch, lasting_cache: None
) -> Iterator[Callable[[type[Panel], ModuleType, tuple[int, int]], Panel]]:
    """`shown(kind, module, size)` makes a panel by itself, in sight, that does not wait before it asks."""
    made: list[Panel] = []

    def make(kind: type[Panel], module: ModuleType, size: tuple[int, int]) -> Panel:
        monkeypatch.setattr(module, "REST_MS", 0)
        panel = kind(session, pool, pool)  # type: ignore[call-arg]
        made.append(panel)
        qtbot.addWidget(panel)
        panel.resize(*size)
        with qtbot.waitExposed(panel):
            panel.show()
        return panel

    yield make
    for panel in made:
        panel.shut()


@pytest.fixture
def with_sample(session: Session, qtbot: QtBot) -> Callable[[Panel, frozenset[int]], Run]:
    """`with_sample(panel, units)` opens sample run A at its last snapshot, and waits until all of fc1 is shown."""

    def open_sample(panel: Panel, units: frozenset[int]) -> Run:
        run = open_run(resource("sample_runs/digits_conv.h5"))
        session.add(run)
        session.select(layer="fc1", snapshot=run.snapshots - 1, units=units)
        qtbot.waitUntil(lambda: panel.complete and panel.shown_result is not None, timeout=LONG)
        return run

    return open_sample
