"""The figure of the overview: a table of all layers with bars and findings, or a measure of each at every snapshot."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from workbench.figures.figure import Cell, Floats, Table, height_of
from workbench.figures.groups.costs import costs_comparable, group_costs
from workbench.figures.groups.rows import mean_row, numbers_in, said
from workbench.figures.looks import OKABE_ITO
from workbench.figures.overview.costs import costs_of
from workbench.figures.overview.headline import headline
from workbench.figures.overview.layer import overview_of, overviews
from workbench.figures.overview.measures import MEASURES, NOTHING, measure_named, number
from workbench.figures.overview.printed_table import PrintedTable
from workbench.figures.overview.run import in_order
from workbench.figures.overview.words import finding, text_of
from workbench.runs.saying import counted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from workbench.figures.overview.costs import LayerCosts
    from workbench.figures.overview.layer import LayerOverview
    from workbench.figures.overview.measures import Measure
    from workbench.figures.overview.run import Overview
    from workbench.figures.style import Style
    from workbench.runs.place import Place

ONE_COLUMN, WIDEST = 238.0, 312.0  # points: a usual width, and that from which a map grows no higher
MOST_ROWS = 40  # of the table
MOST_TEXTS = 12  # findings below it
BYTES = 90  # that a row of the CSV file takes, roughly
WAITING = "…"


@dataclass(frozen=True, eq=False)
class PrintedMap:
    """A measure of every layer at every snapshot, as colours."""

    layers: tuple[str, ...]
    shares: Floats  # (layers, snapshots), of what the measure can be at most; NaN: there is no number
    words: str  # what they are
    chosen: tuple[int, int] | None = None  # (layer, snapshot) that is set off

    def height_at(self, width: float, font: float) -> float:
        """The height that it takes at a width with letters of this size, all in points."""
        return float(np.clip(0.25 + 0.05 * len(self.layers), 0.45, 1.2)) * min(width, WIDEST)

    def draw(self, part: Any, style: Style) -> None:
        """Draw into a SubFigure."""
        from matplotlib.patches import Rectangle
        from matplotlib.ticker import MaxNLocator

        axes = part.subplots()
        known = self.shares[np.isfinite(self.shares)]
        highest = float(known.max()) if known.size and known.max() > 0.0 else 1.0
        image = axes.imshow(
            100.0 * self.shares, cmap="viridis", vmin=0.0, vmax=100.0 * highest, aspect="auto", interpolation="nearest"
        )
        each = max(1, int(np.ceil(1.6 * style.font * len(self.layers) / (0.75 * height_of(part)))))
        shown = range(0, len(self.layers), each)
        names = [_short(self.layers[at]) for at in shown]
        axes.set_yticks(list(shown), names, parse_math=False)
        axes.tick_params(axis="y", length=0)
        axes.xaxis.set_major_locator(MaxNLocator(6, integer=True))
        axes.set_xlabel("snapshot")
        bar = part.colorbar(image, ax=axes, label=f"{self.words} (%)", pad=0.02)
        bar.outline.set_visible(False)
        if self.chosen is not None:
            row, column = self.chosen
            frame: Any = {"fill": False, "edgecolor": OKABE_ITO["vermillion"], "linewidth": 1.2 * style.line}
            axes.add_patch(Rectangle((column - 0.5, row - 0.5), 1.0, 1.0, clip_on=False, zorder=5, **frame))


@dataclass(frozen=True, eq=False)
class OverviewFigure:
    """All layers of a run: a table at one snapshot, or a map of one measure."""

    kind: ClassVar[str] = "overview"
    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    printed: PrintedTable | PrintedMap

    @property
    def aspect(self) -> float:
        return self.height_at(ONE_COLUMN, 8.0) / ONE_COLUMN

    def height_at(self, width: float, font: float) -> float:
        """The height that it takes at a width with letters of this size, all in points."""
        return self.printed.height_at(width, font)

    @property
    def lines(self) -> float:
        return 6.0

    @property
    def table_bytes(self) -> int:
        """About how many bytes the table takes."""
        return BYTES * len(self.rows)

    def draw(self, part: Any, style: Style) -> None:
        self.printed.draw(part, style)

    def settle(self, part: Any, style: Style) -> None:
        """Nothing depends on where the axes lie."""

    def table(self) -> Table:
        return Table(self.columns, self.rows)


def overview_figure(found: Overview, place: Place, measure: str) -> OverviewFigure:
    """What the panel shows at a place; `measure` is its setting. `found` has the last snapshot and what is shown.

    ValueError: there is no such measure.
    """
    chosen = measure_named(measure)
    printed = _table(found, place) if chosen is None else _map(found, place, chosen)
    columns, rows = table_of(found if chosen is not None else found.at(place.snapshot), place, found.costs)
    return OverviewFigure(place.name, columns, rows, printed)


def table_of(
    rows: Overview, place: Place, costs: Mapping[str, LayerCosts] | None
) -> tuple[tuple[str, ...], tuple[tuple[Cell, ...], ...]]:
    """The columns and rows of a table of these rows; of a group as `overview-group` has them."""
    if place.group is None:
        return rows.columns, tuple(rows.rows())
    of_group = numbers_in(place, rows.layers, costs, place.snapshots - 1)
    return of_group.columns, tuple(of_group.rows())


def shown_overview(place: Place, measure: str, measured: bool) -> Overview:
    """What such a figure needs to know; with what changes cost if they are `measured` and the run is finished.

    ValueError: there is no such measure, or nothing to show.
    """
    if place.group is not None:
        return _shown_of_group(place, measure, measured)
    run = place.run
    if not run.layers or not run.snapshots:
        raise ValueError(f"{run.path.name} has no layer with a weight matrix, or no snapshot yet")
    of_map = measure_named(measure) is not None
    rows = list(overviews(run, all_snapshots=of_map))
    last = [row for row in rows if row.snapshot == run.snapshots - 1]
    if not of_map and place.snapshot != run.snapshots - 1:
        rows += [overview_of(row.place.at(place.snapshot)) for row in last]
    if of_map or not measured or not run.finished:
        return in_order(rows)
    return in_order(rows, {row.layer: found for row in last for found in costs_of(row)})


def _shown_of_group(place: Place, measure: str, measured: bool) -> Overview:
    """The same of a group. ValueError: as there."""
    last, of_map = place.snapshots - 1, measure_named(measure) is not None
    if not place.run.layers or last < 0:
        raise ValueError(f"{place.name} has no layer with a weight matrix, or no snapshot yet")
    snapshots = range(last + 1) if of_map else sorted({place.snapshot, last})
    rows = [
        mean_row(at, [overview_of(each) for each in at.each])
        for layer in place.run.layers
        for at in (replace(place, layer=layer.name, snapshot=snapshot) for snapshot in snapshots)
    ]
    if of_map or not measured or not costs_comparable(place):
        return in_order(rows)
    *_, costs = group_costs(place)
    return in_order(rows, costs)


def _map(found: Overview, place: Place, measure: Measure) -> PrintedMap:
    layers = tuple(layer.name for layer in place.run.layers)
    numbers = {name: at for at, name in enumerate(layers)}
    shares = np.full((len(layers), place.snapshots), np.nan)
    for row in found.layers:
        value = measure.value(row)
        if value is not None:
            shares[numbers[row.layer], row.snapshot] = measure.share(row, value)
    of = "units" if measure.of == "units" else "the largest possible rank"
    chosen = (numbers[place.layer], place.snapshot) if place.layer in numbers else None
    return PrintedMap(layers, shares, f"{measure.head.lower()}, of {of}", chosen)


def _table(found: Overview, place: Place) -> PrintedTable:
    here = found.at(place.snapshot).layers
    rows, measures = here[:MOST_ROWS], [each for each in MEASURES if found.costs is not None or not each.costs]
    names = [row.layer for row in rows]
    last = place.snapshot == place.snapshots - 1
    nothing = [float("nan")] * 2
    return PrintedTable(
        heads=("Layer", "Units", "Inputs", *(each.head for each in measures)),
        layers=tuple(names),
        cells=tuple((number(row.units), number(row.inputs), *(_cell(found, row, of) for of in measures))
                    for row in rows),
        shares=np.array([[*nothing, *(_share(found, row, of) for of in measures)] for row in rows]),
        colours=("", "", *(each.colour for each in measures)),
        pale=(False, False, *(each.costs and not last for each in measures)),
        texts=tuple(_texts(found, place, len(here) - len(rows))),
        chosen=names.index(place.layer) if place.layer in names else None,
    )  # fmt: skip


def _value(found: Overview, row: LayerOverview, measure: Measure) -> float | None:
    return measure.value(row, (found.costs or {}).get(row.layer))


def _cell(found: Overview, row: LayerOverview, measure: Measure) -> str:
    costs = (found.costs or {}).get(row.layer)
    text = said(measure, row, costs)
    if text is not None:
        return text
    return NOTHING if not measure.costs or measure.missing(row, costs) else WAITING


def _share(found: Overview, row: LayerOverview, measure: Measure) -> float:
    value = _value(found, row, measure)
    return float("nan") if value is None else measure.share(row, value)


def _texts(found: Overview, place: Place, left_out: int) -> list[str]:
    """What is said below the table: the most redundant layer, the finding of each, and what is not of its snapshot."""
    last = found.last
    costs = found.costs or {}
    chosen = [row for row in last if row.layer == place.layer]
    others = [row for row in last if row.layer != place.layer]
    texts = [text_of(headline(last, costs))]
    texts += [text_of(finding(row, costs.get(row.layer))) for row in (chosen + others)[:MOST_TEXTS]]
    if left_out or len(last) > MOST_TEXTS:
        texts.append(f"Not shown: {left_out_in_words(left_out, len(last) - MOST_TEXTS)}.")
    if place.snapshot != place.snapshots - 1:
        of = "The sentences" if found.costs is None else "The sentences and the pale numbers"
        texts.append(f"The table is of snapshot {place.snapshot}. {of} are of the last, {place.snapshots - 1}.")
    return texts if texts[0] else ["", *texts[1:]]


def left_out_in_words(rows: int, findings: int) -> str:
    """What the figure has no room for."""
    parts = [counted(rows, "more layer")] if rows > 0 else []
    parts += [f"the findings of {counted(findings, 'layer')}"] if findings > 0 else []
    return " and ".join(parts)


def _short(name: str) -> str:
    return name if len(name) <= 18 else f"{name[:9]}…{name[-8:]}"
