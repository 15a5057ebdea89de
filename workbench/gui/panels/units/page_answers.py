"""What the page of a unit asks: what the run stores of it, and what the network says."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from workbench.figures.overview.one_unit import facts_of, history_of
from workbench.figures.overview.unit_measures import measures_of
from workbench.figures.overview.units import table_of
from workbench.gui.panels.units.answers import known_by

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workbench.evaluation.exciting import Exciting
    from workbench.figures.overview.one_unit import UnitFacts, UnitHistory
    from workbench.figures.overview.unit_measures import UnitMeasures
    from workbench.figures.overview.units import UnitTable
    from workbench.runs.place import Key, Place, Subject

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
        self._tables: OrderedDict[tuple[Subject, Key], UnitTable] = OrderedDict()
        self._images: OrderedDict[Subject, OrderedDict[Key, Exciting]] = OrderedDict()

    def page(self, needs: PageNeeds) -> Iterator[Page]:
        """What the run stores of a unit, then its row in the table."""
        place, unit = needs.place, needs.unit
        subject = (place.subject, place.key[0], place.snapshots, unit)
        last = self._history
        if last is None or last[0] != subject:
            last = self._history = subject, history_of(place, unit)
        facts = facts_of(place, unit, last[1])
        known = self._tables.get(known_by(place))
        if known is None:
            yield Page(needs, facts)
            known = table_of(place)
            if place.snapshots > 1:  # of the first one more is known when the second is there
                self._tables[known_by(place)] = known
                _shorten(self._tables)
        yield Page(needs, facts, known)

    def measures(self, needs: PageNeeds | None) -> Iterator[UnitMeasures]:
        """What the network says of a unit, ever better; nothing of nothing."""
        if needs is not None:
            images = self._images.setdefault(needs.place.subject, OrderedDict())
            yield from measures_of(needs.place, needs.unit, images)
            _shorten(images)
            _shorten(self._images)

    def forget(self) -> None:
        """Hold no run that was closed, and nothing that rests on images."""
        self._history = None
        self._tables, self._images = OrderedDict(), OrderedDict()  # others, since a worker may be filling these


def _shorten(cached: OrderedDict[Any, Any]) -> None:
    while len(cached) > MOST:
        cached.popitem(last=False)
