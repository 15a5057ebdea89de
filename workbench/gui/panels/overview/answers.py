"""The numbers of all layers of a run, computed once each and added to while the panel shows them."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from workbench.figures.directions.chance import by_chance
from workbench.figures.groups.costs import costs_comparable, group_costs
from workbench.figures.groups.rows import mean_row
from workbench.figures.overview.costs import costs
from workbench.figures.overview.layer import final_places
from workbench.figures.overview.units import table_of, units_behind

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from workbench.figures.overview.costs import LayerCosts
    from workbench.figures.overview.layer import LayerOverview
    from workbench.figures.overview.words import Basis
    from workbench.gui.state.layer_rows import LayerRows
    from workbench.runs.place import Place

PAUSE = 0.15  # seconds between two pictures while numbers come


@dataclass(frozen=True)
class Question:
    """What the overview is of: a run as far as it has grown."""

    place: Place  # of a run or group, no layer; its snapshot is the last

    @property
    def last(self) -> int:
        """The last snapshot."""
        return self.place.snapshot


@dataclass(frozen=True)
class Overview:
    """What is known so far of every layer."""

    question: Question
    histories: Mapping[str, Mapping[int, LayerOverview]]  # by layer, in the network's order, and snapshot
    known: int  # how many rows that are
    total: int  # how many there will be

    @property
    def last(self) -> int:
        """The last snapshot."""
        return self.question.last

    def has(self, snapshot: int) -> bool:
        """Whether every layer is known at a snapshot and at the last one."""
        return all(snapshot in history and self.last in history for history in self.histories.values())


@dataclass(frozen=True)
class Wanted:
    """What is asked for once the panel rests: every snapshot, and what changes cost."""

    question: Question
    costs: bool


@dataclass(frozen=True)
class Known:
    """What is known beyond the last snapshot."""

    overview: Overview
    costs: Mapping[str, LayerCosts]  # of the last snapshot, by layer


NO_COSTS: Mapping[str, LayerCosts] = {}


class Rows:
    """The rows of all layers of a run, as they come."""

    def __init__(self, rows: LayerRows) -> None:
        self._rows = rows

    def at_the_end(self, question: Question) -> Iterator[Overview]:
        """Every layer at the last snapshot, the cheapest first, with what is cached of the others."""
        yield from self._of_any(question, question.last)

    def and_the_rest(self, wanted: Wanted | None) -> Iterator[Known]:
        """The histories, the latest snapshots first; then what changes cost, ever better. Nothing of nothing wanted."""
        if wanted is None:
            return
        place = wanted.question.place
        for known in self._of_any(wanted.question, 0):
            yield Known(known, NO_COSTS)
        for layer in final_places(place.run):  # for the tips of the table
            by_chance(self._rows.row(layer))
            yield Known(known, NO_COSTS)
        if place.group is not None:
            for measured in group_costs(place) if wanted.costs and costs_comparable(place) else ():
                yield Known(known, measured)
            return
        found: dict[str, LayerCosts] = {}
        for better in costs(place.run) if wanted.costs else ():
            found = {**found, better.place.layer: better}
            yield Known(known, found)

    def _of_any(self, question: Question, first: int) -> Iterator[Overview]:
        """All rows from a snapshot on, as they come; of a group the means, where the rows of all runs are there."""
        finished: list[Overview] = []
        for place in question.place.each:
            latest = None
            for latest in self._overviews(replace(question, place=place), first):
                alone = question.place.group is None
                yield latest if alone else _mean(question, [*finished, latest])
            finished += [] if latest is None else [latest]

    def _overviews(self, question: Question, first: int) -> Iterator[Overview]:
        """All rows from a snapshot on, as they come."""
        rows: dict[str, dict[int, LayerOverview]] = {layer.name: {} for layer in question.place.run.layers}
        known, total, shown = 0, len(rows) * (question.last + 1), 0.0

        def so_far() -> Overview:
            histories = {layer: dict(sorted(history.items())) for layer, history in rows.items()}
            return Overview(question, histories, known, total)

        places = [place.at(question.last) for place in final_places(question.place.run)]
        for row in self._known_first(places, first):
            rows[row.layer][row.snapshot] = row
            known += 1
            if time.monotonic() - shown >= PAUSE:
                yield so_far()
                shown = time.monotonic()
        yield so_far()

    def _known_first(self, places: list[Place], first: int) -> Iterator[LayerOverview]:
        known = {place.layer: self._known(place) for place in places}
        for rows in known.values():
            yield from rows.values()
        for place in places:
            if place.snapshot not in known[place.layer]:
                yield self._rows.row(place)
        for place in places:
            before = range(place.snapshot - 1, first - 1, -1)
            yield from self._rows.history(place, [at for at in before if at not in known[place.layer]])

    def _known(self, place: Place) -> dict[int, LayerOverview]:
        """What was computed before of a layer, by snapshot, the latest first."""
        rows = {at: self._rows.known(place.at(at)) for at in range(place.snapshot, -1, -1)}
        return {at: row for at, row in rows.items() if row is not None}


def _mean(question: Question, of_runs: Sequence[Overview]) -> Overview:
    """The means over a group, of the rows that are known of all its runs."""
    place, count = question.place, len(question.place.runs)
    histories: dict[str, dict[int, LayerOverview]] = {layer: {} for layer in of_runs[0].histories}
    for layer, history in histories.items() if len(of_runs) == count else ():
        each = [overview.histories[layer] for overview in of_runs]
        for snapshot in each[0]:
            rows = [known[snapshot] for known in each if snapshot in known]
            if len(rows) == count:
                history[snapshot] = mean_row(replace(place, layer=layer, snapshot=snapshot), rows)
    return Overview(question, histories, sum(each.known for each in of_runs), count * of_runs[0].total)


@dataclass(frozen=True)
class Wish:
    """A number of a finding that was clicked, and the costs that it may be of."""

    basis: Basis
    costs: LayerCosts | None


def units_of(wish: Wish) -> frozenset[int]:
    """The units that a number rests on; none where it rests on something else."""
    basis = wish.basis
    if basis.kind in ("removable", "more"):
        gone = frozenset() if wish.costs is None else frozenset(wish.costs.gone)
        if basis.kind == "removable":
            return gone
        basis = replace(basis, kind="dead")
        return gone.difference(units_behind(basis, table_of(basis.place)).tolist())
    return frozenset(units_behind(wish.basis, table_of(wish.basis.place)).tolist())
