"""What was kept for a run goes when the run is closed, and the images with the last one."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtWidgets import QWidget

from workbench.evaluation import run_evaluators
from workbench.evaluation.giving_up import GivenUp, asked_to_end
from workbench.evaluation.networks import memory
from workbench.evaluation.run_evaluators import data_of, evaluator
from workbench.gui.work import releasing
from workbench.gui.work.releasing import Releaser
from workbench.resource import resource
from workbench.runs.place import place_in
from workbench.runs.run import open_run

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor

    from pytestqt.qtbot import QtBot

    from workbench.gui.state.session import Session

pytestmark = pytest.mark.usefixtures("one_thread", "no_evaluator_stays")


def test_activations_and_images_go_with_their_runs(
    session: Session, pool: ThreadPoolExecutor, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(releasing, "DELAY_MS", 0)
    given_back: list[bool] = []
    monkeypatch.setattr(releasing, "give_memory_back", lambda: given_back.append(True))
    run_evaluators.forget()
    window = QWidget()
    qtbot.addWidget(window)
    shop = SimpleNamespace(window=window, session=session, slow_pool=pool, closing=False)
    Releaser(shop)  # type: ignore[arg-type]  # all that it takes of a workshop
    runs = [open_run(resource(f"sample_runs/{name}.h5")) for name in ("digits_conv", "digits_lenet")]
    for run in runs:
        session.add(run)
    before = memory.held()
    engines = [evaluator(place_in(run, "fc1")) for run in runs]
    for engine in engines:
        list(engine.removal_curve(np.arange(engine.units)))
    first, second = (engine.prefix._memory.held for engine in engines)
    assert memory.held() == before + first + second
    data = data_of(runs[1])
    session.remove(runs[0])
    qtbot.waitUntil(lambda: len(given_back) == 1)
    assert memory.held() == before + second
    assert evaluator(place_in(runs[1], "fc1")) is engines[1], "that of the open run stays"
    session.remove(runs[1])
    qtbot.waitUntil(lambda: len(given_back) == 2)
    assert memory.held() == before
    with open_run(resource("sample_runs/digits_lenet.h5")) as again:
        assert data_of(again) is not data


def test_what_an_evaluation_reads_before_it_gives_up_goes_too(
    session: Session, pool: ThreadPoolExecutor, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(releasing, "DELAY_MS", 20)
    released: list[bool] = []
    monkeypatch.setattr(releasing, "give_memory_back", lambda: released.append(True))
    window = QWidget()
    qtbot.addWidget(window)
    Releaser(SimpleNamespace(window=window, session=session, slow_pool=pool, closing=False))  # type: ignore[arg-type]
    path = resource("sample_runs/digits_conv.h5")
    session.add(open_run(path))
    with open_run(path) as other, asked_to_end(lambda: False):
        session.remove(session.runs[0])
        qtbot.waitUntil(lambda: len(released) > 0)
        late = data_of(other)
    before = len(released)
    qtbot.waitUntil(lambda: len(released) > before)
    qtbot.wait(60)
    count = len(released)
    qtbot.wait(60)
    assert len(released) == count, "then nothing is left to release"
    with open_run(path) as again:
        assert data_of(again) is not late
        with asked_to_end(lambda: True), pytest.raises(GivenUp):
            data_of(again)  # nothing is read for what is not wanted any more
