"""What the pruning panel draws: what is left of a network as units are removed one after another."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from workbench.cached import cached_property
from workbench.evaluation.removal.flat_start import dead_among, dead_first, dead_units, flat_start
from workbench.evaluation.removal.orders import draws, present_units
from workbench.evaluation.similarity.table import RANKED_BY
from workbench.figures.pruning.axes import label, steps
from workbench.figures.pruning.guessing import guess_of
from workbench.figures.pruning.lines import RANDOM, Ablation, Drawn, Line, drawn_line, last_within
from workbench.figures.pruning.potential import potential_curve, potential_without
from workbench.figures.pruning.question import Item, Measured, Question, compares, units_of
from workbench.figures.pruning.words import basis, cost, details, findings

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from workbench.analysis.greedy import JointOrder
    from workbench.evaluation.removal.flat_start import FlatStart
    from workbench.evaluation.results import Removed
    from workbench.evaluation.smaller.merging import Merging

    Float64 = NDArray[np.float64]
    Orders = Mapping[str, tuple[JointOrder, ...]]  # the removal orders by name; "random" has one for each seed


@dataclass(frozen=True, eq=False)
class Picture(Drawn):
    """Everything that is drawn at one moment."""

    question: Question  # without the orders that are refused or still searched
    order: JointOrder | None  # in which the cursor removes units: that of the first order
    refused: Mapping[str, str]  # what this layer does not have, and why
    flat: Mapping[str, FlatStart]  # how each line begins that has one order, where the dead units are known
    dead_among: Mapping[str, NDArray[np.int64]] = field(default_factory=dict)  # of the first 0…M that such a line loses
    warnings: tuple[str, ...] = ()  # why what is shown is doubtful

    def __post_init__(self) -> None:
        _ = self.words, self.details, self.steps, self.label  # on the worker: what is drawn must not have to think

    @cached_property
    def words(self) -> str:
        """The panel's line: what makes it doubtful, what is shown and found, on how many images."""
        question = self.question
        nothing = not self.lines and self.refused and not self.progress  # what is left out says why
        said = [] if nothing else list(findings(self, self.dead_among))
        if self.ablation is not None:
            said = [cost(self.ablation, self.quantity)]
        if self.guess:
            said = [self.guess, *([] if self.ablation is None else said)]
        if self.quantity == "class" and question.orders:
            said.insert(0, f"by class, {question.orders[0]}")
        if question.place.run.layers[-1].name in question.over and self.quantity != "potential":
            said.insert(0, "its units are the classes")
        if question.similarity != "weights":
            said.insert(0, f"units compared by {RANKED_BY[question.similarity]}")
        said += left_out(self.refused)
        said += [self.progress] if self.progress else []
        warned = "".join(f"{warning} " for warning in self.warnings)
        return f"{question.where}: {warned}{'; '.join(said)}{basis(self, question.part)}"

    @cached_property
    def details(self) -> tuple[str, ...]:
        """What the tool tip adds, line by line."""
        starts = (f"{name}: {found.words}" for name, found in self.flat.items() if found.words)
        return (*details(self, self.question.stored), *starts)

    @property
    def left_by_merging(self) -> bool:
        """Whether more units are merged than can be within a point."""
        if self.merging is None or not self.merging.points or not self.lines:
            return False
        return last_within(self.merging.points, float(self.lines[0].mean[0])) is not self.merging.points[-1]

    @cached_property
    def steps(self) -> Float64:
        """Where along the plot 0…M units removed by the first order lie, (M + 1,)."""
        if self.order is None:
            return np.arange(self.units + 1, dtype=np.float64)
        about = (self.question.place.run, self.question.over)
        return steps(*about, self.order, self.question.across, self.question.place.snapshot)

    @cached_property
    def label(self) -> str:
        """What the axis along the plot is called."""
        across = self.question.across if self.order is not None else "units"
        return label(self.question.place.run, across, self.question.place.snapshot)

    @cached_property
    def dead_ends(self) -> dict[str, int]:
        """Where a curve that is drawn begins with dead units: how many these are."""
        return {name: count for name, count in self.dead_starts.items() if count}

    @property
    def dead_places(self) -> tuple[tuple[float, float], ...]:
        """Where on the curves that is: along the plot and up."""
        found = ((line, self.dead_ends.get(line.name)) for line in self.lines)
        return tuple((float(line.across[at]), float(line.mean[at])) for line, at in found if at is not None)

    def removed(self, level: int) -> frozenset[int]:
        """The units of the chosen layer among the first `level` that the first order removes."""
        layer, over = self.question.place.layer, self.question.over
        if self.order is None or layer not in over:
            return frozenset()
        own = self.order.layers[:level] == over.index(layer)
        return frozenset(self.order.units[:level][own].tolist())


