"""The principal angles between a layer's row spaces in two networks, and the directions that both share."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import zip_longest
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from workbench.comparing.angles import principal_angles
from workbench.comparing.subspaces import joint_svd
from workbench.figures.comparing.figure import ANGLES, CHANCE
from workbench.figures.figure import Floats, Table, legend, line_options
from workbench.figures.looks import CHANGES
from workbench.runs.saying import plural

if TYPE_CHECKING:
    from workbench.analysis.subspaces.stacked import Stacked
    from workbench.comparing.angles import Angles
    from workbench.figures.comparing.picture import Question
    from workbench.figures.style import Style

SHARE = "share of the joint direction (%)"
BAND = 0.25  # opacity of what 95 % of random spaces lie in


@dataclass(frozen=True, eq=False)
class AnglesPicture:
    """The angles beside those of chance and of an unrelated network, and the joint directions of both."""

    question: Question
    found: Angles
    joint: Stacked

    @property
    def words(self) -> str:
        """What is found, in one line: also which numbers mean little."""
        said = [f"{self.question.place.words}: {self.found.words}", *self.found.notes]
        if self.joint.blocks:
            named = ", ".join(f"{first} to {last}" for first, last in self.joint.blocks)
            of = plural(len(self.joint.blocks), "one block", "blocks")
            said.append(f"joint directions {named} have nearly equal singular values: read their shares as {of}")
        return "; ".join(said)

    def figure(self) -> AnglesFigure:
        """The same for print."""
        found = self.found
        return AnglesFigure(
            title=f"{self.question.place.words} and {self.question.other.words_with(self._other_layer)}",
            degrees=found.degrees,
            expected=found.chance.mean,
            low=found.chance.low,
            high=found.chance.high,
            unrelated=found.unrelated,
            unrelated_name=found.unrelated_name,
            shares=100.0 * self.joint.shares[0],
            values=self.joint.singular_values,
            blocks=self.joint.blocks,
            first=self.question.place.words_with(self.question.place.layer if self._other_layer else ""),
            layers=bool(self._other_layer),
        )

    @property
    def _other_layer(self) -> str:
        """The layer of the other network, where it is another one."""
        return self.question.other_layer or ""


def angles_picture(question: Question) -> AnglesPicture:
    """The picture. ValueError: there are no such spaces."""
    place, other, rank = question.place, question.other, question.fitting
    found = principal_angles(place, other, place.layer, rank, question.other_layer, question.unrelated)
    return AnglesPicture(question, found, joint_svd((place, other), (place.layer, other.layer), rank))


@dataclass(frozen=True, eq=False)
class AnglesFigure:
    """Angles over their number, and below which network the joint directions belong to."""

    kind: ClassVar[str] = "compare"
    lines: ClassVar[float] = 13.0
    title: str
    degrees: Floats  # (k,) ascending
    expected: Floats  # of random spaces
    low: Floats  # 95 % of these lie between
    high: Floats
    unrelated: Floats | None
    unrelated_name: str
    shares: Floats  # (k,) of the first network in each joint direction, in percent
    values: Floats  # (k,) the joint singular values
    blocks: tuple[tuple[int, int], ...]  # of nearly equal ones
    first: str
    layers: bool = False  # whether two layers are compared

    @property
    def of_both(self) -> str:
        """What the legend calls the angles."""
        return "both layers" if self.layers else "both networks"

    @property
    def aspect(self) -> float:
        return 1.0

    def draw(self, part: Any, style: Style) -> None:
        above, below = part.subplots(2, 1, sharex=True)
        each, colours = np.arange(1, len(self.degrees) + 1), style.colours
        dots = {"markersize": 2.2 * style.line, "linewidth": style.line}
        handles = above.plot(each, self.degrees, "o-", color=colours.accent, label=self.of_both, **dots)
        if self.unrelated is not None:
            look = line_options(CHANGES["unrelated"], style)
            handles += above.plot(each, self.unrelated, label=self.unrelated_name, linewidth=style.line, **look)
        look = line_options(CHANGES["chance"], style)
        handles += above.plot(each, self.expected, label=f"{CHANCE}, 95 %", linewidth=style.line, **look)
        above.fill_between(each, self.low, self.high, color=look["color"], alpha=BAND, linewidth=0)
        above.set(ylim=(0.0, 92.0), ylabel="angle (degrees)")
        for first, last in self.blocks:
            below.axvspan(first - 0.4, last + 0.4, color=colours.faint, alpha=BAND, linewidth=0)
        below.axhline(50.0, color=colours.faint, linewidth=0.8 * style.line)
        below.plot(each, self.shares, "o", color=colours.accent, markersize=2.2 * style.line)
        below.set(ylim=(0.0, 100.0), xlabel="number", ylabel="share (%)")
        legend(part, handles, style)

    def settle(self, part: Any, style: Style) -> None:
        """Nothing depends on where the axes lie."""

    def table(self) -> Table:
        beside = () if self.unrelated is None else ((f"{self.unrelated_name} (degrees)", self.unrelated),)
        columns = (
            (ANGLES, self.degrees), (f"{CHANCE} (degrees)", self.expected), ("95 % from", self.low),
            ("95 % to", self.high), *beside, ("joint singular value", self.values), (SHARE, self.shares),
        )  # fmt: skip
        rows = zip_longest(*(values.tolist() for _, values in columns))
        return Table(("number", *(name for name, _ in columns)), tuple((at, *row) for at, row in enumerate(rows, 1)))
