"""The figure of a run's layers: a table of their names, kinds and sizes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from workbench.figures.figure import Table, height_of, text_width, width_of
from workbench.runs.collection.naming import short_name

if TYPE_CHECKING:
    from workbench.figures.style import Style
    from workbench.runs.place import Place

COLUMNS = ("layer", "kind", "units m", "inputs n", "Q = n/m")
PLACES = (0.01, 0.36, 0.62, 0.81, 0.99)  # of the columns; numbers end there
ROW, WIDEST = 1.5, 2.2  # times the font: the height of a line, at the least and at the most


@dataclass(frozen=True, eq=False)
class LayersFigure:
    """A table with a line for each layer."""

    kind: ClassVar[str] = "run"
    title: str
    rows: tuple[tuple[str, str, int, int, float], ...]
    chosen: int | None = None  # the row of the selected layer

    @property
    def aspect(self) -> float:
        return 0.055 * (len(self.rows) + 1) + 0.02

    @property
    def lines(self) -> float:
        return ROW * (len(self.rows) + 1)

    def draw(self, part: Any, style: Style) -> None:
        axes = part.subplots()
        axes.set_axis_off()
        lines = [COLUMNS, *((name, kind, f"{m:,}", f"{n:,}", f"{q:.3g}") for name, kind, m, n, q in self.rows)]
        size = min(style.font, 0.9 * width_of(part) / 30.0, 0.8 * height_of(part) / len(lines))
        rows = max(len(lines), height_of(part) / (WIDEST * size))  # with what is left below them
        axes.set(xlim=(0, 1), ylim=(rows - 0.5, -0.5))
        room = (PLACES[1] - PLACES[0] - 0.02) * width_of(part)
        for row, (name, *others) in enumerate(lines):
            cells = (_shortened(name, size, room), *others)
            bold = "bold" if row == 0 or row - 1 == self.chosen else "normal"
            for place, cell in zip(PLACES, cells, strict=True):
                side = "left" if place < 0.5 else "right"
                axes.text(place, row, cell, ha=side, va="center", fontsize=size, fontweight=bold, parse_math=False)
        axes.axhline(0.5, color=style.colours.text, linewidth=0.6 * style.line)

    def settle(self, part: Any, style: Style) -> None:
        """Nothing depends on where the axes lie."""

    def table(self) -> Table:
        return Table(COLUMNS, self.rows)


def _shortened(name: str, size: float, room: float) -> str:
    """A name as it is, or without its middle where it would run into the next column; the ends tell layers apart."""
    kept = len(name)
    short = name
    while kept > 2 and text_width(short, size) > room:
        kept -= 1
        short = f"{name[: (kept + 1) // 2]}…{name[len(name) - kept // 2 :]}"
    return short


def layers_figure(place: Place) -> LayersFigure:
    """The layers of a run; the name of the one that is chosen is bold."""
    layers = place.run.layers
    names = [layer.name for layer in layers]
    rows = tuple((layer.name, layer.kind, layer.units, layer.inputs, float(layer.q)) for layer in layers)
    return LayersFigure(short_name(place.run), rows, names.index(place.layer) if place.layer in names else None)