def left_out(refused: Mapping[str, str]) -> Iterator[str]:
    """A clause for each reason to leave orders out."""
    for reason in dict.fromkeys(refused.values()):
        names = [name for name, why in refused.items() if why == reason]
        yield f"{', '.join(names)} {'is' if len(names) == 1 else 'are'} left out: {reason}"


@dataclass(eq=False)
class Draft:
    """What is known so far of the answer to a question."""

    wanted: Question
    orders: dict[str, tuple[JointOrder, ...]] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)
    found: dict[Item, Measured] = field(default_factory=dict)
    merging: Merging | None = None
    progress: str = ""
    total: int = 0  # images there are
    warnings: tuple[str, ...] = ()
    compared: bool = False  # whether it is known that there are no others

    @property
    def question(self) -> Question:
        """With the orders that are there."""
        return replace(self.wanted, orders=tuple(name for name in self.wanted.orders if name in self.orders))

    def refuse(self, name: str, reason: object) -> None:
        """Leave an order, or merging, out; the reason becomes part of a sentence and ends without a full stop."""
        self.refused[name] = str(reason).removesuffix(".")

    def picture(self) -> Picture:
        question = self.question
        order = self.orders[question.orders[0]][0] if question.orders else None
        of_potential = question.quantity == "potential"
        known, dead = self._of_dead(question)
        lines = tuple(_of_potential(question, self.orders) if of_potential else self._lines(question))
        return Picture(
            quantity=question.quantity,
            units=self._units(question),
            lines=lines,
            whole_unit=self._line(question, question.orders[0], "zero") if compares(question) else None,
            ablation=_potential_cost(question) if of_potential else self._ablation(question),
            merging=self.merging if question.quantity in ("accuracy", "loss") else None,
            question=question,
            order=order,
            refused=dict(self.refused),
            flat=self._flat(question),
            dead_starts={line.name: dead_first(known[line.name], dead) for line in lines if line.name in known},
            dead=self._dead_left(question, dead),
            dead_among={name: dead_among(order, dead) for name, order in known.items()},
            guess="" if of_potential else self._guess(question),
            warnings=self.warnings,
            progress=self.progress,
        )

    def _guess(self, question: Question) -> str:
        """That the network only guesses, on the most images that any curve rests on; "" where it does not."""
        known = max(self.found.values(), key=lambda each: each.images, default=None)
        run = question.place.run
        return "" if known is None else guess_of(run, float(known.accuracy[0, 0]), known.images)

    def _units(self, question: Question) -> int:
        """How many units can be removed."""
        if question.orders:
            return len(self.orders[question.orders[0]][0].units)
        layers = (question.place.run.layer(name) for name in question.over)
        return sum(layer.units - layer.zero_units(question.place.snapshot) for layer in layers)

    def _flat(self, question: Question) -> dict[str, FlatStart]:
        """How the curves of accuracy begin."""
        measured = {name: self.found.get(Item(name, question.removed)) for name in question.orders}
        dead = dead_units(question.place.run, question.over, question.place.snapshot)
        if question.quantity != "accuracy" or dead is None:
            return {}
        return {
            name: flat_start(known.accuracy[0], known.levels, self.orders[name][0], dead)
            for name, known in measured.items()
            if known is not None and len(self.orders[name]) == 1
        }

    @staticmethod
    def _dead_left(question: Question, dead: Sequence[NDArray[np.bool_]]) -> int:
        """How many units are dead that are not removed already."""
        run, snapshot = question.place.run, question.place.snapshot
        present = [run.layer(name).present(snapshot) for name in question.over] if dead else []
        return sum(int(np.count_nonzero(each & there)) for each, there in zip(dead, present, strict=True))

    def _of_dead(self, question: Question) -> tuple[dict[str, JointOrder], list[NDArray[np.bool_]]]:
        """The orders that are always the same, and which units are dead; nothing where that is not known."""
        dead = dead_units(question.place.run, question.over, question.place.snapshot)
        if dead is None:
            return {}, []
        return {name: orders[0] for name, orders in self.orders.items() if len(orders) == 1}, dead

    def _lines(self, question: Question) -> Iterator[Line]:
        if question.quantity == "class":
            yield from self._classes(question)
            return
        for name in question.orders:
            line = self._line(question, name, question.removed)
            if line is not None:
                yield line

    def _line(self, question: Question, name: str, removed: Removed) -> Line | None:
        known = self.found.get(Item(name, removed))
        if known is None:
            return None
        places = _places(question, self.orders[name])
        return drawn_line(name, known.values(question.quantity), known.levels, places, known.images, self._all(known))

    def _classes(self, question: Question) -> Iterator[Line]:
        known = self.found.get(Item(question.orders[0], question.removed)) if question.orders else None
        if known is None:
            return
        places = _places(question, self.orders[question.orders[0]])
        for index in range(known.per_class.shape[2]):
            values = known.per_class[:, :, index]
            if np.isfinite(values).all():  # there are images of it
                yield drawn_line(f"class {index}", values, known.levels, places, known.images, self._all(known))

    def _all(self, known: Measured) -> int:
        return known.images if known.exact else self.total

    def _ablation(self, question: Question) -> Ablation | None:
        """What the units cost. As many random units are read from the random curves where those are drawn."""
        item, count = units_of(question), len(question.units)
        known = self.found.get(item)
        if not count or known is None:
            return None
        start, value, *drawn = known.values(question.quantity)[:, 0].tolist()
        curves = None if item.draws else self.found.get(Item(RANDOM, question.removed))
        if curves is None:
            return Ablation(count, start, value, np.array(drawn), known.images, self._all(known))
        draws = curves.values(question.quantity)[:, curves.levels == count][:, :1].ravel()  # a level may come later
        return Ablation(count, start, value, draws, known.images, self._all(known), curves.images)


def _places(question: Question, orders: Sequence[JointOrder]) -> list[Float64]:
    """Where along the plot the levels of each of these orders lie."""
    return [
        steps(question.place.run, question.over, order, question.across, question.place.snapshot) for order in orders
    ]


def _of_potential(question: Question, orders: Orders) -> Iterator[Line]:
    grams = [question.place.run.layer(layer).gram(question.place.snapshot) for layer in question.over]
    for name in question.orders:
        levels = np.arange(len(orders[name][0].units) + 1)
        values = np.stack([potential_curve(grams, order) for order in orders[name]])
        yield drawn_line(name, values, levels, _places(question, orders[name]), 0, 0)


def _potential_cost(question: Question) -> Ablation | None:
    if not question.units:
        return None
    gram, count = question.place.layer_view.gram(question.place.snapshot), len(question.units)
    (present,) = present_units(question.place.run, (question.place.layer,), question.place.snapshot)
    chosen = [[], sorted(question.units), *draws(present, count)]
    start, value, *drawn = (potential_without(gram, units) for units in chosen)
    return Ablation(count, start, value, np.array(drawn))
