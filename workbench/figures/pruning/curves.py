"""The pruning curves of a question: ever better pictures, and what was measured is kept."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from workbench.analysis.orders import find_order
from workbench.evaluation.removal.orders import order_by, present_units
from workbench.figures.pruning.cache import Cache
from workbench.figures.pruning.dead_first import DEAD_FIRST, is_missing, with_dead_first
from workbench.figures.pruning.group import group_pictures
from workbench.figures.pruning.keys import (
    ORACLE,
    OrderKey,
    images_of,
    merging_key,
    order_key,
    place_key,
    removal_order,
    source_key,
)
from workbench.figures.pruning.lines import Ablation
from workbench.figures.pruning.picture import Draft
from workbench.figures.pruning.question import (
    QUICK_SEEDS,
    Item,
    Key,
    Measured,
    Question,
    items_of,
    key_of,
    measured,
    next_in_turn,
    sweeps_of,
)
from workbench.runs.saying import counted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workbench.analysis.greedy import JointOrder
    from workbench.evaluation.smaller.merging import Merging
    from workbench.figures.pruning.picture import Picture
    from workbench.figures.pruning.question import Sweep

PAUSE = 0.1  # seconds between two pictures of curves that sharpen


class PruningCurves:
    """Answers questions, and keeps what was measured to the end, so that going back costs nothing.

    Kept by what it was measured on: the open file, the images and labels, the network as it is named, the device.
    """

    def __init__(self) -> None:
        self._sources = Cache[Key, Key]()  # what the last answer about a place was measured on
        self._cached = Cache[Key, Measured]()
        self._begun = Cache[Key, Measured]()  # from some of the images: shown where another question goes on with it
        self._orders: Cache[OrderKey, tuple[JointOrder, ...]] = Cache()
        self._searched = Cache[OrderKey, tuple[int, ...]]()  # by the oracle, whole or in part
        self._merged: Cache[OrderKey, Merging] = Cache()

    def knows(self, question: Question) -> bool:
        """Whether everything asked for was measured before, as far as that is known without a look at the disk."""
        if question.place.group is not None:
            return all(self.knows(replace(question, place=place)) for place in question.place.each)
        source = self._sources.get(place_key(question))
        if source is None or question.quantity == "potential":
            return False
        merged = not question.merges or merging_key(question, source) in self._merged
        return merged and all(key_of(question, item, source) in self._cached for item in items_of(question))

    def pictures(self, question: Question) -> Iterator[Picture]:
        """Ever better pictures: what is known, then curve after curve on few images, then on all of them, random last.

        At last merging and the oracle, which take longest. ValueError: the network cannot be evaluated. DataMissing:
        the images are not here. RunError: unreadable.
        """
        if question.place.group is not None:
            yield from group_pictures(self.pictures, question)
            return
        question = _of_present_units(question)
        draft = Draft(question)
        if question.merged and question.joint:
            draft.refuse("merged", "it is of one layer at a time")
        if question.quantity != "potential" and items_of(question):
            self._source(question)  # or an error, before the units of a large layer are put in order for nothing
        searched = self._find_orders(draft)
        yield from self._measure(draft)
        if question.merges:
            yield from self._merge(draft)
        if searched:
            yield from self._search(draft)

    def costs(self, question: Question) -> Iterator[Ablation]:
        """What the units of a question cost, first on few images; its curves are not measured. Errors as above."""
        question = _of_present_units(question)
        item, source = Item("", question.removed, question.units), self._source(question)
        known, total = self._cached.get(key_of(question, item, source)), images_of(question)
        if known is None and question.units:
            for answers in zip(*sweeps_of(question, item, ()), strict=True):
                known = measured(answers)
                yield _ablation(question, known, total)
            if known is not None:
                self._keep(question, item, known, source)
        elif known is not None:
            yield _ablation(question, known, total)

    def _measure(self, draft: Draft) -> Iterator[Picture]:
        question = draft.question
        items = [] if question.quantity == "potential" else items_of(question)
        source = self._source(question) if items else ()
        keys = {item: key_of(question, item, source) for item in items}
        known = {item: self._cached.get(key) or self._begun.get(key) for item, key in keys.items()}
        draft.found |= {item: found for item, found in known.items() if found is not None}
        if self._adds_dead_first(draft):
            yield from self._measure(draft)
            return
        _warn(draft)
        missing = [item for item in items if item not in draft.found or not draft.found[item].exact]
        if missing:
            draft.total = images_of(question)
        if draft.found or not items:
            yield draft.picture()
        if missing:
            yield from self._sharpen(draft, missing, source)
            if self._source(question) != source:  # the data were replaced meanwhile: no picture mixes both
                draft.found, draft.warnings, draft.compared = {}, (), False
                yield from self._measure(draft)

    def _source(self, question: Question) -> Key:
        """What an answer depends on besides the question, as it is now: reads from the disk."""
        return self._sources.put(place_key(question), source_key(question, question.part))

    def _sharpen(self, draft: Draft, missing: list[Item], source: Key) -> Iterator[Picture]:
        question, shown_at = draft.question, -PAUSE
        sweeps = {item: sweeps_of(question, item, draft.orders.get(item.name, ())) for item in missing}
        while sweeps:
            for item in next_in_turn(tuple(sweeps), draft.found, question.removed):
                answers = []
                for number, sweep in enumerate(sweeps[item], 1):
                    answers.append(next(sweep))
                    if question.joint:  # each takes seconds of a large network: a chance to be given up
                        draft.progress = f"measuring {item.name}, {number} of {len(sweeps[item])}…"
                        yield draft.picture()
                draft.progress, found = "", measured(answers)
                if found.exact:
                    del sweeps[item]
                    sweeps |= self._more(draft)
                elif item in draft.found and found.images < draft.found[item].images:
                    continue  # more was measured for an earlier question
                due = item not in draft.found or found.exact or time.monotonic() - shown_at > PAUSE
                draft.found[item] = found
                _warn(draft)
                if due:
                    self._keep(question, item, found, source)
                    yield draft.picture()
                    shown_at = time.monotonic()

    def _adds_dead_first(self, draft: Draft) -> bool:
        """Ask for the order that removes dead units first, too, where the others keep some that could go."""
        if DEAD_FIRST in draft.refused or not is_missing(draft.wanted, draft.found, tuple(draft.orders)):
            return False
        draft.wanted = replace(draft.wanted, orders=with_dead_first(draft.wanted.orders))
        self._find_orders(draft)
        return DEAD_FIRST in draft.orders

    def _more(self, draft: Draft) -> dict[Item, list[Sweep]]:
        """What is to be measured, too, once an item is exact."""
        if not self._adds_dead_first(draft):
            return {}
        item = Item(DEAD_FIRST, draft.question.removed)
        return {item: sweeps_of(draft.question, item, draft.orders[DEAD_FIRST])}

    def _keep(self, question: Question, item: Item, found: Measured, source: Key) -> None:
        if self._source(question) == source:  # else the data were replaced meanwhile
            (self._cached if found.exact else self._begun).put(key_of(question, item, source), found)

    def _merge(self, draft: Draft) -> Iterator[Picture]:
        question = draft.question
        source = self._source(question)
        key = merging_key(question, source)
        draft.merging = self._merged.get(key)
        if draft.merging is not None:
            draft.warnings = draft.warnings or draft.merging.warnings
            yield draft.picture()
            return
        from workbench.evaluation.smaller.merging import merging

        try:
            place, similarity = question.place, question.merged_by
            for found in merging(place.run, place.layer, place.snapshot, question.part, similarity=similarity):
                draft.merging = found
                draft.warnings = draft.warnings or found.warnings
                if found.complete and self._source(question) == source:
                    self._merged.put(key, found)
                picture = draft.picture()
                yield picture
                if question.quick and picture.left_by_merging:
                    return
        except ValueError as error:  # e.g. the classifier, whose units are the classes
            draft.refuse("merged", error)
            yield draft.picture()

    def _search(self, draft: Draft) -> Iterator[Picture]:
        """Finds the oracle's order on validation, a little between two pictures, and measures it as the others."""
        from workbench.evaluation.removal.oracle import oracle_steps, places
        from workbench.evaluation.run_evaluators import evaluator, source_of

        question, values, shown_at = draft.wanted, [], -PAUSE
        begun_as = order_key(question, ORACLE)
        for layer in question.over:
            try:
                engine = evaluator(replace(question.place, layer=layer), "validation")
                key = (*source_of(question.place.run, question.place.snapshot, engine.data), layer, question.removed)
            except ValueError as error:  # e.g. no image was kept for validation
                draft.refuse(ORACLE, error)
                yield draft.picture()
                return
            gone = begun = self._searched.get(key) or ()
            for gone in oracle_steps(engine, question.removed, begun):
                self._searched.put(key, gone)
                if time.monotonic() - shown_at > PAUSE:
                    draft.progress = f"{ORACLE}: {len(gone)} of {counted(engine.units, 'unit')} of {layer} ranked…"
                    yield draft.picture()
                    shown_at = time.monotonic()
            values.append(places(gone))
        draft.progress = ""
        present = present_units(question.place.run, question.over, question.place.snapshot)
        order = (order_by(ORACLE, values, question.rule, present=present),)
        draft.orders[ORACLE] = order
        if order_key(question, ORACLE) == begun_as:
            self._orders.put(begun_as, order)
        yield from self._measure(draft)

    def _find_orders(self, draft: Draft) -> bool:
        """The orders asked for, and why a layer does not have some of them; whether one is still to be searched."""
        question = draft.wanted
        for name in question.orders:
            try:
                key = order_key(question, name)
                known = self._orders.get(key)
                if known is None and name == ORACLE:
                    continue
                known = known or self._orders.put(key, removal_order(question, name))
                draft.orders[name] = known[:QUICK_SEEDS] if question.quick else known
            except (ValueError, KeyError) as error:  # e.g. a package's order by scores that are not measured
                draft.refuse(name, error)
        return ORACLE in question.orders and ORACLE not in {*draft.orders, *draft.refused}


def _of_present_units(question: Question) -> Question:
    """The same without units that are removed already, which may be selected at another snapshot."""
    if not question.units:
        return question
    present = np.flatnonzero(question.place.layer_view.present(question.place.snapshot)).tolist()
    return replace(question, units=question.units.intersection(present))


def _ablation(question: Question, known: Measured, total: int) -> Ablation:
    start, value = known.values(question.quantity)[:2, 0].tolist()
    return Ablation(len(question.units), start, value, np.empty(0), known.images, total)


def _warn(draft: Draft) -> None:
    """Compare the network with nothing removed with what the run stores, once that is measured on all images."""
    from workbench.evaluation.doubts import warnings_of

    whole = next((found for found in draft.found.values() if found.exact), None)
    if whole is None or draft.compared:
        return
    question = draft.wanted
    by_weights = all(find_order(name).by_weights for name in draft.orders)
    chooses = question.similarity == "outputs" or not by_weights
    unchanged = float(whole.accuracy[0, 0])
    draft.warnings = warnings_of(question.place.run, question.place.snapshot, question.part, None, unchanged, chooses)
    draft.compared = True
