"""The figure of pruning curves: what is left of a network as units are removed (report, section 3.1)."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite
from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias

import numpy as np

from workbench.analysis.orders import available_orders
from workbench.figures.figure import Floats, Ints, Table, has_room, legend, line_options
from workbench.figures.looks import Look, look_of_class, looks_of_orders
from workbench.figures.pruning.group import dotted_levels, mean_of, reaching_of, trainings_of
from workbench.figures.pruning.lines import RANDOM, TITLES
from workbench.figures.pruning.words import CAN_GO, dead_in_words, merged_reaching, value_in_words
from workbench.figures.style import DASHES
from workbench.figures.zoom import Zoom, show
from workbench.runs.saying import counted

if TYPE_CHECKING:
    from workbench.figures.groups.trainings import Trainings
    from workbench.figures.pruning.lines import Line
    from workbench.figures.pruning.picture import Picture
    from workbench.figures.pruning.question import Question
    from workbench.figures.style import Style

FIRST_ORDERS = ("max_mag", "max_fp", RANDOM)  # shown until others are chosen
Finding: TypeAlias = tuple[str, str]  # a text of the legend: as a sentence, and in few words for a small figure
BELOW = 2.0  # points of accuracy that are shown below the lowest curve


@dataclass(frozen=True, eq=False)
class PrunedCurve:
    """One curve: its mean over repeats and, where there are several, the 95 % interval of that."""

    name: str
    look: Look
    across: Floats
    mean: Floats
    low: Floats
    high: Floats
    deviation: Floats  # standard deviation over the repeats; NaN for one
    levels: Ints  # the numbers of removed units that were measured
    images: int  # behind it; 0: it needs none
    finding: Finding  # what its legend says
    runs: Trainings | None = None  # of a group: the curve of each run
    dots: tuple[int, ...] = ()  # the numbers of removed units at which the numbers of the runs are drawn

    @property
    def repeated(self) -> bool:
        return bool(np.isfinite(self.deviation).any())


@dataclass(frozen=True, eq=False)
class Ablated:
    """What chosen units cost, and as many random ones (NaN: not known)."""

    count: int
    across: float
    value: float
    random: float


@dataclass(frozen=True, eq=False)
class PruningFigure:
    """Pruning curves with the random band, the merging curve and what the chosen units cost."""

    kind: ClassVar[str] = "pruning"
    lines: ClassVar[float] = 6.0
    title: str
    quantity: str  # what goes up, with its unit
    label: str  # what goes across, with its unit
    curves: tuple[PrunedCurve, ...]
    merged: tuple[tuple[int, float, float], ...]  # units gone, across, value
    merged_finding: Finding  # what its legend says
    ablated: Ablated | None
    chance: float | None
    heights: tuple[float, float]  # of the axis
    basis: str  # on how many images of which part
    dead: tuple[tuple[float, float], ...] = ()  # where on the curves the dead units end: across, up
    dead_words: Finding = ("", "")
    can_go: str = ""  # what the short texts leave to the legend's title
    zoom: Zoom | None = None
    mean: str = ""  # what the curves are the mean of; "" of a single run

    @property
    def aspect(self) -> float:
        return 0.72

    def draw(self, part: Any, style: Style) -> None:
        axes, colours, handles = part.subplots(), style.colours, []
        brief = self._brief(part, style)
        if self.chance is not None:
            chance = axes.axhline(self.chance, color=colours.faint, linestyle=DASHES["dotted"],
                                  linewidth=0.8 * style.line, label="chance")  # fmt: skip
        for curve in self.curves:
            options = line_options(curve.look, style)
            if curve.repeated:
                axes.fill_between(curve.across, curve.low, curve.high, color=options["color"], alpha=0.27, linewidth=0)
            handles += axes.plot(curve.across, curve.mean, label=curve.finding[brief], **options)
            if curve.runs is not None:
                at = list(curve.dots)
                curve.runs.draw_dots(axes, curve.across[at], at, options["color"], style)
        if self.merged:
            _, across, values = zip(*self.merged, strict=True)
            handles += axes.plot(across, values, marker="o", markersize=0.4 * style.font, markerfacecolor="none",
                                 markeredgecolor=colours.text, markeredgewidth=0.8 * style.line, color=colours.faint,
                                 linestyle=DASHES["dotted"], label=self.merged_finding[brief])  # fmt: skip
        if self.dead:
            handles += axes.plot(*zip(*self.dead, strict=True), marker="|", markersize=style.font, color=colours.text,
                                 markeredgewidth=1.5 * style.line, linestyle="none", zorder=3.5,
                                 label=self.dead_words[brief])  # fmt: skip
        handles += self._draw_ablated(axes, style)
        handles += [] if self.chance is None else [chance]
        end = max((float(curve.across[-1]) for curve in self.curves), default=1.0)
        axes.set(xlim=(-0.01 * end, 1.01 * end), ylim=self.heights, ylabel=self.quantity, xlabel=self.label)
        show(self.zoom, axes)
        legend(part, handles, style, title="\n".join(filter(None, [self.mean, self.can_go if brief else ""])))

    def settle(self, part: Any, style: Style) -> None:
        """Nothing depends on where the axes lie."""

    def table(self) -> Table:
        rows: list[tuple[str | int | float | None, ...]] = []
        names = next((curve.runs.names for curve in self.curves if curve.runs is not None), ())
        for curve in self.curves:
            runs = () if curve.runs is None else tuple(curve.runs.values)
            for level in curve.levels.tolist():
                values = (curve.across, curve.mean, curve.deviation, curve.low, curve.high)
                numbers = (float(each[level]) for each in values)
                rows.append((curve.name, level, *numbers, curve.images, *(float(each[level]) for each in runs)))
        rows += [("merged", gone, across, value, None, None, None, None) for gone, across, value in self.merged]
        if self.ablated is not None:
            place = (self.ablated.count, self.ablated.across)
            rows.append(("selected units", *place, self.ablated.value, None, None, None, None))
            rows.append(("as many random units", *place, self.ablated.random, None, None, None, None))
        columns = ("curve", "removed", self.label, self.quantity, "standard deviation", "95 % low", "95 % high")
        return Table((*columns, "images", *names), tuple(rows))

    def _brief(self, part: Any, style: Style) -> bool:
        """Whether the legend has room for few words only."""
        texts = [curve.finding[0] for curve in self.curves]
        texts += [self.merged_finding[0]] if self.merged else []
        texts += [self.dead_words[0]] if self.dead else []
        return not has_room(part, texts, style)

    def _draw_ablated(self, axes: Any, style: Style) -> list[Any]:
        if self.ablated is None:
            return []
        size, edge = 0.75 * style.font, 0.8 * style.line
        kinds = ((self.ablated.value, "D", style.colours.accent, counted(self.ablated.count, "selected unit")),
                 (self.ablated.random, "o", "none", counted(self.ablated.count, "random unit")))  # fmt: skip
        return [
            axes.plot([self.ablated.across], [value], linestyle="none", marker=marker, markersize=size, zorder=4,
                      markerfacecolor=face, markeredgecolor=style.colours.text, markeredgewidth=edge, label=label)[0]
            for value, marker, face, label in kinds
            if np.isfinite(value)
        ]  # fmt: skip


def pruning_figure(picture: Picture, zoom: Zoom | None = None) -> PruningFigure:
    """The figure of what the pruning panel shows; `zoom` holds where it was chosen on these axes."""
    question = picture.question
    looks = looks_of_orders(available_orders().orders)
    curves = tuple(
        _curve(line, looks.get(line.name) or look_of_class(number), picture)
        for number, line in enumerate(picture.lines)
    )
    chance = chance_of(question)
    points = () if picture.merging is None else picture.merging.points
    return PruningFigure(
        title=question.where,
        quantity=TITLES[picture.quantity],
        label=f"{picture.label}, {question.orders[0]}" if picture.quantity == "class" else picture.label,
        curves=curves,
        merged=tuple(
            (point.removed, float(picture.steps[point.removed]), float(getattr(point.accuracy, picture.quantity)))
            for point in points
        ),
        merged_finding=(merged_reaching(picture), merged_reaching(picture, brief=True)),
        ablated=_ablated(picture),
        chance=chance,
        heights=_heights(heights_of(picture, chance), curves),
        basis=question.part if picture.images[0] else "",
        dead=picture.dead_places,
        dead_words=(dead_in_words(picture), dead_in_words(picture, brief=True)),
        can_go=f"units that {CAN_GO[picture.quantity]}" if picture.quantity != "potential" else "units that halve it",
        zoom=zoom and zoom.on(question.axes),
        mean=mean_of(picture),
    )


def heights_of(picture: Picture, chance: float | None) -> tuple[float, float]:
    """Of accuracies from chance, or the lowest curve, to 100 %; of other quantities from 0 to the highest."""
    lowest, highest = picture.heights
    if chance is not None:
        return float(np.fmin(chance, lowest)) - BELOW, 102.0
    return 0.0, 1.04 * highest if highest > 0 else 1.0


def heights_awaited(chance: float | None) -> tuple[float, float] | None:
    """The axis of curves that are still computed: of accuracies as `heights_of`, of others None, for not known."""
    return None if chance is None else (chance - BELOW, 102.0)


def awaited(question: Question, shown: Picture | None) -> str:
    """What stands by the plot until the first curve is there: what the run stores, and which older curves are pale."""
    pale = "" if shown is None else f" Pale until then: {shown.question.where}."
    if not isfinite(question.stored):
        return f"{question.where}: computing…{pale}"
    stored = value_in_words(question.stored, question.quantity)
    return f"{question.where}: computing… {stored} with nothing removed.{pale}"


def chance_of(question: Question) -> float | None:
    """The accuracy in percent that guessing has; None for another quantity."""
    return 100.0 / question.place.run.layers[-1].units if question.quantity == "accuracy" else None


def _heights(of_means: tuple[float, float], curves: tuple[PrunedCurve, ...]) -> tuple[float, float]:
    """The axis with the bands whole in it: an axis from 0 stays so, that of percentages too."""
    low, high = of_means
    lowest = min((float(curve.low.min()) for curve in curves), default=low)
    highest = max((float(curve.high.max()) for curve in curves), default=high)
    return min(low, max(lowest, 0.0)), max(high, 1.04 * highest if low == 0.0 else high)


def _ablated(picture: Picture) -> Ablated | None:
    found = picture.ablation
    if found is None:
        return None
    random = float(found.random.mean()) if len(found.random) else float("nan")
    return Ablated(found.count, float(picture.steps[found.count]), found.value, random)


def _curve(line: Line, look: Look, picture: Picture) -> PrunedCurve:
    over, count = line.over_seeds, line.values.shape[1]
    runs = trainings_of(picture, line)
    return PrunedCurve(
        name=line.name,
        look=look,
        across=line.across,
        mean=line.mean,
        low=over.low if len(line.values) > 1 else line.mean,
        high=over.high if len(line.values) > 1 else line.mean,
        deviation=over.std if len(line.values) > 1 else np.full(count, np.nan),
        levels=np.arange(count) if line.levels is None else line.levels,
        images=line.images,
        finding=(reaching_of(line, picture, interval=True), reaching_of(line, picture, interval=True, brief=True)),
        runs=runs,
        dots=() if runs is None else tuple(dotted_levels(line).tolist()),
    )
