"""How soon the pruning panel answers, what memory that takes, and what is left of it when the run is closed."""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer

from workbench.figures.pruning.lines import RANDOM
from workbench.gui.background import warming
from workbench.gui.background.process import memory
from workbench.gui.bench import driving
from workbench.gui.bench.waiting import rest, wait_until
from workbench.gui.panels.pruning import PruningPanel

if TYPE_CHECKING:
    from pathlib import Path

    from workbench.gui.window.main_window import MainWindow

PATIENCE = 120.0  # seconds for the numbers of a layer; what takes longer is not told
SAMPLE_MS = 20  # between two looks at the memory
MOMENT_MS = 500
AFTER = 5.0  # seconds after the run is closed
MB = 2**20


@dataclass(frozen=True)
class Answered:
    """How soon the curves of a layer had their first numbers, in seconds since the layer was selected."""

    layer: str
    first: float  # of the first order
    named: float  # of every order but the random one
    random: float
    images: int  # that the first numbers of the first order rest on
    peak_mb: float  # of the process, until `seconds` after the last of these


@dataclass(frozen=True)
class Evaluated:
    """The answers about a run, and the memory of the process around them."""

    run: str
    answers: tuple[Answered, ...]  # none where the network or its images are not here
    before_mb: float  # with no run open, before any was evaluated
    warmed_mb: float  # the same once what evaluating needs is loaded, as the empty window does by itself
    after_mb: float  # so long after it was closed
    seconds: float  # that


@dataclass(eq=False)
class _Watch:
    """Notes when each curve of a layer is first drawn, and the largest memory meanwhile."""

    panel: PruningPanel
    layer: str
    begun: float = field(default_factory=time.monotonic)
    seen: dict[str, tuple[float, int]] = field(default_factory=dict)  # seconds and images, by the name of the curve
    peak: int = 0

    def on_drawn(self) -> None:
        shown = self.panel.shown
        if shown is not None and shown.question.place.layer == self.layer:
            for line in shown.lines:
                self.seen.setdefault(line.name, (time.monotonic() - self.begun, line.images))

    def on_timeout(self) -> None:
        self.peak = max(self.peak, memory())

    def is_over(self) -> bool:
        """Whether every curve has numbers, or the panel says why there are none."""
        return {*self.panel.orders.orders} <= set(self.seen) or (self.panel.shows_message and self.panel.complete)

    def answered(self) -> Answered | None:
        """None: the network or its images are not here."""
        if not self.is_over() or self.panel.shows_message:
            return None
        named = [self.seen[name] for name in self.panel.orders.orders if name != RANDOM]
        random = self.seen.get(RANDOM, (float("nan"), 0))[0]
        first, images = min(named)
        return Answered(self.layer, first, max(named)[0], random, images, self.peak / MB)


def evaluate(window: MainWindow, run: Path, seconds: float) -> Evaluated:
    """Ask about the first layer and, while that is still measured, about the largest; then close the run."""
    rest(round(1000 * AFTER))  # what an earlier scene left is freed
    before = memory()
    warming.load()
    rest(MOMENT_MS)
    warmed = memory()
    window.docks["pruning"].come()
    driving.open_run(window, run)
    answers = tuple(filter(None, (_answers(window, layer, seconds) for layer in _layers(window))))
    driving.close_runs(window)
    rest(round(1000 * AFTER))
    return Evaluated(run.name, answers, before / MB, warmed / MB, memory() / MB, AFTER)


def _layers(window: MainWindow) -> list[str]:
    opened = window.session.selection.run
    assert opened is not None
    largest = max(opened.layers[:-1], key=lambda layer: layer.units * layer.inputs)
    return list(dict.fromkeys([opened.layers[0].name, largest.name]))


def _answers(window: MainWindow, layer: str, seconds: float) -> Answered | None:
    panel = window.panels["pruning"]
    assert isinstance(panel, PruningPanel)
    window.session.select(layer=layer)
    watch, timer = _Watch(panel, layer), QTimer()
    timer.timeout.connect(watch.on_timeout)
    timer.start(SAMPLE_MS)
    connection = panel.drawn.connect(watch.on_drawn)
    watch.on_drawn()
    try:
        with suppress(RuntimeError):
            wait_until(watch.is_over, f"answer about {layer}", PATIENCE)
        rest(round(1000 * seconds))
    finally:
        panel.drawn.disconnect(connection)
        timer.stop()
    return watch.answered()
