"""What the low-rank panel shows at a moment: of a run, or the mean of a group."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from workbench.analysis.low_rank import elbows
from workbench.figures.low_rank.figure import LowRankFigure, low_rank_figure, mean_figure
from workbench.figures.low_rank.group import group_pointed_at, group_sentence, group_table
from workbench.figures.low_rank.picture import pointed_at, sentence, table

if TYPE_CHECKING:
    from workbench.evaluation.results import Accuracy
    from workbench.evaluation.run_evaluators import PartName
    from workbench.figures.low_rank.costs import Curves
    from workbench.figures.low_rank.group import GroupMean
    from workbench.figures.low_rank.picture import Picture
    from workbench.figures.zoom import Zoom


@dataclass(frozen=True, eq=False)
class Shown:
    """What is known, and what is said and drawn of it."""

    picture: Picture
    mean: GroupMean | None  # None: of the run alone
    curves: Curves | None
    part: PartName
    tolerance: float

    @property
    def ranks(self) -> int:
        """The full rank."""
        return self.picture.result.ranks if self.mean is None else self.mean.ranks

    @property
    def proposed(self) -> dict[str, int | None]:
        """The rank of each elbow; of a group its mean over the runs."""
        if self.mean is not None:
            return self.mean.proposed
        tolerated = None if self.curves is None else self.curves.tolerated(self.tolerance)
        return elbows(self.picture.result, tolerated)

    @property
    def warnings(self) -> tuple[str, ...]:
        """Why the accuracies are doubtful."""
        if self.mean is not None:
            return self.mean.warnings
        return () if self.curves is None else self.curves.warnings

    def line(self, rank: int, accuracy: Accuracy | None) -> str:
        """What is found at the rank, with what the network says of the run there."""
        if self.mean is not None:
            return group_sentence(self.mean, rank)
        coming = None if self.curves is None else self.curves.coming
        return sentence(self.picture, rank, accuracy, self.part, self.proposed, self.warnings, coming)

    def pointed_at(self, pointer: float) -> str:
        """What is known of the rank under the mouse."""
        rank = min(max(round(pointer), 0), self.ranks)
        if self.mean is not None:
            return group_pointed_at(self.mean, rank)
        return pointed_at(self.picture, rank, None if self.curves is None else self.curves.at(rank))

    def figure(self, rank: int, accuracy: Accuracy | None, zoom: Zoom | None) -> LowRankFigure:
        """The same for print."""
        if self.mean is not None:
            return mean_figure(self.mean, rank, self.picture.question.axes, zoom)
        return low_rank_figure(self.picture, self.part, self.curves, rank, accuracy, self.tolerance, zoom)

    def table(self) -> str:
        """All ranks as text for a table."""
        return table(self.picture, self.curves) if self.mean is None else group_table(self.mean)
