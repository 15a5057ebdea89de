"""The figure of a training: loss and accuracy over the iterations."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from workbench.figures.figure import Floats, Table, legend, line_options
from workbench.figures.groups.trainings import Trainings, mean_words
from workbench.figures.looks import PARTS
from workbench.figures.zoom import Zoom, show
from workbench.runs.collection.groups import RunGroup
from workbench.runs.collection.naming import course
from workbench.runs.place import Place

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

    from workbench.figures.style import Style
    from workbench.runs.run import Run

    Curve = tuple[Floats, Floats]
    Spreads = Mapping[str, Trainings]  # by part of the data

SHOWN = ("train", "validation", "test")
NO_CURVES = "The files that this run was imported from contain no losses or accuracies."
LARGEST = 1e30  # that is drawn: beyond it plots lose their scale


def missing_history(run: Run) -> str:
    """Why a run has no history that could be drawn, in a sentence; "" where it has or may still get one."""
    imported = run.spec.origin is not None and run.spec.origin.how == "imported"
    return "This run was imported from one checkpoint, so it has no history." if imported and run.snapshots < 2 else ""


def missing_curves(source: Run | RunGroup) -> str:
    """Why a run or group has no losses and accuracies to draw, in a sentence; "" where it has or may get some."""
    run = source.runs[0] if isinstance(source, RunGroup) else source
    imported = run.spec.origin is not None and run.spec.origin.how == "imported"
    none = imported and not (stored_curves(source, "loss") or stored_curves(source, "accuracy"))
    return missing_history(run) or (NO_CURVES if none else "")


def stored_curves(source: Run | RunGroup, quantity: str) -> dict[str, Curve]:
    """The curves of a history, or their means over a group, by part: (iterations, values) where they can be drawn."""
    places = course(source)[1]
    return {part: (places[known], values[known]) for part, known, values in _known(source, quantity)}


def spreads(source: Run | RunGroup, quantity: str) -> dict[str, Trainings]:
    """The same curves in each run of a group, by part; none of a single run."""
    if not isinstance(source, RunGroup):
        return {}
    return {
        part: Trainings(source.histories(f"{part}_{quantity}")[:, known], source.columns)
        for part, known, _ in _known(source, quantity)
    }


def _known(source: Run | RunGroup, quantity: str) -> Iterator[tuple[str, NDArray[np.bool_], Floats]]:
    """The parts that have values, where they can be drawn, (T,), and all of them."""
    for part in SHOWN:
        values = source.history(f"{part}_{quantity}")
        known = (np.abs(values) < LARGEST) & np.isfinite(source.iterations)
        if known.any():
            yield part, known, values


@dataclass(frozen=True, eq=False)
class Trace:
    """One curve of one part of the data; of a group the mean of its runs."""

    part: str
    x: Floats
    y: Floats
    runs: Trainings | None = None

    def draw(self, axes: Any, style: Style) -> Any:
        """The line in matplotlib's axes; a single point, which makes no line, is marked."""
        single = np.count_nonzero(np.isfinite(self.y)) == 1
        look = line_options(PARTS[self.part], style) | ({"marker": "o"} if single else {})
        (line,) = axes.plot(self.x, self.y, label=self.part, **look)
        if self.runs is not None:
            self.runs.draw(axes, self.x, look["color"], style)
        return line


@dataclass(frozen=True, eq=False)
class TrainingFigure:
    """Loss over accuracy, both over the iterations; a line marks the selected snapshot."""

    kind: ClassVar[str] = "training"
    lines: ClassVar[float] = 7.0
    title: str
    loss: tuple[Trace, ...]
    accuracy: tuple[Trace, ...]
    here: float | None = None  # iteration of the selected snapshot
    over: str = "iteration"  # what the curves are drawn over where iterations are not known
    zoom: Zoom | None = None
    mean: str = ""  # what the curves are the mean of; "" of a single run

    @property
    def aspect(self) -> float:
        return 1.0

    def draw(self, part: Any, style: Style) -> None:
        upper, lower = part.subplots(2, 1, sharex=True)
        handles: dict[str, Any] = {}
        for axes, traces, label in ((upper, self.loss, "loss (nats)"), (lower, self.accuracy, "accuracy (%)")):
            for trace in traces:
                handles[trace.part] = trace.draw(axes, style)
            if self.here is not None:
                axes.axvline(self.here, color=style.colours.faint, linewidth=0.8 * style.line)
            axes.set_ylabel(label)
        lower.set_xlabel(self.over)
        lower.margins(x=0.01)
        places = np.concatenate([np.zeros(0), *(trace.x for trace in (*self.loss, *self.accuracy))])
        if len(set(places.tolist())) == 1:  # a single snapshot: one unit wide, and no fractions of an iteration
            lower.set(xlim=(places[0] - 0.5, places[0] + 0.5), xticks=[places[0]])
        if self.zoom is not None and len(self.zoom.y) == 1:  # in the panel, which has no accuracies
            show(self.zoom, upper)
            lower.set_xlim(self.zoom.x)
        else:
            show(self.zoom, upper, lower)
        legend(part, handles.values(), style, title=self.mean)
        part.get_figure(root=True).align_ylabels([upper, lower])

    def settle(self, part: Any, style: Style) -> None:
        """Nothing depends on where the axes lie."""

    def table(self) -> Table:
        more = next((trace.runs.columns for trace in (*self.loss, *self.accuracy) if trace.runs is not None), ())
        rows = [
            (quantity, trace.part, float(x), float(y), *(() if trace.runs is None else trace.runs.cells(at)))
            for quantity, traces in (("loss (nats)", self.loss), ("accuracy (%)", self.accuracy))
            for trace in traces
            for at, (x, y) in enumerate(zip(trace.x, trace.y, strict=True))
        ]
        return Table(("quantity", "part", self.over, "mean" if more else "value", *more), tuple(rows))


def training_figure(
    title: str,
    loss: Mapping[str, Curve],
    accuracy: Mapping[str, Curve],
    here: float | None = None,
    over: str = "iteration",
    zoom: Zoom | None = None,
) -> TrainingFigure:
    """The figure of curves by part, (x, y) each, as the training panel shows them."""
    return TrainingFigure(title, _traces(loss), _traces(accuracy), here, over, zoom)


def training_of(source: Run | RunGroup, snapshot: int | None = None, zoom: Zoom | None = None) -> TrainingFigure:
    """The figure of a stored training, or of the mean of a group.

    `snapshot` is marked; `zoom` holds where it was chosen on this run.
    """
    over, places = course(source)
    here = None if snapshot is None else float(places[snapshot])
    loss, accuracy = (
        _traces(stored_curves(source, quantity), spreads(source, quantity)) for quantity in ("loss", "accuracy")
    )
    place, mean = Place(source), mean_words(source) if isinstance(source, RunGroup) else ""
    return TrainingFigure(place.name, loss, accuracy, here, over, zoom and zoom.on(place.run.run_id), mean)


def _traces(curves: Mapping[str, Curve], runs: Spreads = MappingProxyType({})) -> tuple[Trace, ...]:
    return tuple(
        Trace(part, np.asarray(x, np.float64), np.asarray(y, np.float64), runs.get(part))
        for part, (x, y) in curves.items()
    )
