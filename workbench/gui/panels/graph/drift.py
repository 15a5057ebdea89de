"""The arrows of the weight graph: from where each unit was at an earlier snapshot to where it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from workbench.figures.stacks.drift import OF_FIRST, OF_STACK, earlier, earlier_place
from workbench.figures.stacks.picture import StackedGraphs
from workbench.gui.background.latest import Latest
from workbench.gui.background.ticker import single_shot
from workbench.gui.plots.graph.seen import Left

if TYPE_CHECKING:
    from collections.abc import Mapping
    from concurrent.futures import ThreadPoolExecutor

    import numpy as np
    from numpy.typing import NDArray

    from workbench.analysis.layout.blocks import Ground
    from workbench.analysis.layout.forces import Forces, Layout
    from workbench.figures.graph.picture import GraphResult
    from workbench.figures.stacks.drift import Earlier
    from workbench.gui.background.latest import Answer
    from workbench.gui.panels.graph.panel import GraphPanel
    from workbench.runs.place import Place

REST_MS = 150  # without a move of the nodes, after which arrows are drawn


@dataclass(frozen=True, eq=False)
class Asked:
    """What arrows lead to and come from."""

    result: GraphResult
    positions: NDArray[np.float32]
    before: Place
    ground: Ground
    forces: Forces
    pinned: Mapping[int, tuple[float, float]]
    kept: Layout | None  # where the nodes were seen at that snapshot


class Drift(QObject):
    """Belongs to a graph panel. Arrows are there while the nodes rest; the layout they come from is then known."""

    def __init__(self, panel: GraphPanel, pool: ThreadPoolExecutor) -> None:
        super().__init__(panel)
        self._panel = panel
        self._graphs = StackedGraphs()
        self.found: Earlier | None = None  # that the arrows on screen come from
        self.note = ""  # why there are no arrows where they are wanted
        self._latest = Latest(self._compute, pool, self)
        self._latest.answered.connect(self._on_latest_answered)
        self._rest = single_shot(self, REST_MS, self._ask)
        panel.view.item.moved.connect(self.follow)
        panel.more.arrows.currentIndexChanged.connect(lambda _at: self.follow())

    @property
    def words(self) -> tuple[str, ...]:
        """What is said of the arrows, in clauses."""
        return tuple(filter(None, (self.note, "" if self.found is None else self.found.words)))

    def follow(self) -> None:
        """The nodes moved, or other arrows are wanted: there are none until the nodes rest."""
        wanted = self._panel.more.arrows.currentData() != "none"
        if self.found is not None or self.note:
            self.found, self.note = None, ""
            self._panel.view.item.show_tails(None)
            self._panel.write_line()
        if wanted:
            self._rest.start()

    def shut(self) -> None:
        """Nothing more is asked."""
        self._rest.stop()
        self._latest.close()

    def _ask(self) -> None:
        panel, view = self._panel, self._panel.view
        result, arrows = panel.result, panel.more.arrows.currentData()
        if arrows == "none" or result is None or len(view.item.positions) != result.graph.units:
            return
        if view.item.moving:
            self._rest.start()
            return
        before = None if result.needs.stacked else earlier_place(result.needs.place, arrows)
        if before is None:
            self.note = OF_STACK if result.needs.stacked else OF_FIRST
            panel.write_line()
            return
        kept = view.seen.get(result.needs.at(before).nodes_and_edges)
        ground, pins = view.ground, dict(view.pins)
        known = None if kept is None else kept.layout
        self._latest.ask(Asked(result, view.item.positions, before, ground, view.forces, pins, known))

    def _compute(self, asked: Asked) -> Earlier:
        how = asked.ground, asked.forces, asked.pinned, asked.kept
        return earlier(self._graphs, asked.result, asked.positions, asked.before, *how)

    def _on_latest_answered(self, answer: Answer) -> None:
        asked: Asked = answer.question
        view = self._panel.view
        if view.item.positions is not asked.positions or view.item.moving:
            return
        self.found = answer.value
        before = asked.result.needs.at(asked.before).nodes_and_edges
        if view.forces == asked.forces and view.seen.get(before) is None:
            view.seen.keep(before, Left(self.found.layout, asked.pinned))
        view.item.show_tails(self.found.tails)
        if view.fitting:
            view.show_all()
        self._panel.write_line()
