"""What a changed layer costs: accuracies and curves that recompute only what the change touches.

The activations before the change are computed once (`Prefix`); then only the rest of the network is run. Everything is
a generator of ever better answers: the first after 1,000 images (fewer where that takes long), the last one exact on
the whole part. Closing the generator cancels. An evaluator may be asked from several threads.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, TypeVar

import numpy as np
import torch
from torch import nn

from workbench.evaluation.networks.memory import DEFAULT_BUDGET
from workbench.evaluation.networks.network import Network
from workbench.evaluation.networks.prefix import Prefix
from workbench.evaluation.ranks.factors import Factors, factors_of
from workbench.evaluation.ranks.sweep import RankSweep
from workbench.evaluation.removal.channels import channels_of
from workbench.evaluation.removal.coarse import SOON, at_levels, few_levels
from workbench.evaluation.removal.oracle import quickest
from workbench.evaluation.removal.routes import route_of, without
from workbench.evaluation.removal.rows import rows_of
from workbench.evaluation.results import FIRST
from workbench.evaluation.tally import Answers, Tally, answers_of
from workbench.nets.memory import give_memory_back_while_working

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    from workbench.evaluation.networks.data import Data
    from workbench.evaluation.removal.coarse import Levels
    from workbench.evaluation.results import Accuracy, Curve, Removed

    Int64 = NDArray[np.int64]

Answer = TypeVar("Answer")

_FIRST_WORK = 1e12  # floating-point operations of a first answer: some ten seconds of a processor
_FEWEST = 100  # images it is from at least


def exact(answers: Iterable[Answer]) -> Answer:
    """The last, exact answer of a generator of ever better ones."""
    *_, last = answers
    return last


def _first_images(levels: int, work: int) -> int:
    """How many images a first answer is from, where each takes so much work at a level."""
    return int(np.clip(_FIRST_WORK // max(1, levels * work), _FEWEST, FIRST))


class Evaluator:
    """What changes of one layer cost, on the images of one part.

    `module` is copied (see `Network`) and stays as it is; the work is done on its device. Activations are kept up to
    `budget_bytes`. ValueError: the layer cannot be evaluated, and why.
    """

    def __init__(self, module: nn.Module, data: Data, layer: str, budget_bytes: int = DEFAULT_BUDGET) -> None:
        self.network = Network(module, data)
        self.split = self.network.split(layer)
        self.data = data
        self.layer = layer
        self.units = self.split.units  # m
        self.prefix = Prefix(self.network, self.split, data, budget_bytes)
        self._whole: dict[int, Answers] = {}  # with nothing changed, by chunk

    def accuracies(self) -> Iterator[Accuracy]:
        """Ever better: the accuracy with nothing changed; at once the exact one where a removal curve began with it."""
        return self.ablations(()) if self._unchanged is None else iter((self._unchanged,))

    def ablations(self, units: Sequence[int], removed: Removed = "bias") -> Iterator[Accuracy]:
        """Ever better: the accuracy with these units removed at once. ValueError: there is no such unit."""
        gone = sorted({self._unit(unit) for unit in units})

        def answers(index: int) -> Answers:
            if not gone:
                return self.unchanged(index)
            taken, shortcuts = self.prefix.seen(index)
            return answers_of([without(self.split, taken, constants, gone, shortcuts)], self.prefix.labels(index))

        constants = self.constants(removed)
        tally = Tally(1, self.data.classes)
        for _ in self.counted(answers, tally):
            yield tally.accuracy(len(self.data))

    @property
    def takes_units(self) -> bool:
        """Whether a layer takes the units directly and alone, as `accuracies_with` asks."""
        return self.split.following is not None

    def removal_curve(
        self, order: Sequence[int] | Int64, removed: Removed = "bias", name: str = "", at: Levels = "all"
    ) -> Iterator[Curve]:
        """Ever better: accuracy and loss with no unit, then one after another of `order` removed, `order[0]` first.

        `name` is that of the order and only passed on; `at` says at which levels (see `coarse.Levels`, neither "some"
        nor "fall"). ValueError: `order` names a unit twice, or one there is not.
        """
        levels = np.arange(len(order) + 1)
        first = self._first_of_removal(len(levels))
        if at != "all" and (isinstance(at, tuple) or self.takes_long(len(order))):
            yield from self._at_few(order, removed, name, few_levels(at, len(order)), whole=at != "few first")
            if at != "few first":
                return
        answers = self._removal(order, removed)
        tally = Tally(len(levels), self.data.classes)
        for _ in self.counted(answers, tally, first):
            yield self._begun(tally.curve(self.layer, "removal", name, removed, levels, len(self.data)))

    def unchanged(self, index: int) -> Answers:
        """The answers on a chunk with nothing changed: computed once, and always in the same way, to the last digit."""
        if index not in self._whole:
            taken, shortcuts = self.prefix.seen(index)
            self._whole[index] = answers_of([self.split.logits(taken, shortcuts)], self.prefix.labels(index))
        return self._whole[index]

    def _begun(self, curve: Curve) -> Curve:
        """The curve, whose beginning is remembered."""
        if curve.exact and curve.levels[0] == 0:
            self._unchanged = curve.at(0)
        return curve

    _unchanged: Accuracy | None = None

    def takes_long(self, removed: int) -> bool:
        """Whether a removal curve of so many units is first measured at a few levels, where that is wanted."""
        return self._first_of_removal(removed + 1) < min(FIRST, len(self.data))

    def _first_of_removal(self, levels: int) -> int:
        """As `first_images`, of a removal: where a linear layer follows, each level adds columns to what it gives."""
        if isinstance(self.split.following, nn.Linear):
            return _first_images(levels, self.prefix.work_after)
        return self.first_images(levels)

    def _at_few(
        self, order: Sequence[int] | Int64, removed: Removed, name: str, few: Int64, whole: bool
    ) -> Iterator[Curve]:
        """Curves of a few levels: of a first part of the images, of `FIRST`; and, if `whole`, of all."""
        total = len(self.data)
        tally = Tally(len(few), self.data.classes)
        for _ in self.counted(self._coarse(order, removed, few), tally, SOON):
            curve = self._begun(tally.curve(self.layer, "removal", name, removed, few, total))
            yield curve if whole else replace(curve, exact=False)
            if tally.images >= FIRST and not whole:
                return

    def _coarse(self, order: Sequence[int] | Int64, removed: Removed, levels: Int64) -> Callable[[int], Answers]:
        """The answers at a few levels on a chunk."""
        units = self._named_once(order)
        constants = self.constants(removed)
        logits = self.prefix.ask(lambda: at_levels(self.split, constants, units, levels))

        def answers(index: int) -> Answers:
            (taken, shortcuts), labels = self.prefix.seen(index), self.prefix.labels(index)
            back = answers_of(logits(taken, shortcuts), labels)
            return Answers(back.predictions.flip(0), back.losses.flip(0))

        return answers

    def _named_once(self, order: Sequence[int] | Int64) -> list[int]:
        units = [int(unit) for unit in order]
        if len(set(units)) < len(units) or not set(units) <= set(range(self.units)):
            raise ValueError(f"An order names each of the {self.units} units of {self.layer} at most once.")
        return units

    def single_removals(self, removed: Removed = "bias", name: str = "") -> Iterator[Curve]:
        """Ever better: accuracy and loss with each unit removed alone; last, at level m, with none removed."""
        units, constants = np.arange(self.units), self.constants(removed)
        leave_one_out = quickest(self, constants)

        def answers(index: int) -> Answers:
            alone, (taken, shortcuts) = leave_one_out(index, [], units), self.prefix.seen(index)
            none = answers_of([without(self.split, taken, constants, [], shortcuts)], self.prefix.labels(index))
            predictions = torch.cat([alone.predictions, none.predictions.to(alone.predictions)])
            return Answers(predictions, torch.cat([alone.losses, none.losses]))

        tally = Tally(self.units + 1, self.data.classes)
        for _ in self.counted(answers, tally, self.first_images(self.units)):
            yield tally.curve(self.layer, "removal", name, removed, np.arange(self.units + 1), len(self.data))

    def removal_predictions(self, order: Sequence[int] | Int64, removed: Removed = "bias") -> Int64:
        """The class predicted for each image with 0…k of the k units of `order` removed, (k + 1, N)."""
        return self._predictions(self._removal(order, removed))

    def rank_curve(
        self, ranks: Sequence[int] | None = None, factors: Factors | None = None, name: str = "W"
    ) -> Iterator[Curve]:
        """Ever better: accuracy and loss with W replaced by its best rank-k approximation.

        `ranks` ascend (None: 0…min(m, n)); `factors` say what else is approximated (see `factors_of`) and `name`
        how that is called. ValueError: a rank that there is not.
        """
        sweep = self._sweep(ranks, factors)
        tally = Tally(len(sweep.ranks), self.data.classes)
        for _ in self.counted(sweep.answers, tally, self.first_images(len(sweep.ranks))):
            yield tally.curve(self.layer, "rank", name, None, np.array(sweep.ranks), len(self.data))

    def rank_predictions(self, ranks: Sequence[int] | None = None, factors: Factors | None = None) -> Int64:
        """The class predicted for each image at each rank, (ranks, N)."""
        return self._predictions(self._sweep(ranks, factors).answers)

    def low_ranks(self, rank: int, factors: Factors | None = None) -> Iterator[Accuracy]:
        """Ever better: the accuracy with W replaced by its best approximation of this rank."""
        sweep = self._sweep((rank,), factors)
        tally = Tally(1, self.data.classes)
        for _ in self.counted(sweep.answers, tally):
            yield tally.accuracy(len(self.data))

    def weights(self) -> NDArray[np.float32]:
        """The layer's weights, (m, n)."""
        return self.split.layer.weight.detach().flatten(1).cpu().numpy().copy()

    def _sweep(self, ranks: Sequence[int] | None, factors: Factors | None) -> RankSweep:
        own = factors is None
        if factors is None:
            if self._own_factors is None:
                self._own_factors = factors_of(self.weights())
            factors = self._own_factors
        asked = range(factors.ranks + 1) if ranks is None else ranks
        return RankSweep(self.prefix, factors, asked, self.unchanged if own else None)

    _own_factors: Factors | None = None

    def _removal(self, order: Sequence[int] | Int64, removed: Removed) -> Callable[[int], Answers]:
        """The answers at every level on a chunk, by the quickest way."""
        first = self._named_once(order)
        others = sorted(set(range(self.units)).difference(first))
        units, levels = first + others, len(first) + 1  # the quickest ways remove all
        constants = self.constants(removed)
        fused, route = rows_of(self.split, constants), route_of(self.split)
        channels = self.prefix.ask(lambda: channels_of(self.split, constants, units, range(len(units) + 1)))

        def answers(index: int) -> Answers:
            (taken, shortcuts), labels = self.prefix.seen(index), self.prefix.labels(index)
            if fused is not None:
                found = fused.removal(taken, constants, units, labels)
            else:
                every = route(self.split, taken, constants, units, shortcuts)
                back = answers_of(every if channels is None else channels(taken, shortcuts), labels)
                found = Answers(back.predictions.flip(0), back.losses.flip(0))
            return Answers(found.predictions[:levels], found.losses[:levels])

        return answers

    def clear(self) -> None:
        """Let go of what is kept of the images; it is computed again when it is asked for."""
        self.prefix.clear()

    def constants(self, removed: Removed) -> torch.Tensor:
        """What the following layer takes of an image when every unit is removed."""
        return self.prefix.ask(lambda: self.prefix.constants(removed))

    def first_images(self, levels: int) -> int:
        """Return how many images the first answer is from: fewer where they would keep one waiting."""
        return _first_images(levels, self.prefix.work_behind)

    def work(self, levels: int) -> float:
        """Return the floating-point operations that so many runs of what comes behind the layer take."""
        return float(levels) * len(self.data) * float(self.prefix.work_behind)

    def counted(self, answers: Callable[[int], Answers], tally: Tally, first: int = FIRST) -> Iterator[None]:
        """Count chunk after chunk into `tally`; yield when there is something to show, from `first` images on."""
        for index in range(len(self.prefix.chunks)):
            found = self.prefix.ask(partial(answers, index))
            with self.network.running():
                tally.add(found, self.prefix.labels(index))
            del found  # many curves wait at a time
            give_memory_back_while_working()
            if tally.images >= min(first, len(self.data)):
                yield

    def _predictions(self, answers: Callable[[int], Answers]) -> Int64:
        chunks = (self.prefix.ask(partial(answers, index)) for index in range(len(self.prefix.chunks)))
        predictions: Int64 = np.concatenate([each.predictions.cpu().numpy() for each in chunks], axis=1)
        return predictions

    def _unit(self, unit: int) -> int:
        if not 0 <= unit < self.units:
            raise ValueError(f"{self.layer} has the units 0 to {self.units - 1}, not {unit}.")
        return int(unit)
