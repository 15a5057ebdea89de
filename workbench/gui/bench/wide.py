"""Scenes with layers of many units, on synthetic runs that are made for them."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from workbench.gui.bench import driving
from workbench.gui.bench.synthetic import Wide, make
from workbench.gui.bench.waiting import rest, wait_until
from workbench.gui.panels.graph.panel import GraphPanel

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from workbench.gui.window.main_window import MainWindow

WIDE = (Wide(512, 256, 50), Wide(4096, 256, 4), Wide(8192, 256, 3))
PATIENCE = 120.0  # seconds until the graph of a wide layer is there
LOOK_MS = 250  # between two changes of the snapshot


@dataclass
class Frames:
    """What the graph of a window has drawn since the run was asked for."""

    window: MainWindow
    begun: float = 0.0
    there: float = 0.0  # seconds until its first picture
    count: int = 0  # steps of the layout that were drawn

    @property
    def graph(self) -> GraphPanel:
        panel = self.window.panels["graph"]
        assert isinstance(panel, GraphPanel)
        return panel

    def watch(self) -> Callable[[], None]:
        """Count from now on; the caller calls what comes back to end that."""
        graph, self.begun = self.graph, time.monotonic()
        connections = (graph.drawn.connect(self._on_drawn), graph.view.item.moved.connect(self._on_moved))

        def end() -> None:
            graph.drawn.disconnect(connections[0])
            graph.view.item.moved.disconnect(connections[1])

        return end

    def _on_drawn(self) -> None:
        if not self.there and self.graph.result is not None:
            self.there = time.monotonic() - self.begun

    def _on_moved(self) -> None:
        self.count += 1


def name_of(wide: Wide) -> str:
    """What the scene is called."""
    over = f" over {wide.snapshots} snapshots" if wide.snapshots > 10 else ""
    return f"{wide.units:,} units{over}"


def made(wide: Wide, folder: Path, tell: Callable[[str], None]) -> Path:
    """The file of a synthetic run of this size in a folder."""
    path = folder / f"wide-{wide.units}.h5"
    make(path, wide, lambda what: tell(f"make {wide.units:,} units, {what}"))
    return path


def open_wide(window: MainWindow, path: Path) -> None:
    """Open it and wait until its graph is there."""
    window.open(path)
    graph = Frames(window).graph
    wait_until(
        lambda: graph.result is not None and graph.result.needs.place.run.path == path.resolve(),
        "draw the graph of many units",
        PATIENCE,
    )


def change_snapshots(window: MainWindow, times: int) -> None:
    """Drag over all snapshots, then go to one after the other and look at each for a moment."""
    driving.drag_through(window, 2.0)
    run = window.session.selection.run
    assert run is not None
    for step in range(times):
        window.session.select(snapshot=step % run.snapshots)
        rest(LOOK_MS)
