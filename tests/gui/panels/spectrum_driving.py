"""What the tests of the spectrum panel share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from workbench.gui.panels.spectrum import SpectrumPanel

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from concurrent.futures import ThreadPoolExecutor

    from pytestqt.qtbot import QtBot

    from workbench.gui.state.session import Session
    from workbench.runs.run import Run

    WriteRun = Callable[..., Run]
    Show = Callable[..., None]


GLOROT = 2 / (40 + 64)


def spiked(units: int, inputs: int, strengths: list[float]) -> list[np.ndarray[Any, Any]]:
    """Glorot weights with three planted directions, of these strengths at the snapshots."""
    random = np.random.default_rng(units + inputs)
    start = random.normal(0.0, np.sqrt(2 / (units + inputs)), (units, inputs))
    left = np.linalg.qr(random.normal(size=(units, 3)))[0]
    right = np.linalg.qr(random.normal(size=(inputs, 3)))[0]
    return [start + strength * (left * [1.0, 0.75, 0.6]) @ right.T for strength in strengths]


@pytest.fixture
def panel(session: Session, pool: ThreadPoolExecutor, qtbot: QtBot) -> Iterator[SpectrumPanel]:
    shown = SpectrumPanel(session, pool)
    qtbot.addWidget(shown)
    shown.resize(480, 400)
    with qtbot.waitExposed(shown):
        shown.show()
    yield shown
    shown.shut()


@pytest.fixture
def show(panel: SpectrumPanel, session: Session, qtbot: QtBot) -> Show:
    """`show(run, layer=…, snapshot=…)` selects, and waits until the panel shows it."""

    def select(run: Run | None = None, **selection: Any) -> None:
        if run is not None:
            session.add(run)
        session.select(**selection)
        qtbot.waitUntil(lambda: panel.settled)

    return select


def message(panel: SpectrumPanel) -> str:
    assert panel.shows_message
    return panel.message


@pytest.fixture
def run(write_run: WriteRun) -> Run:
    """fc1 (40 × 64, Glorot) at five snapshots, with up to three outliers; λ_max stays below ten times the edge."""
    return write_run({"fc1": spiked(40, 64, [0.0, 1.0, 2.0, 3.0, 4.0])}, title="LeNet <b>on</b> digits")
