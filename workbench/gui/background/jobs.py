"""Long work off the GUI thread: one thread class drives every generator."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QThread, QTimer, Signal

from workbench.runs.saying import NO_THREAD

if TYPE_CHECKING:
    from collections.abc import Callable, Generator


class Job(QThread):
    """Iterate a generator on a thread of its own and tell the GUI thread of every event it yields.

    The generator is closed in the thread that iterated it, at its end or at the first event after `ask_to_stop`. None
    is no event: a generator yields it where it can be stopped.
    `ended(job)` is emitted on the GUI thread when the thread is gone.
    """

    happened = Signal(object)
    failed = Signal(object)
    ended = Signal(object)

    def __init__(self, steps: Generator[Any, None, None], parent: QObject | None = None, title: str = "") -> None:
        super().__init__(parent)
        self.title = title  # what it does, for a person; "": nothing to speak of
        self.fraction: float | None = None  # how far it is, from 0 to 1, where its events say so
        self._steps = steps
        self._listeners: dict[str, Callable[[Any], None]] = {}
        # The receiver of these connections is the job itself, which lives in the GUI thread: they are queued.
        self.happened.connect(self._on_self_happened)
        self.failed.connect(self._on_self_failed)
        self.finished.connect(self._on_self_finished)

    def listen(self, event: Callable[[Any], None], failed: Callable[[Exception], None]) -> None:
        """Call these on the GUI thread for every event and for the error that ended the job."""
        self._listeners = {"event": event, "failed": failed}

    def run(self) -> None:
        try:
            with contextlib.closing(self._steps) as steps:
                for event in steps:
                    if event is not None:
                        self.happened.emit(event)
                    if self.isInterruptionRequested():
                        break
        except Exception as error:  # whatever went wrong belongs to whoever started the job
            self.failed.emit(error)

    def ask_to_stop(self) -> None:
        """Ask for an end at the next event; `ended` says when it has come."""
        self.requestInterruption()

    def give_up(self) -> None:
        """End a job whose thread could not be started."""
        self._steps.close()
        self._on_self_failed(RuntimeError(NO_THREAD))
        self.ended.emit(self)

    def _on_self_happened(self, event: object) -> None:
        self.fraction = getattr(event, "fraction", None)
        if "event" not in self._listeners:
            return
        try:
            self._listeners["event"](event)
        except Exception:
            del self._listeners["event"]  # it would fail at the next event too
            self.ask_to_stop()
            raise

    def _on_self_failed(self, error: Exception) -> None:
        if "failed" in self._listeners:
            self._listeners["failed"](error)

    def _on_self_finished(self) -> None:
        self.wait()  # run() has returned; this only joins the thread
        self.ended.emit(self)


class Jobs(QObject):
    """The jobs that are running. `idle` is emitted when the last one has ended, `changed` when a titled one moves."""

    idle = Signal()
    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._running: list[Job] = []

    def __len__(self) -> int:
        return len(self._running)

    def __contains__(self, job: Job) -> bool:
        return job in self._running

    def start(
        self,
        steps: Generator[Any, None, None],
        on_event: Callable[[Any], None],
        on_failed: Callable[[Exception], None],
        on_ended: Callable[[Job], None] | None = None,
        title: str = "",
    ) -> Job:
        """Start a job; the callbacks run on the GUI thread. One with a title is shown, and can be ended by a person."""
        job = Job(steps, self, title)
        job.listen(on_event, on_failed)
        if on_ended is not None:
            job.ended.connect(on_ended)
        job.ended.connect(self._on_job_ended)
        self._running.append(job)
        if title:
            job.happened.connect(self._on_job_happened)
            self.changed.emit()
        job.start()
        if not (job.isRunning() or job.isFinished()):  # Qt says so in no other way
            QTimer.singleShot(0, job, job.give_up)
        return job

    def titled(self) -> tuple[Job, ...]:
        """Those a person should know of, the oldest first."""
        return tuple(job for job in self._running if job.title)

    def stop_titled(self) -> None:
        """Ask the oldest of them to end."""
        for job in self.titled()[:1]:
            job.ask_to_stop()

    def stop_all(self) -> None:
        """Ask every job to end; nothing is waited for."""
        for job in self._running:
            job.ask_to_stop()

    def _on_job_happened(self, _event: object) -> None:
        self.changed.emit()

    def _on_job_ended(self, job: Job) -> None:
        self._running.remove(job)
        self.changed.emit()
        job.deleteLater()
        if not self._running:
            self.idle.emit()
