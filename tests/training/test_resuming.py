"""A resumed run is the run that an uninterrupted training would have made, bit for bit but for the seconds."""

from __future__ import annotations

import os
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from torch.nn import functional

from workbench.nets.datasets import load
from workbench.runs.errors import RunError
from workbench.runs.layout import plan
from workbench.runs.run import Run, open_run
from workbench.runs.spec import DataSpec, IterativeSpec, NetSpec, OptimiserSpec, RunSpec, SpecError
from workbench.runs.verify import verify
from workbench.runs.writing.birth import create
from workbench.runs.writing.recorder import Recorder
from workbench.training.events import Event, Finished, Progress, Snapshot, Started
from workbench.training.loop.loop import train
from workbench.training.recording import record_run, rows
from workbench.training.resuming import resumable, resume
from workbench.training.surgery import retraining

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from pathlib import Path

SGD = OptimiserSpec("sgd", learning_rate=0.1, momentum=0.9, weight_decay=1e-3, schedule="cosine")
PLAIN = OptimiserSpec("sgd", learning_rate=0.1, schedule="step")
ADAM = OptimiserSpec("adam", learning_rate=1e-2, weight_decay=1e-3)
CONV = NetSpec("conv2", widths=(4, 6, 8, 8))


class Crash(Exception):
    """As if the process had died."""


def interrupted(events: Generator[Event, None, None], snapshots: int, stop: bool = False) -> None:
    """Follow a recording until so many snapshots of it were seen, and let it crash, or stop it."""
    seen = 0
    with closing(events):
        for event in events:
            seen += isinstance(event, Snapshot)
            if seen == snapshots:
                break
        if not stop:
            with pytest.raises(Crash):
                events.throw(Crash())


def contents(path: Path) -> dict[str, np.ndarray]:
    """All rows of a sound run but the seconds."""
    with open_run(path) as run:
        assert list(verify(run)) == []
        assert run.state == "finished"
        stored = run.rows
        order = [each for each in stored.structure.order if each != "/history/seconds"]
        return {each: stored.block(each, 0, run.snapshots) for each in order}


def assert_equal(path: Path, other: Path) -> None:
    one, another = contents(path), contents(other)
    assert list(one) == list(another)
    for name, block in one.items():
        assert block.tobytes() == another[name].tobytes(), name


def trainings() -> dict[str, Callable[[RunSpec], RunSpec]]:
    def conv(tiny: RunSpec, **fields: Any) -> RunSpec:
        return tiny.changed(net=CONV, **fields)

    return {
        "momentum": lambda tiny: tiny.changed(optimiser=SGD),
        "plain sgd": lambda tiny: tiny.changed(optimiser=PLAIN),
        "adam": lambda tiny: tiny.changed(optimiser=ADAM),
        "augmented convolutions": lambda tiny: conv(
            tiny, optimiser=ADAM, data=replace(tiny.data, augment=True, label_noise=0.2)
        ),
        "channels last, momentum": lambda tiny: conv(tiny, optimiser=SGD),
        "bfloat16": lambda tiny: conv(tiny, optimiser=ADAM, precision="bfloat16"),
        "un-shuffled": lambda tiny: tiny.changed(optimiser=SGD, shuffle=False),
    }


@pytest.mark.parametrize("name", trainings())
@pytest.mark.thinned(2)
def test_a_resumed_run_equals_the_uninterrupted_one(tiny: RunSpec, tmp_path: Path, name: str) -> None:
    spec = trainings()[name](tiny).changed(snapshots="every:4")  # in the midst of an epoch of 9 iterations
    whole, parts = tmp_path / "whole.h5", tmp_path / "parts.h5"
    for _ in record_run(whole, train(spec)):
        pass
    interrupted(record_run(parts, train(spec)), 2)
    interrupted(resume(parts), 2)
    *_, last = resume(parts)
    assert last == Finished(str(parts), 6, "finished")
    assert_equal(whole, parts)
    assert sorted(os.listdir(tmp_path)) == ["parts.h5", "whole.h5"]


