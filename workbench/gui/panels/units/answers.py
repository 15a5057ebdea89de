"""What the table of units asks: the units of a place, and what the removal of each costs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from workbench.figures.overview.unit_costs import costed
from workbench.figures.overview.units import UnitTable, table_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workbench.runs.place import Key, Place, Subject


def known_by(place: Place) -> tuple[Subject, Key]:
    """What is remembered of a place goes by this: a file that takes the place of a closed one may get its identity."""
    return place.subject, place.key


@dataclass(frozen=True)
class Costed:
    """A table with as many of its costs as are known, of a place that is asked for."""

    table: UnitTable
    complete: bool = False  # nothing more comes


class Tables:
    """The tables that were asked for last, so that a place that is seen again is there at once. For worker threads."""

    MOST = 8

    def __init__(self) -> None:
        self._measured: dict[tuple[Subject, Key], UnitTable] = {}

    def table(self, place: Place) -> UnitTable:
        """The units of a place, with their costs where these were measured before."""
        found = self._measured.get(known_by(place)) or table_of(place)
        _ = found.named, found.labels  # made here, not while it is drawn
        return found

    def with_costs(self, table: UnitTable | None) -> Iterator[Costed]:
        """The table with ever better costs; nothing of nothing."""
        if table is None:
            return
        known = self._measured.get(known_by(table.place))
        if known is None:
            known = table
            for known in costed(table):
                _ = known.named, known.labels
                yield Costed(known)
            self._remember(known)
        yield Costed(known, complete=True)

    def forget(self) -> None:
        """Hold no run that was closed."""
        self._measured = {}

    def _remember(self, table: UnitTable) -> None:
        self._measured[known_by(table.place)] = table
        while len(self._measured) > self.MOST:
            del self._measured[next(iter(self._measured))]
