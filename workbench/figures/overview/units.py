"""The units of a layer at a snapshot: one row for each, with what became of it and the rule that says so."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from workbench.analysis.close_pairs import ROUNDING, Nearest, nearest_units
from workbench.analysis.directions.independent import IndependentUnits, dimensions
from workbench.analysis.matrices import potential_parts, potential_parts_of_weights
from workbench.analysis.merging import REPEATED_COSINE
from workbench.analysis.rules import chosen
from workbench.analysis.units import HARDLY_MOVED_COSINE, UnitStates, unit_states
from workbench.cached import cached_property
from workbench.evaluation.similarity.table import Compared, similarity
from workbench.figures.overview.layer import NO_ACTIVITY, cosines_to_start, died_at, graph_of
from workbench.figures.overview.words import watched_images

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from numpy.typing import NDArray

    from workbench.analysis.graph import WeightGraph
    from workbench.evaluation.similarity.table import SimilarityName
    from workbench.figures.overview.words import Basis
    from workbench.runs.place import Place

    Float64 = NDArray[np.float64]
    Int64 = NDArray[np.int64]

Label = Literal["removed", "dead", "untrained", "unmoved", "repeated", "removable", "trained"]
LABELS: tuple[Label, ...] = ("removed", "dead", "untrained", "unmoved", "repeated", "removable", "trained")
COLUMNS = ("unit", "norm", "norm_change", "cosine_to_start", "nearest", "nearest_cosine", "degree", "component",
           "potential_share", "activity", "died_at", "label", "rule")  # fmt: skip
CHANCE_COLUMNS = ("nearest_cosine_by_chance", "degree_by_chance", "cosine_to_start_by_chance",
                  "potential_share_by_chance")  # fmt: skip
COST_COLUMNS = ("mean_activation", "accuracy_lost", "worst_class", "worst_class_lost")
WHOLE = ("unit", "nearest", "degree", "component", "died_at", "worst_class")  # columns of whole numbers


@dataclass(frozen=True, eq=False)
class UnitCosts:
    """What the removal of each unit alone costs on the test images."""

    accuracy_lost: Float64  # (m,) points
    worst_class: Int64  # (m,) the class that loses most; −1: none loses
    worst_class_lost: Float64  # (m,) points of that class; NaN where none loses
    mean_activation: Float64  # (m,) of its output over these images and all positions; NaN: not yet
    removable: NDArray[np.bool_]  # (m,) those that can be removed together within the tolerance
    rule: str  # which those are
    images: int
    exact: bool  # these are all test images
    total: int = 0  # that there are
    warnings: tuple[str, ...] = ()  # why they are doubtful
    guess: str = ""  # that the network only guesses, so that no unit counts as removable


@dataclass(frozen=True, eq=False)
class UnitTable:
    """The units of a place. Of a number that does not exist the float is NaN, and `missing` says why."""

    place: Place
    norm: Float64  # (m,) of the weights; 0: the unit is removed
    norm_change: Float64  # since snapshot 0
    cosine_to_start: Float64  # with the weights at snapshot 0
    nearest: Float64  # the unit that points most nearly the same way
    nearest_cosine: Float64
    degree: Float64  # edges at the default cut-off
    component: Float64  # 0 is the largest
    potential_share: Float64  # of the frame potential: Σⱼ⟨ŵᵢ,ŵⱼ⟩²/FP
    activity: Float64  # fraction of the watched images on which it is above zero
    died_at: Float64  # the first snapshot from which on it never fires until now; NaN: alive
    states: UnitStates
    costs: UnitCosts | None = None
    missing: Mapping[str, str] = field(default_factory=dict)  # column -> why it is not known, a clause
    frame_potential: float = float("nan")  # FP = Σᵢⱼ⟨ŵᵢ,ŵⱼ⟩² of all units
    chance: IndependentUnits | None = None  # what independent directions give; None: the units were not compared
    with_chance: bool = False  # whether the rows say that

    def __len__(self) -> int:
        return len(self.norm)

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the columns."""
        costs = () if self.costs is None else COST_COLUMNS
        return (*COLUMNS[:-2], *costs, *(CHANCE_COLUMNS if self.with_chance else ()), *COLUMNS[-2:])

    @property
    def provisional(self) -> tuple[str, ...]:
        """The columns whose numbers rest on some of the images so far."""
        return COST_COLUMNS if self.costs is not None and not self.costs.exact else ()

    @property
    def removed(self) -> NDArray[np.bool_]:
        """The units whose weights are all zero, (m,)."""
        removed: NDArray[np.bool_] = self.norm == 0.0
        return removed

    @property
    def mean_square_cosine(self) -> float:
        """FP/m² over the m units that are not removed, 0…1: comparable between widths; NaN where there is none."""
        units = int(np.count_nonzero(~self.removed))
        return self.frame_potential / units**2 if units else float("nan")

    @property
    def repeated(self) -> NDArray[np.bool_]:
        """The units whose nearest unit has a cosine of at least `REPEATED_COSINE`, (m,)."""
        repeated: NDArray[np.bool_] = self.nearest_cosine >= REPEATED_COSINE - ROUNDING
        return repeated

    @cached_property
    def labels(self) -> NDArray[np.int64]:
        """What became of each unit, (m,): a place in `LABELS`; the first rule that holds counts."""
        removable = np.zeros(len(self), np.bool_) if self.costs is None else self.costs.removable
        still, fresh = self.states.hardly_moved, self.place.run.spec.starts_untrained
        holds = (self.removed, self.states.dead, still & fresh, still, self.repeated, removable)
        labels: NDArray[np.int64] = np.select(holds, range(len(holds)), len(holds))
        return labels

    def label(self, unit: int) -> Label:
        """What became of a unit."""
        return LABELS[int(self.labels[unit])]

    def rule(self, unit: int) -> str:
        """Why it is called so, as a clause."""
        label = self.label(unit)
        if label == "removable" and self.costs is not None:
            return self.costs.rule
        if label == "repeated":
            with_whom = f"unit {self.nearest[unit]:.0f}, cosine {self.nearest_cosine[unit]:.3f}"
            return f"repeats {with_whom} (at least {REPEATED_COSINE:g})"
        return {
            "removed": "all of its weights are zero",
            "dead": f"fires on none of {watched_images(self.place.run)}",
            "untrained": self._still(unit),
            "unmoved": self._still(unit),
            "trained": "no other rule holds",
        }[label]

    def _still(self, unit: int) -> str:
        if not self.place.snapshot:
            return "nothing has moved yet at snapshot 0"
        cosine = f"cosine {self.cosine_to_start[unit]:.3f} with its weights at snapshot 0"
        return f"has hardly moved: {cosine} (above {HARDLY_MOVED_COSINE:g})"

    def row(self, unit: int) -> tuple[str | int | float | None, ...]:
        """The cells of a unit in the order of `columns`; None where a number does not exist, or is not final yet."""
        return tuple(self._cell(name, unit) for name in self.columns)

    def rows(self) -> Iterator[tuple[str | int | float | None, ...]]:
        """All rows, unit by unit."""
        return map(self.row, range(len(self)))

    def where(self, rule: str, sets: Mapping[str, Iterable[int]] = MappingProxyType({})) -> NDArray[np.bool_]:
        """The units that a rule such as `norm < .5 and dead` chooses, (m,). RuleError (a ValueError): it is no rule.

        Rules know the columns, and by name dead, hardly_moved, untrained, repeated, removable, trained, removed and
        isolated; `in NAME` is a set of units of that name.
        """
        members = {f"in {name}": np.isin(np.arange(len(self)), list(units)) for name, units in sets.items()}
        return chosen(rule, {**self.named, **members})

    @cached_property
    def named(self) -> dict[str, NDArray[Any]]:
        """What rules know: the columns of numbers, the labels, and which units are in which state."""
        costs = () if self.costs is None else COST_COLUMNS
        numbers = {name: self._numbers(name) for name in (*COLUMNS[:-2], *costs)}
        removable = np.zeros(len(self), np.bool_) if self.costs is None else self.costs.removable
        flags = {
            "dead": self.states.dead, "untrained": self.labels == LABELS.index("untrained"),
            "hardly_moved": self.states.hardly_moved, "repeated": self.repeated, "removable": removable,
            "trained": self.labels == LABELS.index("trained"), "removed": self.removed,
            "isolated": (self.degree == 0.0) & ~self.removed,
        }  # fmt: skip
        return {**numbers, **flags, "label": np.array(LABELS)[self.labels]}

    def to_dataframe(self) -> Any:
        """The rows as a pandas table. ImportError without pandas."""
        import pandas as pd

        return pd.DataFrame(self.rows(), columns=list(self.columns))

    def _numbers(self, name: str) -> NDArray[Any]:
        if name in CHANCE_COLUMNS:
            return np.full(len(self), _by_chance(self.chance)[name])
        if name == "unit":
            return np.arange(len(self), dtype=np.float64)
        if name == "worst_class" and self.costs is not None:
            return np.where(self.costs.worst_class < 0, np.nan, self.costs.worst_class)
        return np.asarray(getattr(self.costs if name in COST_COLUMNS else self, name), np.float64)

    def _cell(self, name: str, unit: int) -> str | int | float | None:
        if name in ("label", "rule"):
            return self.label(unit) if name == "label" else self.rule(unit)
        value = float(self._all_numbers[name][unit])
        if np.isnan(value) or name in self.provisional:
            return None
        return int(value) if name in WHOLE else value

    @cached_property
    def _all_numbers(self) -> dict[str, NDArray[Any]]:
        return {name: self._numbers(name) for name in self.columns[:-2]}


