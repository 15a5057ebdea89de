"""The rows of the overview over a group: each number is the mean over the trainings, and knows that of every run."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.figures.groups.overview import GroupNumber, GroupOverview
from workbench.figures.overview.costs import SIGNS, LayerCosts
from workbench.figures.overview.layer import NUMBERS, LayerOverview
from workbench.figures.overview.measures import number

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from workbench.figures.overview.costs import Hedge
    from workbench.figures.overview.measures import Measure
    from workbench.runs.place import Place

NOT_MEANT = ("place", "cutoff", "sizes", "died", "component", "missing", "doubts")  # fields that have no mean
COSTS = ("removable", "mergeable")


@dataclass(frozen=True)
class GroupRow(LayerOverview):
    """A row whose numbers are means over the runs that have them; its place is of the group."""

    numbers: Mapping[str, GroupNumber] = field(default_factory=dict, compare=False, hash=False)


@dataclass(frozen=True)
class GroupCosts(LayerCosts):
    """Costs whose numbers are means over the runs."""

    numbers: Mapping[str, GroupNumber] = field(default_factory=dict, compare=False, hash=False)


def mean_row(place: Place, rows: Sequence[LayerOverview]) -> GroupRow:
    """The row of a place of a group, from those of each run in the order of their seeds."""
    names = [each.name for each in fields(LayerOverview) if each.name not in NOT_MEANT]
    found: dict[str, Any] = {name: _mean([getattr(row, name) for row in rows]) for name in names}
    found |= {name: int(found[name]) for name in ("units", "inputs") if found[name] == int(found[name])}
    numbers = {name: _number(place, name, [getattr(row, name) for row in rows]) for name in NUMBERS}
    missing = {name: why for row in rows for name, why in row.missing.items() if found.get(name) is None}
    cutoffs = {row.cutoff for row in rows}
    return GroupRow(
        place=place,
        **found,
        cutoff=cutoffs.pop() if len(cutoffs) == 1 else None,
        missing=missing,
        doubts=tuple(dict.fromkeys(doubt for row in rows for doubt in row.doubts)),
        numbers=numbers,
    )


def mean_costs(place: Place, of_runs: Sequence[LayerCosts]) -> GroupCosts:
    """What changes of a layer of a group cost, from that of each run."""
    first = of_runs[0]
    found: dict[str, Any] = {name: _mean([getattr(each, name) for each in of_runs]) for name in COSTS}
    numbers = {name: _number(place, name, [getattr(each, name) for each in of_runs]) for name in COSTS}
    return GroupCosts(
        place,
        first.tolerance,
        min(each.images for each in of_runs),
        max(each.total for each in of_runs),
        float(np.mean([each.start for each in of_runs])),
        order=", ".join(dict.fromkeys(each.order for each in of_runs if each.order)),
        missing={name: why for each in of_runs for name, why in each.missing.items() if found.get(name) is None},
        warnings=tuple(dict.fromkeys(warning for each in of_runs for warning in each.warnings)),
        complete=all(each.complete for each in of_runs),
        numbers=numbers,
        **found,
    )


def _mean(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return float(np.mean(known)) if known else None


def _number(place: Place, name: str, values: Iterable[float | None]) -> GroupNumber:
    return GroupNumber(place.layer, place.snapshot, name, tuple(values))


def of_group(measure: Measure, row: LayerOverview | None, costs: LayerCosts | None) -> GroupNumber | None:
    """What every run of a group says of a measure; None: it is of a single run, or not known yet."""
    found = costs if measure.costs else row
    return found.numbers.get(measure.name) if isinstance(found, (GroupRow, GroupCosts)) else None


def hedge_of(measure: Measure, costs: LayerCosts | None) -> Hedge:
    """How the number of a measure may still change; "" where it stays."""
    return costs.hedge(measure.name) if measure.costs and costs is not None else ""


def said(measure: Measure, row: LayerOverview | None, costs: LayerCosts | None) -> str | None:
    """A number of a measure as text, of a group "26.3 ± 2.2" (half its 95 % interval); None: there is none.

    One that may still change has a sign: "≈ 23" rests on some of the images, "≥ 23" on some of the orders.
    """
    value, numbers = measure.value(row, costs), of_group(measure, row, costs)
    if value is None:
        return None
    over = None if numbers is None else numbers.over
    if over is None:
        return f"{SIGNS[hedge_of(measure, costs)]}{number(value)}"
    half = f" ± {float(over.high - over.mean):.1f}" if over.count > 1 else ""
    return f"{float(over.mean):.1f}{half}"


def numbers_in(
    place: Place, rows: Iterable[LayerOverview], costs: Mapping[str, LayerCosts] | None, last: int
) -> GroupOverview:
    """The same rows as `group_overview` has them; with what is measured at the last snapshot, if `costs` are wanted."""
    assert place.group is not None
    found: list[GroupNumber] = []
    for row in rows:
        found += row.numbers.values() if isinstance(row, GroupRow) else ()
        measured = (costs or {}).get(row.layer) if row.snapshot == last else None
        found += measured.numbers.values() if isinstance(measured, GroupCosts) else ()
    return GroupOverview(place.group, tuple(found))


def in_sentence(row: GroupRow, costs: LayerCosts | None) -> str:
    """The finding of a layer of a group: its numbers as means with their intervals."""
    assert row.place.group is not None
    overview = GroupOverview(row.place.group, tuple(row.numbers.values()))
    numbers = {} if costs is None or costs.guess else getattr(costs, "numbers", {})
    measured = [each for each in numbers.values() if each.words]
    return " ".join(replace(overview, numbers=(*overview.numbers, *measured)).findings())


def most_redundant(rows: Sequence[GroupRow], costs: Mapping[str, LayerCosts]) -> str:
    """Which layer is the most redundant in the mean, as a sentence; "" where that is not known."""
    removable = {name: each.removable for name, each in costs.items() if each.removable is not None}
    whole = bool(rows) and removable.keys() >= {row.layer for row in rows}
    counts = removable if whole else {row.layer: row.idle for row in rows if row.idle is not None}
    known = [(row, counts[row.layer]) for row in rows if row.layer in counts and row.units]
    if not known:
        return ""
    row, count = max(known, key=lambda each: each[1] / each[0].units)
    assert row.place.group is not None
    what = f"can be removed within {costs[row.layer].tolerated}" if whole else "are dead or repeat another"
    mean = f"mean of {row.place.group.trainings}"
    return f"{row.layer} is the most redundant layer: {count:.1f} of {row.units:,} units {what} ({mean})."
