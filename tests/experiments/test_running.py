"""Trials over an executor: trained, resumed, kept, refused, stopped and tried again."""

from __future__ import annotations

import re
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from workbench.experiments import Steering, Trial, TrialEvent, finished, product, run_trials
from workbench.experiments.reports import progress_file, read_report, stop_file
from workbench.experiments.training import train_trial
from workbench.runs.run import open_run
from workbench.training.events import Snapshot
from workbench.training.loop.loop import train
from workbench.training.recording import record_run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from workbench.runs.spec import RunSpec


class Here(Executor):
    """Does each call at once."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        future.set_result(fn(*args, **kwargs))
        return future


@pytest.fixture
def executor() -> Iterator[Executor]:
    with ThreadPoolExecutor(1) as threads:
        yield threads


def recorded(spec: RunSpec, path: Path, snapshots: int | None = None) -> None:
    """Train into a file; as if the process died after so many snapshots."""
    events = record_run(path, train(spec))
    seen = 0
    for event in events:
        seen += isinstance(event, Snapshot)
        if seen == snapshots:
            with pytest.raises(KeyError):
                events.throw(KeyError())
            return


def rows(path: Path) -> list[bytes]:
    with open_run(path) as run:
        return [
            run.rows.block(name, 0, run.snapshots).tobytes()
            for name in run.rows.structure.order
            if "seconds" not in name
        ]


def test_what_is_missing_is_trained_and_what_is_complete_is_kept(small: RunSpec, tmp_path: Path) -> None:
    trials = product(small, {"optimiser.learning_rate": (0.1, 0.2)}, tmp_path / "new", repeats=2)
    events = list(run_trials(trials, Here()))
    assert [event.state for event in events[:4]] == ["queued"] * 4
    last = finished(events)
    assert [event.state for event in last.values()] == ["done"] * 4
    one = last[trials[0].path]
    assert (one.iteration, one.iterations, one.progress, len(one.accuracies)) == (6, 6, 1.0, 3)
    assert one.accuracy == one.accuracies[-1]
    assert not one.kept
    assert {path.name for path in (tmp_path / "new").iterdir()} == {trial.path.name for trial in trials}
    before = {trial.path: trial.path.stat().st_mtime_ns for trial in trials}
    again = list(run_trials(trials, Here()))
    assert [(event.state, event.kept, event.accuracies) for event in again] == [
        ("done", True, last[trial.path].accuracies) for trial in trials
    ]
    assert {trial.path: trial.path.stat().st_mtime_ns for trial in trials} == before


def test_what_is_partial_is_resumed_to_the_same_run(small: RunSpec, tmp_path: Path) -> None:
    (trial,) = product(small, {}, tmp_path)
    recorded(small, trial.path, snapshots=2)
    recorded(small, tmp_path / "whole.h5")
    events = list(run_trials([trial], Here()))
    assert (events[0].state, events[0].iteration, events[0].progress) == ("queued", 3, 0.5)
    assert (events[-1].state, len(events[-1].accuracies)) == ("done", 3)
    assert rows(trial.path) == rows(tmp_path / "whole.h5")


@pytest.mark.parametrize(
    ("field", "value", "problem"),
    [
        ("batch_size", 25, "its batch_size is 25, and 50 is asked for"),
        ("seed", 3, "its seed is 3, and 0 is asked for"),
        ("iterations", 3, "it has 3 iterations, and 6 are asked for"),
        ("net", None, r"its net.widths is \(300, 100\), and \(8, 4\) is asked for"),
    ],
)
def test_a_file_of_another_training_is_left_alone(
    small: RunSpec, tmp_path: Path, field: str, value: Any, problem: str
) -> None:
    (trial,) = product(small, {}, tmp_path)
    recorded(small.changed(**{field: value or small.net.__class__("lenet")}), trial.path)
    before = trial.path.read_bytes()
    (event,) = run_trials([trial], Here())
    assert event.state == "failed"
    assert re.search(f"is another training: {problem}; choose another folder", event.problem), event.problem
    assert train_trial(trial).problem == event.problem
    assert trial.path.read_bytes() == before


def test_what_is_no_run_or_cannot_be_trained_fails_alone(small: RunSpec, tmp_path: Path) -> None:
    bad = Trial(small.changed(optimiser=small.optimiser.__class__("warm")), tmp_path / "bad.h5")
    text = Trial(small, tmp_path / "text.h5")
    text.path.write_text("no run")
    good = Trial(small, tmp_path / "good.h5")
    last = finished(run_trials([bad, text, good], Here()))
    assert [last[each.path].state for each in (bad, text, good)] == ["failed", "failed", "done"]
    assert "optimisers are sgd" in last[bad.path].problem
    assert "SpecError" in last[bad.path].details
    assert text.path.read_text() == "no run"


def until(events: Iterator[TrialEvent], wanted: Callable[[TrialEvent], bool]) -> TrialEvent:
    return next(event for event in events if wanted(event))


def test_one_is_cancelled_and_tried_again_while_the_others_go_on(
    small: RunSpec, long: RunSpec, tmp_path: Path, executor: Executor
) -> None:
    endless, waiting, short = (
        Trial(spec, tmp_path / f"{name}.h5") for spec, name in ((long, "endless"), (long, "waiting"), (small, "short"))
    )
    steering = Steering()
    events = run_trials([endless, waiting, short], executor, steering=steering)
    running = until(events, lambda event: event.state == "running" and len(event.accuracies) > 1)
    assert running.trial == endless
    assert "process" in running.worker
    steering.cancel(waiting.path)
    assert until(events, lambda event: event.state == "cancelled").trial == waiting
    assert not waiting.path.exists()
    steering.cancel(endless.path)
    stopped = until(events, lambda event: event.state == "cancelled")
    assert stopped.trial == endless
    with open_run(endless.path) as run:
        assert run.iterations[-1] == 200 * (run.snapshots - 1)  # the last planned one: none was made for the stop
        assert not run.finished
        kept = run.snapshots
    steering.retry(endless.path)
    again = until(events, lambda event: event.trial == endless and event.state == "queued")
    assert len(again.accuracies) == kept
    until(events, lambda event: event.trial == endless and len(event.accuracies) > kept)
    steering.stop()
    last = finished(events)
    assert last[endless.path].state == "cancelled"
    assert {path.name for path in tmp_path.iterdir()} <= {"endless.h5", "endless.resume.h5", "short.h5"}


def test_closing_stops_what_runs(long: RunSpec, tmp_path: Path, executor: Executor) -> None:
    trial = Trial(long, tmp_path / "endless.h5")
    events = run_trials([trial], executor)
    until(events, lambda event: event.state == "running" and event.iteration > 0)
    events.close()
    assert read_report(trial.path) is None
    assert not stop_file(trial.path).exists()
    assert not progress_file(trial.path).exists()
    assert not (tmp_path / "endless.h5.lock").exists()


class Lost(Here):
    """An executor whose worker dies."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        future.set_exception(RuntimeError("the worker died four times"))
        return future


def test_an_executor_that_fails_is_said(small: RunSpec, tmp_path: Path) -> None:
    *_, last = run_trials([Trial(small, tmp_path / "a.h5")], Lost())
    assert (last.state, last.problem) == ("failed", "the worker died four times")
