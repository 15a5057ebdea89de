"""What the answers about pruning are kept under: all that they depend on."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from workbench.analysis.orders import find_order
from workbench.evaluation.networks.named import named
from workbench.evaluation.removal.orders import orders_of

if TYPE_CHECKING:
    from workbench.analysis.greedy import JointOrder
    from workbench.evaluation.run_evaluators import PartName
    from workbench.figures.pruning.question import Key, Question

ORACLE = "oracle"
OrderKey: TypeAlias = tuple[object, ...]


def removal_order(question: Question, name: str) -> tuple[JointOrder, ...]:
    """In which order units go, once or for each seed. ValueError, KeyError: the layers do not have this order."""
    place, how = question.place, (question.removed, question.rule)
    return orders_of(place.run, question.over, place.snapshot, name, *how, similarity=question.similarity)


def order_key(question: Question, name: str) -> OrderKey:
    """Of the units of an order, in the order in which they go."""
    how = (question.rule if question.joint else "", question.removed if name == ORACLE else "")
    return (*_ranked_by(question, name), question.over, name, question.similarity, *how)


def _ranked_by(question: Question, name: str) -> Key:
    """What an order depends on besides the question: the weights, or also the network and the validation images."""
    if find_order(name).by_weights and question.similarity != "outputs":
        return (*question.place.run.identity, question.place.run.content(question.place.snapshot + 1))
    return source_key(question, "validation")


def source_key(question: Question, part: PartName) -> Key:
    """Of what is measured on the images of a part, as they are now: reads from the disk."""
    from workbench.evaluation.run_evaluators import data_of, source_of

    return source_of(question.place.run, question.place.snapshot, data_of(question.place.run, part))


def merging_key(question: Question, source: Key) -> OrderKey:
    """Of a merging curve."""
    return (*source, question.place.layer, question.similarity)


def place_key(question: Question) -> Key:
    """Where in a run, and of which network on which data, without a look at the disk."""
    return (question.place.run.identity, named(question.place.run), question.place.snapshot, question.part)


def images_of(question: Question) -> int:
    """How many images there are to measure on."""
    from workbench.evaluation.run_evaluators import data_of

    return len(data_of(question.place.run, question.part))
