"""The line at the bottom of the window: what is selected, what is being worked on, device and memory."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QPushButton, QWidget

from workbench.gui.background.process import memory
from workbench.gui.background.ticker import Ticker
from workbench.gui.widgets.plain_text import ElidedLabel, plain_label
from workbench.nets.use import evaluated_on
from workbench.runs.saying import counted

if TYPE_CHECKING:
    from collections.abc import Callable

    from workbench.gui.state.session import Selection
    from workbench.gui.window.main_window import MainWindow

INTERVAL_MS = 250
GAP = 12  # pixels between two things
PARTS = 1000  # of a progress bar


def selection_in_words(selection: Selection, kind: str = "") -> str:
    """What the window looks at: run, layer, snapshot and units; `kind` is what these are called, with their number."""
    place = selection.place
    if place is None:
        return "No run is open"
    parts = [place.name, *([place.layer] if place.layer else [])]
    if place.snapshots:
        parts.append(f"snapshot {place.snapshot} of {place.snapshots - 1}")
    if kind:
        parts.append(f"{kind} selected")
    elif selection.units:
        count = len(selection.units)
        parts.append(f"unit {min(selection.units)} selected" if count == 1 else f"{count} units selected")
    return " · ".join(parts)


def devices_in_words(trained_on: str | None, evaluated_on: str | None) -> tuple[str, str]:
    """Where things run, for the status bar and for its tool tip; None: nothing is trained, or was evaluated."""
    used = {"training": trained_on, "evaluation": evaluated_on}
    known = {what: _device_in_words(device) for what, device in used.items() if device is not None}
    if not known:
        return _device_in_words("cpu"), "Where trainings and evaluations run"
    more = "; ".join(f"{what} runs on {device}" for what, device in known.items())
    apart = " · ".join(f"{what}: {device}" for what, device in known.items())
    return apart if len(set(known.values())) > 1 else next(iter(known.values())), more[0].upper() + more[1:]


def _device_in_words(device: str) -> str:
    if device in ("", "cpu", "auto"):
        return f"CPU, {counted(os.cpu_count() or 1, 'core')}"
    return device.removesuffix(":0")  # "cuda" is the first of them


class JobRow(QWidget):
    """One thing that takes its time: what it is, how far it is, and a button that ends it."""

    def __init__(self, cancel: Callable[[], object]) -> None:
        super().__init__()
        self.title = plain_label("")
        self.bar = QProgressBar()
        self.bar.setFixedWidth(110)
        self.bar.setTextVisible(False)
        self.bar.setMaximumHeight(12)
        self.cancel = QPushButton("Cancel")
        self.cancel.setFlat(True)
        self.cancel.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.cancel.clicked.connect(cancel)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        for widget in (self.title, self.bar, self.cancel):
            row.addWidget(widget)

    def show_progress(self, title: str, fraction: float | None) -> None:
        """The progress, from 0 to 1; None: unknown."""
        self.title.setText(title)
        self.bar.setAccessibleName(f"Progress of {title}")
        self.cancel.setAccessibleName(f"Cancel {title}")
        self.bar.setRange(0, PARTS if fraction is not None else 0)
        if fraction is not None:
            self.bar.setValue(round(PARTS * fraction))


class Status:
    """Fills the window's status bar and keeps it up to date."""

    def __init__(self, window: MainWindow) -> None:
        self._window = window
        bar = window.statusBar()
        bar.setSizeGripEnabled(False)
        bar.setContentsMargins(6, 0, 6, 0)
        self.selection = ElidedLabel()
        self.working = plain_label("")
        self.training = JobRow(self._stop_training)
        self.job = JobRow(window.jobs.stop_titled)
        self.device, self.memory = plain_label(""), plain_label("")
        self.memory.setToolTip("Physical memory in use by the workbench")
        bar.addWidget(self.selection, 1)
        labels: tuple[QWidget, ...] = (self.working, self.job, self.training, self.device, self.memory)
        for widget in labels:
            widget.setContentsMargins(GAP, 0, 0, 0)
            bar.addPermanentWidget(widget)
        self._timer = Ticker(self._show_work, INTERVAL_MS, window)
        self._timer.start()
        window.session.changed.connect(self._on_session_changed)
        window.selecting.found.connect(lambda _chosen: self._on_session_changed(None, window.session.selection))
        window.trainer.changed.connect(self._show_training)
        window.jobs.changed.connect(self._show_jobs)
        self._on_session_changed(None, window.session.selection)
        self._show_work()
        self._show_training()
        self._show_jobs()

    def shut(self) -> None:
        self._timer.stop()

    def _on_session_changed(self, _old: object, new: Selection) -> None:
        self.selection.setText(selection_in_words(new, self._window.selecting.kind_of(new)))

    def _show_work(self) -> None:
        """What the panels still compute, and how much memory all takes."""
        busy = [panel.title for panel in self._window.panels.made.values() if not panel.complete]
        _show(self.working, f"computing: {', '.join(busy)}" if busy else "")
        _show(self.memory, f"{memory() / 2**20:,.0f} MB" if memory() else "")
        self._show_devices()

    def _show_training(self) -> None:
        training = self._window.trainer.training
        self.training.setVisible(training is not None)
        if training is not None:
            fraction = None if training.progress is None else training.progress.estimate.done
            self.training.show_progress("stopping" if training.stopping else "training", fraction)
            self.training.cancel.setEnabled(not training.stopping)
        self._show_devices()

    def _show_devices(self) -> None:
        training = self._window.trainer.training
        trained_on = None if training is None or training.started is None else training.started.spec.device
        text, more = devices_in_words(trained_on, evaluated_on())
        _show(self.device, text)
        if self.device.toolTip() != more:
            self.device.setToolTip(more)

    def _show_jobs(self) -> None:
        titled = self._window.jobs.titled()
        self.job.setVisible(bool(titled))
        if titled:
            more = f" and {len(titled) - 1} more" if len(titled) > 1 else ""
            self.job.show_progress(f"{titled[0].title}{more}", titled[0].fraction)

    def _stop_training(self) -> None:
        self._window.trainer.stop()


def _show(label: QLabel, text: str) -> None:
    if label.text() != text:
        label.setText(text)
        label.setVisible(bool(text))
