"""A sweep over the workers of a dask cluster, one of which is killed in the middle."""

from __future__ import annotations

import os
import re
import signal
from contextlib import ExitStack, closing
from typing import TYPE_CHECKING

import pytest
from warm_children import start_python

from workbench.experiments import finished, product, run_trials, running
from workbench.experiments.cluster import cluster
from workbench.experiments.training import train_trial
from workbench.runs.collection.groups import groups_among
from workbench.runs.run import open_run
from workbench.runs.verify import verify

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from workbench.experiments import Trial, TrialEvent
    from workbench.runs.run import Run
    from workbench.runs.spec import RunSpec

distributed = pytest.importorskip("distributed")
pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::DeprecationWarning")
WORKER = ("-m", "distributed.cli.dask_worker")
LONG = 750  # iterations: the kill must come in the middle of some
OPTIONS = ("--nthreads", "1", "--no-nanny", "--no-dashboard", "--memory-limit", "0")


@pytest.fixture(scope="module")
def scheduler(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a scheduler with two workers, each a process of its own."""
    options = {"n_workers": 0, "processes": False, "protocol": "tcp://", "dashboard_address": "127.0.0.1:0"}
    with distributed.LocalCluster(host="127.0.0.1", **options) as cluster, ExitStack() as stack:
        address, folder = cluster.scheduler_address, tmp_path_factory.mktemp("workers")
        for name in ("one", "two"):
            place = ("--name", name, "--local-directory", str(folder / name))
            process = start_python(*WORKER, address, *OPTIONS, *place, stdout=None, stderr=None)
            stack.callback(process.wait)
            stack.callback(process.kill)
        yield address


def process_of(event: TrialEvent) -> int:
    found = re.search(r"process (\d+)", event.worker)
    assert found is not None
    return int(found[1])


def rows(run: Run, snapshots: int, but: str = "nothing") -> list[bytes]:
    order = run.rows.structure.order
    return [run.rows.block(name, 0, snapshots).tobytes() for name in order if but not in name]


def test_a_sweep_survives_the_kill_of_a_worker(
    scheduler: str, small: RunSpec, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "POLL", 0.02)  # seconds
    long = small.changed(iterations=LONG, snapshots="every:50")
    trials = product(long, {}, tmp_path, repeats=3)
    trials += product(small, {"optimiser.learning_rate": (0.05, 0.2, 0.3)}, tmp_path, repeats=3)
    assert len(trials) == 12
    with cluster(scheduler, tmp_path) as (executor, _), closing(run_trials(trials, executor)) as events:
        killed, seen = kill_amid(events)
        with open_run(killed.trial.path) as before:
            held, marks = before.snapshots, rows(before, before.snapshots)
            name = before.run_id, before.identity[:2]
        last = finished(event for event in seen_and_rest(seen, events))
    assert [event.state for event in last.values()] == ["done"] * 12
    assert {event.trial for event in last.values()} == set(trials)
    took_up = last[killed.trial.path]
    assert process_of(took_up) != process_of(killed)
    with ExitStack() as stack:
        runs = [stack.enter_context(open_run(trial.path)) for trial in trials]
        assert all(run.state == "finished" and not list(verify(run)) for run in runs)
        assert [len(group.runs) for group in groups_among(runs)] == [3] * 4
        after = next(run for run in runs if run.path == killed.trial.path)
        assert held > 2
        assert (after.run_id, after.identity[:2]) == name  # the file was never made anew
        assert rows(after, held) == marks  # nor were its snapshots: their seconds are the same too
        assert rows(after, after.snapshots, "seconds") == alone(killed.trial, tmp_path / "alone.h5")
    assert not list(tmp_path.glob("*.stop")) + list(tmp_path.glob("*.progress.json")) + list(tmp_path.glob("*.lock"))


def kill_amid(events: Iterator[TrialEvent]) -> tuple[TrialEvent, list[TrialEvent]]:
    """Kill the worker of the first trial that is well under way; its last event, and all until then."""
    seen = []
    for event in events:
        seen.append(event)
        if event.iterations == LONG and event.state == "running" and 3 <= len(event.accuracies) < 12:
            os.kill(process_of(event), signal.SIGKILL)
            return event, seen
    raise AssertionError("no trial was seen under way")


def seen_and_rest(seen: list[TrialEvent], events: Iterator[TrialEvent]) -> Iterator[TrialEvent]:
    yield from seen
    yield from events


def alone(trial: Trial, path: Path) -> list[bytes]:
    """The same training without an interruption."""
    other = trial.__class__(trial.spec, path)
    assert train_trial(other).state == "done"
    with open_run(path) as run:
        return rows(run, run.snapshots, "seconds")


def test_what_keeps_a_sweep_from_a_cluster_is_said(scheduler: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"does not see .*/gone: choose a folder that all machines share"):
        cluster(scheduler, tmp_path / "gone").__enter__()
