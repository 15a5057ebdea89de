"""The low-rank panel over a group: runs that are open and differ only by seed, their mean and its interval."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QObject

from workbench.analysis.intervals import over_repeats
from workbench.evaluation.ranks.approximated import NO_UNITS
from workbench.figures.groups.trainings import interval_words
from workbench.gui.background.latest import Latest
from workbench.gui.background.ticker import single_shot
from workbench.gui.plots.mean_band import MeanBand
from workbench.gui.state import theme
from workbench.gui.widgets.plain_text import ElidedLabel
from workbench.runs.collection.groups import RunGroup, members
from workbench.runs.saying import counted, plural

if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import ThreadPoolExecutor

    from PySide6.QtWidgets import QCheckBox

    from workbench.evaluation.ranks.approximated import Matrix
    from workbench.evaluation.ranks.groups import GroupCurves
    from workbench.evaluation.run_evaluators import PartName
    from workbench.figures.low_rank.costs import Cost
    from workbench.gui.background.latest import Answer, Failure
    from workbench.gui.plots.low_rank_view import LowRankView
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
    """The mean accuracy over the runs of a group with its 95 % interval in the plot, and a line about the shown rank.

    Nothing is asked until `wanted` is ticked.
    """

    REST_MS = 200  # until the network is asked about another question

    def __init__(self, view: LowRankView, session: Session, pool: ThreadPoolExecutor, wanted: QCheckBox) -> None:
        plot = view.plot
        super().__init__(plot)
        self._view = view
        self._session, self._wanted = session, wanted
        self._cost: Cost | None = None  # what the panel shows; None: nothing
        self._question: GroupQuestion | None = None
        self._finished: GroupQuestion | None = None  # what was asked, once nothing more is to come
        self.curves: GroupCurves | None = None  # the answer so far
        self._latest = Latest(answers, pool, self)
        self._latest.answered.connect(self._on_latest_answered)
        self._latest.failed.connect(self._on_latest_failed)
        self._latest.completed.connect(self._on_latest_completed)
        self.rest = single_shot(self, self.REST_MS, self._ask)
        self.line = ElidedLabel(rows=2)
        self.line.setVisible(False)
        self.mean = pg.PlotCurveItem()
        self.mean.setZValue(-10)
        self.spread, self.residual = MeanBand(plot, z=-12.0), MeanBand(plot, z=-13.0)
        plot.addItem(self.mean, ignoreBounds=True)
        plot.dress(self._dress)
        wanted.toggled.connect(self._follow)
        session.runs_changed.connect(self._follow)
        session.changed.connect(self._follow)  # from a run to its group the panel's own picture stays the same

    def show_for(self, cost: Cost | None) -> None:
        """What the panel shows from now on; None: nothing."""
        self._cost = cost
        self._follow()

    def table(self) -> str:
        """What `group_table` makes of what is shown; nothing where no group is."""
        return "" if self.curves is None else group_table(self.curves)

    def runs(self) -> tuple[Run, ...]:
        """The runs of which the mean is shown; none where no mean of two or more is."""
        known = 0 if self.curves is None else len(self.curves.seeds)
        return self._question.place.runs[:known] if self._question is not None and known > 1 else ()

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
        self._latest.close()

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
            self.rest.start()
        elif self.curves is not None:
            self._show()

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
        self._question = self._finished = self.curves = None
        self.rest.stop()
        self._latest.drop()
        self.mean.setData([], [])
        for band in (self.spread, self.residual):
            band.clear()
        self._view.show_mean(None)
        self._say(text)

    def _say(self, text: str) -> None:
        self.line.setText(text)
        self.line.setVisible(bool(text))

    def _ask(self) -> None:
        if self._question is not None:
            self._latest.ask(self._question)

    def _on_latest_answered(self, answer: Answer) -> None:
        if answer.question == self._question:
            self.curves = answer.value
            self._show()

    def _on_latest_completed(self, question: GroupQuestion) -> None:
        if question == self._question:
            self._finished = self._question

    def _on_latest_failed(self, failure: Failure) -> None:
        if failure.question == self._question:
            self._finished = self._question
            self._say(f"over the group: {failure.words}")

    def _dress(self) -> None:
        colour = theme.accuracy_pen("test" if self._cost is None else self._cost.part).color()
        self.mean.setPen(theme.line(colour))
        self.spread.wear(colour)
        self.residual.wear(theme.current().foreground)

    def _show(self) -> None:
        curves, cost = self.curves, self._cost
        if curves is None or cost is None:
            return
        over = curves.over_runs
        source = None if self._question is None else self._question.place.group
        self._view.show_mean(source)
        ranks = np.arange(len(over.mean), dtype=np.float64)
        self._dress()
        self.mean.setData(ranks, over.mean)
        lost = over_repeats(curves.residual_percent)
        for band, values, found in (
            (self.spread, curves.accuracy, over),
            (self.residual, curves.residual_percent, lost),
        ):
            band.show(ranks, found.low, found.high)
            band.show_runs(ranks, values)
        self._say(group_sentence(curves, min(cost.rank or 0, len(over.mean) - 1)))


def answers(question: GroupQuestion) -> Iterator[GroupCurves]:
    """Ever more runs of the group. For worker threads; torch is loaded with the first question."""
    from workbench.evaluation.ranks.groups import group_curves

    place = question.place
    for curves in group_curves(place.runs, place.layer, place.snapshot, question.part, matrix=question.matrix):
        over_repeats(curves.accuracy)  # what its interval needs is loaded here, and not where it is drawn
        yield curves


def group_sentence(curves: GroupCurves, rank: int) -> str:
    """Mean and sample variance at a rank, as in the table of the report's Fig. 8."""
    (_, kept, kept_variance, count), (_, lost, lost_variance, _) = curves.at(rank).rows()
    seeds = ", ".join(str(seed) for seed in curves.seeds if seed is not None)
    seeds = f" ({plural(count, 'seed')} {seeds})" if seeds else ""
    spread = [f" (s² {value:.3g})" if count > 1 else "" for value in (kept_variance, lost_variance)]
    points = f"{lost:.2f}".replace("-", "−")
    found = f"{kept:.2f} % of the norm{spread[0]}, {points} points lost{spread[1]}"
    warned = "".join(f"{warning} " for warning in curves.warnings)
    accuracy = f"; accuracy {interval_words(over_repeats(curves.accuracy[:, rank]), 2, ' %')}"
    return f"{warned}mean of {counted(count, 'training')}{seeds} at rank {rank}: {found}{accuracy}"


def group_table(curves: GroupCurves) -> str:
    """All ranks as tab-separated text with a row of names: means and sample variances over the runs."""
    names = ("rank", "norm_percent", "norm_percent_variance", "accuracy_lost", "accuracy_lost_variance", "runs")
    kept, lost = over_repeats(curves.norm_percent), over_repeats(curves.accuracy[:, -1:] - curves.accuracy)
    columns = (kept.mean, kept.variance, lost.mean, lost.variance)
    rows = (
        "\t".join([str(rank), *(f"{column[rank]:.17g}" for column in columns), str(kept.count)])
        for rank in range(len(kept.mean))
    )
    return "\n".join(["\t".join(names), *rows, ""])
