"""The figure of low-rank approximations: what is lost at every rank, and what the network still gets right."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import zip_longest
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from workbench.analysis.low_rank import elbows
from workbench.figures.figure import Floats, Ints, Table, legend, line_options
from workbench.figures.looks import ELBOWS, PARTS, Look
from workbench.figures.low_rank.picture import stacked
from workbench.figures.style import DASHES
from workbench.figures.zoom import Zoom, show

if TYPE_CHECKING:
    from workbench.evaluation.results import Accuracy
    from workbench.evaluation.run_evaluators import PartName
    from workbench.figures.low_rank.all_layers import AllLayers
    from workbench.figures.low_rank.costs import Curves
    from workbench.figures.low_rank.group import GroupMean
    from workbench.figures.low_rank.over_time import RankOverTime
    from workbench.figures.low_rank.picture import Picture
    from workbench.figures.style import Style

TOP = 104.0  # percent: room for a mark at 100


@dataclass(frozen=True)
class Reading:
    """The accuracy at the chosen rank with its 95 % interval, in percent."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, eq=False)
class LowRankFigure:
    """Residual and accuracy over the rank, both in percent, with the elbows and the chosen rank.

    Of a group all of them are means over its trainings, with their intervals and the curves of the runs beneath.
    """

    kind: ClassVar[str] = "low_rank"
    lines: ClassVar[float] = 7.0
    title: str
    residuals: Floats  # (r + 1,) ‖W − W_k‖²
    lost: Floats  # (r + 1,) in percent of ‖W‖²
    norm: Floats  # (r + 1,) ‖W_k‖ in percent of ‖W‖
    part: str
    ranks: Ints  # (L,) of the accuracies
    accuracy: Floats  # (L,) percent
    loss: Floats  # (L,)
    stored: float  # accuracy with nothing changed; NaN: not known
    elbows: tuple[tuple[str, int], ...]
    rank: int
    reading: Reading | None
    zoom: Zoom | None = None
    group: GroupMean | None = None
    first_images: int | None = None  # which the accuracies are from; None: all of the part
    over_time: RankOverTime | None = None  # what the chosen rank costs at every snapshot, drawn below
    all_layers: AllLayers | None = None  # what all layers cost together

    @property
    def seen(self) -> str:
        """Which images stand behind the accuracies, in words where it is not all of them."""
        return "" if self.first_images is None else f" (first {self.first_images:,} images)"

    @property
    def aspect(self) -> float:
        return 0.72 if self.over_time is None else 1.1

    def draw(self, part: Any, style: Style) -> None:
        if self.over_time is None:
            axes = part.subplots()
        else:
            axes, below = part.subplots(2, 1, height_ratios=(2.0, 1.0))
            self.over_time.draw(below, style)
        colours, full = style.colours, len(self.lost) - 1
        handles = axes.plot(np.arange(full + 1), self.lost, color=colours.text, label="residual ‖W − Wₖ‖²")
        if len(self.ranks):
            options = line_options(PARTS.get(self.part, Look("")), style)
            handles += axes.plot(self.ranks, self.accuracy, label=f"{self.part} accuracy{self.seen}", **options)
        if np.isfinite(self.stored) and len(self.ranks):
            handles.append(
                axes.axhline(self.stored, color=colours.faint, linestyle=DASHES["dashed"], linewidth=0.8 * style.line,
                             label="with nothing changed")
            )  # fmt: skip
        if self.group is not None:
            handles.append(self.group.draw(axes, style))
            self.group.draw_dots(axes, self.rank, style)
        handles += self._draw_elbows(axes, style)
        handles += [] if self.all_layers is None else [self.all_layers.draw(axes, style)]
        self._draw_rank(axes, style)
        label = "residual, accuracy (%)" if len(self.ranks) else "residual (%)"
        axes.set(xlim=(-0.02 * full, 1.02 * full), ylim=(0.0, TOP), xlabel="rank k", ylabel=label)
        show(self.zoom, axes)
        legend(part, handles, style)

    def settle(self, part: Any, style: Style) -> None:
        """Nothing depends on where the axes lie."""

    def table(self) -> Table:
        """A row for each rank; beside them a row for each snapshot, and for each number of all layers together."""
        ranks, more = self._ranks_table(), (self.over_time, self.all_layers)
        beside = {name: cells for each in more if each is not None for name, cells in each.columns().items()}
        rows = zip_longest(ranks.rows, zip_longest(*beside.values()))
        blank, none = (None,) * len(ranks.columns), (None,) * len(beside)
        return Table((*ranks.columns, *beside), tuple((*(left or blank), *(right or none)) for left, right in rows))

    def _ranks_table(self) -> Table:
        elbow_at: dict[int, list[str]] = {}
        for name, rank in self.elbows:
            elbow_at.setdefault(rank, []).append(name)
        marks = [" ".join(elbow_at.get(rank, [])) for rank in range(len(self.lost))]
        if self.group is not None:
            group = self.group.columns()
            means = zip(range(len(marks)), *group.values(), marks, strict=True)
            return Table(("rank", *group, "elbows"), tuple(means))
        known = {
            rank: (height, cost)
            for rank, height, cost in zip(self.ranks.tolist(), self.accuracy.tolist(), self.loss.tolist(), strict=True)
        }
        rows = [
            (rank, float(self.residuals[rank]), float(self.lost[rank]), float(self.norm[rank]),
             *known.get(rank, (None, None)), marks[rank])
            for rank in range(len(self.lost))
        ]  # fmt: skip
        accuracy = f"{self.part} accuracy (%){self.seen}"
        columns = ("rank", "residual", "residual (%)", "norm (%)", accuracy, "loss (nats)", "elbows")
        return Table(columns, tuple(rows))

    def _draw_elbows(self, axes: Any, style: Style) -> list[Any]:
        heights = stacked([rank for _, rank in self.elbows], self.lost)
        return [
            axes.plot([rank], [height], linestyle="none", marker=ELBOWS[name].symbol, markersize=0.65 * style.font,
                      markerfacecolor=style.colours.line(ELBOWS[name].colour), zorder=5,
                      markeredgecolor=style.colours.background, markeredgewidth=0.5 * style.line,
                      label=f"{name} {rank}")[0]
            for (name, rank), height in zip(self.elbows, heights, strict=True)
        ]  # fmt: skip

    def _draw_rank(self, axes: Any, style: Style) -> None:
        accent = style.colours.accent
        axes.axvline(self.rank, color=accent, linewidth=0.8 * style.line)
        if self.reading is not None:
            reach = [[self.reading.value - self.reading.low], [self.reading.high - self.reading.value]]
            axes.errorbar([self.rank], [self.reading.value], yerr=reach, fmt="o", color=accent, zorder=4,
                          markersize=0.45 * style.font, capsize=0.3 * style.font, linewidth=style.line)  # fmt: skip


