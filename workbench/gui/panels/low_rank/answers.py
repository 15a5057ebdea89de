"""What the network says of the matrix in the low-rank panel: asked where it rests, kept while it is shown."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QTimer, Signal

from workbench.figures.low_rank.costs import LONGEST
from workbench.gui.background.latest import Latest

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import ThreadPoolExecutor

    from workbench.evaluation.results import Accuracy
    from workbench.figures.low_rank.costs import Coming, Cost, Costs, Curves
    from workbench.gui.background.latest import Answer, Failure
    from workbench.gui.panels.sight import Sighted


class Answers(QObject):
    """`changed` says that more is known, `failed(sentence)` why nothing will be.

    `shown` gives what the panel shows, with its rank; None where it shows nothing.
    """

    REST_MS = 200  # until the network is asked about another matrix
    changed = Signal()
    failed = Signal(str)

    def __init__(
        self, costs: Costs, pool: ThreadPoolExecutor, shown: Callable[[], Cost | None], panel: Sighted
    ) -> None:
        super().__init__(panel)
        self._shown, self._panel = shown, panel
        self._all = self._asker(partial(costs.curves, longest=LONGEST), pool, self._on_all_answered)
        self._one = self._asker(costs.accuracies, pool, self._on_one_answered)
        self._all.completed.connect(self._on_all_completed)
        self.about: Cost | None = None  # what the network was asked last, for every rank
        self.curves: Curves | None = None  # the answer so far
        self._reading: tuple[Cost, Accuracy] | None = None
        self._finished: Cost | None = None
        self.rest = QTimer(self, singleShot=True, interval=self.REST_MS)
        self.rest.timeout.connect(self._on_rest_timeout)

    @property
    def complete(self) -> bool:
        """Whether there is nothing more to come."""
        return self.about is not None and self._finished == self.about

    def ask_rank(self) -> None:
        """Ask about the rank that is shown, unless it is known exactly already."""
        known, cost = self.accuracy(), self._shown()
        if self.about is not None and cost is not None and (known is None or not known.exact):
            self._one.ask(cost)

    def of_curve(self, rank: int) -> Accuracy | None:
        """What the curve says of a rank."""
        return None if self.curves is None else self.curves.at(rank)

    @property
    def coming(self) -> Coming | None:
        """What is still to be measured of the curve that is shown."""
        return None if self.curves is None else self.curves.coming

    def accuracy(self) -> Accuracy | None:
        """The best that is known of the shown rank: of the curve and of the rank's own answer."""
        cost = self._shown()
        if cost is None or cost.rank is None:
            return None
        own = self._reading[1] if self._reading is not None and self._reading[0] == cost else None
        known = [accuracy for accuracy in (self.of_curve(cost.rank), own) if accuracy is not None]
        return max(known, key=lambda accuracy: accuracy.images, default=None)

    def forget(self) -> None:
        """The answers are of something else; those under way are not wanted any more."""
        self._all.drop()
        self._one.drop()
        self.about = self.curves = self._reading = self._finished = None

    def shut(self) -> None:
        """Nothing more is asked."""
        self.rest.stop()
        self._all.close()
        self._one.close()

    def _asker(self, compute: Any, pool: ThreadPoolExecutor, answered: Any) -> Latest:
        asker = Latest(compute, pool, self)
        asker.answered.connect(answered)
        asker.failed.connect(self._on_asker_failed)
        return asker

    def _on_rest_timeout(self) -> None:
        """Ask about all ranks, and the one that is shown first of all."""
        cost = self._shown()
        if cost is not None and self._panel.in_sight:
            self.about = replace(cost, rank=None)
            self.ask_rank()
            self._all.ask(self.about)

    def _on_one_answered(self, answer: Answer) -> None:
        if self.about is not None and answer.question == self._shown():
            self._reading = (answer.question, answer.value)
            self.changed.emit()

    def _on_all_answered(self, answer: Answer) -> None:
        if answer.question == self.about:
            self.curves = answer.value
            self.changed.emit()

    def _on_all_completed(self, cost: Cost) -> None:
        self._finished = cost

    def _on_asker_failed(self, failure: Failure) -> None:
        cost: Cost = failure.question
        if self.about is not None and (cost.about, cost.part) == (self.about.about, self.about.part):
            self._finished = self.about
            self.failed.emit(f"No accuracies. {failure.words}")
