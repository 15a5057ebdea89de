"""Which units of a layer are meant: by their state, by the weight graph on screen, or by a rule."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from workbench.figures.graph.picture import Graphs
from workbench.figures.overview.units import table_of
from workbench.runs.saying import plural

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from workbench.analysis.graph import WeightGraph
    from workbench.figures.graph.needs import GraphNeeds
    from workbench.figures.overview.units import UnitTable
    from workbench.runs.place import Place

    Bools = NDArray[np.bool_]

Way = Literal["dead", "hardly_moved", "isolated", "repeated", "component", "neighbours", "rule", "others"]
OF_TABLE = ("dead", "hardly_moved", "repeated")  # by what the unit table says


@dataclass(frozen=True)
class Choice:
    """What is asked for; the graph decides what is isolated, connected and next to each other."""

    way: Way
    graph: GraphNeeds
    units: frozenset[int] = frozenset()  # those that are selected
    rule: str = ""
    sets: tuple[tuple[str, tuple[int, ...]], ...] = ()  # of units, by their names, which rules may name

    @property
    def place(self) -> Place:
        """Whose units are meant."""
        return self.graph.place


@dataclass(frozen=True)
class Chosen:
    """The units that were meant."""

    choice: Choice
    units: frozenset[int]
    cutoff: float | None = None  # of the graph, where that decided

    @property
    def kind(self) -> str:
        """What they are called, with their number before it: "dead units"; "units" where no word says it."""
        count = len(self.units)
        word = {"dead": "dead ", "hardly_moved": "hardly moved ", "isolated": "isolated ", "repeated": "repeated "}
        after = {"component": " of this component", "rule": f" where {self.choice.rule}"}
        return f"{word.get(self.choice.way, '')}{plural(count, 'unit')}{after.get(self.choice.way, '')}"

    @property
    def nothing(self) -> str:
        """The sentence about no unit at all."""
        at = "" if self.cutoff is None else f" at a cut-off of {self.cutoff:.2f}"
        what = {
            "dead": "no unit is dead",
            "hardly_moved": "no unit has hardly moved",
            "isolated": f"no unit is isolated{at}",
            "repeated": "no unit repeats another",
            "rule": f"no unit fits the rule “{self.choice.rule}”",
            "others": "all units were selected",
        }.get(self.choice.way, "there is no such unit")
        return f"{self.choice.place.words}: {what}."


class Chooser:
    """Finds units, and keeps the last table and graph. For worker threads."""

    def __init__(self) -> None:
        self._graphs = Graphs()
        self._graph: tuple[GraphNeeds, WeightGraph] | None = None
        self._table: UnitTable | None = None

    def find(self, choice: Choice) -> Chosen:
        """The units that are meant. ValueError: it is not known which they are, or the rule is none."""
        if choice.way == "rule":
            return Chosen(choice, _numbers(self._table_of(choice.place).where(choice.rule, dict(choice.sets))))
        if choice.way == "others":
            others = choice.place.layer_view.present(choice.place.snapshot).copy()
            others[sorted(choice.units)] = False
            return Chosen(choice, _numbers(others))
        if choice.way in OF_TABLE:
            return Chosen(choice, _numbers(self._of_table(choice)))
        graph = self._graph_of(choice.graph)
        return Chosen(choice, _numbers(OF_GRAPH[choice.way](graph, sorted(choice.units))), graph.cutoff)

    def forget(self) -> None:
        """Hold no run that was closed."""
        self._graphs, self._graph, self._table = Graphs(), None, None

    def _of_table(self, choice: Choice) -> Bools:
        table = self._table_of(choice.place)
        why = table.missing.get("nearest" if choice.way == "repeated" else choice.way)
        if why is not None:
            raise ValueError(f"{choice.place.words}: this is not known, because {why}")
        found: Bools = table.named[choice.way]
        return found

    def _table_of(self, place: Place) -> UnitTable:
        table = self._table
        if table is None or table.place != place:
            table = self._table = table_of(place)
        return table

    def _graph_of(self, needs: GraphNeeds) -> WeightGraph:
        known = self._graph
        if known is None or known[0] != needs:
            known = self._graph = needs, next(self._graphs.results(needs)).graph
        return known[1]


def sets_at(kept: object, place: Place) -> dict[str, tuple[int, ...]]:
    """The named sets of the units of a layer, among those that the weight graph panel keeps by "run_id layer"."""
    sets = kept.get(f"{place.run.run_id} {place.layer}", {}) if isinstance(kept, Mapping) else {}
    return {str(name): tuple(units) for name, units in sorted(sets.items())} if isinstance(sets, Mapping) else {}


def component_of(graph: WeightGraph, units: list[int]) -> Bools:
    """The units that edges connect with these, themselves too, (m,)."""
    numbers = graph.component[units]
    return np.isin(graph.component, numbers[numbers >= 0])


def with_neighbours(graph: WeightGraph, units: list[int]) -> Bools:
    """These units, and those that an edge joins to one of them, (m,)."""
    chosen = np.zeros(graph.units, np.bool_)
    chosen[units] = True
    first, second = graph.edges.T
    near = chosen.copy()
    near[second[chosen[first]]] = True
    near[first[chosen[second]]] = True
    return near & graph.present


def _numbers(chosen: Bools) -> frozenset[int]:
    return frozenset(np.flatnonzero(chosen).tolist())


OF_GRAPH: dict[str, Callable[[WeightGraph, list[int]], Bools]] = {
    "isolated": lambda graph, _units: graph.alone,
    "component": component_of,
    "neighbours": with_neighbours,
}