def low_rank_figure(
    picture: Picture,
    part: PartName,
    curves: Curves | None,
    rank: int,
    reading: Accuracy | None,
    tolerance: float,
    zoom: Zoom | None = None,
) -> LowRankFigure:
    """The figure of what the low-rank panel shows, with the line at `rank`; no `curves`: without accuracies.

    `zoom` holds where it was chosen on these axes.
    """
    tolerated = None if curves is None else curves.tolerated(tolerance)
    proposed = elbows(picture.result, tolerated)
    nothing = np.zeros(0)
    question = picture.question
    of = "" if question.matrix == "weights" else f", {question.name}"
    return LowRankFigure(
        title=question.place.words + of,
        residuals=picture.result.residuals,
        lost=picture.lost,
        norm=picture.result.norm_percent,
        part=part,
        ranks=np.zeros(0, np.int64) if curves is None else curves.shown.levels,
        accuracy=nothing if curves is None else curves.shown.accuracy,
        loss=nothing if curves is None else curves.shown.loss,
        stored=picture.stored(part),
        elbows=tuple((name, at) for name, at in proposed.items() if at is not None),
        rank=rank,
        reading=None if reading is None else Reading(reading.accuracy, *reading.interval95),
        zoom=zoom and zoom.on(question.axes),
        first_images=None if curves is None or curves.shown.exact else curves.shown.images,
    )


def mean_figure(mean: GroupMean, rank: int, axes: str, zoom: Zoom | None = None) -> LowRankFigure:
    """The figure of the mean of a group, with the line at `rank`; `axes` are those of `Question`."""
    accuracy, reading = mean.accuracy, mean.reading(rank)
    known = np.zeros(0) if accuracy is None else accuracy.over.mean
    lost = mean.residual.over.mean
    return LowRankFigure(
        title=mean.title,
        residuals=lost,
        lost=lost,
        norm=mean.norm.over.mean,
        part=mean.part,
        ranks=np.arange(len(known)),
        accuracy=known,
        loss=np.full(len(known), np.nan),
        stored=np.nan if accuracy is None else float(known[-1]),
        elbows=tuple((name, at) for name, at in mean.proposed.items() if at is not None),
        rank=rank,
        reading=None if reading is None else Reading(reading[0], *reading[1]),
        zoom=zoom and zoom.on(axes),
        group=mean,
    )
