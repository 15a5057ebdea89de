"""Processes of this machine as an executor: one that dies is replaced, and its trial goes on."""

from __future__ import annotations

import os
import re
import signal
import time
from typing import TYPE_CHECKING

import pytest
from processes import children_with

from workbench.experiments import Processes, Trial, finished, processes, run_trials, running, train_trial
from workbench.experiments.processes import CHILD
from workbench.runs.run import open_run
from workbench.training.events import TrainingError

if TYPE_CHECKING:
    from pathlib import Path

    from workbench.runs.spec import RunSpec


def test_calls_are_answered_and_errors_are_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "ATTEMPTS", 2)
    with Processes(1) as pool:
        assert pool.submit(divmod, 7, 2).result() == (3, 1)
        with pytest.raises(TrainingError, match="division"):
            pool.submit(divmod, 7, 0).result()
        with pytest.raises(TrainingError, match="ended unexpectedly with exit status 9, 2 times"):
            pool.submit(os._exit, 9).result()
        assert pool.submit(divmod, 7, 2).result() == (3, 1)
    with pytest.raises(RuntimeError, match="was shut down"):
        pool.submit(divmod, 7, 2)
    assert not children_with(CHILD)


def test_a_trial_whose_process_is_killed_goes_on_in_another(
    small: RunSpec, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "POLL", 0.02)  # seconds
    trial = Trial(small.changed(iterations=1_000, snapshots="every:50"), tmp_path / "killed.h5")
    with Processes(1) as pool:
        events = run_trials([trial], pool)
        killed = next(event for event in events if len(event.accuracies) > 2)
        os.kill(int(re.findall(r"process (\d+)", killed.worker)[0]), signal.SIGKILL)
        with open_run(trial.path) as run:
            held, seconds = run.snapshots, run.history("seconds").tolist()
        last = finished(events)[trial.path]
    assert last.state == "done"
    assert last.worker != killed.worker
    with open_run(trial.path) as run:
        assert run.snapshots == 21
        assert run.history("seconds")[:held].tolist() == seconds


def test_shutdown_ends_what_is_under_way_in_order(long: RunSpec, tmp_path: Path) -> None:
    trial = Trial(long, tmp_path / "endless.h5")
    pool = Processes(1)
    future, waiting = pool.submit(train_trial, trial), pool.submit(time.sleep, 100)
    while not trial.path.exists():
        time.sleep(0.02)
    pool.shutdown(cancel_futures=True)
    with pytest.raises(TrainingError, match="can be resumed"):
        future.result()
    assert waiting.cancelled()
    assert {path.name for path in tmp_path.iterdir()} <= {"endless.h5", "endless.resume.h5"}
    assert not children_with(CHILD)
