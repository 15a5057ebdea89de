"""What the tests of the pruning panel share: the twin of its numbers, and hands for its controls."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from PySide6.QtCore import QPoint, QPointF

from workbench.analysis.orders import removal_order
from workbench.evaluation import run_evaluators
from workbench.figures.pruning.question import Question
from workbench.gui.panels.pruning import PruningPanel
from workbench.nets.parts import normalise
from workbench.resource import resource
from workbench.runs.place import place_in
from workbench.runs.run import open_run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from concurrent.futures import ThreadPoolExecutor

    from pytestqt.qtbot import QtBot

    from workbench.gui.state.session import Session
    from workbench.runs.run import Run

    Show = Callable[..., None]

LAST = 28  # the sample run's last snapshot


@pytest.fixture(autouse=True, scope="module")
def on_one_thread(one_thread: None, no_evaluator_stays: None) -> None:
    """Every test that imports this."""


@pytest.fixture
def run() -> Run:
    """Small convolutional network on digits; whoever adds it to the session closes it."""
    return open_run(resource("sample_runs/digits_conv.h5"))


@pytest.fixture
def panel(session: Session, pool: ThreadPoolExecutor, qtbot: QtBot) -> Iterator[PruningPanel]:
    shown = PruningPanel(session, pool)
    qtbot.addWidget(shown)
    shown.resize(500, 260)
    with qtbot.waitExposed(shown):
        shown.show()
    yield shown
    shown.shut()


@pytest.fixture
def show(panel: PruningPanel, session: Session, qtbot: QtBot) -> Show:
    """`show(run, layer=…, snapshot=…)` selects, and waits until the panel has drawn its last picture."""

    def select(run: Run | None = None, **selection: Any) -> None:
        if run is not None:
            session.add(run)
        session.select(**selection)
        qtbot.waitUntil(lambda: panel.complete, timeout=30_000)

    return select


def twin(run: Run, layer: str, snapshot: int, units: list[int], removed: str = "bias", part: str = "test") -> float:
    """The accuracy in percent with these units removed: change the network, run it."""
    net, data = run_evaluators.network_of(run, snapshot), run_evaluators.data_of(run, part)  # type: ignore[arg-type]
    images = data.images
    if data.mean is not None and data.std is not None:
        images = normalise(images, data.mean, data.std)
    masked = deepcopy(net)
    with torch.no_grad():
        if removed == "bias":
            masked.get_submodule(layer).weight[units] = 0.0
            answer = masked(images)
        else:
            names = [name for name, _ in net.named_children()]
            end = names.index(layer) + 2  # its ReLU included
            hidden = net[:end](images)
            axes = [axis for axis in range(hidden.ndim) if axis != 1]
            value = hidden.mean(axes) if removed == "mean" else torch.zeros(hidden.shape[1])
            shape = (-1, *(1 for _ in hidden.shape[2:]))
            hidden[:, units] = value[units].reshape(shape)
            answer = net[end:](hidden)
    return 100.0 * float((answer.argmax(1) == data.labels).float().mean())


def curve(panel: PruningPanel, name: str) -> np.ndarray[Any, Any]:
    levels, values = panel.plot.curves[name].getData()
    assert panel.plot.curves[name].isVisible()
    np.testing.assert_array_equal(levels, np.arange(len(values)))
    return np.asarray(values)


def check(panel: PruningPanel, qtbot: QtBot, *names: str) -> None:
    """Exactly these orders are shown."""
    for action in panel.orders.actions():
        if action.isChecked() != (action.data() in names):
            action.trigger()
    qtbot.waitUntil(lambda: panel.complete, timeout=20_000)


def choose(panel: PruningPanel, qtbot: QtBot, **controls: str) -> None:
    """Set controls by the data of their entries."""
    for name, key in controls.items():
        if name == "removed":
            panel.removed.setCurrentIndex(panel.removed.findData(key))
        else:
            next(action for action in panel.advanced.groups[name].actions() if action.data() == key).trigger()
    qtbot.waitUntil(lambda: panel.complete, timeout=20_000)


def place_of(panel: PruningPanel, level: float) -> QPoint:
    """Where on the plot's viewport a number of removed units lies."""
    return panel.plot.mapFromScene(panel.plot.getPlotItem().vb.mapViewToScene(QPointF(level, 50.0)))


def first_of(run: Run, layer: str, snapshot: int, name: str, count: int) -> list[int]:
    return removal_order(name, run.layer(layer).gram(snapshot))[:count].tolist()


def question(run: Run, **fields: Any) -> Question:
    """What the panel asks of fc2 at the last snapshot, but for these fields."""
    asked = Question(place_in(run, "fc2", LAST), ("max_mag", "oracle"), "bias", "test", "accuracy")
    return replace(asked, **fields)
