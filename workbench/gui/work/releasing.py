"""Memory goes back to the system when runs are closed."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from workbench.evaluation.giving_up import under_way
from workbench.gui.background.errors import in_one_sentence, log
from workbench.gui.background.latest import submit
from workbench.gui.background.ticker import single_shot
from workbench.nets.memory import give_memory_back, loaded

if TYPE_CHECKING:
    from collections.abc import Collection

    from workbench.gui.work.workshop import Workshop
    from workbench.runs.files.descriptor import Identity

DELAY_MS = 1500  # what computes on a closed run has given up by then; and a run that is opened next may want the same


class Releaser(QObject):
    """Lets go of what was kept for closed runs: their evaluators, and with the last run also the images."""

    def __init__(self, shop: Workshop) -> None:
        super().__init__(shop.window)
        self._shop = shop
        self._open: frozenset[Identity] = frozenset()
        self._closed: frozenset[Identity] = frozenset()
        self._delay = single_shot(self, DELAY_MS, self._release)
        shop.session.runs_changed.connect(self._on_session_runs_changed)

    def _on_session_runs_changed(self) -> None:
        now = frozenset(run.identity for run in self._shop.session.runs)
        self._closed = (self._closed | self._open) - now
        self._open = now
        if self._closed:
            self._delay.start()

    def _release(self) -> None:
        if self._shop.closing:
            return
        last = not self._open
        closed = self._closed
        if under_way():
            self._delay.start()  # what had not given up yet may put something into memory again
        else:
            self._closed = frozenset()
        submit(self._shop.slow_pool, lambda: release(closed, last), lambda error: log.warning(in_one_sentence(error)))


def release(closed: Collection[Identity], last: bool) -> None:
    """Let go of what was kept for these files; `last` says that no run is open any more."""
    evaluators = loaded("workbench.evaluation.run_evaluators")
    if evaluators is None:  # nothing was evaluated
        return
    for run in closed:
        evaluators.release(run)
    if last:
        evaluators.forget()
        doubts = loaded("workbench.evaluation.doubts")
        if doubts is not None:
            doubts.forget()
        gc.collect()  # networks hold each other
    give_memory_back()
