"""A sweep as it goes by on a terminal: a table that is drawn again and again, or a line for each change."""

from __future__ import annotations

import shutil
import sys
import time
from math import isfinite
from typing import TYPE_CHECKING, TextIO

from workbench.cli.console import HANDLER
from workbench.cli.terminal import plain
from workbench.experiments.groups import counts
from workbench.experiments.table import label
from workbench.runs.pace import Estimate, in_words

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from workbench.experiments.running import TrialEvent
    from workbench.experiments.table import Trial

BARS = "▁▂▃▄▅▆▇█"
CURVE = 12  # characters of an accuracy's curve
BAR = 10  # of a progress bar
EVERY = 0.2  # seconds between two pictures
UP, CLEAR = "\x1b[{}F", "\x1b[J"  # to the beginning of a line above; what is below goes
ORDER = ("failed", "running", "cancelled", "done", "queued")  # which rows are shown where there is no room for all


def sparkline(accuracies: Sequence[float | None], width: int = CURVE) -> str:
    """A curve of at most `width` characters, from the lowest to the highest accuracy."""
    known = [each for each in accuracies if each is not None and isfinite(each)]
    if not known:
        return ""
    if len(known) > width:
        known = [known[round(at * (len(known) - 1) / (width - 1))] for at in range(width)]
    low, high = min(known), max(known)
    return "".join(BARS[round((each - low) / (high - low) * (len(BARS) - 1)) if high > low else 0] for each in known)


def named(trial: Trial) -> str:
    """What tells a trial from the others, in few words."""
    return "  ".join(f"{label(name)} {value}" for name, value in trial.factors) or trial.name


def row(event: TrialEvent, width: int = 0) -> str:
    """One line about a trial, its name in `width` characters."""
    filled = round(event.progress * BAR)
    bar = "█" * filled + "·" * (BAR - filled)
    accuracy = f"{event.accuracy:6.2f} %" if isfinite(event.accuracy) else " " * 8
    about = event.problem
    if not about and event.state == "running" and event.seconds_left is not None:
        about = in_words(Estimate(event.progress, event.seconds_left))
    about = about or ("kept" if event.kept else "")
    state = f"{event.state:<9}"
    return f"{named(event.trial):<{width}}  {state} {bar} {accuracy} {sparkline(event.accuracies):<{CURVE}} {about}"


class LiveTable:
    """Shows the newest event of each trial, in a with block."""

    def __init__(self, trials: Sequence[Trial], stream: TextIO | None = None) -> None:
        self._stream = stream or sys.__stdout__ or sys.stdout
        self._is_terminal = self._stream.isatty()
        self._width = max((len(named(trial)) for trial in trials), default=0)
        self._total = len(trials)
        self._newest: dict[Path, TrialEvent] = {}
        self._drawn, self._lines = float("-inf"), 0

    def __enter__(self) -> LiveTable:
        return self

    def __exit__(self, *error: object) -> None:
        if self._is_terminal:
            self._draw()

    def take(self, event: TrialEvent | None) -> None:
        """Note how a trial is now; None: nothing new."""
        if event is not None:
            before = self._newest.get(event.trial.path)
            self._newest[event.trial.path] = event
            if not self._is_terminal and (before is None or before.state != event.state):
                self._say_state(event, before)
        if self._is_terminal and time.monotonic() - self._drawn > EVERY:
            self._draw()

    def say(self, text: str) -> None:
        """A line above the table, or among the lines."""
        if self._is_terminal:
            self._write(UP.format(self._lines) + CLEAR if self._lines else "")
            self._lines = 0
            self._write(self._fitting(text) + "\n")
            self._draw()
        else:
            print(text, flush=True)

    def _say_state(self, event: TrialEvent, before: TrialEvent | None) -> None:
        if before is None and event.state == "queued":
            return
        ended = sum(each.settled for each in self._newest.values())
        accuracy = (
            f", test accuracy {event.accuracy:.2f} %" if event.state == "done" and isfinite(event.accuracy) else ""
        )
        curve = f" {sparkline(event.accuracies)}" if event.state == "done" else ""
        about = f": {event.problem}" if event.problem else " (kept)" if event.kept else ""
        where = f" on {event.worker}" if event.state == "running" and event.worker else ""
        print(f"{event.trial.name}: {event.state}{where}{accuracy}{curve}{about} [{ended}/{self._total}]", flush=True)

    def _draw(self) -> None:
        self._drawn = time.monotonic()
        room = shutil.get_terminal_size()
        lines = self._rows(max(1, room.lines - 3))
        lines.append(counts(self._newest.values()))
        up = UP.format(self._lines) if self._lines else ""
        self._write(up + CLEAR + "".join(f"{self._fitting(line, room.columns)}\n" for line in lines))
        self._lines = len(lines)

    def _rows(self, most: int) -> list[str]:
        """As many rows as there is room for, in the order of the table."""
        events = list(self._newest.values())
        if len(events) > most:
            urgent = sorted(range(len(events)), key=lambda number: ORDER.index(events[number].state))
            events = [events[number] for number in sorted(urgent[: most - 1])]
            hidden = len(self._newest) - len(events)
            return [*(row(event, self._width) for event in events), f"… and {hidden} more"]
        return [row(event, self._width) for event in events]

    def _fitting(self, text: str, columns: int | None = None) -> str:
        columns = columns or shutil.get_terminal_size().columns
        return plain(text)[: max(columns - 1, 20)].rstrip()

    def _write(self, text: str) -> None:
        """Straight to the terminal: the codes that move the cursor are ours, all else went through `plain`."""
        encoding = self._stream.encoding or "utf-8"
        self._stream.write(text.encode(encoding, HANDLER).decode(encoding))
        self._stream.flush()
