"""What a dialog must know of a network of torchvision before it can foresee a training, found off the GUI thread."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from workbench.gui.background.latest import Latest
from workbench.training.forecast import answers_at_once, look_at_network

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import ThreadPoolExecutor

    from PySide6.QtWidgets import QDialog

    from workbench.runs.spec import RunSpec

LOOKING = "Looking at {net}…"


class Foresight(QObject):
    """Has the networks of a dialog's trainings looked at; then `found()` is called, and forecasts answer at once."""

    def __init__(self, pool: ThreadPoolExecutor | None, dialog: QDialog, found: Callable[[], None]) -> None:
        super().__init__(dialog)
        self._latest = None if pool is None else Latest(_look, pool, self)
        if self._latest is not None:
            self._latest.completed.connect(lambda _question: found())
            dialog.finished.connect(self._latest.close)

    def lacks(self, *specs: RunSpec) -> str:
        """What is being looked at, in a sentence; "" where each forecast answers at once, or there is no pool."""
        unknown = tuple(spec for spec in specs if not answers_at_once(spec))
        if self._latest is None or not unknown:
            return ""
        self._latest.ask(unknown)
        return LOOKING.format(net=unknown[0].net.name)


def _look(specs: tuple[RunSpec, ...]) -> bool:
    for spec in specs:
        look_at_network(spec)
    return True
