"""What is found of a whole network: which layer is the most redundant, and what all layers have together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from workbench.figures.groups.rows import GroupRow, most_redundant
from workbench.figures.overview.words import Basis, Span, are_classes, noun_of
from workbench.runs.saying import counted

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from workbench.figures.overview.costs import Hedge, LayerCosts
    from workbench.figures.overview.layer import LayerOverview

SUMMED = ("units", "dead", "hardly_moved", "isolated", "repeated")  # fields of a row: each unit counts in one layer


def common_basis(costs: Mapping[str, LayerCosts]) -> str:
    """The images that the costs of all layers rest on; "" where they rest on different ones, or on none yet."""
    found = {each.basis for each in costs.values() if each.removable is not None}
    return found.pop() if len(found) == 1 else ""


def summary(
    rows: Sequence[LayerOverview],
    costs: Mapping[str, LayerCosts] | None = None,
    basis: str = "",
    measuring: bool = False,
) -> tuple[Span, ...]:
    """Which layer is the most redundant, as a sentence; none where it is not known of any.

    By the share of units that can be removed, of the layers in `costs` (by layer); else, as where the network only
    guesses and every unit can go, of those dead or repeated. As long as nothing was measured that can be removed, a
    layer that was not measured yet may be the one. `basis` are the images that all costs rest on, where the findings
    below do not name them. `measuring`: more will be known of the costs. It may then still be another layer, which the
    sentence says.
    """
    guess = next((each.guess for each in (costs or {}).values() if each.guess), "")
    if guess:  # costs of every layer are counted from the same accuracy
        others = summary(rows)
        return (Span(f"The network is {guess}.{' ' if others else ''}"), *others)
    if rows and isinstance(rows[0], GroupRow):
        said = most_redundant([row for row in rows if isinstance(row, GroupRow)], costs or {})
        return (Span(said),) if said else ()
    measured = {name: each for name, each in (costs or {}).items() if each.removable is not None}
    every = measured.keys() >= {row.layer for row in rows}
    if measured and (every or any(each.removable for each in measured.values())):
        return _removable(rows, measured, basis, so_far=measuring and not every)
    return _idle(rows)


def _removable(
    rows: Sequence[LayerOverview], costs: Mapping[str, LayerCosts], basis: str, so_far: bool
) -> tuple[Span, ...]:
    """By what can be removed. `so_far`: some layer is still to be measured."""
    known = [(row, costs[row.layer]) for row in rows if row.units and row.layer in costs]
    if not known:
        return ()
    row, found = max(known, key=lambda each: (each[1].removable or 0) / each[0].units)
    so_far = so_far or any(each.hedge("removable") for _, each in known)
    count, hedge = found.removable or 0, found.hedge("removable")
    if not count:
        return (Span("No unit can be removed so far." if so_far else "No unit can be removed."),)
    on = basis or (found.basis if hedge else "")
    said = f"{found.hedged('removable', count)} of {counted(row.units, noun_of(row.place))}"
    return (
        Span(f"{row.layer} is the most redundant layer{' so far' if so_far else ''}: "),
        Span(said, Basis("removable", row.place, count, found.order)),
        Span(f" can be removed within {found.tolerated} of accuracy{f' ({on})' if on else ''}."),
    )


def _idle(rows: Sequence[LayerOverview]) -> tuple[Span, ...]:
    """By the units that are dead or repeated, which the run stores; not by classes, whose outputs may be negative."""
    hidden = [row for row in rows if not are_classes(row.place)] or rows
    known = [(row, row.idle) for row in hidden if row.units and row.idle is not None]
    if not known:
        return ()
    row, count = max(known, key=lambda each: each[1] / each[0].units)
    if not count:
        return (Span("No layer has dead or repeated units."),)
    said = f"{count:,} of {counted(row.units, noun_of(row.place))}"
    what = "is dead or repeats another" if count == 1 else "are dead or repeat another"
    return (
        Span(f"{row.layer} is the most redundant layer: "),
        Span(said, Basis("dead", row.place)),
        Span(f" {what}."),
    )


@dataclass(frozen=True)
class Total:
    """What may be summed over the layers of a network. Layers that lose units together cost more than each alone."""

    layers: int
    numbers: Mapping[str, float | None]  # by name, of `SUMMED`; None: it is not known of every layer
    removable: int | None = None  # if each layer is pruned alone; None: it is not known of every layer
    hedge: Hedge = ""  # how that may still change


def total_of(rows: Sequence[LayerOverview], costs: Mapping[str, LayerCosts] | None = None) -> Total | None:
    """The sums over several layers at one snapshot; None of a single one."""
    if len(rows) < 2:
        return None
    numbers = {name: _sum([getattr(row, name) for row in rows]) for name in SUMMED}
    of_each = [(costs or {}).get(row.layer) for row in rows]
    known = [each for each in of_each if each is not None and each.removable is not None and not each.guess]
    if len(known) < len(rows):
        return Total(len(rows), numbers)
    hedges = {each.hedge("removable") for each in known}
    hedge: Hedge = "about" if "about" in hedges else "at least" if "at least" in hedges else ""
    return Total(len(rows), numbers, sum(each.removable or 0 for each in known), hedge)


def network(rows: Sequence[LayerOverview], costs: Mapping[str, LayerCosts] | None = None) -> str:
    """How many units of all layers are dead, and how many can be removed in each layer alone; "" of one layer."""
    total = total_of(rows, costs)
    if total is None or isinstance(rows[0], GroupRow):
        return ""
    dead, units = total.numbers["dead"], total.numbers["units"]
    said = []
    if dead is not None:
        said.append(f"{f'{dead:,}' if dead else 'none'} {'is' if dead in (0, 1) else 'are'} dead")
    if total.removable is not None:
        hedge = f"{total.hedge} " if total.hedge and total.removable else ""
        said.append(f"{f'{hedge}{total.removable:,}' if total.removable else 'none'} can be removed, each layer alone")
    return f"Of {units:,} units in {total.layers} layers, {'; '.join(said)}." if said else ""


def headline(
    rows: Sequence[LayerOverview],
    costs: Mapping[str, LayerCosts] | None = None,
    basis: str = "",
    measuring: bool = False,
) -> tuple[Span, ...]:
    """The most redundant layer, then the whole network; arguments as of `summary`."""
    most, whole = summary(rows, costs, basis, measuring), network(rows, costs)
    return (*most, *([Span(f" {whole}" if most else whole)] if whole else []))


def _sum(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) if len(known) == len(values) else None
