"""What selected units cost stands where they were selected, and is what the changed network says."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING

import pytest
import torch

from tests.gui.windows import opened, returning
from workbench.evaluation import run_evaluators
from workbench.nets.parts import normalise
from workbench.resource import resource

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytestqt.qtbot import QtBot

    from workbench.gui.window.main_window import MainWindow

FIND = 30_000
pytestmark = pytest.mark.usefixtures("one_thread", "no_evaluator_stays", "lasting_cache")


@pytest.fixture(scope="module")
def on_sample(module_bot: QtBot, lasting_window: MainWindow) -> MainWindow:
    window = opened(module_bot, lasting_window, resource("sample_runs/digits_conv.h5"))
    window.session.select(layer="fc1", snapshot=28)
    return window


@pytest.fixture
def sample_window(qtbot: QtBot, on_sample: MainWindow) -> Iterator[MainWindow]:
    with returning(qtbot, on_sample):
        yield on_sample


@pytest.fixture(autouse=True)
def mouse_elsewhere(sample_window: MainWindow, monkeypatch: pytest.MonkeyPatch) -> None:
    """Other tests may have left it over a panel, which would then be the one that is looked at."""
    for dock in sample_window.docks.values():
        monkeypatch.setattr(dock, "underMouse", lambda: False)


def told(qtbot: QtBot, window: MainWindow) -> str:
    cost = window.selecting.cost
    qtbot.waitUntil(lambda: "points" in cost.told or "not known" in cost.told, timeout=FIND)
    return cost.told


def twin(window: MainWindow, snapshot: int, units: list[int]) -> float:
    """The change of the accuracy in points: change the network, run it."""
    run = window.session.selection.run
    assert run is not None
    net, data = run_evaluators.network_of(run, snapshot), run_evaluators.data_of(run, "test")
    images = data.images if data.mean is None else normalise(data.images, data.mean, data.std)
    masked = deepcopy(net)
    with torch.no_grad():
        masked.get_submodule("fc1").weight[units] = 0.0
        right = [(each(images).argmax(1) == data.labels).double().mean() for each in (net, masked)]
    return 100.0 * float(right[1] - right[0])


def test_the_cost_is_that_of_the_changed_network_at_each_snapshot(qtbot: QtBot, sample_window: MainWindow) -> None:
    units = list(range(40, 52))
    sample_window.session.select(units=frozenset(units))
    for snapshot in (28, 10):
        sample_window.session.select(snapshot=snapshot)
        points = f"{twin(sample_window, snapshot, units):+.1f}".replace("-", "−")
        assert told(qtbot, sample_window) == f"12 units selected: {points} points on 360 test images."
        assert sample_window.panels["graph"].line.whole.startswith(f"12 units selected: {points} points")
    sample_window.session.select(layer="fc2")
    assert sample_window.panels["graph"].line.lead == ""


def test_dead_units_cost_nothing_and_are_called_so_where_the_keyboard_is(
    qtbot: QtBot, sample_window: MainWindow
) -> None:
    spectrum = sample_window.panels["spectrum"]
    sample_window.activateWindow()
    spectrum.scale.setFocus()  # type: ignore[attr-defined]
    qtbot.waitUntil(spectrum.scale.hasFocus)  # type: ignore[attr-defined]
    sample_window.selecting.by_way["dead"].trigger()
    assert told(qtbot, sample_window) == "26 dead units selected: 0 points on 360 test images."
    assert spectrum.line.lead == sample_window.selecting.cost.told
    assert sample_window.panels["graph"].line.lead == ""


def test_what_is_not_known_is_said_with_its_reason(
    qtbot: QtBot, sample_window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(*_: object) -> None:
        raise ValueError("the images are elsewhere")

    monkeypatch.setattr(sample_window.selecting.cost._asker, "_compute", missing)
    sample_window.session.select(units=frozenset({1}))
    assert told(qtbot, sample_window) == "1 unit selected; the cost is not known: the images are elsewhere."