def test_dropout_and_batch_norm_go_on_as_well(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    digits = load("digits")
    larger = (functional.pad(each, (12,) * 4) for each in (digits.train_images, digits.test_images))
    framed = replace(digits, **dict(zip(("train_images", "test_images"), larger, strict=True)))
    monkeypatch.setattr("workbench.training.preparation.load", lambda *_: framed)
    net, data = NetSpec("vgg19bn", widths=(4,) * 16 + (6, 6)), DataSpec("digits", classes=(0, 1))
    spec = RunSpec(net, data, SGD, batch_size=32, iterations=3, snapshots="every:1", device="cpu")
    for _ in record_run(tmp_path / "whole.h5", train(spec)):
        pass
    interrupted(record_run(tmp_path / "parts.h5", train(spec)), 2)
    for _ in resume(tmp_path / "parts.h5"):
        pass
    assert_equal(tmp_path / "whole.h5", tmp_path / "parts.h5")


@pytest.mark.parametrize("kept", [2, 4, 7])
@pytest.mark.thinned(3)
def test_units_go_at_the_same_moments_and_without_the_parent(tiny: RunSpec, tmp_path: Path, kept: int) -> None:
    for _ in record_run(tmp_path / "parent.h5", train(tiny)):
        pass
    with open_run(tmp_path / "parent.h5") as parent:
        spec = retraining(parent, ["fc1"], iterative=IterativeSpec(2, 13, 5, 0.25), order="random")
    spec = spec.changed(snapshots="every:2", optimiser=ADAM)
    for _ in record_run(tmp_path / "whole.h5", train(spec)):
        pass
    interrupted(record_run(tmp_path / "parts.h5", train(spec)), kept)
    (tmp_path / "parent.h5").unlink()
    for _ in resume(tmp_path / "parts.h5"):
        pass
    assert_equal(tmp_path / "whole.h5", tmp_path / "parts.h5")


@pytest.mark.parametrize("kept", [0, 1])
def test_a_run_with_its_initialisation_at_most_begins_again(tiny: RunSpec, tmp_path: Path, kept: int) -> None:
    for _ in record_run(tmp_path / "whole.h5", train(tiny)):
        pass
    events = record_run(tmp_path / "parts.h5", train(tiny))
    if kept:
        interrupted(events, 1)
    else:
        next(events)
        with pytest.raises(Crash):
            events.throw(Crash())
    for _ in resume(tmp_path / "parts.h5"):
        pass
    assert_equal(tmp_path / "whole.h5", tmp_path / "parts.h5")


def test_a_run_that_was_stopped_and_cut_goes_on_too(tiny: RunSpec, tmp_path: Path) -> None:
    spec = tiny.changed(snapshots="every:3")
    for _ in record_run(tmp_path / "whole.h5", train(spec)):
        pass
    interrupted(record_run(tmp_path / "parts.h5", train(spec)), 4, stop=True)
    with open_run(tmp_path / "parts.h5") as run:
        assert (run.state, run.capacity, resumable(run)) == ("stopped early", 4, True)
        kept = run.run_id, run.created
    for _ in resume(tmp_path / "parts.h5"):
        pass
    with open_run(tmp_path / "parts.h5") as run:
        assert (run.run_id, run.created) == kept
        assert (np.diff(run.history("seconds")) >= 0).all()
    assert_equal(tmp_path / "whole.h5", tmp_path / "parts.h5")


def test_the_events_of_the_rest_are_those_that_did_not_come(tiny: RunSpec, tmp_path: Path) -> None:
    spec = tiny.changed(snapshots="every:3")
    path = tmp_path / "run.h5"
    interrupted(record_run(path, train(spec)), 4)
    started, *others = resume(path)
    assert isinstance(started, Started)
    assert started.snapshots == (0, 3, 6, 9, 12, 15, 18)
    assert [event.index for event in others if isinstance(event, Snapshot)] == [4, 5, 6]
    assert min((event.iteration for event in others if isinstance(event, Progress)), default=9) >= 9


def test_a_run_that_died_after_its_last_snapshot_is_only_finished(tiny: RunSpec, tmp_path: Path) -> None:
    path = tmp_path / "run.h5"
    started, *others = train(tiny)
    assert isinstance(started, Started)
    create(path, started.spec, started.layers, plan(started.layers, started.parameters, 3), 3, started.title)
    recorder = Recorder(path)
    for event in others:
        if isinstance(event, Snapshot):
            recorder.commit(rows(event))
    recorder.abandon()
    assert list(resume(path)) == [Finished(str(path), 3, "finished")]
    with open_run(path) as run:
        assert run.state == "finished"
    with pytest.raises(RunError, match="is complete"):
        next(resume(path))


def test_what_is_lacking_is_said_before_anything_is_touched(tiny: RunSpec, tmp_path: Path) -> None:
    path, beside = tmp_path / "run.h5", tmp_path / "run.resume.h5"
    spec = tiny.changed(snapshots="every:3")
    interrupted(record_run(path, train(spec)), 4)
    before, state = path.read_bytes(), beside.read_bytes()

    def refused(run: Run, match: str) -> None:
        assert not resumable(run)
        with pytest.raises(RunError, match=match):
            next(resume(path))

    with open_run(path) as run:
        assert resumable(run)
        beside.unlink()
        refused(run, r"run\.resume\.h5, which keeps the optimiser's state, is not next to it")
        beside.write_bytes(b"nonsense")
        refused(run, r"run\.resume\.h5 is not an HDF5 file")
        interrupted(record_run(tmp_path / "other.h5", train(spec)), 4)
        beside.write_bytes((tmp_path / "other.resume.h5").read_bytes())
        refused(run, "does not hold the state at snapshot 3")
        beside.write_bytes(state)
        assert resumable(run)
        with Recorder(path) as recorder:
            with pytest.raises(RunError, match="is being written"):
                list(resume(path))
            recorder.abandon()
    assert path.read_bytes() == before


def test_other_data_than_at_the_beginning_are_refused(
    tiny: RunSpec, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "run.h5"
    interrupted(record_run(path, train(tiny)), 2)
    digits = load("digits")
    fewer = replace(digits, train_images=digits.train_images[:700], train_labels=digits.train_labels[:700])
    monkeypatch.setattr("workbench.training.preparation.load", lambda *_: fewer)
    with pytest.raises(SpecError, match="are not those that it began with"):
        list(resume(path))
    with open_run(path) as run:
        assert (run.snapshots, run.finished) == (2, False)
