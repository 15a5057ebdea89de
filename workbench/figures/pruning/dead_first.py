"""The order that removes dead units first, where the usual orders keep dead units that could go.

The overview counts with it, and the pruning panel and the report show its curve: all follow this rule.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from workbench.figures.pruning.figure import FIRST_ORDERS
from workbench.figures.pruning.lines import POINT, RANDOM, reach
from workbench.figures.pruning.question import Item

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from os import PathLike

    from numpy.typing import NDArray

    from workbench.evaluation.results import Accuracy
    from workbench.evaluation.run_evaluators import PartName
    from workbench.figures.pruning.question import Measured, Question
    from workbench.runs.place import Place

    Root = str | PathLike[str] | None

DEAD_FIRST = "mean_activity"
ORDERS = tuple(name for name in FIRST_ORDERS if name != RANDOM)  # those of the panel that name the units that go


def dead_of(place: Place) -> NDArray[np.int64]:
    """The dead units, ascending; none where they are not known."""
    layer = place.layer_view
    activity = layer.activity(place.snapshot)
    if activity is None:
        return np.zeros(0, np.int64)
    return np.flatnonzero((activity == 0.0) & layer.present(place.snapshot))


def without_dead(place: Place, part: PartName, root: Root = None) -> Accuracy:
    """The exact accuracy with all dead units removed at once, their biases kept."""
    from workbench.evaluation.cached_curves import accuracy_without
    from workbench.evaluation.evaluator import exact

    dead = dead_of(place).tolist()
    what = ("ablated", "bias", tuple(dead))
    return accuracy_without(place, what, len(dead), lambda: exact(ablations(place, part, root)), part, root)


def ablations(place: Place, part: PartName, root: Root = None) -> Iterator[Accuracy]:
    """That accuracy, ever better."""
    from workbench.evaluation.run_evaluators import evaluator

    return evaluator(place, part, root).ablations(dead_of(place).tolist())


def are_kept(reached: int, dead: int, lost: float, tolerance: float = POINT) -> bool:
    """Whether fewer units can go than are dead, though losing all dead ones costs no more than is tolerated."""
    return reached < dead and lost <= tolerance


def asks(question: Question) -> bool:
    """Whether the question leaves room for this order: it is about what the overview counts."""
    plain = question.quantity == "accuracy" and question.removed == "bias" and not question.joint
    return plain and question.dead_first and set(ORDERS) <= set(question.orders) and DEAD_FIRST not in question.orders


def with_dead_first(orders: Sequence[str]) -> tuple[str, ...]:
    """These orders and this one, before a random one at the end, which takes longest."""
    first = orders[:-1] if orders[-1:] and orders[-1] == RANDOM else orders
    return (*first, DEAD_FIRST, *orders[len(first) :])


def as_shown(orders: Sequence[str], shown: Sequence[str]) -> tuple[str, ...]:
    """The orders that were asked for, and this one where it was added to those that are shown."""
    return with_dead_first(orders) if DEAD_FIRST in shown and DEAD_FIRST not in orders else tuple(orders)


def is_missing(question: Question, found: Mapping[Item, Measured], names: tuple[str, ...]) -> bool:
    """Whether exact curves, in the orders of these names, keep dead units that could go."""
    if not asks(question):
        return False
    curves = [found.get(Item(name, question.removed)) for name in ORDERS if name in names]
    known = [curve for curve in curves if curve is not None and curve.exact]
    dead = len(dead_of(question.place))
    if not known or len(known) < len(curves) or not dead:
        return False
    reached = max(int(curve.levels[reach(curve.accuracy[0], "accuracy")]) for curve in known)
    if reached >= dead:
        return False
    lost = float(known[0].accuracy[0, 0]) - without_dead(question.place, question.part).accuracy
    return are_kept(reached, dead, lost)
