"""What a figure of low ranks shows of a group: the mean over runs that differ only by seed, and its interval."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.analysis.intervals import Repeats, over_repeats
from workbench.figures.groups.trainings import BAND, Trainings
from workbench.figures.looks import PARTS
from workbench.runs.collection.groups import by_seed
from workbench.runs.saying import counted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workbench.evaluation.ranks.groups import GroupCurves
    from workbench.evaluation.run_evaluators import PartName
    from workbench.figures.figure import Cell
    from workbench.figures.low_rank.picture import Question
    from workbench.figures.style import Style
    from workbench.runs.run import Run

WIDTH = 0.6  # of the mean's line, beside the others: thinner than the curve of the run that is shown


@dataclass(frozen=True, eq=False)
class GroupMean:
    """A group of two runs or more at every rank 0…r; all of it (r + 1,), in percent or points."""

    part: str
    accuracy: Repeats
    norm: Repeats  # ‖W_k‖ in percent of ‖W‖
    lost: Repeats  # accuracy with nothing changed − accuracy
    runs: tuple[Trainings, Trainings]  # the accuracy and the residual of each run

    @property
    def name(self) -> str:
        """What the legend calls the mean."""
        return f"mean of {counted(self.accuracy.count, 'training')}, 95 % interval"

    def draw(self, axes: Any, style: Style) -> Any:
        """Draw the mean upon its interval, both under the other curves; the handle for the legend."""
        ranks, colour = (
            np.arange(len(self.accuracy.mean), dtype=np.float64),
            style.colours.line(PARTS[self.part].colour),
        )
        from matplotlib.container import Container

        over, (each, residual) = self.accuracy, self.runs
        band = axes.fill_between(ranks, over.low, over.high, color=colour, alpha=BAND, linewidth=0, zorder=1)
        each.draw_runs(axes, ranks, colour, style)
        residual.draw(axes, ranks, style.colours.text, style)
        (line,) = axes.plot(ranks, over.mean, color=colour, linewidth=WIDTH * style.line, zorder=1.5)
        return Container((band, line), label=self.name)

    def columns(self) -> dict[str, list[Cell]]:
        """The numbers at every rank by the name of their column; variances are those of the sample."""
        named = {
            f"group mean {self.part} accuracy (%)": self.accuracy.mean,
            "group variance of accuracy (%²)": self.accuracy.variance,
            "group 95 % low (%)": self.accuracy.low,
            "group 95 % high (%)": self.accuracy.high,
            "group mean accuracy lost (points)": self.lost.mean,
            "group variance of accuracy lost (points²)": self.lost.variance,
            "group mean norm (%)": self.norm.mean,
            "group variance of norm (%²)": self.norm.variance,
        }
        runs: list[Cell] = [self.accuracy.count] * len(self.accuracy.mean)
        each, residual = self.runs
        named |= {
            "group mean residual (%)": residual.over.mean,
            "group residual 95 % low (%)": residual.over.low,
            "group residual 95 % high (%)": residual.over.high,
        }
        named |= {
            f"{name} {self.part} accuracy (%)": values for name, values in zip(each.names, each.values, strict=True)
        }
        return {**{name: values.tolist() for name, values in named.items()}, "group runs": runs}


def curves_of(about: Question, others: Sequence[Run], part: PartName) -> GroupCurves:
    """What every rank of the matrix costs in the run that is asked about and these others.

    ValueError: they are no group (the message names what differs), or units are asked about; DataMissing: as there.
    """
    from workbench.evaluation.ranks.groups import group_curves

    runs = by_seed((about.place.run, *others))
    *_, curves = group_curves(runs, about.place.layer, about.place.snapshot, part, matrix=about.matrix)
    return curves


def group_mean(curves: GroupCurves) -> GroupMean | None:
    """The mean of what is known of a group; None where that is a single run, which has no interval."""
    if len(curves.seeds) < 2:
        return None
    lost = over_repeats(curves.accuracy[:, -1:] - curves.accuracy)
    names = tuple(f"run_{at}" if seed is None else f"seed_{seed}" for at, seed in enumerate(curves.seeds))
    runs = Trainings(curves.accuracy, names), Trainings(curves.residual_percent, names)
    return GroupMean(curves.part, curves.over_runs, over_repeats(curves.norm_percent), lost, runs)
