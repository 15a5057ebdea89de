"""The tip of the graph panel's line: what chance gives for a graph of this size and cut-off."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from workbench.figures.graph.chance import graph_by_chance
from workbench.gui.background.latest import Latest
from workbench.gui.background.ticker import single_shot

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor

    from workbench.figures.graph.chance import GraphByChance
    from workbench.figures.graph.picture import GraphResult
    from workbench.gui.background.latest import Answer
    from workbench.gui.widgets.plain_text import ElidedLabel

REST_MS = 400  # until a cut-off that is dragged rests


class ChanceNote(QObject):
    """Draws independent directions once the graph rests, and says in the tip of a line what they give."""

    def __init__(self, line: ElidedLabel, pool: ThreadPoolExecutor, parent: QObject) -> None:
        super().__init__(parent)
        self._line = line
        self._wanted: GraphResult | None = None
        self._key: object = None  # all that chance depends on
        self._rest = single_shot(self, REST_MS, self._ask)
        self._latest = Latest(_by_chance, pool, self)
        self._latest.answered.connect(self._on_latest_answered)

    def show_for(self, result: GraphResult | None) -> None:
        """The graph that is shown from now on; None: none is."""
        key = None if result is None else (result.basis, result.graph.cutoff)
        if key == self._key:
            return
        self._wanted, self._key = result, key
        self._line.set_note("")
        self._latest.drop()
        self._rest.start() if result is not None else self._rest.stop()

    def shut(self) -> None:
        """Nothing more is asked."""
        self._rest.stop()
        self._latest.close()

    def _ask(self) -> None:
        self._latest.ask(self._wanted)

    def _on_latest_answered(self, answer: Answer) -> None:
        found: GraphByChance | None = answer.value
        if answer.question is self._wanted:
            self._line.set_note("" if found is None else found.words)


def _by_chance(result: GraphResult) -> GraphByChance | None:
    return graph_by_chance(result.graph, result.needs.place, result.needs.similarity)
