"""The trials of a table that differ only by their seed, and what they reached."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from math import isfinite, nan
from typing import TYPE_CHECKING

from workbench.experiments.table import label
from workbench.runs.saying import counted

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from workbench.experiments.running import State, TrialEvent

STATES: tuple[State, ...] = ("done", "running", "queued", "failed", "cancelled")


@dataclass(frozen=True)
class TrialGroup:
    """Complete trials with the same factors apart from the seed; their runs form a `RunGroup`."""

    factors: tuple[tuple[str, str], ...]  # without the seed
    runs: tuple[Path, ...]
    accuracies: tuple[float, ...]  # of the test images at the end of each, percent
    trials: int  # complete or not

    @property
    def mean(self) -> float:
        """The mean of the accuracies; NaN where there is none."""
        return sum(self.accuracies) / len(self.accuracies) if self.accuracies else nan

    @property
    def words(self) -> str:
        """A line: the factors, and the mean accuracy with its range over the seeds."""
        name = ", ".join(f"{label(field)} {value}" for field, value in self.factors) or "all"
        of = f"{len(self.accuracies)} of {counted(self.trials, 'seed')}"
        done = counted(self.trials, "seed") if len(self.accuracies) == self.trials else of
        if not self.accuracies:
            return f"{name}: none is complete"
        spread = f", {min(self.accuracies):.2f}–{max(self.accuracies):.2f}" if len(self.accuracies) > 1 else ""
        return f"{name}: test accuracy {self.mean:.2f} % ({done}{spread})"


def grouped(events: Iterable[TrialEvent]) -> tuple[TrialGroup, ...]:
    """The groups of a table, in its order, from the last event of each trial."""
    found: dict[tuple[tuple[str, str], ...], list[TrialEvent]] = defaultdict(list)
    for event in events:
        found[tuple(factor for factor in event.trial.factors if factor[0] != "seed")].append(event)
    return tuple(
        TrialGroup(
            factors,
            tuple(event.trial.path for event in members if event.state == "done"),
            tuple(each.accuracy for each in members if each.state == "done" and isfinite(each.accuracy)),
            len(members),
        )
        for factors, members in found.items()
    )


def counts(events: Iterable[TrialEvent]) -> str:
    """How many trials are in which state: "3 done, 2 running, 7 queued"."""
    found = Counter(event.state for event in events)
    return ", ".join(f"{found[state]} {state}" for state in STATES if found[state])
