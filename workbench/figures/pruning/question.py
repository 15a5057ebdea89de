"""What the pruning panel asks: which curves, measured how; and what one measurement gives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from workbench.evaluation.removal.orders import draws, present_units
from workbench.evaluation.results import FIRST

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from workbench.analysis.greedy import JointOrder
    from workbench.analysis.orders import JointRule
    from workbench.evaluation.removal.coarse import Levels
    from workbench.evaluation.results import Accuracy, Curve, Quantity, Removed
    from workbench.evaluation.run_evaluators import PartName
    from workbench.evaluation.similarity.table import RankedBy
    from workbench.figures.pruning.axes import Across
    from workbench.figures.settings import PruningSettings
    from workbench.runs.place import Place

    Float64 = NDArray[np.float64]
    Int64 = NDArray[np.int64]
    Sweep = Iterator[Curve | Accuracy]
RANDOM = "random"
QUICK_SEEDS = 3  # random orders of a quick question


@dataclass(frozen=True)
class Question:
    """What a picture depends on; `units` are those whose cost is asked beside the curves."""

    place: Place
    orders: tuple[str, ...]
    removed: Removed
    part: PartName
    quantity: Quantity
    units: frozenset[int] = frozenset()
    layers: tuple[str, ...] = ()  # that lose their units together, in the network's order; none: the place's alone
    rule: JointRule = "ranked"
    similarity: RankedBy = "weights"  # by which units are compared
    across: Across = "units"
    merged: bool = False  # the merging curve too
    quick: bool = False  # a few levels where all take long, fewer random orders, and no curve of whole units
    whole_units: bool = True  # the first order with whole units set to zero, too
    dead_first: bool = False  # the order of `dead_first` too, where these keep dead units that could go
    sparse: bool = False  # where all levels take long: those before the fall of a curve, and some; see `levels_of`

    @property
    def over(self) -> tuple[str, ...]:
        """The layers that lose units."""
        return self.layers or (self.place.layer,)

    @property
    def joint(self) -> bool:
        """Whether several layers lose units together."""
        return len(self.over) > 1

    @property
    def total(self) -> int:
        """The units of all these layers, those that are removed already too."""
        return sum(self.place.run.layer(name).units for name in self.over)

    @property
    def where(self) -> str:
        """Run, layers and epoch in words."""
        return self.place.words_with("+".join(self.over))

    @property
    def subject_at_snapshot(self) -> tuple[object, ...]:
        """All that its curves depend on: questions with the same share their curves."""
        return (*self.subject, self.place.snapshot)

    @property
    def subject(self) -> tuple[object, ...]:
        """The same without the snapshot: curves of another one may stay, pale, until its own are there."""
        about = (self.place.subject[0], self.over, self.rule, self.similarity)
        return (*about, self.removed, self.part, self.quantity, self.across)

    @property
    def axes(self) -> str:
        """Which axes its curves are drawn on, for what is zoomed to."""
        return f"{self.place.run.run_id} {'+'.join(self.over)} {self.across} {self.quantity}"

    @property
    def stored(self) -> float:
        """What the run says of the network with nothing removed, in this quantity; NaN where it does not."""
        if self.quantity not in ("accuracy", "loss"):
            return float("nan")
        return float(self.place.source.history(f"{self.part}_{self.quantity}")[self.place.snapshot])

    @property
    def merged_by(self) -> RankedBy | None:
        """The similarity of merging; None: [w, b] with batch norm folded in, where the orders compare weights."""
        return None if self.similarity == "weights" else self.similarity

    @property
    def merges(self) -> bool:
        """Whether a merging curve is drawn: of one layer, and not of the frame potential or by class."""
        return self.merged and not self.joint and self.quantity in ("accuracy", "loss")


def question_of(place: Place, units: Sequence[int], chosen: PruningSettings) -> Question:
    """What a figure with these settings asks."""
    return Question(
        place=place,
        orders=tuple(name for name in chosen.orders if name != "merged"),
        removed=chosen.removed,
        part=chosen.part,
        quantity=chosen.quantity,
        units=frozenset() if chosen.layers else frozenset(units),
        layers=chosen.layers,
        rule=chosen.rule,
        similarity=chosen.similarity,
        across=chosen.across,
        merged="merged" in chosen.orders,
        dead_first=True,
    )


@dataclass(frozen=True)
class Item:
    """One thing to measure: the curve of an order, or what some units cost (then `name` is empty)."""

    name: str
    removed: Removed
    units: frozenset[int] = frozenset()
    draws: bool = False  # as many random units are measured too


Key: TypeAlias = tuple[object, ...]


@dataclass(frozen=True, eq=False)
class Measured:
    """What was measured of an item, on the first `images` images.

    Repeats of a curve are the seeds; of units: nothing removed, these units removed, then the random draws.
    """

    accuracy: Float64  # (repeats, L) in percent
    loss: Float64  # (repeats, L)
    per_class: Float64  # (repeats, L, classes) in percent
    levels: Int64  # (L,) units removed; of units: 0
    images: int
    exact: bool  # these are all

    def values(self, quantity: Quantity) -> Float64:
        """(repeats, L)"""
        return self.loss if quantity == "loss" else self.accuracy


def measured(answers: Sequence[Curve | Accuracy]) -> Measured:
    """Several answers of the engine as one measurement."""
    accuracy, loss = (
        np.stack([np.atleast_1d(getattr(each, name)) for each in answers]) for name in ("accuracy", "loss")
    )
    per_class = np.stack([np.atleast_2d(np.asarray(each.per_class)) for each in answers])
    levels = getattr(answers[0], "levels", np.zeros(1, np.int64))
    return Measured(accuracy, loss, per_class, levels, answers[0].images, answers[0].exact)


def items_of(question: Question) -> list[Item]:
    """What has to be measured, as it should be there: the units first, then the named orders, the random band last."""
    names = question.orders[:1] if question.quantity == "class" else question.orders
    items = [Item(name, question.removed) for name in names]
    if compares(question):
        items.append(Item(question.orders[0], "zero"))
    items.sort(key=lambda item: item.name == RANDOM)
    if question.units:
        items.insert(0, units_of(question))
    return items


def next_in_turn(items: tuple[Item, ...], found: Mapping[Item, Measured], removed: Removed) -> Sequence[Item]:
    """What is measured now: up to `FIRST` images what is asked for, then whole units beside it, then the random band.

    The band takes several times as long as the others, and sharpens when they are exact.
    """
    others = [item for item in items if item.name != RANDOM]
    few = [item for item in others if item not in found or found[item].images < FIRST]
    asked = [item for item in few if item.removed == removed]
    band = [item for item in items if item.name == RANDOM and item not in found and not few]
    return asked or few or band or others or items


def units_of(question: Question) -> Item:
    """The chosen units. As many random units are read from the random curves where those are drawn."""
    drawn = RANDOM in question.orders and question.quantity != "class"
    return Item("", question.removed, question.units, draws=not drawn)


def compares(question: Question) -> bool:
    """Whether the first order is measured with whole units set to zero, too."""
    whole = question.removed == "bias" and not question.joint and question.quantity != "class"
    return whole and question.whole_units and not question.quick and bool(question.orders)


def sweeps_of(question: Question, item: Item, orders: Sequence[JointOrder]) -> list[Sweep]:
    """The engine's answers that make up an item; `orders` are those of its name."""
    from workbench.evaluation.questions import removal_curve
    from workbench.evaluation.run_evaluators import evaluator

    place, over, part = question.place, question.over, question.part
    if item.name:
        how = item.removed, item.name, part
        return [
            removal_curve(place.run, over, place.snapshot, order, *how, at=levels_of(question, item))
            for order in orders
        ]
    engine = evaluator(place, part)
    (present,) = present_units(place.run, (place.layer,), place.snapshot) if item.draws else (None,)
    drawn = [] if present is None else draws(present, len(item.units))
    return [engine.ablations(units, item.removed) for units in ([], sorted(item.units), *drawn)]


def levels_of(question: Question, item: Item) -> Levels:
    """At which levels an item is measured: the random orders, and whole units, at some only in a sparse picture."""
    if question.quick:
        return "fewest" if item.name == RANDOM else "few"
    if not question.sparse:
        return "few first"
    return "fall" if item.name != RANDOM and item.removed == question.removed else "some"


def key_of(question: Question, item: Item, source: Key) -> Key:
    """What a measurement is kept under; `source` is all that it depends on besides the question."""
    rule = question.rule if question.joint else ""
    return (*source, question.over, rule, question.similarity, question.quick, question.sparse, item)