def table_of(place: Place, compared_by: SimilarityName = "weights") -> UnitTable:
    """The units of a place, from what the run stores, and compared by one of `SIMILARITIES`.

    RunError: the weights are not finite or cannot be read; ValueError: there is no such similarity.
    """
    similarity(compared_by)
    layer, missing = place.layer_view, dict[str, str]()
    norms, units = layer.norms(place.snapshot), layer.units
    activity = layer.activity(place.snapshot)
    cosines = cosines_to_start(place, missing)
    if "hardly_moved" in missing:
        missing |= dict.fromkeys(("cosine_to_start", "norm_change"), missing["hardly_moved"])
    if activity is None:
        missing |= dict.fromkeys(("dead", "activity", "died_at"), NO_ACTIVITY)
    graph = graph_of(place, missing, compared_by)
    present = norms > 0.0
    nearest = None if graph is None else nearest_units(similarity(compared_by).directions(Compared.of(place)))
    if graph is None:
        missing |= dict.fromkeys(("nearest", "nearest_cosine", "degree", "component"), missing["isolated"])
    unknown = np.full(units, np.nan)
    compared = _compared(units, graph, nearest)
    parts = _potential(place)
    whole = float(parts.sum())
    return UnitTable(
        place=place,
        norm=norms,
        norm_change=unknown if cosines is None else norms - layer.norms(0),
        cosine_to_start=unknown if cosines is None else cosines,
        nearest=compared["nearest"],
        nearest_cosine=compared["nearest_cosine"],
        degree=compared["degree"],
        component=compared["component"],
        potential_share=parts / whole if whole > 0.0 else np.zeros_like(parts),
        frame_potential=whole,
        activity=unknown if activity is None else activity.astype(np.float64),
        died_at=unknown if activity is None else died_at(place),
        states=unit_states(units, activity, cosines).among(present),
        missing=missing,
        chance=_chance(place, graph, present, compared_by),
    )


