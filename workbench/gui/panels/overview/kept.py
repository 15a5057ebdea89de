"""What was found of the runs that were selected last, so that it is there at once when one of them is again."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from workbench.gui.panels.overview.answers import Known, Wanted
    from workbench.gui.state.session import Session

MOST = 4  # runs


class Kept:
    """Whole answers, by what was wanted; only of runs that are open."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._known: dict[Wanted, Known] = {}
        session.runs_changed.connect(self._on_session_runs_changed)

    def of(self, wanted: Wanted) -> Known | None:
        """The answer, where it was kept."""
        return self._known.get(wanted)

    def keep(self, wanted: Wanted, known: Known) -> None:
        """Keep a whole answer, in the place of the oldest where there are many."""
        self._known.pop(wanted, None)
        self._known[wanted] = known
        while len(self._known) > MOST:
            del self._known[next(iter(self._known))]

    def forget(self) -> None:
        """Keep nothing."""
        self._known.clear()

    def _on_session_runs_changed(self) -> None:
        open_runs = set(self._session.runs)
        self._known = {wanted: each for wanted, each in self._known.items() if wanted.question.place.run in open_runs}
