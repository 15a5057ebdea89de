"""What the pruning panel draws: what is left of a network as the units of a layer are removed one after another."""

from __future__ import annotations

import time
from collections import OrderedDict
from dataclasses import dataclass, replace
from functools import cached_property
from math import isfinite
from threading import Lock
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from workbench.analysis.frame_potential import frame_potential, frame_potential_curve
from workbench.analysis.orders import RANDOM_SEEDS, find_order, random_order, removal_order
from workbench.gui.panels.pruning_picture_lines import (
    RANDOM,
    Ablation,
    Drawn,
    Line,
    Quantity,
    cost,
    details,
    findings,
    value_in_words,
)
from workbench.gui.words import where

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

    from workbench.evaluation.evaluator import Evaluator
    from workbench.evaluation.of_run import PartName
    from workbench.evaluation.results import Accuracy, Curve, Removed
    from workbench.runs.run import Run

    Float64 = NDArray[np.float64]
    UnitArray = NDArray[np.int64]
    Orders = Mapping[str, tuple[UnitArray, ...]]  # the removal orders by name; "random" has one for each seed
    Sweep = Iterator[Curve | Accuracy]

MANY = 2_000  # images; with fewer the worth of one is told
MOST_KEPT = 500  # answers; of a layer of 256 units one takes 4 kB, five random curves 20 kB
PAUSE = 0.1  # seconds between two pictures of curves that sharpen


@dataclass(frozen=True)
class Question:
    """What a picture depends on; `units` are those whose cost is asked beside the curves."""

    run: Run
    layer: str
    snapshot: int
    orders: tuple[str, ...]
    removed: Removed
    part: PartName
    quantity: Quantity
    units: frozenset[int] = frozenset()

    @property
    def place(self) -> tuple[object, ...]:
        """All that its curves depend on: questions of one place share their curves."""
        return (self.run.run_id, self.layer, self.snapshot, self.removed, self.part, self.quantity)

    @property
    def stored(self) -> float:
        """What the run says of the network with nothing removed, in this quantity; NaN where it does not."""
        if self.quantity == "potential":
            return float("nan")
        return float(self.run.history(f"{self.part}_{self.quantity}")[self.snapshot])

    @property
    def words(self) -> str:
        """The line until the first curve is there: what is stored in the run."""
        place = where(self.run, self.layer, self.snapshot)
        if not isfinite(self.stored):
            return f"{place}: computing…"
        return f"{place}: {value_in_words(self.stored, self.quantity)} with nothing removed; computing…"


@dataclass(frozen=True)
class Item:
    """One thing to measure: the curve of an order, or what some units cost (then `name` is empty)."""

    name: str
    removed: Removed
    units: frozenset[int] = frozenset()
    draws: bool = False  # as many random units are measured too


Key: TypeAlias = tuple[str, str, int, "PartName", Item]


@dataclass(frozen=True, eq=False)
class Measured:
    """Accuracy in percent and loss of an item, each (repeats, L), on the first `images` of `total` images.

    Repeats of a curve are the seeds; of units: nothing removed, these units removed, then the random draws.
    """

    accuracy: Float64
    loss: Float64
    images: int
    total: int

    def values(self, quantity: Quantity) -> Float64:
        return self.loss if quantity == "loss" else self.accuracy


@dataclass(frozen=True, eq=False)
class Picture(Drawn):
    """Everything that is drawn at one moment."""

    question: Question  # without the orders that are refused
    order: UnitArray | None  # in which the cursor removes units: that of the first order
    refused: Mapping[str, str]  # orders that this layer does not have, and why

    def __post_init__(self) -> None:
        _ = self.words, self.details  # now, on the worker: what is drawn must not have to think

    @cached_property
    def words(self) -> str:
        """The panel's line: what is shown and found, on how many images."""
        question = self.question
        said = list(findings(self)) if self.ablation is None else [cost(self.ablation, self.quantity)]
        if question.layer == question.run.layers[-1].name and self.quantity != "potential":
            said.insert(0, "its units are the classes")
        said += [f"{name} is left out: {reason}" for name, reason in self.refused.items()]
        return f"{where(question.run, question.layer, question.snapshot)}: {'; '.join(said)}{self._basis}"

    @cached_property
    def details(self) -> tuple[str, ...]:
        """What the tool tip adds, line by line."""
        return tuple(details(self, self.question.stored))

    @property
    def _basis(self) -> str:
        (images, total), part = self.images, self.question.part
        if not images:
            return ""
        if images < total:
            return f" (first {images:,} of {total:,} {part} images; more to come)"
        one = f", {100 / total:.2g} points each" if total < MANY and self.quantity == "accuracy" else ""
        return f" ({total:,} {part} images{one})"


