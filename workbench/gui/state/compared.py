"""The other network that stands beside the selected one, in every panel."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from workbench.runs.collection.naming import short_name

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from workbench.figures.settings import When
    from workbench.gui.state.session import Session
    from workbench.runs.place import Place
    from workbench.runs.run import Run


@dataclass(frozen=True)
class Alone:
    """Why nothing stands beside a place that another run is compared with, as a sentence."""

    reason: str


class Compared(QObject):
    """An open run and which of its snapshots; `changed` follows each choice, and a run that has grown."""

    changed = Signal()

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        self._locator: tuple[Path, str] | None = None
        self._known: Run | None = None
        self._when: When = "first"
        session.runs_changed.connect(self._on_session_runs_changed)

    @property
    def run(self) -> Run | None:
        """The run, as it was read last; None: nothing is compared."""
        return self._known

    @property
    def run_id(self) -> str:
        """The id of the run; "" where nothing is compared."""
        return "" if self._known is None else self._known.run_id

    @property
    def when(self) -> When:
        """Which of its snapshots."""
        return self._when

    def choose(self, run: Run | None, when: When | None = None) -> None:
        """Compare with an open run; None: with nothing.

        Another run is looked at at the moment of the selected one, unless `when` says otherwise.
        """
        begins = self._known is None and run is not None
        self._put(run, when or ("same" if begins and self._when == "first" else self._when))

    def choose_id(self, run_id: object) -> None:
        """Compare with the open run of this id; "": with nothing. ValueError: it is not open."""
        if run_id == self.run_id:
            return
        found = next((run for run in self._session.runs if run.run_id == run_id), None)
        if found is None and run_id != "":
            raise ValueError(f"{run_id!r} is no open run")
        self.choose(found)

    @contextmanager
    def untouched(self) -> Iterator[None]:
        """What is chosen inside is taken back at the end, and nobody hears of it."""
        before = self._locator, self._known, self._when
        blocked = self.blockSignals(True)
        try:
            yield
        finally:
            self._locator, self._known, self._when = before
            self.blockSignals(blocked)

    def beside(self, kind: str, place: Place) -> Place | Alone | None:
        """What stands beside a place in a panel of this kind; None: no other run is compared."""
        from workbench.figures.comparing.beside import place_beside
        from workbench.figures.comparing.picture import other_moment

        run = self._known
        if run is None or any(run.locator == each.locator for each in place.runs):
            return None
        if not run.snapshots:
            return Alone(f"{short_name(run)} has no snapshot yet")
        try:
            return place_beside(kind, place, run, other_moment(place, run, self._when).snapshot)
        except ValueError as reason:
            return Alone(str(reason))

    def _put(self, run: Run | None, when: When) -> None:
        before = self._known, self._when
        self._locator = None if run is None else run.locator
        self._known, self._when = run, when
        if (run, when) != before:
            self.changed.emit()

    def _on_session_runs_changed(self) -> None:
        """Follow to a newer reading; a run that was closed gives way."""
        if self._locator is not None:
            now = next((run for run in self._session.runs if run.locator == self._locator), None)
            self._put(now, self._when)
