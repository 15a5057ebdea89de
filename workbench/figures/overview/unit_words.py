"""The table of units in words: what is found in it, why a number is missing; and as CSV."""

from __future__ import annotations

import io
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from workbench.analysis.directions.independent import in_dimensions
from workbench.analysis.rules import RuleError, chosen, words_in
from workbench.figures.figure import write_csv
from workbench.figures.overview.units import COLUMNS, COST_COLUMNS
from workbench.runs.saying import counted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from numpy.typing import NDArray

    from workbench.figures.overview.one_unit import UnitFacts
    from workbench.figures.overview.unit_measures import UnitMeasures
    from workbench.figures.overview.units import UnitTable

STATES = ("dead", "untrained", "hardly_moved", "repeated", "removable", "trained", "removed", "isolated")
MEASURED = (*COST_COLUMNS, "removable")  # what rules know only when the costs are measured


def counts_in_words(table: UnitTable) -> str:
    """What is found: "126 of 256 dead · 15 repeated"."""
    return " · ".join(_counts(table))


def _counts(table: UnitTable) -> Iterator[str]:
    named, removed = table.named, int(np.count_nonzero(table.removed))
    there = len(table) - removed
    yield "dead unknown" if "dead" in table.missing else f"{_count(named['dead']):,} of {there:,} dead"
    if "nearest" not in table.missing:
        yield f"{_count(named['repeated']):,} repeated"
    if still := _count(named["hardly_moved"]):
        label = "untrained" if table.place.run.spec.starts_untrained else "unmoved"
        yield f"{still:,} {label} ({'hardly moved' if table.place.snapshot else 'not moved yet'})"
    if table.costs is not None:
        yield table.costs.guess or f"{_count(named['removable']):,} removable"
    if removed:
        yield f"{counted(removed, 'removed unit')}"


def why_missing(table: UnitTable, name: str, unit: int) -> str:
    """Why a number of a unit is not there, as a clause. `name` is that of a column."""
    if name in table.missing:
        return table.missing[name]
    if table.removed[unit]:
        return "the unit is removed: all of its weights are zero"
    return {
        "died_at": "the unit is alive",
        "nearest": "there is no other unit",
        "nearest_cosine": "there is no other unit",
        "worst_class": "no class loses accuracy",
        "worst_class_lost": "no class loses accuracy",
        "mean_activation": "it is still being measured",
    }.get(name, "it is not known")


def rows_where(
    table: UnitTable, rule: str, sets: Mapping[str, Iterable[int]] = MappingProxyType({})
) -> NDArray[np.bool_]:
    """The units that a rule chooses, (m,); all of an empty one. RuleError: it is no rule, or asks what costs say."""
    if not rule.strip():
        return np.ones(len(table), np.bool_)
    if table.costs is None:
        asked = sorted(words_in(rule).intersection(MEASURED))
        if asked:
            raise RuleError(f"{asked[0]} is not measured yet: switch on Costs")
    return table.where(rule, sets)


def check_rule(rule: str) -> None:
    """Raise RuleError where no table of units could understand a rule, whatever its sets are called."""
    numbers = dict.fromkeys((*COLUMNS[:-2], *COST_COLUMNS), np.zeros(0))
    flags = dict.fromkeys(STATES, np.zeros(0, np.bool_))
    if rule.strip():
        sets = {name: np.zeros(0, np.bool_) for name in words_in(rule) if name.startswith("in ")}
        chosen(rule, {**numbers, **flags, **sets, "label": np.zeros(0, "U1")})


def chance_words(table: UnitTable, column: str) -> str:
    """What independent directions give in a column of the table, as a clause; "" where chance says nothing."""
    chance = table.chance
    if chance is None:
        return ""
    many = f"{chance.units:,} independent directions {in_dimensions(chance.inputs)}"
    if column == "nearest_cosine" and chance.units > 1:
        return f"by chance {chance.nearest_cosine():.3f}, in 95 % below {chance.nearest_cosine(0.95):.3f} ({many})"
    if column == "degree":
        return f"by chance {chance.degree:.3g} ({many})"
    if column == "cosine_to_start":
        return f"an independent direction has 0, in 95 % within ±{chance.cosine_within:.3f}"
    return f"by chance {chance.potential_share:.3g}, the same for all" if column == "potential_share" else ""


def images_words(table: UnitTable, column: str) -> str:
    """The images that a number of a column rests on, after a comma; "" where it needs none."""
    costs = table.costs
    if costs is None or column not in COST_COLUMNS:
        return ""
    if column in table.provisional:
        return f", on the first {costs.images:,} of {counted(costs.total, 'test image')} so far"
    return f", on {counted(costs.images, 'test image')}"


def csv_of(table: UnitTable, units: Iterable[int], separator: str = ",") -> str:
    """These rows as `workbench units --out` writes them."""
    stream = io.StringIO(newline="")
    write_csv(stream, table.columns, (table.row(unit) for unit in units), delimiter=separator)
    return stream.getvalue()


PAGE_COLUMNS = ("what", "of", "value")


def page_csv(facts: UnitFacts, table: UnitTable | None, found: UnitMeasures | None, separator: str = ",") -> str:
    """All numbers on the page of a unit, a row each: what it is, what it is of, and its value."""
    stream = io.StringIO(newline="")
    write_csv(stream, PAGE_COLUMNS, _page_rows(facts, table, found), delimiter=separator)
    return stream.getvalue()


def _page_rows(facts: UnitFacts, table: UnitTable | None, found: UnitMeasures | None) -> Iterator[tuple[object, ...]]:
    yield "layer", "", facts.place.layer
    yield "snapshot", "", facts.place.snapshot
    yield "unit", "", facts.unit
    if table is not None:
        yield "label", table.rule(facts.unit), table.label(facts.unit)
        values = zip(COLUMNS[1:-1], table.row(facts.unit)[1:], strict=False)
        yield from ((name, "", value) for name, value in values)
    history = facts.history
    for name, curve in (("norm", history.norm), ("direction", history.cosine), ("activity", history.activity)):
        yield from ((f"{name} at snapshot", at, value) for at, value in enumerate(curve.tolist()))
    nearest = facts.nearest
    yield from (("cosine with unit", *pair) for pair in zip(nearest.units, nearest.cosines, strict=True))
    if found is not None:
        yield from _measured_rows(found)
    if facts.outgoing is not None:
        kind = "weight" if facts.outgoing.signed else "norm of the weights"
        head = f"{kind} to unit of {facts.outgoing.layer}"
        yield from ((head, unit, value) for unit, value in enumerate(facts.outgoing.strengths.tolist()))
    yield from (("weight of input", at, value) for at, value in enumerate(facts.picture.weights.ravel().tolist()))


def _measured_rows(found: UnitMeasures) -> Iterator[tuple[object, ...]]:
    if found.images is not None:
        yield "fires on", f"the first {found.seen} of {found.total} test images", found.fires
        yield from (("output on test image", image.number, image.output) for image in found.images)
    if found.losses is not None:
        yield "points of accuracy lost", f"on {found.losses.images} test images", found.losses.lost
        classes = enumerate(found.losses.by_class.tolist())
        yield from (("points lost by class", number, value) for number, value in classes)


def _count(which: NDArray[np.bool_]) -> int:
    return int(np.count_nonzero(which))
