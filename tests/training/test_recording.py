"""A training recorded into a run file: what is in it, however the training ends."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import numpy as np
import pytest

from workbench.runs.errors import DiskFull
from workbench.runs.run import open_run
from workbench.runs.verify import verify
from workbench.runs.writing.recorder import Recorder
from workbench.training import recording
from workbench.training.events import Event, Finished, Paused, Progress, Renamed, Saving, Snapshot, Started
from workbench.training.loop.loop import train
from workbench.training.recording import record_run
from workbench.training.resuming import resumable, resume

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from pathlib import Path

    from workbench.runs.spec import RunSpec


def test_a_recorded_run_holds_every_snapshot_as_it_was_trained(tiny: RunSpec, tmp_path: Path) -> None:
    path = tmp_path / "run.h5"
    events = list(record_run(path, train(tiny)))
    started, snapshots = events[0], [event for event in events if isinstance(event, Snapshot)]
    assert isinstance(started, Started)
    assert events[-1] == Finished(str(path), 3, "finished")
    with open_run(path) as run:
        assert (run.snapshots, run.finished, run.spec, run.title) == (3, True, started.spec, started.title)
        for snapshot in snapshots:
            for key, value in run.parameters(snapshot.index).items():
                assert np.array_equal(value, snapshot.parameters[key])
            for layer in run.layers:
                assert np.array_equal(layer.eigenvalues(snapshot.index), snapshot.spectrum[layer.name])
                assert np.array_equal(layer.activity(snapshot.index), snapshot.activity[layer.name])
            for name, number in snapshot.history.items():
                assert run.history(name)[snapshot.index] == number
            assert tuple(run.history("test_accuracy_per_class")[snapshot.index]) == snapshot.test_accuracy_per_class
        assert not list(verify(run))
    assert path.stat().st_size <= started.bytes
    assert [each.name for each in tmp_path.iterdir()] == ["run.h5"]


def test_a_snapshot_is_readable_when_its_event_arrives(tiny: RunSpec, tmp_path: Path) -> None:
    path = tmp_path / "run.h5"
    for event in record_run(path, train(tiny)):
        if isinstance(event, Snapshot):
            with open_run(path) as run:
                assert run.snapshots == event.index + 1


@pytest.mark.parametrize("kept", [0, 1, 3])
def test_closing_the_recording_early_leaves_a_finished_compact_file(long: RunSpec, tmp_path: Path, kept: int) -> None:
    path = tmp_path / "run.h5"
    recording = record_run(path, train(long.changed(iterations=1_000, snapshots="every:2")))
    seen = 0
    for event in recording:
        seen += isinstance(event, Snapshot)
        if seen == kept:
            break
    recording.close()
    with open_run(path) as run:
        assert (run.snapshots, run.capacity, run.finished) == (kept, max(1, kept), True)
    beside = ["run.resume.h5"] if kept > 1 else []  # the initialisation follows from the specification
    assert sorted(each.name for each in tmp_path.iterdir()) == ["run.h5", *beside]


def test_a_stopped_training_ends_with_a_word_about_it(long: RunSpec, tmp_path: Path) -> None:
    path = tmp_path / "run.h5"
    *_, last = record_run(path, train(long, should_stop=lambda: path.exists()))
    assert last == Finished(str(path), 0, "stopped")


def test_a_training_stopped_before_its_file_is_made_leaves_none(long: RunSpec, tmp_path: Path) -> None:
    path = tmp_path / "run.h5"
    with closing(record_run(path, train(long), should_stop=lambda: True)) as events:
        assert next(events) == Finished(str(path), 0, "stopped")
        assert not list(events)
    assert not list(tmp_path.iterdir())


def test_an_error_of_the_training_goes_on_to_the_caller_and_the_run_is_unfinished(
    tiny: RunSpec, tmp_path: Path
) -> None:
    path = tmp_path / "run.h5"

    def broken() -> Generator[Event, None, None]:
        for event in train(tiny):
            yield event
            if isinstance(event, Snapshot) and event.index == 1:
                raise ArithmeticError("as the test wants it")

    with pytest.raises(ArithmeticError, match="as the test wants it"):
        list(record_run(path, broken()))
    with open_run(path) as run:
        assert (run.snapshots, run.capacity, run.finished) == (2, 3, False)


def test_an_existing_file_is_refused_before_anything_is_trained(tiny: RunSpec, tmp_path: Path) -> None:
    path = tmp_path / "run.h5"
    path.write_bytes(b"precious")
    with pytest.raises(FileExistsError, match="never overwritten"):
        next(record_run(path, train(tiny)))
    assert path.read_bytes() == b"precious"


def test_a_diverged_training_is_kept_and_its_earlier_snapshots_stay_readable(tiny: RunSpec, tmp_path: Path) -> None:
    path = tmp_path / "run.h5"
    wild = tiny.changed(optimiser=tiny.optimiser.__class__("sgd", learning_rate=1e20))
    notes = [event.note for event in record_run(path, train(wild)) if isinstance(event, Snapshot | Progress)]
    assert "not a finite number" in notes[-1]
    with open_run(path) as run:
        assert run.snapshots == 3
        assert np.isfinite(run.layer("fc1").eigenvalues(0)).all()


def delete(path: Path) -> None:
    path.unlink()


def put_another_in_its_place(path: Path) -> None:
    path.with_name("other").write_bytes(b"precious")
    path.with_name("other").replace(path)


@pytest.mark.parametrize("at", [1, 2], ids=["midway", "at the natural end"])
@pytest.mark.parametrize("how", [delete, put_another_in_its_place])
def test_where_nobody_can_be_asked_a_run_that_is_gone_goes_on_under_a_free_name_after_a_while(
    tiny: RunSpec, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: Callable[[Path], None], at: int
) -> None:
    monkeypatch.setattr(recording, "RETRY", 0.02)
    monkeypatch.setattr(recording, "PATIENCE", 0.1)
    path, saved = tmp_path / "run.h5", tmp_path / "run-recovered.h5"
    seen: list[Event] = []
    for event in record_run(path, train(tiny)):
        seen.append(event)
        if isinstance(event, Snapshot) and event.index == at:
            how(path)
    pauses = [event for event in seen if isinstance(event, Paused)]
    assert len(pauses) > 1  # time to put it back
    assert {event.other_name for event in pauses} == {str(saved)}
    assert [type(event) for event in seen if isinstance(event, Saving | Renamed)] == [Saving, Renamed]
    last = seen[-1]
    assert isinstance(last, Finished)
    assert (last.path, last.snapshots, last.reason) == (str(saved), 3, "finished")
    assert last.note == pauses[0].problem
    with open_run(saved) as run:
        assert (run.snapshots, run.finished, list(verify(run))) == (3, True, [])
    beside = [] if how is delete else ["run.h5"]
    assert sorted(each.name for each in tmp_path.iterdir()) == ["run-recovered.h5", *beside]
    assert not beside or path.read_bytes() == b"precious"


def test_a_stop_while_there_is_no_room_ends_the_training(
    tiny: RunSpec, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(recorder: Recorder, _rows: object) -> None:
        raise DiskFull(recorder.path, "cannot grow: the disk is full", "make room")

    monkeypatch.setattr(recording, "RETRY", 0.01)
    pauses: list[Event] = []
    events = record_run(tmp_path / "run.h5", train(tiny), should_stop=lambda: bool(pauses))
    for number, event in enumerate(events):
        assert number < 500, "it goes on for ever"
        if isinstance(event, Snapshot):
            monkeypatch.setattr(Recorder, "commit", refuse)
        pauses += [event] if isinstance(event, Paused) else []
    assert isinstance(event, Finished)
    assert (len(pauses), event.snapshots, event.reason) == (1, 1, "stopped")


def test_it_is_noticed_between_two_snapshots(long: RunSpec, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recording, "LOOK", 0.0)
    path = tmp_path / "run.h5"
    with closing(record_run(path, train(long))) as events:
        for event in events:
            if isinstance(event, Snapshot):
                path.unlink()
            elif isinstance(event, Paused):
                break
        assert "was deleted while it was being written" in event.problem
    with open_run(tmp_path / "run-recovered.h5") as run:  # closing it gives nothing up
        assert (run.snapshots, run.finished) == (1, True)


def test_a_run_that_is_put_back_goes_on_by_itself(
    tiny: RunSpec, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recording, "RETRY", 0.02)
    path, aside = tmp_path / "run.h5", tmp_path / "aside.h5"
    pauses = 0
    for event in record_run(path, train(tiny)):
        if isinstance(event, Snapshot) and event.index == 1:
            path.rename(aside)
        elif isinstance(event, Paused):
            pauses += 1
            if pauses == 3:
                aside.rename(path)
    assert event == Finished(str(path), 3, "finished")
    with open_run(path) as run:
        assert run.snapshots == 3


def test_after_an_error_a_run_that_is_gone_is_saved_unfinished(tiny: RunSpec, tmp_path: Path) -> None:
    path = tmp_path / "run.h5"
    events = record_run(path, train(tiny))
    for event in events:
        if isinstance(event, Snapshot) and event.index == 1:
            path.unlink()
            break
    with pytest.raises(ArithmeticError):
        events.throw(ArithmeticError())
    with open_run(tmp_path / "run-recovered.h5") as run:
        assert (run.snapshots, run.finished, resumable(run)) == (2, False, True)
    *_, last = resume(tmp_path / "run-recovered.h5")
    assert last == Finished(str(tmp_path / "run-recovered.h5"), 3, "finished")
