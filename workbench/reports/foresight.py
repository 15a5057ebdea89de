"""How long a report will still take: what is to be measured of each layer, then drawn, then written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.figures.progress import Progress
from workbench.runs.pace import Pace

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from workbench.runs.run import Run

WEIGHTS, DRAWING, WRITING = "weights", "drawing", "writing"
FILES = "files"  # the family of drawing and writing
VALIDATION = "choosing on validation"
FIGURES = 5  # of a layer, until they are counted
# Seconds for a unit of the layer, compared with each other, as measured on the sample runs.
COSTS = {WEIGHTS: 0.002, "pruning": 0.03, VALIDATION: 0.02, "low ranks": 0.05}

DRAWN, WRITTEN = 0.65, 0.4  # seconds for a figure, until they are measured


class Foresight:
    """Plans a report, and says of each step how far the report is when it begins."""

    def __init__(self, runs: Iterable[tuple[Run, Sequence[str]]], costs: bool, chooses: bool = True) -> None:
        self._pace = Pace()
        self._present: tuple[str, float] | None = None  # the kind of the step under way, and what is left of its work
        self._left: dict[tuple[Run, str], list[str]] = {}  # the steps of each layer that have not begun
        for run, names in runs:
            for name in names:
                steps = [step for step in COSTS if step == WEIGHTS or costs]
                if VALIDATION in steps and (run.spec.data.validation <= 0 or not chooses):
                    steps.remove(VALIDATION)
                self._left[run, name] = steps
                for step in steps:
                    self._pace.expect(_kind(run, name, step), _work(run, name), COSTS[step], family=step)
        self._figures = FIGURES * len(self._left)
        self._pace.expect(DRAWING, self._figures, DRAWN, FILES, absolute=True)
        self._pace.expect(WRITING, self._figures, WRITTEN, FILES, absolute=True)

    def of_layer(self, run: Run, name: str, step: str, done: float = 0.0) -> Progress:
        """Such a step begins, one of `COSTS`, or so much of the one under way is done, 0…1."""
        kind, doing = _kind(run, name, step), f"{run.path.name}, {name}: {step}"
        if self._present is None or self._present[0] != kind:
            self._left[run, name].remove(step)
            return self._begin(kind, _work(run, name), doing)
        left = self._present[1]
        more = left - (1.0 - min(done, 1.0)) * _work(run, name)
        if more > 0.0:
            self._pace.count(more)
            self._present = (kind, left - more)
            self._pace.enter(kind, left - more)
        return Progress.of(doing, self._pace.estimate())

    def layer_is_done(self, run: Run, name: str) -> None:
        """Nothing more is measured of a layer, whatever was planned."""
        self._end()
        for step in self._left.pop((run, name)):
            self._pace.skip(_kind(run, name, step), _work(run, name))

    def of_figure(self, number: int, figures: int) -> Progress:
        """The figure of that number, from 1 on, begins; there are so many."""
        for kind in (DRAWING, WRITING):
            if figures > self._figures:
                self._pace.expect(kind, figures - self._figures)
            elif figures < self._figures:
                self._pace.skip(kind, self._figures - figures)
        self._figures = figures
        return self._begin(DRAWING, 1.0, f"drawing figure {number} of {figures}")

    def of_writing(self) -> Progress:
        """The files are put together and written."""
        return self._begin(WRITING, float(self._figures), "writing")

    def _begin(self, kind: str, work: float, doing: str) -> Progress:
        self._end()
        self._present = (kind, work)
        self._pace.enter(kind, work)
        return Progress.of(doing, self._pace.estimate())

    def _end(self) -> None:
        if self._present is not None:
            self._pace.count(self._present[1])
            self._present = None
            self._pace.enter(None)


def _kind(run: Run, name: str, step: str) -> str:
    """Layers of one kind in one run take as long for each unit."""
    return f"{step}, {run.layer(name).kind} in {run.identity}"


def _work(run: Run, name: str) -> float:
    return float(run.layer(name).units)
