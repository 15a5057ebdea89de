"""What the tests of the low-rank panel share: the twin of its numbers, and hands for its controls."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch

from workbench.evaluation.run_evaluators import data_of, network_of
from workbench.gui.panels.low_rank import LowRankPanel

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from concurrent.futures import ThreadPoolExecutor

    from pytestqt.qtbot import QtBot

    from workbench.gui.state.session import Session
    from workbench.runs.run import Run

    Show = Callable[..., LowRankPanel]


def wait(qtbot: QtBot, panel: LowRankPanel) -> LowRankPanel:
    qtbot.waitUntil(lambda: panel.complete and panel.settled, timeout=30_000)
    return panel


def truncated(matrix: np.ndarray, rank: int) -> np.ndarray:
    left, values, right = np.linalg.svd(matrix.astype(np.float64), full_matrices=False)
    return (left[:, :rank] * values[:rank]) @ right[:rank]


def correct_with(run: Run, layer: str, weights: np.ndarray, snapshot: int = -1, part: str = "test") -> int:
    """How many images the whole network gets right with other weights in a layer."""
    network, data = network_of(run, snapshot), data_of(run, part)
    weight = network.get_submodule(layer).weight
    with torch.inference_mode():
        weight.copy_(torch.from_numpy(weights.astype(np.float32)).reshape(weight.shape))
        logits = network(data.inputs(slice(0, len(data)), torch.device("cpu"), torch.contiguous_format))
        return int((logits.argmax(1) == data.labels).sum())


def shown_correct(panel: LowRankPanel) -> int:
    accuracy = panel.answers.accuracy()
    assert accuracy is not None
    assert accuracy.exact
    return accuracy.correct


def go(qtbot: QtBot, panel: LowRankPanel, rank: int) -> None:
    panel.rank.box.setValue(rank)
    wait(qtbot, panel)


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
