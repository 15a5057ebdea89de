"""Asks for the tracks of a layer where the selection rests, and holds what is known of them so far."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from workbench.figures.timeline.answers import answers
from workbench.gui.background.latest import Answer, Failure, Latest
from workbench.gui.background.ticker import single_shot

if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import ThreadPoolExecutor

    from workbench.figures.timeline.answers import Known, Question
    from workbench.gui.state.layer_rows import LayerRows

REST_MS = 250  # until the tracks of a layer are asked for


class TrackAsker(QObject):
    """`known` is what is known of the layer that is wanted; `changed` says that it is more, or that no more comes."""

    changed = Signal()

    def __init__(self, rows: LayerRows, pool: ThreadPoolExecutor, parent: QObject) -> None:
        super().__init__(parent)
        self._rows = rows
        self._wanted: Question | None = None
        self.known: Known | None = None
        self.finished, self.problem = True, ""
        self._resting = single_shot(self, REST_MS, self._ask)
        self._asker = Latest(self._answer, pool, self)
        self._asker.answered.connect(self._on_asker_answered)
        self._asker.completed.connect(self._on_asker_completed)
        self._asker.failed.connect(self._on_asker_failed)

    def want(self, wanted: Question | None) -> bool:
        """Ask soon; whether this is another question. The curves of another layer are forgotten at once."""
        if wanted == self._wanted:
            return False
        if self.known is not None and (wanted is None or not self.known.question.place.same_layer(wanted.place)):
            self.known = None
        self._wanted, self.finished, self.problem = wanted, wanted is None, ""
        if not self._resting.isActive():  # else a run that grows fast would put it off for ever
            self._resting.start()
        return True

    def forget(self) -> None:
        """Nothing is wanted any more, or it is wanted again."""
        self._wanted = self.known = None
        self.finished, self.problem = True, ""
        self._resting.stop()
        self._asker.ask(None)

    def close(self) -> None:
        """Nothing is asked for any more."""
        self._resting.stop()
        self._asker.close()

    def _ask(self) -> None:
        self._asker.ask(self._wanted)

    def _answer(self, question: Question | None) -> Iterator[Known]:
        return iter(()) if question is None else answers(self._rows, question)

    def _on_asker_answered(self, answer: Answer) -> None:
        if answer.question == self._wanted:
            self.known = answer.value
            self.changed.emit()

    def _on_asker_completed(self, question: Question | None) -> None:
        if question == self._wanted:
            self.finished = True

    def _on_asker_failed(self, failure: Failure) -> None:
        if failure.question == self._wanted:
            self.finished, self.problem = True, failure.words
            self.changed.emit()
