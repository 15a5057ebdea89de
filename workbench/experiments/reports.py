"""What a trial says while it trains, and is told: two small files beside its run, which any cluster's machines share.

NAME.progress.json is written by the process that trains, NAME.stop by whoever wants it to stop. Both are gone
afterwards. Neither matters for the run: without them it is trained just as well.
"""

from __future__ import annotations

import os
import platform
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, replace
from math import isfinite
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from pathlib import Path

EVERY = 0.5  # seconds between two reports, apart from those of snapshots


@dataclass(frozen=True)
class Report:
    """How far a trial is."""

    iteration: int = 0
    iterations: int = 0
    accuracies: tuple[float | None, ...] = ()  # of the test images at each snapshot, percent; None: not measured
    seconds_left: float | None = None
    worker: str = ""  # who trains: "name.of.machine process 123"
    problem: str = ""  # why it waits


_DECODER = msgspec.json.Decoder(Report)


def progress_file(run: Path) -> Path:
    """The report of the trial whose run is in the file `run`."""
    return run.with_name(f"{run.stem}.progress.json")


def stop_file(run: Path) -> Path:
    """The file that asks the trial to stop."""
    return run.with_name(f"{run.stem}.stop")


def read_report(run: Path) -> Report | None:
    """The newest report; None: nobody trains, or nothing was said yet."""
    try:
        return _DECODER.decode(progress_file(run).read_bytes())
    except (OSError, msgspec.DecodeError):
        return None


def ask_to_stop(run: Path) -> None:
    """Ask whoever trains the run to stop, also somebody on another machine."""
    with suppress(OSError):
        stop_file(run).touch()


def take_back(run: Path) -> None:
    """No longer ask it."""
    with suppress(OSError):
        stop_file(run).unlink(missing_ok=True)


def forget_report(run: Path) -> None:
    """Remove a report that a process left behind which was killed."""
    with suppress(OSError):
        progress_file(run).unlink(missing_ok=True)


class Reporter:
    """Writes the reports of one trial, in a with block, and looks whether it is to stop."""

    def __init__(self, run: Path) -> None:
        self._run = run
        self._report = Report(worker=f"{platform.node()} process {os.getpid()}")
        self._told = self._looked = float("-inf")
        self._stop = False

    def __enter__(self) -> Reporter:
        self._write()
        return self

    def __exit__(self, *error: object) -> None:
        forget_report(self._run)

    @property
    def report(self) -> Report:
        """What was said last, or will be said next."""
        return self._report

    def say(self, **values: object) -> None:
        """Change values of the report. It is written at most twice a second, and at each snapshot."""
        changed = replace(self._report, **values)  # type: ignore[arg-type]
        before = self._report.problem, len(self._report.accuracies)
        urgent = (changed.problem, len(changed.accuracies)) != before
        self._report = changed
        if urgent or time.monotonic() - self._told > EVERY:
            self._write()

    def should_stop(self) -> bool:
        """Whether the trial is to stop; the disk is asked at most twice a second."""
        if not self._stop and time.monotonic() - self._looked > EVERY:
            self._looked = time.monotonic()
            self._stop = stop_file(self._run).exists()
        return self._stop or ending.is_set()

    def _write(self) -> None:
        self._told = time.monotonic()
        target = progress_file(self._run)
        beside = target.with_name(f".{target.name}.{os.getpid()}.part")
        with suppress(OSError):  # a full disk: the run itself will say so
            beside.write_bytes(msgspec.json.encode(self._report))
            os.replace(beside, target)


ending = threading.Event()  # set where this process is to end: its trials stop as if they were asked to


def measured(accuracy: float) -> float | None:
    """An accuracy as a report has it."""
    return accuracy if isfinite(accuracy) else None
