"""Durations, sizes and the state of a training in plain words."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from workbench.analysis.intervals import over_repeats
from workbench.figures.groups.trainings import interval_words
from workbench.runs import pace
from workbench.runs.collection.groups import RunGroup
from workbench.runs.layout import HISTORY_FIELDS
from workbench.runs.saying import counted

if TYPE_CHECKING:
    from workbench.gui.state.course import Training
    from workbench.runs.run import Run


def in_words(seconds: float) -> str:
    """A duration as one would say it: "12 s", "3 min", "2 h 5 min", "3 days 4 h"."""
    if seconds < 1:
        return "under 1 s"
    if seconds < 99.5:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    if minutes < 100:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    if hours < 48:
        return f"{hours} h {minutes} min"
    return f"{hours // 24} days {hours % 24} h"


def size_in_words(size: float) -> str:
    """A number of bytes with a unit of thousands: "6.2 MB"."""
    if size < 999.5:
        return counted(round(size), "byte")
    for unit in ("kB", "MB", "GB"):
        size /= 1000
        if size < 999.5:
            return f"{size:.0f} {unit}" if size >= 99.5 else f"{size:.2g} {unit}"
    return f"{size / 1000:.3g} TB"


def goes(training: Training) -> str:
    """The state of a training in one line that fits a narrow panel, and how much time is left."""
    progress = training.progress
    if training.silent:
        return training.silent
    if training.saving is not None:
        return f"saving what was recorded as {training.saving.name}…"
    if training.stopping:
        return "stopping with a last snapshot…"
    if training.paused:
        return f"paused; it continues automatically when it can: {training.paused}"
    if progress is None:
        return "starting: loading the network and the data…"
    doing = "training" if progress.phase == "training" else "measuring"
    parts = [f"{doing}: iteration {progress.iteration:,} of {progress.iterations:,}"]
    if math.isfinite(training.pace):
        parts.append(f"{training.pace:,.0f} it/s" if training.pace >= 99.5 else f"{training.pace:.2g} it/s")
    if left := pace.in_words(progress.estimate):
        parts.append(left)
    note = f"{training.note}; " if training.note else ""
    return note + ", ".join(parts)


def went(run: Run | RunGroup) -> str:
    """How the training of a stored run went, in one line; of a group its mean test accuracy at the end."""
    if isinstance(run, RunGroup):
        found = interval_words(over_repeats(run.histories("test_accuracy")[:, -1]), 2, " %")
        return f"{found and f'test {found}, '}mean of {run.trainings}"
    seconds, last, planned = run.history("seconds")[-1], run.iterations[-1], run.spec.iterations
    accuracy = run.test_accuracy[-1]
    result = f": test {accuracy:.1f} %" if math.isfinite(accuracy) else ""
    if run.spec.origin is not None and run.spec.origin.how == "imported":
        curves = [run.history(name) for name in HISTORY_FIELDS if name.endswith(("_loss", "_accuracy"))]
        known = any(math.isfinite(value) for curve in curves for value in curve)
        stored = counted(run.snapshots, "snapshot")
        return f"imported, {stored}{result if known else '; the files contain no losses or accuracies'}"
    duration = in_words(seconds) if math.isfinite(seconds) else "unknown time"
    complete = planned is None or last >= planned
    if complete and run.finished:
        return f"finished in {duration}{result}"
    state = "stopped" if run.finished else "recorded so far"
    of = "" if planned is None else f" of {planned:,}"
    return f"{state} at iteration {last:,.0f}{of} after {duration}{result}"


def title_of(source: Run | RunGroup) -> str:
    """The title of a run, the name of a group."""
    return source.name if isinstance(source, RunGroup) else source.title


def accuracies_now(training: Training) -> str:
    """The newest accuracy of each part of the data, in words; "" where none is known."""
    known = [f"{part} {trace.y[-1]:.1f} %" for part, trace in training.accuracy.items() if len(trace)]
    return f"accuracy: {', '.join(known)}" if known else ""