class PruningCurves:
    """Answers questions, and keeps what was measured to the end, so that going back costs nothing."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._kept: OrderedDict[Key, Measured] = OrderedDict()
        self._orders: OrderedDict[tuple[str, str, int, str], tuple[UnitArray, ...]] = OrderedDict()

    def knows(self, question: Question) -> bool:
        """Whether everything asked for was measured before."""
        with self._lock:
            return question.quantity != "potential" and all(
                _key(question, item) in self._kept for item in _items(question)
            )

    def pictures(self, question: Question) -> Iterator[Picture]:
        """Ever better pictures: what is known, then curve after curve on few images, then on all of them.

        ValueError: the network cannot be evaluated. DataMissing: the images are not here. RunError: unreadable.
        """
        orders, refused = self._removal_orders(question)
        if question.quantity == "potential":
            yield _of_potential(question, orders, refused)
            return
        yield from self._measure(replace(question, orders=tuple(orders)), orders, refused)

    def _measure(self, question: Question, orders: Orders, refused: Mapping[str, str]) -> Iterator[Picture]:
        items = _items(question)
        found = self._known(question, items)
        if found or not items:
            yield _picture(question, orders, refused, found)
        missing = [item for item in items if item not in found]
        if not missing:
            return
        from workbench.evaluation.of_run import evaluator

        asked = evaluator(question.run, question.layer, question.snapshot, question.part)
        sweeps = {item: _sweeps(asked, item, orders) for item in missing}
        shown_at = -PAUSE
        while sweeps:
            for item in tuple(sweeps):
                measured = _measured([next(sweep) for sweep in sweeps[item]], len(asked.data))
                ended = measured.images == measured.total
                if ended:
                    del sweeps[item]
                    self._keep(_key(question, item), measured)
                due = item not in found or ended or time.monotonic() - shown_at > PAUSE
                found[item] = measured
                if due:
                    yield _picture(question, orders, refused, found)
                    shown_at = time.monotonic()

    def _known(self, question: Question, items: list[Item]) -> dict[Item, Measured]:
        with self._lock:
            keys = {item: _key(question, item) for item in items}
            known = {item: self._kept[key] for item, key in keys.items() if key in self._kept}
            for item in known:
                self._kept.move_to_end(keys[item])
            return known

    def _keep(self, key: Key, measured: Measured) -> None:
        with self._lock:
            self._kept[key] = measured
            while len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)

    def _removal_orders(self, question: Question) -> tuple[Orders, dict[str, str]]:
        """The orders asked for, and why a layer does not have some of them."""
        orders: dict[str, tuple[UnitArray, ...]] = {}
        refused: dict[str, str] = {}
        for name in question.orders:
            key = (question.run.run_id, question.layer, question.snapshot, name)
            try:
                orders[name] = self._orders[key] if key in self._orders else _removal_order(question, name)
            except (ValueError, KeyError) as error:  # e.g. a package's order by scores that are not measured
                refused[name] = str(error)
                continue
            self._orders[key] = orders[name]
            while len(self._orders) > MOST_KEPT:
                self._orders.popitem(last=False)
        return orders, refused


def _items(question: Question) -> list[Item]:
    """What has to be measured, in the order in which it should be there: the units, the random band, the others."""
    items = [Item(name, question.removed) for name in question.orders]
    items.sort(key=lambda item: item.name != RANDOM)
    if question.units:
        items.insert(0, Item("", question.removed, question.units, RANDOM not in question.orders))
    if question.removed == "bias" and question.orders:
        items.append(Item(question.orders[0], "zero"))
    return items


def _key(question: Question, item: Item) -> Key:
    return (question.run.run_id, question.layer, question.snapshot, question.part, item)


def _removal_order(question: Question, name: str) -> tuple[UnitArray, ...]:
    """The units in the order in which they go. ValueError: the layer does not have this order."""
    layer = question.run.layer(question.layer)
    if name == RANDOM:
        return tuple(random_order(layer.units, seed) for seed in RANDOM_SEEDS)
    if find_order(name).needs == "gram":
        return (removal_order(name, layer.gram(question.snapshot)),)
    from workbench.evaluation.scores import scores_for

    return (removal_order(name, scores_for(question.run, question.layer, question.snapshot, name)),)


def _sweeps(asked: Evaluator, item: Item, orders: Orders) -> list[Sweep]:
    """The engine's answers that make up an item."""
    if item.name:
        return [asked.removal_curve(order, item.removed, item.name) for order in orders[item.name]]
    drawn = _draws(asked.units, len(item.units)) if item.draws else []
    return [asked.ablations(units, item.removed) for units in ([], sorted(item.units), *drawn)]


