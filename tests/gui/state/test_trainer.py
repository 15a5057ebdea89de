"""Real trainings hosted by the window: they end, and leave nothing but their file."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.gui.windows import trainings
from workbench.runs.run import open_run
from workbench.training.recipes import recipe

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from workbench.gui.background.jobs import Jobs
    from workbench.gui.state.trainer import Trainer

QUICK = recipe("digits-quick")


def working_threads() -> set[str]:
    """Threads but for the panels' workers, and for the names Python keeps of Qt's threads that have ended."""
    names = {thread.name for thread in threading.enumerate()}
    return {name for name in names if not name.startswith(("ThreadPoolExecutor", "Dummy"))}


def test_a_real_training_runs_in_a_child_process_and_leaves_nothing_behind(
    trainer: Trainer, jobs: Jobs, qtbot: QtBot, tmp_path: Path
) -> None:
    before = working_threads()
    path = tmp_path / "new folder" / "run.h5"
    with (
        qtbot.waitSignal(trainer.ended, timeout=120_000) as ended,
        qtbot.waitSignal(trainer.path_ready) as ready,
    ):
        ready.timeout = None
        trainer.start(replace(QUICK, epochs=1.0, device="cpu"), path)
    assert ready.args == [path]
    assert ended.args[0].reason == "finished"
    with open_run(path) as run:
        assert run.finished
        assert run.snapshots == ended.args[0].snapshots
        assert run.test_accuracy[-1] > 50
    qtbot.waitUntil(lambda: len(jobs) == 0)
    assert trainings() == []
    qtbot.waitUntil(lambda: working_threads() <= before)


@pytest.mark.parametrize("by", ["its stop button", "the end of all jobs"])
def test_a_real_training_is_stopped_with_a_readable_file(
    trainer: Trainer, jobs: Jobs, qtbot: QtBot, tmp_path: Path, by: str
) -> None:
    path = tmp_path / "run.h5"
    with qtbot.waitSignal(trainer.path_ready, timeout=120_000):
        trainer.start(replace(QUICK, epochs=10_000.0, snapshots="log", device="cpu"), path)
    with qtbot.waitSignal(trainer.ended, timeout=10_000) as ended:
        (trainer.stop if by == "its stop button" else jobs.stop_all)()
    if by == "its stop button":
        assert ended.args[0].reason == "stopped"
    with open_run(path) as run:
        assert 1 <= run.snapshots < 10_000
    qtbot.waitUntil(lambda: len(jobs) == 0)
    assert trainings() == []
