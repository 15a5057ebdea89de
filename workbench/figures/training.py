"""The figure of a training: loss and accuracy over the iterations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from workbench.figures.figure import Floats, Table, legend, line_options
from workbench.figures.looks import PARTS
from workbench.figures.zoom import Zoom, show
from workbench.runs.collection.naming import course, short_name

if TYPE_CHECKING:
    from collections.abc import Mapping

    from workbench.figures.style import Style
    from workbench.runs.run import Run

    Curve = tuple[Floats, Floats]

SHOWN = ("train", "validation", "test")
NO_CURVES = "The files that this run was imported from contain no losses or accuracies."
LARGEST = 1e30  # that is drawn: beyond it plots lose their scale


def missing_history(run: Run) -> str:
    """Why a run has no history that could be drawn, in a sentence; "" where it has or may still get one."""
    imported = run.spec.origin is not None and run.spec.origin.how == "imported"
    return "This run was imported from one checkpoint, so it has no history." if imported and run.snapshots < 2 else ""


def missing_curves(run: Run) -> str:
    """Why a run has no losses and accuracies that could be drawn, in a sentence; "" where it has or may get some."""
    imported = run.spec.origin is not None and run.spec.origin.how == "imported"
    none = imported and not (stored_curves(run, "loss") or stored_curves(run, "accuracy"))
    return missing_history(run) or (NO_CURVES if none else "")


def stored_curves(run: Run, quantity: str) -> dict[str, Curve]:
    """The curves of a run's history that can be drawn, by part, without their gaps: (iterations, values)."""
    curves = {}
    for part in SHOWN:
        values = run.history(f"{part}_{quantity}")
        known = (np.abs(values) < LARGEST) & np.isfinite(run.iterations)
        if known.any():
            curves[part] = course(run)[1][known], values[known]
    return curves


@dataclass(frozen=True, eq=False)
class Trace:
    """One curve of one part of the data."""

    part: str
    x: Floats
    y: Floats

    def draw(self, axes: Any, style: Style) -> Any:
        """The line in matplotlib's axes; a single point, which makes no line, is marked."""
        single = np.count_nonzero(np.isfinite(self.y)) == 1
        look = line_options(PARTS[self.part], style) | ({"marker": "o"} if single else {})
        (line,) = axes.plot(self.x, self.y, label=self.part, **look)
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
        legend(part, handles.values(), style)
        part.get_figure(root=True).align_ylabels([upper, lower])

    def settle(self, part: Any, style: Style) -> None:
        """Nothing depends on where the axes lie."""

    def table(self) -> Table:
        rows = [
            (quantity, trace.part, float(x), float(y))
            for quantity, traces in (("loss (nats)", self.loss), ("accuracy (%)", self.accuracy))
            for trace in traces
            for x, y in zip(trace.x, trace.y, strict=True)
        ]
        return Table(("quantity", "part", self.over, "value"), tuple(rows))


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


def training_of(run: Run, snapshot: int | None = None, zoom: Zoom | None = None) -> TrainingFigure:
    """The figure of a stored run's training; `snapshot` is marked, and `zoom` holds where it was chosen on this run."""
    over, places = course(run)
    here = None if snapshot is None else float(places[snapshot])
    curves = stored_curves(run, "loss"), stored_curves(run, "accuracy")
    return training_figure(short_name(run), *curves, here, over, zoom and zoom.on(run.run_id))


def _traces(curves: Mapping[str, Curve]) -> tuple[Trace, ...]:
    return tuple(Trace(part, np.asarray(x, np.float64), np.asarray(y, np.float64)) for part, (x, y) in curves.items())
