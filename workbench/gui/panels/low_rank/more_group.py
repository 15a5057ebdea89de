"""The low-rank panel over a group: runs that are open and differ only by seed, their mean and its interval."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import QObject, Signal

from workbench.analysis.intervals import over_repeats
from workbench.evaluation.ranks.approximated import NO_UNITS, Approximated
from workbench.figures.low_rank.group import spectra_mean, with_accuracy
from workbench.gui.background.latest import Latest
from workbench.gui.background.ticker import single_shot
from workbench.gui.widgets.plain_text import ElidedLabel
from workbench.runs.collection.groups import RunGroup, members
from workbench.runs.saying import counted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from concurrent.futures import ThreadPoolExecutor

    from numpy.typing import NDArray
    from PySide6.QtWidgets import QCheckBox, QWidget

    from workbench.evaluation.ranks.approximated import Matrix
    from workbench.evaluation.ranks.groups import GroupCurves
    from workbench.evaluation.run_evaluators import PartName
    from workbench.figures.low_rank.costs import Cost
    from workbench.figures.low_rank.group import GroupMean
    from workbench.gui.background.latest import Answer, Failure
    from workbench.gui.state.session import Session
    from workbench.runs.place import Key, Place
    from workbench.runs.run import Run

ALONE = "No other open run differs from this one only by its seed and has this snapshot at the same epoch."


@dataclass(frozen=True)
class GroupQuestion:
    """Which runs are asked about which matrix."""

    place: Place = field(compare=False)
    key: Key  # of the place: the same while a run grows
    part: PartName
    matrix: Matrix


class Group(QObject):
    """The mean over the runs of a group: of the eigenvalues at once, of the accuracies where the timeline rests.

    `changed` says that more is known, or that there is no mean any more. Nothing is asked where neither a group is
    chosen nor `wanted` is ticked.
    """

    REST_MS = 200  # until the network is asked about another question
    changed = Signal()

    def __init__(self, session: Session, pool: ThreadPoolExecutor, wanted: QCheckBox, parent: QWidget) -> None:
        super().__init__(parent)
        self._session, self._wanted = session, wanted
        self._cost: Cost | None = None  # what the panel shows; None: nothing
        self._question: GroupQuestion | None = None
        self._finished: GroupQuestion | None = None  # what was asked, once nothing more is to come
        self.mean: GroupMean | None = None  # as far as it is known
        self.curves: GroupCurves | None = None  # of the runs that are measured so far
        self._spectra = self._asker(spectra, pool, self._on_spectra_answered)
        self._latest = self._asker(answers, pool, self._on_latest_answered)
        self._latest.completed.connect(self._on_latest_completed)
        self.rest = single_shot(self, self.REST_MS, self._ask)
        self.line = ElidedLabel(rows=2)
        self.line.setVisible(False)
        wanted.toggled.connect(self._follow)
        session.runs_changed.connect(self._follow)
        session.changed.connect(self._follow)  # from a run to its group the panel's own picture stays the same

    def show_for(self, cost: Cost | None) -> None:
        """What the panel shows from now on; None: nothing."""
        self._cost = cost
        self._follow()

    @property
    def source(self) -> RunGroup | None:
        """The group whose mean is shown; None: no mean is."""
        return None if self._question is None or self.mean is None else self._question.place.group

    @property
    def place(self) -> Place | None:
        """The place in the group whose mean is shown; None: no mean is."""
        return None if self._question is None or self.source is None else self._question.place

    @property
    def measured(self) -> NDArray[np.float64]:
        """The accuracies of the runs that are known so far, (runs, r + 1)."""
        return np.zeros((0, 0)) if self.curves is None else self.curves.accuracy

    def runs(self) -> tuple[Run, ...]:
        """The runs of which the mean is shown; none where no mean is."""
        source = self.source
        return () if source is None else source.runs

    def others(self) -> tuple[Run, ...]:
        """`runs` without the one that the panel shows."""
        shown = None if self._cost is None else self._cost.about.place.run.locator
        return tuple(run for run in self.runs() if shown is not None and run.locator != shown)

    @property
    def complete(self) -> bool:
        """Whether there is nothing more to come."""
        return self._question == self._finished

    def shut(self) -> None:
        """Nothing more is asked."""
        self.rest.stop()
        self._spectra.close()
        self._latest.close()

    def _asker(self, compute: Callable[[Any], Any], pool: ThreadPoolExecutor, answered: Any) -> Latest:
        asker = Latest(compute, pool, self)
        asker.answered.connect(answered)
        asker.failed.connect(self._on_asker_failed)
        return asker

    def _follow(self) -> None:
        """The group of what the panel shows: asked for where it is another one."""
        cost = self._cost
        if cost is None or not (self._wanted.isChecked() or self._chosen_group(cost.about.place)):
            self._forget("")
        elif cost.about.matrix == "units":
            self._forget(NO_UNITS)
        else:
            self._find(cost)

    def _find(self, cost: Cost) -> None:
        about = cost.about
        place = self._place_of(about.place)
        if place.group is None:
            self._forget(ALONE)
            return
        question = GroupQuestion(place, place.key, cost.part, about.matrix)
        if question != self._question:
            self._forget(f"{len(place.runs)} trainings: working…")
            self._question = question
            self._spectra.ask(question)
            self.rest.start()

    def _chosen_group(self, place: Place) -> RunGroup | None:
        """The group that is chosen, where it is that of this place's run."""
        chosen = self._session.selection.place
        group = None if chosen is None else chosen.group
        return group if group is not None and place.run in group.runs else None

    def _place_of(self, place: Place) -> Place:
        """The same place in the chosen group, or in the one that open runs form with this run."""
        if (chosen := self._chosen_group(place)) is not None:
            return replace(place, source=chosen)
        runs = members(place.run, self._session.runs, place.snapshot)
        return replace(place, source=RunGroup(runs)) if len(runs) > 1 else place

    def _forget(self, text: str) -> None:
        known = self.mean is not None
        self._question = self._finished = self.curves = self.mean = None
        self.rest.stop()
        self._spectra.drop()
        self._latest.drop()
        self._say(text)
        if known:
            self.changed.emit()

    def _say(self, text: str) -> None:
        self.line.setText(text)
        self.line.setVisible(bool(text))

    def _ask(self) -> None:
        if self._question is not None:
            self._latest.ask(self._question)

    def _on_spectra_answered(self, answer: Answer) -> None:
        if answer.question == self._question:
            self.mean = answer.value
            self._join()

    def _on_latest_answered(self, answer: Answer) -> None:
        if answer.question == self._question:
            self.curves = answer.value
            self._join()

    def _on_latest_completed(self, question: GroupQuestion) -> None:
        if question == self._question:
            self._finished = self._question
            self._join()

    def _on_asker_failed(self, failure: Failure) -> None:
        if failure.question == self._question:
            self._finished = self._question
            self._say(f"over the group: {failure.words}")

    def _join(self) -> None:
        """Bring together what is known."""
        if self.mean is None or self._question is None:
            return
        runs, known = len(self._question.place.runs), len(self.measured)
        if self.curves is not None:
            self.mean = with_accuracy(self.mean, self.curves)
        self._say("" if known == runs else f"accuracy: {known} of {counted(runs, 'training')} measured…")
        self.changed.emit()


def spectra(question: GroupQuestion) -> GroupMean:
    """The mean of what the eigenvalues tell. For worker threads."""
    mean = spectra_mean(question.place, Approximated(question.matrix), question.part)
    over_repeats(mean.residual.values)  # what its interval needs is loaded here, and not where it is drawn
    return mean


def answers(question: GroupQuestion) -> Iterator[GroupCurves]:
    """Ever more runs of the group. For worker threads; torch is loaded with the first question."""
    from workbench.evaluation.ranks.groups import group_curves

    place = question.place
    yield from group_curves(place.runs, place.layer, place.snapshot, question.part, matrix=question.matrix)
