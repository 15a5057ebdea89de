"""What the page of a unit asks: what the run stores of it, and what the network says."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from workbench.figures.overview.one_unit import facts_of, history_of
from workbench.figures.overview.unit_measures import measures_of
from workbench.figures.overview.units import table_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workbench.evaluation.exciting import Exciting
    from workbench.figures.overview.one_unit import UnitFacts, UnitHistory
    from workbench.figures.overview.unit_measures import UnitMeasures
    from workbench.figures.overview.units import UnitTable
    from workbench.runs.place import Key, Place

MOST = 6  # places whose tables and images are remembered


@dataclass(frozen=True)
class PageNeeds:
    """A unit at a place, and how many are selected with it."""

    place: Place
    unit: int
    selected: int = 1


@dataclass(frozen=True)
class Page:
    """What is stored of a unit; its table, which takes longer, comes later."""

    needs: PageNeeds
    facts: UnitFacts
    table: UnitTable | None = None


class Pages:
    """Pages, with what several of them share. For worker threads."""

    def __init__(self) -> None:
        self._history: tuple[tuple[object, ...], UnitHistory] | None = None  # of the unit that was asked about last
        self._tables: OrderedDict[Key, UnitTable] = OrderedDict()
        self._images: OrderedDict[Key, Exciting] = OrderedDict()

    def page(self, needs: PageNeeds) -> Iterator[Page]:
        """What the run stores of a unit, then its row in the table."""
        place, unit = needs.place, needs.unit
        subject = (*place.key[:2], place.snapshots, unit)
        if self._history is None or self._history[0] != subject:
            self._history = subject, history_of(place, unit)
        facts = facts_of(place, unit, self._history[1])
        known = self._tables.get(place.key)
        if known is None:
            yield Page(needs, facts)
            known = self._tables[place.key] = table_of(place)
            _shorten(self._tables)
        yield Page(needs, facts, known)

    def measures(self, needs: PageNeeds | None) -> Iterator[UnitMeasures]:
        """What the network says of a unit, ever better; nothing of nothing."""
        if needs is not None:
            yield from measures_of(needs.place, needs.unit, self._images)
            _shorten(self._images)

    def forget(self) -> None:
        """Hold no run that was closed, and nothing that rests on images."""
        self._history = None
        self._tables.clear()
        self._images.clear()


def _shorten(cached: OrderedDict[Key, Any]) -> None:
    while len(cached) > MOST:
        cached.popitem(last=False)
