"""Says why a training waits, and offers what can be done about it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QFileDialog

from workbench.gui.widgets.notices import Offer
from workbench.gui.widgets.places import RUN_FILES
from workbench.training.events import Paused

if TYPE_CHECKING:
    from workbench.gui.widgets.notices import Notice
    from workbench.gui.work.workshop import Workshop
    from workbench.training.events import Finished, Silent


class Pausing(QObject):
    """A notice for as long as a training waits: for the disk, for its file, or for its own process."""

    def __init__(self, shop: Workshop) -> None:
        super().__init__(shop.window)
        self._shop = shop
        self._notice: Notice | None = None
        shop.trainer.paused.connect(self._on_trainer_paused)
        shop.trainer.went_on.connect(self._take_back)
        shop.trainer.ended.connect(self._on_trainer_ended)

    def _on_trainer_paused(self, event: Paused | Silent) -> None:
        self._take_back()
        other = event.other_name if isinstance(event, Paused) else ""
        offers = [Offer("Stop the training", self._shop.trainer.stop)]
        if other:
            name = Path(other)
            go_on = Offer(f"Continue as {name.name}", lambda: self._shop.trainer.go_on_as(name))
            offers = [go_on, Offer("Another name…", lambda: self._choose_name(name), stays=True), *offers]
        problem = f"The training is paused: {event.problem}" if isinstance(event, Paused) else event.problem
        self._notice = self._shop.notices.tell(problem, "", *offers)

    def _choose_name(self, proposed: Path) -> None:
        no_question = QFileDialog.Option.DontConfirmOverwrite  # nothing is ever overwritten
        name, _ = QFileDialog.getSaveFileName(
            self._shop.window, "Continue the training in", str(proposed), RUN_FILES, options=no_question
        )
        if name:
            self._shop.trainer.go_on_as(Path(name))

    def _take_back(self) -> None:
        if self._notice is not None and self._notice in self._shop.notices.shown:
            self._notice.dismiss()
        self._notice = None

    def _on_trainer_ended(self, finished: Finished | None) -> None:
        self._take_back()
        if finished is not None and finished.note:
            self._shop.notices.tell(f"{finished.note} The run is in {finished.path}.")
