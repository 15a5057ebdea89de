"""What a panel shows never stands for another run or layer: it goes in the moment these are chosen."""

from __future__ import annotations

from concurrent.futures import Future
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from tests.gui.recorded_weights import planted
from workbench.gui.panels.graph.panel import GraphPanel
from workbench.gui.panels.low_rank.panel import LowRankPanel
from workbench.gui.panels.pruning import PruningPanel
from workbench.gui.panels.spectrum import SpectrumPanel
from workbench.gui.panels.timeline.panel import TimelinePanel
from workbench.gui.panels.training import TrainingPanel
from workbench.gui.state.layer_rows import LayerRows
from workbench.gui.state.player import Player
from workbench.runs.place import place_in

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytestqt.qtbot import QtBot

    from tests.gui.conftest import WriteRun
    from workbench.gui.panels.base import Panel
    from workbench.gui.state.session import Session
    from workbench.gui.state.trainer import Trainer
    from workbench.runs.run import Run

    Make = Callable[[Session, Any, Trainer], Panel]


class Hand:
    """A pool that works when it is told to."""

    def __init__(self) -> None:
        self._waiting: list[tuple[Callable[[], object], Future[object]]] = []

    def submit(self, work: Callable[[], object]) -> Future[object]:
        self._waiting.append((work, Future()))
        return self._waiting[-1][1]

    def work(self) -> None:
        while self._waiting:
            work, future = self._waiting.pop(0)
            future.set_result(work())


def pruning(session: Session, hand: Any, _trainer: Trainer) -> PruningPanel:
    made = PruningPanel(session, hand)
    made.restore({"quantity": "potential"})  # needs no network
    return made


def points(*curves: Any) -> int:
    return sum(0 if curve.getData()[0] is None else len(curve.getData()[0]) for curve in curves)


PANELS: dict[str, tuple[Make, Callable[[Any], int]]] = {
    "graph": (lambda session, hand, _: GraphPanel(session, hand), lambda panel: len(panel.view.item.positions)),
    "spectrum": (
        lambda session, hand, _: SpectrumPanel(session, hand),
        lambda panel: int(np.count_nonzero(panel.plot.bars.yData)) + points(*panel.plot.laws.values())
        + len(panel.plot.rug.positions),
    ),
    "low_rank": (
        lambda session, hand, _: LowRankPanel(session, hand, hand),
        lambda panel: points(panel.plot.residual, panel.plot.accuracy) + panel.rank.isEnabled(),
    ),
    "pruning": (
        pruning,
        lambda panel: sum(points(curve) for curve in panel.plot.curves.values() if curve.isVisible())
        + len(panel.legend.entries),
    ),
    "timeline": (
        lambda session, hand, _: TimelinePanel(
            session, hand, Player(session, lambda: True, session), hand, LayerRows(session)
        ),
        lambda panel: points(*panel.plot.curves.values()) + len(panel.legend.entries),
    ),
    "training": (
        lambda session, hand, trainer: TrainingPanel(session, hand, trainer),
        lambda panel: points(*panel.loss.curves.values()),
    ),
}  # fmt: skip
OF_A_LAYER = ("graph", "spectrum", "low_rank", "pruning")


class Stage:
    """One panel in sight, whose answers come when they are let."""

    def __init__(self, qtbot: QtBot, session: Session, trainer: Trainer, name: str) -> None:
        make, self._drawn = PANELS[name]
        self.hand, self._qtbot = Hand(), qtbot
        self.panel = make(session, self.hand, trainer)
        qtbot.addWidget(self.panel)
        self.panel.resize(500, 300)
        with qtbot.waitExposed(self.panel):
            self.panel.show()

    @property
    def drawn(self) -> int:
        """How much is on screen."""
        return self._drawn(self.panel)

    def answer(self) -> None:
        """Let the answer to what is asked come, and be drawn."""

        def there() -> bool:
            self.hand.work()
            return self.panel.complete

        self._qtbot.waitUntil(there, timeout=20_000)
        assert self.drawn > 0


@pytest.fixture
def stage(qtbot: QtBot, session: Session, trainer: Trainer, request: pytest.FixtureRequest) -> Any:
    shown = Stage(qtbot, session, trainer, request.param)
    yield shown
    shown.panel.shut()


@pytest.fixture
def runs(write_run: WriteRun) -> tuple[Run, Run]:
    weights = {"fc1": planted(40, 90, 3), "fc2": planted(10, 40, 3)}
    return write_run(weights, name="one.h5"), write_run(weights, name="two.h5")


@pytest.mark.parametrize("stage", OF_A_LAYER, indirect=True)
@pytest.mark.thinned(2)
def test_another_layer_takes_the_picture_away_at_once(stage: Stage, session: Session, runs: tuple[Run, Run]) -> None:
    session.add(runs[0])
    stage.answer()
    session.select(layer="fc2")
    assert stage.drawn == 0
    assert stage.panel.drawing() is None
    assert stage.panel.line.text().startswith(f"{place_in(runs[0], 'fc2', 0).words}: ")
    assert stage.panel.line.text().endswith("computing…")
    stage.answer()
    assert "computing" not in stage.panel.line.text()


@pytest.mark.parametrize("stage", PANELS, indirect=True)
@pytest.mark.thinned(3)
def test_another_run_takes_the_picture_away_at_once(stage: Stage, session: Session, runs: tuple[Run, Run]) -> None:
    session.add(runs[0])
    stage.answer()
    session.add(runs[1])
    assert stage.drawn == 0
    assert "two" in stage.panel.line.text()
    assert "one" not in stage.panel.line.text()
    stage.answer()


@pytest.mark.parametrize("stage", OF_A_LAYER, indirect=True)
@pytest.mark.thinned(2)
def test_another_snapshot_may_wait_under_the_picture_and_says_so(
    qtbot: QtBot, stage: Stage, session: Session, runs: tuple[Run, Run]
) -> None:
    session.add(runs[0])
    stage.answer()
    before = stage.drawn
    session.select(snapshot=2)
    assert stage.drawn == before
    qtbot.waitUntil(lambda: f"{place_in(runs[0], 'fc1', 2).words}: " in stage.panel.line.text())
    assert "computing…" in stage.panel.line.text()
    assert f"ntil then: {place_in(runs[0], 'fc1', 0).words}" in stage.panel.line.text()
    stage.answer()
    assert "ntil then" not in stage.panel.line.text()


@pytest.mark.parametrize("stage", ["spectrum"], indirect=True)
def test_why_one_layer_cannot_be_shown_is_not_said_of_the_next(
    stage: Stage, session: Session, write_run: WriteRun
) -> None:
    diverged = {("fc1", 0): np.full(40, np.nan)}
    session.add(write_run({"fc1": planted(40, 90, 1), "fc2": planted(10, 40, 1)}, spectra=diverged))
    session.select(layer="fc1")
    stage._qtbot.waitUntil(lambda: stage.panel.has_followed)
    stage.hand.work()
    stage._qtbot.waitUntil(lambda: stage.panel.shows_message, timeout=20_000)
    assert "diverged" in stage.panel.message
    session.select(layer="fc2")
    assert not stage.panel.shows_message
