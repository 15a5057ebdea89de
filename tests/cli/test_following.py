"""What a training says on a terminal while it goes by."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import pytest

from workbench.cli.following import Stop, followed, stopped_by_signals
from workbench.training.events import Finished, Paused, Progress, Renamed, Saving, Snapshot

if TYPE_CHECKING:
    from collections.abc import Generator

    from workbench.training.events import Event


def diverging() -> Generator[Event, None, None]:
    for iteration in range(20):
        note = "" if iteration < 5 else "the loss is not a finite number"
        yield Progress("training", iteration, 20, iteration / 10, note=note)


def test_what_every_event_says_again_is_said_once(capsys: pytest.CaptureFixture[str]) -> None:
    assert followed(diverging()) == 0
    assert capsys.readouterr().err.count("the loss is not a finite number") == 1


def said(
    events: list[Event], capsys: pytest.CaptureFixture[str], stop: Stop | None = None
) -> tuple[int, str, list[str]]:
    """Exit status, standard output, and the lines of standard error."""
    status = followed((event for event in events), stop)
    out, error = capsys.readouterr()
    return status, out.strip(), error.splitlines()


def test_a_run_that_is_gone_is_told_with_what_comes_next(capsys: pytest.CaptureFixture[str]) -> None:
    paused = Paused("run.h5 was deleted.", "/here/run-recovered.h5")
    renamed = Renamed("/here/run-recovered.h5", "run.h5 was deleted.", (1, 2))
    last = Finished("/here/run-recovered.h5", 3, "finished", "run.h5 was deleted.")
    events = [paused, paused, Saving("/here/run-recovered.h5", "run.h5 was deleted."), renamed, last]
    status, out, lines = said(events, capsys)
    assert (status, out) == (0, "/here/run-recovered.h5: 3 snapshots, finished")
    assert lines == [
        "paused: run.h5 was deleted. It continues as run-recovered.h5 in 30 s; Ctrl-C saves it there and stops it.",
        "saving what was recorded as /here/run-recovered.h5",
        "the run continues in /here/run-recovered.h5",
        "run.h5 was deleted.",
    ]


def test_a_pause_for_the_disk_ends_by_itself(capsys: pytest.CaptureFixture[str]) -> None:
    progress = Progress("training", 1, 2, 0.5)
    assert said([Paused("full."), Paused("full."), progress], capsys)[2] == ["paused: full.", "continuing"]


def test_what_was_not_measured_at_a_stop_is_not_said(capsys: pytest.CaptureFixture[str]) -> None:
    stop = Stop()
    stop.signal = signal.SIGINT
    snapshot = Snapshot(1, 7, 0.5, {"test_accuracy": float("nan")}, ())
    status, out, lines = said([snapshot, Finished("run.h5", 2, "stopped")], capsys, stop)
    assert (status, out) == (130, "run.h5: 2 snapshots, stopped at epoch 0.5")
    assert lines == ["stopping with a last snapshot; interrupt again to stop without it"]


def test_a_training_that_recorded_nothing_does_not_say_it_kept_something(capsys: pytest.CaptureFixture[str]) -> None:
    assert said([Finished("run.h5", 0, "stopped")], capsys)[1] == "run.h5: stopped before anything was recorded"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_first_signal_asks_and_the_second_interrupts(number: signal.Signals) -> None:
    before = signal.getsignal(number)
    signal.signal(number, signal.SIG_DFL if number is signal.SIGTERM else signal.default_int_handler)
    try:
        with stopped_by_signals() as stop:
            assert not stop()
            signal.raise_signal(number)
            assert stop()
            with pytest.raises(KeyboardInterrupt):
                signal.raise_signal(number)
        assert signal.getsignal(number) in (signal.SIG_DFL, signal.default_int_handler)
    finally:
        signal.signal(number, before)


def test_a_signal_that_is_ignored_stays_ignored() -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)  # as for a command in the background
    try:
        with stopped_by_signals() as stop:
            signal.raise_signal(signal.SIGINT)
            assert not stop()
    finally:
        signal.signal(signal.SIGINT, before)
