"""CKA of every layer of one network with every layer of another, as a map."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from workbench.comparing.columns import CKA as COLUMNS
from workbench.figures.figure import Cell, Floats, Table, height_of, text_width, width_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workbench.comparing.cka import Cka
    from workbench.figures.comparing.picture import Question
    from workbench.figures.style import Style

DARK = 0.55  # CKA below which letters on it are light


@dataclass(frozen=True, eq=False)
class CkaPicture:
    """What the layers of two networks make of the same images."""

    question: Question
    found: Cka

    @property
    def words(self) -> str:
        """What is found, in one line."""
        found = self.found
        same = [
            (found.values[at, found.other_layers.index(name)], name)
            for at, name in enumerate(found.layers)
            if name in found.other_layers
        ]
        known = sorted(pair for pair in same if np.isfinite(pair[0]))
        ends = dict.fromkeys(f"{value:.2f} ({name})" for value, name in (known[:1] + known[-1:]))
        alike = f"layers of the same name are alike by {' to '.join(ends)}" if known else "no layer is in both"
        high = found.shuffled_high[np.isfinite(found.shuffled_high)]
        chance = f"; shuffled images stay below {high.max():.2g} in 95 %" if high.size else ""
        images = f"{found.images:,} {found.part} images"
        beside = f"compared with {self.question.other.words_with('')} by CKA on {images}"
        return f"{self.question.place.words_with('')}: {alike}{chance}; {beside}"

    def figure(self) -> CkaFigure:
        """The same for print."""
        found = self.found
        title = f"{found.first} (rows) and {found.second} (columns)"
        beside = found.shuffled_mean, found.shuffled_high
        return CkaFigure(title, found.first, found.second, found.layers, found.other_layers, found.values, *beside)


def cka_pictures(question: Question) -> Iterator[str | CkaPicture]:
    """How far it is, and at last the picture: as `wb.cka` finds it. ValueError, DataMissing: see there."""
    from workbench.comparing.cka import cka_steps

    for step in cka_steps(question.place, question.other, question.part):
        yield f"CKA: {step}" if isinstance(step, str) else CkaPicture(question, step)


@dataclass(frozen=True, eq=False)
class CkaFigure:
    """A map of the CKA from 0 to 1."""

    kind: ClassVar[str] = "compare"
    lines: ClassVar[float] = 8.0
    title: str
    first: str
    second: str
    layers: tuple[str, ...]
    other_layers: tuple[str, ...]
    values: Floats  # (layers, other layers)
    shuffled_mean: Floats
    shuffled_high: Floats

    @property
    def aspect(self) -> float:
        return float(np.clip(len(self.layers) / max(len(self.other_layers), 1), 0.5, 1.2)) * 0.85

    def draw(self, part: Any, style: Style) -> None:
        axes = part.subplots()
        image = axes.imshow(self.values, cmap="viridis", vmin=0.0, vmax=1.0, aspect="auto", interpolation="nearest")
        down = max(1, int(np.ceil(1.6 * style.font * len(self.layers) / (0.7 * height_of(part)))))
        rows = range(0, len(self.layers), down)
        axes.set_yticks(list(rows), [_short(self.layers[at]) for at in rows], parse_math=False)
        wide = 0.7 * width_of(part) / max(len(self.other_layers), 1)
        names = [_short(name) for name in self.other_layers]
        turned = any(text_width(name, style.font) > wide for name in names)
        across = max(1, int(np.ceil(1.6 * style.font / wide))) if turned else 1
        some = range(0, len(names), across)
        axes.set_xticks(list(some), [names[at] for at in some], rotation=90 if turned else 0, parse_math=False)
        axes.tick_params(length=0)
        axes.set(xlabel=self.second, ylabel=self.first)
        if wide > 3.0 * style.font:
            for (row, column), value in np.ndenumerate(self.values):
                if np.isfinite(value):
                    colour = "white" if value < DARK else "black"
                    axes.text(column, row, f"{value:.2f}", ha="center", va="center", color=colour,
                              fontsize=0.9 * style.font)  # fmt: skip
        part.colorbar(image, ax=axes, label="CKA", pad=0.02).outline.set_visible(False)

    def settle(self, part: Any, style: Style) -> None:
        """Nothing depends on where the axes lie."""

    def table(self) -> Table:
        rows: list[tuple[Cell, ...]] = [
            (layer, other, *(float(each[at, beside]) for each in (self.values, self.shuffled_mean, self.shuffled_high)))
            for at, layer in enumerate(self.layers)
            for beside, other in enumerate(self.other_layers)
        ]
        return Table(COLUMNS, tuple(rows))


def _short(name: str) -> str:
    return name if len(name) <= 18 else f"…{name[-17:]}"
