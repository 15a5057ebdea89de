"""The window of a sweep: its table, live, and what can be done with the trainings in it."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QAbstractItemView, QDialog, QHBoxLayout, QHeaderView, QPushButton, QTableView, QVBoxLayout
from shiboken6 import isValid

from workbench.experiments.groups import counts, grouped
from workbench.experiments.machine import this_machine
from workbench.experiments.running import Steering, TrialEvent, steps
from workbench.gui.widgets.plain_text import ElidedLabel
from workbench.gui.widgets.run_table import CurveDelegate
from workbench.gui.widgets.screens import open_up
from workbench.gui.work.sweeping.table import ProgressDelegate, SweepTable
from workbench.runs.saying import counted

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence
    from pathlib import Path

    from PySide6.QtCore import QItemSelection

    from workbench.experiments.room import Room
    from workbench.experiments.table import Trial
    from workbench.gui.background.jobs import Job
    from workbench.gui.work.workshop import Workshop

WIDTHS = {"State": 75, "Progress": 100, "Left": 95, "Test (%)": 65, "Accuracy": 110, "seed": 45}
FACTOR = 100  # pixels of any other column


@dataclass(frozen=True)
class Step:
    """What happened to one trial, and how far all of them are."""

    event: TrialEvent
    fraction: float


@dataclass(frozen=True)
class Options:
    """How a table is trained."""

    workers: int | None = None  # None: as many as fit
    root: str | None = None
    download: bool = False


def swept(trials: Sequence[Trial], options: Options, steering: Steering) -> Generator[Step | Room | None, None, None]:
    """The events of a table trained on this machine: first the room, then a step for each change."""
    with this_machine([trial.spec for trial in trials], options.workers) as (executor, found):
        yield found
        progress: dict[Path, float] = {}
        with closing(steps(trials, executor, options.root, options.download, steering)) as events:
            for event in events:
                if event is None:
                    yield None
                    continue
                progress[event.trial.path] = 1.0 if event.settled else event.progress
                yield Step(event, sum(progress.values()) / len(trials))


class SweepWindow(QDialog):
    """A window of its own beside the main one. Closed, it is hidden while trainings run, and they go on."""

    def __init__(self, shop: Workshop, trials: Sequence[Trial], options: Options) -> None:
        super().__init__(shop.window)
        folder = trials[0].path.parent
        self.setWindowTitle(f"Sweep: {folder.name}")
        open_up(self, 1080, 520)
        self._shop, self._trials, self._options = shop, tuple(trials), options
        self._steering = Steering()
        self._job: Job | None = None
        self._room = ""
        self.model = SweepTable(trials, self)
        self.table = self._make_table()
        self.line = ElidedLabel()
        self.line.setText(f"{folder}: {counted(len(trials), 'training')}")
        self._arrange()
        self.table.selectionModel().selectionChanged.connect(self._on_selection_changed)
        self.table.activated.connect(lambda _index: self._open())
        self._show_possible()

    @property
    def running(self) -> bool:
        """Whether something may still be trained."""
        return self._job is not None

    def start(self, trials: Sequence[Trial] | None = None) -> None:
        """Train these, or all, as far as they are not complete."""
        trials = self._trials if trials is None else trials
        self._steering = Steering()
        events = swept(trials, self._options, self._steering)
        title = f"sweep of {counted(len(trials), 'training')}"
        self._job = self._shop.jobs.start(events, self._on_step, self._shop.notices.tell_error, self._on_ended, title)

    def chosen(self) -> list[int]:
        """The selected rows."""
        return sorted(index.row() for index in self.table.selectionModel().selectedRows())

    # --- building ---

    def _make_table(self) -> QTableView:
        table = QTableView()
        table.setAccessibleName("Trainings of the sweep")
        table.setModel(self.model)
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        table.setAlternatingRowColors(True)
        table.setShowGrid(False)
        table.setTabKeyNavigation(False)
        heads = self.model.heads
        table.setItemDelegateForColumn(heads.index("Progress"), ProgressDelegate(table))
        table.setItemDelegateForColumn(heads.index("Accuracy"), CurveDelegate(table))
        table.verticalHeader().hide()
        table.verticalHeader().setDefaultSectionSize(table.fontMetrics().height() + 10)
        for column, head in enumerate(heads):
            table.setColumnWidth(column, WIDTHS.get(head, FACTOR))
        table.horizontalHeader().setSectionResizeMode(len(heads) - 1, QHeaderView.ResizeMode.Stretch)
        return table

    def _arrange(self) -> None:
        self.cancel_button = QPushButton("Cancel")
        self.cancel_button.setToolTip("Stop the selected trainings; what they have is kept")
        self.retry_button = QPushButton("Try again")
        self.retry_button.setToolTip("Train the selected ones that failed or were cancelled; they resume")
        self.open_button = QPushButton("Open")
        self.open_button.setToolTip("Show the selected runs in the main window, also while they train")
        self.stop_button = QPushButton("Stop all")
        self.stop_button.setToolTip("Cancel all that are not complete; the same sweep resumes them later")
        deeds = {
            self.cancel_button: self._cancel,
            self.retry_button: self._retry,
            self.open_button: self._open,
            self.stop_button: lambda: self._steering.stop(),
        }
        bottom = QHBoxLayout()
        bottom.addWidget(self.line, 1)
        for button, do in deeds.items():
            button.setAutoDefault(False)
            button.clicked.connect(do)
            bottom.addWidget(button)
        column = QVBoxLayout(self)
        column.addWidget(self.table, 1)
        column.addLayout(bottom)

    # --- what happens ---

    def _on_step(self, step: Step | Room) -> None:
        if not isValid(self):
            return
        if isinstance(step, Step):
            self.model.take(step.event)
        else:
            self._room = f"{step.workers} at a time ({step.bound})"
        self._show_possible()

    def _on_ended(self, _job: Job) -> None:
        self._job = None
        if isValid(self):
            for event in self.model.events:
                if not event.settled:  # the job was stopped from outside
                    self.model.take(
                        TrialEvent(event.trial, "cancelled", event.iteration, event.iterations, event.accuracies)
                    )
            self._show_possible()

    def _on_selection_changed(self, _new: QItemSelection, _old: QItemSelection) -> None:
        self._show_possible()

    def _show_possible(self) -> None:
        """What can be done with the selected rows, and how all of them are."""
        states = [self.model.events[row].state for row in self.chosen()]
        self.cancel_button.setEnabled(self.running and any(state in ("queued", "running") for state in states))
        self.retry_button.setEnabled(any(state in ("failed", "cancelled") for state in states))
        self.open_button.setEnabled(bool(self._with_runs()))
        self.stop_button.setEnabled(self.running)
        parts = [counts(self.model.events)]
        if self.running:
            parts.append(self._room)
        else:
            best = max(grouped(self.model.events), key=lambda group: group.mean if group.accuracies else -1.0)
            parts.append(f"best: {best.words}" if best.accuracies else "")
        self.line.setText("; ".join(filter(None, parts)))

    def _cancel(self) -> None:
        for row in self.chosen():
            self._steering.cancel(self.model.events[row].trial.path)

    def _retry(self) -> None:
        events = [self.model.events[row] for row in self.chosen()]
        trials = [event.trial for event in events if event.state in ("failed", "cancelled")]
        if not self.running:
            self.start(trials)
            return
        for trial in trials:
            self._steering.retry(trial.path)

    def _open(self) -> None:
        if paths := self._with_runs():
            self._shop.opener.open(*paths)

    def _with_runs(self) -> list[Path]:
        """The files of the selected trainings that have a snapshot."""
        events = [self.model.events[row] for row in self.chosen()]
        return [event.trial.path for event in events if event.accuracies]