def _chance(
    place: Place, graph: WeightGraph | None, present: NDArray[np.bool_], compared_by: SimilarityName
) -> IndependentUnits | None:
    """Independent directions, as many and as long as these units."""
    units, row = int(np.count_nonzero(present)), similarity(compared_by)
    inputs = row.inputs(Compared.of(place)) if units and graph is not None else 0
    return None if graph is None or not dimensions(inputs) else IndependentUnits(units, inputs, graph.cutoff, row.sides)


def _by_chance(chance: IndependentUnits | None) -> dict[str, float]:
    """What independent directions give, by column: the median nearest cosine, and 95 % of the cosines with a start."""
    if chance is None:
        return dict.fromkeys(CHANCE_COLUMNS, float("nan"))
    found = (chance.nearest_cosine(), chance.degree, chance.cosine_within, chance.potential_share)
    return dict(zip(CHANCE_COLUMNS, found, strict=True))


def units_behind(basis: Basis, table: UnitTable) -> Int64:
    """The units that a number of a finding rests on, ascending; none where it rests on something else.

    `table` is that of its place. A component without a number is every cluster; for removable units the table needs
    its costs.
    """
    if basis.kind == "component":
        clusters = table.degree > 0.0
        which = clusters if basis.number is None else table.component == basis.number
    elif basis.kind in ("dead", "hardly_moved", "isolated", "repeated", "removable"):
        which = table.named[basis.kind]
    else:
        which = np.zeros(len(table), np.bool_)
    return np.flatnonzero(which).astype(np.int64)


def _compared(units: int, graph: WeightGraph | None, nearest: Nearest | None) -> dict[str, Float64]:
    if graph is None or nearest is None:
        return dict.fromkeys(("nearest", "nearest_cosine", "degree", "component"), np.full(units, np.nan))
    return {
        "nearest": np.where(nearest.units < 0, np.nan, nearest.units),
        "nearest_cosine": nearest.cosines,
        "degree": np.where(graph.present, graph.degrees, np.nan),
        "component": np.where(graph.component < 0, np.nan, graph.component),
    }


def _potential(place: Place) -> Float64:
    layer, snapshot = place.layer_view, place.snapshot
    if layer.stored_gram and layer.live_inputs(snapshot) is None:
        return potential_parts(layer.gram(snapshot))
    return potential_parts_of_weights(layer.live_weights(snapshot))
