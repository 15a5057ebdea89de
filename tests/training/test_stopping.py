"""A training that is stopped keeps where it stopped, and what follows is as if it had not been."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from workbench.runs.run import open_run
from workbench.runs.spec import IterativeSpec, OptimiserSpec, RunSpec
from workbench.runs.verify import verify
from workbench.training.events import Finished, Progress, Snapshot, Started
from workbench.training.loop import loop
from workbench.training.loop.loop import train
from workbench.training.loop.steps import Steps
from workbench.training.recording import record_run
from workbench.training.resuming import resumable, resume
from workbench.training.surgery import retraining

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from workbench.training.loop.tally import Tally

    Stop = Callable[[int], Callable[[], bool]]

PLANNED = [0, 5, 10, 15, 18]
ADAM = OptimiserSpec("adam", learning_rate=1e-2)


@pytest.fixture
def after(monkeypatch: pytest.MonkeyPatch) -> Stop:
    """Gives a `should_stop` that becomes true after so many steps from now."""
    steps = 0
    real = Steps.step

    def step(training: Steps, tally: Tally) -> None:
        nonlocal steps
        real(training, tally)
        steps += 1

    monkeypatch.setattr(Steps, "step", step)

    def stop(count: int) -> Callable[[], bool]:
        limit = steps + count
        return lambda: steps >= limit

    return stop


def stopped(path: Path, spec: RunSpec, should_stop: Callable[[], bool]) -> Finished:
    *_, last = record_run(path, train(spec, should_stop=should_stop), should_stop)
    assert isinstance(last, Finished)
    return last


def rows_at(path: Path, iterations: list[int]) -> dict[str, np.ndarray]:
    """All rows at these iterations of a sound run, but the seconds."""
    with open_run(path) as run:
        assert list(verify(run)) == []
        here = np.flatnonzero(np.isin(run.iterations, iterations))
        assert run.iterations[here].tolist() == iterations
        stored = run.rows
        order = [each for each in stored.structure.order if each != "/history/seconds"]
        return {each: stored.block(each, 0, run.snapshots)[here] for each in order}


def assert_equal_at(path: Path, whole: Path, iterations: list[int]) -> None:
    rows, expected = rows_at(path, iterations), rows_at(whole, iterations)
    assert list(rows) == list(expected)
    for name, block in rows.items():
        assert block.tobytes() == expected[name].tobytes(), name


def iterations(path: Path) -> list[int]:
    with open_run(path) as run:
        values: list[int] = run.iterations.astype(int).tolist()
        return values


@pytest.mark.parametrize("steps", [2, 5, 7, 16], ids=["before the first", "at one", "between", "before the last"])
@pytest.mark.thinned(2)
def test_a_stop_keeps_the_network_where_it_is_and_the_rest_is_as_without_it(
    tiny: RunSpec, tmp_path: Path, after: Stop, steps: int
) -> None:
    spec = tiny.changed(snapshots="every:5", optimiser=ADAM)
    whole, path = tmp_path / "whole.h5", tmp_path / "run.h5"
    for _ in record_run(whole, train(spec)):
        pass
    kept = [each for each in PLANNED if each < steps] + [steps]
    assert stopped(path, spec, after(steps)) == Finished(str(path), len(kept), "stopped")
    assert iterations(path) == kept
    with open_run(path) as run:
        assert (run.state, run.capacity, resumable(run)) == ("stopped early", len(kept), True)
        assert np.isfinite(run.test_accuracy).all()
    started, *_, last = resume(path)
    everything = sorted({*PLANNED, steps})
    assert isinstance(started, Started)
    assert started.snapshots == tuple(everything)
    assert last == Finished(str(path), len(everything), "finished")
    assert iterations(path) == everything
    assert_equal_at(path, whole, PLANNED)
    assert sorted(each.name for each in tmp_path.iterdir()) == ["run.h5", "whole.h5"]


def test_the_network_at_the_stop_is_that_of_a_training_which_keeps_every_iteration(
    tiny: RunSpec, tmp_path: Path, after: Stop
) -> None:
    path = tmp_path / "run.h5"
    stopped(path, tiny.changed(snapshots="every:6"), after(8))
    snapshots = [event for event in train(tiny.changed(snapshots="every:1")) if isinstance(event, Snapshot)]
    with open_run(path) as run:
        for key, value in run.parameters(-1).items():
            assert np.array_equal(value, snapshots[8].parameters[key])
        assert run.test_accuracy[-1] == snapshots[8].test_accuracy
        losses = [each.history["train_loss"] for each in snapshots[7:9]]  # 7 and 8: since the snapshot at 6
        assert run.train_loss[-1] == pytest.approx(np.mean(losses), rel=1e-12)


def test_a_training_may_be_stopped_again_and_again(tiny: RunSpec, tmp_path: Path, after: Stop) -> None:
    whole, path = tmp_path / "whole.h5", tmp_path / "run.h5"
    for _ in record_run(whole, train(tiny)):
        pass
    with open_run(whole) as parent:
        spec = retraining(parent, ["fc1"], iterative=IterativeSpec(2, 13, 5, 0.25))
    spec = spec.changed(snapshots="every:5", optimiser=ADAM)
    for _ in record_run(tmp_path / "pruned.h5", train(spec)):
        pass
    stopped(path, spec, after(3))
    for steps in (4, 1, 1, 8):
        should_stop = after(steps)
        for _ in resume(path, should_stop=should_stop):
            pass
    assert iterations(path) == [0, 3, 5, 7, 8, 9, 10, 15, 17]
    for _ in resume(path):
        pass
    assert iterations(path) == [0, 3, 5, 7, 8, 9, 10, 15, 17, 18]
    assert_equal_at(path, tmp_path / "pruned.h5", PLANNED)


def test_what_takes_too_long_to_measure_at_a_stop_is_left_open(
    tiny: RunSpec, tmp_path: Path, after: Stop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loop, "MEASURING", -1.0)
    path = tmp_path / "run.h5"
    stopped(path, tiny, after(4))
    with open_run(path) as run:
        assert run.iterations.tolist() == [0, 4]
        for name in ("validation_loss", "validation_accuracy", "test_loss", "test_accuracy"):
            assert np.isfinite(run.history(name)).tolist() == [True, False]
        assert run.layer("fc1").activity(1) is None
        assert np.isfinite(run.layer("fc1").eigenvalues(1)).all()
        assert np.isfinite(run.train_loss).all()
        assert list(verify(run)) == []
    *_, last = resume(path)
    assert last == Finished(str(path), 4, "finished")


def test_a_stop_before_the_first_step_keeps_nothing(tiny: RunSpec, tmp_path: Path, after: Stop) -> None:
    path = tmp_path / "run.h5"
    calls = iter([False])
    assert stopped(path, tiny, lambda: next(calls, True)) == Finished(str(path), 0, "stopped")


def test_states_of_an_earlier_version_are_gone_on_with(
    tiny: RunSpec, tmp_path: Path, after: Stop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They lack the sums behind the running means."""
    spec = tiny.changed(snapshots="every:5", optimiser=ADAM)
    whole, path = tmp_path / "whole.h5", tmp_path / "run.h5"
    for _ in record_run(whole, train(spec)):
        pass
    with monkeypatch.context() as patch:
        state_of = loop.state_of

        def earlier(*of: Any) -> dict[str, Any]:
            return {name: row for name, row in state_of(*of).items() if name != "since_snapshot"}

        patch.setattr(loop, "state_of", earlier)
        stopped(path, spec, after(10))
    for _ in resume(path, should_stop=after(5)):
        pass
    for _ in resume(path):
        pass
    assert_equal_at(path, whole, PLANNED)


@pytest.mark.parametrize(("interval", "signs"), [(0.0, 18), (math.inf, 0)])
def test_a_sign_of_life_comes_after_a_step_if_the_last_is_long_enough_ago(
    tiny: RunSpec, monkeypatch: pytest.MonkeyPatch, interval: float, signs: int
) -> None:
    monkeypatch.setattr(loop, "PROGRESS_INTERVAL", interval)
    seen = [each.phase for each in train(tiny) if isinstance(each, Progress)]
    assert seen.count("training") == signs