def _draws(units: int, count: int) -> list[list[int]]:
    """`count` units drawn at random, five times: those that the random orders remove first."""
    return [random_order(units, seed)[:count].tolist() for seed in RANDOM_SEEDS]


def _measured(answers: list[Curve | Accuracy], total: int) -> Measured:
    accuracy, loss = ([np.atleast_1d(getattr(answer, name)) for answer in answers] for name in ("accuracy", "loss"))
    return Measured(np.stack(accuracy), np.stack(loss), answers[0].images, total)


def _picture(question: Question, orders: Orders, refused: Mapping[str, str], found: Mapping[Item, Measured]) -> Picture:
    def line(name: str, removed: Removed) -> Line | None:
        measured = found.get(Item(name, removed))
        if measured is None:
            return None
        return Line(name, measured.values(question.quantity), measured.images, measured.total)

    lines = {name: line(name, question.removed) for name in question.orders}
    first = question.orders[0] if question.orders else None
    return Picture(
        quantity=question.quantity,
        question=question,
        units=question.run.layer(question.layer).units,
        order=None if first is None else orders[first][0],
        lines=tuple(line for line in lines.values() if line is not None),
        whole_unit=line(first, "zero") if first is not None and question.removed == "bias" else None,
        ablation=_ablation(question, found, lines.get(RANDOM)),
        refused=refused,
    )


def _ablation(question: Question, found: Mapping[Item, Measured], random: Line | None) -> Ablation | None:
    """What the units cost. As many random units are read from the random curves where those are drawn."""
    item = Item("", question.removed, question.units, RANDOM not in question.orders)
    if item not in found:
        return None
    measured = found[item]
    start, value, *drawn = measured.values(question.quantity)[:, 0].tolist()
    count = len(question.units)
    draws = np.array(drawn) if random is None else random.values[:, count]
    return Ablation(count, start, value, draws, measured.images, measured.total)


def _of_potential(question: Question, orders: Orders, refused: Mapping[str, str]) -> Picture:
    """The frame potential of the units that are left: it needs no images."""
    gram = question.run.layer(question.layer).gram(question.snapshot)
    curves = {name: [frame_potential_curve(gram, each) for each in seeds] for name, seeds in orders.items()}
    lines = tuple(Line(name, np.stack(values)) for name, values in curves.items())
    ablation = None
    if question.units:
        chosen = [sorted(question.units), *_draws(len(gram), len(question.units))]
        value, *drawn = (_potential_without(gram, units) for units in chosen)
        ablation = Ablation(len(question.units), frame_potential(gram), value, np.array(drawn))
    first = next(iter(orders.values()), None)
    order = None if first is None else first[0]
    return Picture(question.quantity, len(gram), lines, None, ablation, question, order, refused)


def _potential_without(gram: Float64, units: list[int]) -> float:
    left = np.delete(np.arange(len(gram)), units)
    return frame_potential(gram[np.ix_(left, left)]) if len(left) else 0.0
