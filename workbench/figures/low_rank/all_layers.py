"""Beside the low ranks of a layer in print: what all layers cost together at low rank, of a group the mean."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.figures.groups.trainings import OPAQUE, Trainings
from workbench.figures.looks import PARTS, Look
from workbench.figures.low_rank.joint import GroupJoint
from workbench.figures.low_rank.over_time import text_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workbench.evaluation.ranks.joint import JointLowRank
    from workbench.figures.figure import Cell
    from workbench.figures.low_rank.costs import Cost
    from workbench.figures.style import Style


@dataclass(frozen=True, eq=False)
class AllLayers:
    """The ranks of all layers within a tolerance of energy, and what is left with them; of a group in each run."""

    layer: str  # that of the figure
    tolerance: float  # percent of its energy that each layer may lose
    part: str
    layers: tuple[str, ...]  # in the network's order
    ranks: Trainings  # (runs, layers)
    accuracy: Trainings  # (runs, 1) percent
    weights: Trainings  # (runs, 1) percent of the weights that are left as factors
    interval: tuple[float, float]  # 95 % of the accuracy: of a run over its images, of a group over its runs

    @property
    def name(self) -> str:
        """What is asked, in words."""
        return f"all layers at tolerance {self.tolerance:.4g} %"

    def draw(self, axes: Any, style: Style) -> Any:
        """Draw the accuracy at the rank that the figure's layer has among them; the handle for the legend."""
        own, colour = self.layers.index(self.layer), style.colours.line(PARTS.get(self.part, Look("")).colour)
        at, mean = self.ranks.values[:, own], float(self.accuracy.over.mean[0])
        square = {"marker": "s", "color": colour}
        if len(at) > 1:
            small: Any = {"markersize": 0.2 * style.font, "markeredgewidth": 0.0, "alpha": OPAQUE, **square}
            axes.plot(at, self.accuracy.values[:, 0], linestyle="none", zorder=1.8, **small)
        reach = [[mean - self.interval[0]], [self.interval[1] - mean]]
        look: Any = {"markersize": 0.6 * style.font, "markerfacecolor": style.colours.background, **square}
        return axes.errorbar([float(at.mean())], [mean], yerr=reach, linestyle="none", zorder=4.5,
                             elinewidth=style.line, capsize=0.3 * style.font, label=f"{self.name}: {mean:.1f} %",
                             **look)  # fmt: skip

    def columns(self) -> dict[str, list[Cell]]:
        """What is known, and its numbers, by the name of their column."""
        ranks = (f"rank of {each}" for each in self.layers)
        said: list[Cell] = [f"{self.part} accuracy (%)", "weights left (%)", *ranks]
        values = np.hstack([self.accuracy.values, self.weights.values, self.ranks.values])
        runs = Trainings(values, self.ranks.names)
        if len(values) == 1:
            return {self.name: said, f"{self.name}: value": values[0].tolist()}
        each = zip(runs.columns, (runs.over.std, runs.over.low, runs.over.high, *values), strict=True)
        spread = {f"{self.name}: {column}": numbers.tolist() for column, numbers in each}
        return {self.name: said, f"{self.name}: mean": runs.over.mean.tolist(), **spread}


def all_layers_of(found: JointLowRank | GroupJoint | None, layer: str) -> AllLayers | None:
    """The same for print; None where it is not known, or not yet of all images and runs."""
    if found is None:
        return None
    runs, names = (found.runs, found.group.columns) if isinstance(found, GroupJoint) else ((found,), (layer,))
    first = runs[0]
    if len(runs) < len(names) or not all(each.accuracy.exact for each in runs):
        return None
    accuracy = Trainings(np.array([[each.accuracy.accuracy] for each in runs]), names)
    over = accuracy.over
    return AllLayers(
        layer,
        100.0 * first.tolerance,
        first.part,
        tuple(name for name, _ in first.ranks),
        Trainings(np.array([[float(rank) for _, rank in each.ranks] for each in runs]), names),
        accuracy,
        Trainings(np.array([[100.0 * each.weights] for each in runs]), names),
        first.accuracy.interval95 if len(runs) == 1 else (float(over.low[0]), float(over.high[0])),
    )


def table_all_layers(found: JointLowRank | GroupJoint | None, layer: str) -> str:
    """The same as tab-separated text with a row of names, below a blank line; "" where it is not known."""
    known = all_layers_of(found, layer)
    return "" if known is None else text_of(known.columns())


def all_layers_program(cost: Cost, group: str, percent: float) -> Iterator[str]:
    """Lines that print the same; `group`: the name of what holds the runs."""
    asked = f"each, {percent / 100.0!r}, {cost.about.place.snapshot}, {cost.part!r}"
    yield f"together = [wb.joint_low_rank({asked}) for each in {group}]"
    yield "left = [each.accuracy.accuracy for each in together]"
    named = f"all layers at tolerance {percent:.4g} %: accuracy"
    yield f'print(f"{named} {{sum(left) / len(left):.2f}} %, of the runs {{left}}")'
    yield "for name, _ in together[0].ranks:"
    yield "    ranks = [dict(each.ranks)[name] for each in together]"
    yield '    print(f"rank of {name}: {sum(ranks) / len(ranks):.1f}, of the runs {ranks}")'
