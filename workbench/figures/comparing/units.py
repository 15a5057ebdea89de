"""The units of a layer and the space that they end up in: the report's scatter, and their way there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from workbench.comparing.subspaces import LARGEST, subspace
from workbench.figures.figure import Cell, Floats, Ints, Table, legend
from workbench.figures.looks import BESIDE
from workbench.runs.saying import counted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workbench.comparing.subspaces import Subspace
    from workbench.figures.comparing.picture import Question
    from workbench.figures.style import Style

# What is drawn over the norm of each unit: the short label of its axis, and in words.
ASPECTS = {
    "similarity": ("cosine", "similarity with the initialisation"),
    "residual": ("residual", "projection residual"),
    "inside": ("inside", "similarity inside the space"),
}
FAINT = 0.25  # opacity of what is not among the largest


@dataclass(frozen=True, eq=False)
class UnitsPicture:
    """The units of a layer; of the other network too where that is another run."""

    question: Question
    found: tuple[Subspace, ...]

    @property
    def words(self) -> str:
        """What is found, in one line."""
        place, first = self.question.place, self.found[0]
        of = f"{place.words}: the space of rank {first.rank} holds {100 * first.energy:.1f} % of the squared norm"
        rows = [f"{of}; correlation of the norm with {_correlations(first)}"]
        rows += [f"of {other.words}: {_correlations(other)}" for other in self.found[1:]]
        return "; ".join([*rows, *(note for each in self.found for note in each.notes)])

    def figure(self) -> UnitsFigure:
        """The same for print."""
        return UnitsFigure(self.question.place.words, tuple(map(_dots, self.found)), self.question.place.snapshot)


def _correlations(found: Subspace) -> str:
    count = len(found.units.largest(LARGEST))
    said = ", ".join(f"{ASPECTS[name][1]} {_written(value)}" for name, value in found.correlations().items())
    return f"{said} ({counted(count, 'largest unit')})"


def _written(value: float) -> str:
    return f"{value:.2f}".replace("-", "−") if np.isfinite(value) else "not defined"


def units_picture(question: Question) -> UnitsPicture:
    """The picture. ValueError: there is no such space."""
    both = [question.place, *([question.other] if question.other.run.locator != question.place.run.locator else [])]
    return UnitsPicture(question, tuple(subspace(each, each.layer, question.fitting) for each in both))


@dataclass(frozen=True, eq=False)
class Dots:
    """The units of one network."""

    name: str
    norm: Floats  # (m,)
    similarity: Floats
    residual: Floats
    inside: Floats
    distances: Floats  # (T, m) from the space at each snapshot
    largest: Ints  # the units that correlations are over
    chance: float  # the distance of a random direction

    def rows(self) -> Iterator[tuple[Cell, ...]]:
        """The numbers of each unit: also its distance at each snapshot."""
        largest = set(self.largest.tolist())
        columns = zip(self.norm, self.similarity, self.residual, self.inside, *self.distances, strict=True)
        for unit, row in enumerate(columns):
            yield self.name, unit, "yes" if unit in largest else "no", *map(float, row)


def _dots(found: Subspace) -> Dots:
    units = found.units
    largest = np.array(units.largest(LARGEST), np.int64)
    numbers = units.norm, units.similarity, units.residual, units.inside
    return Dots(found.words, *numbers, found.distances, largest, found.chance)


@dataclass(frozen=True, eq=False)
class UnitsFigure:
    """Three scatters over the norm of the units, and their distances from the space over the snapshots."""

    kind: ClassVar[str] = "compare"
    lines: ClassVar[float] = 13.0
    title: str
    networks: tuple[Dots, ...]
    here: int  # the selected snapshot

    @property
    def aspect(self) -> float:
        return 1.0

    def draw(self, part: Any, style: Style) -> None:
        axes = part.subplots(2, 2).ravel()
        handles = []
        colours = (style.colours.accent, style.colours.line(BESIDE.colour))
        for dots, colour in reversed(list(zip(self.networks, colours, strict=False))):  # the first lies above
            few = np.isin(np.arange(len(dots.norm)), dots.largest)
            for place, name in zip(axes, ASPECTS, strict=False):
                values = getattr(dots, name)
                size = (1.6 * style.line) ** 2
                place.scatter(dots.norm[~few], values[~few], s=size, color=colour, alpha=FAINT, linewidths=0)
                handle = place.scatter(dots.norm[few], values[few], s=size, color=colour, linewidths=0, label=dots.name)
            handles.append(handle)
            axes[3].plot(dots.distances[:, dots.largest], color=colour, linewidth=0.4 * style.line, alpha=0.5)
            axes[3].axhline(dots.chance, color=style.colours.faint, linewidth=0.8 * style.line)
        for place, (label, _) in zip(axes, ASPECTS.values(), strict=False):
            place.set(xlabel="norm", ylabel=label)
        axes[3].axvline(self.here, color=style.colours.faint, linewidth=0.8 * style.line)
        axes[3].set(xlabel="snapshot", ylabel="distance")
        legend(part, handles[::-1], style)

    def settle(self, part: Any, style: Style) -> None:
        """Nothing depends on where the axes lie."""

    def table(self) -> Table:
        most = max(len(each.distances) for each in self.networks)
        columns = "network", "unit", "among the largest", "norm", *(words for _, words in ASPECTS.values())
        rows = [(*row, *(None,) * (len(columns) + most - len(row))) for each in self.networks for row in each.rows()]
        return Table((*columns, *(f"distance at snapshot {at}" for at in range(most))), tuple(rows))
