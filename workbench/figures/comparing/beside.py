"""Another network's curves in the figure of a panel: which they are, and where they lie on the axes of the first."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.figures.comparing.curves import ROWS, BesideLine
from workbench.figures.comparing.picture import other_moment as other_moment
from workbench.figures.figure import Figure, Table, legend
from workbench.figures.looks import BESIDE
from workbench.figures.style import DASHES
from workbench.runs.collection.naming import short_name
from workbench.runs.errors import RunError
from workbench.runs.place import Place
from workbench.runs.saying import counted

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from workbench.figures.style import Style
    from workbench.runs.run import Run

KEY = "beside"  # in the settings of a figure: the run_id of the other run, which ends its group, and its snapshot


@dataclass(frozen=True, eq=False)
class BesideFigure:
    """A figure with the curves of another network's figure of its kind."""

    figure: Figure
    other: Figure
    name: str  # of the first network
    other_name: str

    @property
    def kind(self) -> str:
        """That of both."""
        return self.figure.kind

    @property
    def title(self) -> str:
        return f"{self.figure.title}; beside: {self.other_name}"

    @property
    def aspect(self) -> float:
        return self.figure.aspect

    @property
    def lines(self) -> float:
        return self.figure.lines + 1.5

    def height_at(self, width: float, font: float) -> float:
        """The height that it takes at a width with letters of this size, all in points."""
        height_at = getattr(self.figure, "height_at", None)
        return (self.aspect * width if height_at is None else float(height_at(width, font))) + 1.5 * font

    @property
    def curves(self) -> tuple[BesideLine, ...]:
        """Those of the other network, on the axes of the first."""
        row = ROWS[self.kind]
        return tuple(row.curves(self.figure, self.other, row.alone(self.figure)))

    def draw(self, part: Any, style: Style) -> None:
        from matplotlib.lines import Line2D

        self.figure.draw(part, style)
        axes, own, curves = part.axes, style.colours.line(BESIDE.colour), self.curves
        heights = [each.get_ylim() for each in axes]
        for line in curves:
            look = {"color": style.colours.line(line.colour) if line.colour else own, "linewidth": style.line}
            if line.steps:
                axes[line.axes].stairs(line.y, line.x, **look)
            else:
                axes[line.axes].plot(line.x, line.y, linestyle=_dash(line), **look)
        if getattr(self.figure, "zoom", None) is None:
            for each, (low, high) in zip(axes, heights, strict=True):
                tops = (_top(line) for line in curves if axes[line.axes] is each)
                each.set_ylim(low, max(high, *tops, low))
            if (views := ROWS[self.kind].views(self.figure, self.other)) is not None:
                axes[0].set_xlim(views)
        coloured = all(not line.colour for line in self.curves)
        text = style.colours.text
        looks: Any = ((style.colours.accent, "-"), (own, "-")) if coloured else ((text, "-"), (text, "-."))
        handles = [
            Line2D([], [], color=colour, linestyle=dash, label=name)
            for (colour, dash), name in zip(looks, (self.name, self.other_name), strict=True)
        ]
        legend(part, handles, style, place="outside lower left")

    def settle(self, part: Any, style: Style) -> None:
        self.figure.settle(part, style)

    def table(self) -> Table:
        """The rows of both, each with the name of its network."""
        ours, theirs = self.figure.table(), self.other.table()
        more = tuple(name for name in theirs.columns if name not in ours.columns)
        columns = (*ours.columns, *more)
        rows = [(self.name, *row, *(None,) * len(more)) for row in ours.rows]
        for row in theirs.rows:
            known = dict(zip(theirs.columns, row, strict=False))
            rows.append((self.other_name, *(known.get(name) for name in columns)))
        return Table(("network", *columns), tuple(rows))


def _top(line: BesideLine) -> float:
    """How high an axis goes that has room for the line."""
    known = line.y[np.isfinite(line.y)]
    return 1.04 * float(known.max()) if line.grows and known.size else -np.inf


def _dash(line: BesideLine) -> Any:
    return "-." if line.dash == "beside" else DASHES[line.dash]


def setting_of(run: Run, snapshot: int) -> dict[str, Any]:
    """What the settings of a figure say of the other run."""
    return {"run": run.run_id, "snapshot": snapshot}


def naming(named: Mapping[str, Any], place: Place, run: Run, snapshot: int | None = None) -> dict[str, Any]:
    """The settings `named` with those of another run: at its snapshot, or at the moment of `place` (None)."""
    there = other_moment(place, run, "same").snapshot if snapshot is None else run.resolve(snapshot)
    return {**named, KEY: setting_of(run, there)}


def taken_apart(group: Sequence[Run], settings: Mapping[str, Any]) -> tuple[tuple[Run, ...], tuple[Run, int] | None]:
    """The runs of a mean, and the run beside at its snapshot. ValueError: it is not given, or has no such snapshot."""
    said = settings.get(KEY)
    if not isinstance(said, dict):
        return tuple(group), None
    run = next((each for each in group if each.run_id == said.get("run")), None)
    if run is None:
        raise ValueError("another network stands beside in this figure: give its run as the group")
    snapshot = said.get("snapshot")
    if not isinstance(snapshot, int) or not 0 <= snapshot < run.snapshots:
        raise ValueError(f"{run.path.name} has no snapshot {snapshot!r}")
    return tuple(each for each in group if each is not run), (run, snapshot)


def place_beside(kind: str, place: Place, run: Run, snapshot: int) -> Place:
    """The place of another run that stands beside `place` in a figure of this kind. ValueError: there is none."""
    needs = ROWS[kind].needs
    if needs == "run" or not place.layer:
        return Place(run, "", snapshot)
    try:
        other = Place(run, run.layer(place.layer).name, snapshot)
    except RunError as error:
        if needs == "name":
            return Place(run, "", snapshot)
        raise ValueError(f"{short_name(run)} has no layer {place.layer}") from error
    ours, theirs = place.layer_view, other.layer_view
    if needs == "shape" and (ours.units, ours.inputs) != (theirs.units, theirs.inputs):
        here = f"{counted(ours.units, 'unit')} of {counted(ours.inputs, 'input')}"
        raise ValueError(f"{place.layer} of {short_name(run)} has {theirs.units:,} of {theirs.inputs:,}, not {here}")
    return other


def chosen_beside(kind: str, figure: Figure, chosen: Any) -> Any:
    """The settings with which the other network's figure is made, so that its axes are those of the first."""
    changes: dict[str, Any] = {"view": None} if hasattr(chosen, "view") else {}
    if kind == "spectrum":
        changes |= {"scale": figure.scale, "band": None, "initial": False}  # type: ignore[attr-defined]
    if kind == "timeline":
        changes |= {"rule": ""}
    return replace(chosen, **changes)


def with_beside(
    made: Figure, place: Place, other: tuple[Run, int] | None, make: Callable[[Place, Any], Figure], chosen: Any,
    notes: list[str],
) -> Figure:  # fmt: skip
    """The figure with the curves of the other run at its snapshot; alone, with a note, where it has no such layer."""
    if other is None:
        return made
    if made.kind not in ROWS:
        raise ValueError(f"a figure of kind {made.kind} shows no other network beside")
    try:
        there = place_beside(made.kind, place, *other)
        found = make(there, chosen_beside(made.kind, made, chosen))
    except ValueError as error:
        notes.append(f"{error}: only {place.name} is drawn")
        return made
    name = ROWS[made.kind].name
    pair: Any = BesideFigure(made, found, name(place), name(there))
    figure: Figure = pair
    return figure
