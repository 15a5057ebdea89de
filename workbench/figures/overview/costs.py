"""What a layer can do without: units removed or merged, and the accuracy at the elbow, as the panels measure it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

import numpy as np

from workbench.analysis.matrices import TooManyUnits
from workbench.figures.overview.layer import final_places, overview_of
from workbench.figures.pruning.dead_first import DEAD_FIRST, ORDERS, ablations, are_kept, dead_of, without_dead
from workbench.figures.pruning.guessing import guess_of
from workbench.figures.pruning.lines import MANY, POINT, last_within, reach, worth
from workbench.runs.errors import RunError
from workbench.runs.saying import counted, in_words, plural

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from os import PathLike

    from numpy.typing import NDArray

    from workbench.evaluation.removal.coarse import Levels
    from workbench.evaluation.results import Curve
    from workbench.evaluation.run_evaluators import PartName
    from workbench.evaluation.smaller.merging import MergePoint
    from workbench.figures.overview.layer import LayerOverview
    from workbench.runs.place import Place
    from workbench.runs.run import Run

    Root = str | PathLike[str] | None

PROVISIONAL = ("removable", "dead_lost")  # fields that are known before they are exact
Hedge = Literal["", "about", "at least"]
SIGNS: Mapping[str, str] = MappingProxyType({"": "", "about": "≈ ", "at least": "≥ "})  # of a hedge, before a number
PART: PartName = "test"
NOT_POSSIBLE = (ValueError, OSError, LookupError, ImportError, RunError)  # no network, no images, no torch


@dataclass(frozen=True)
class LayerCosts:
    """What changes of a layer cost on the test images, as far as it is known; None: not yet, or see `missing`."""

    place: Place
    tolerance: float = POINT  # points of accuracy
    images: int = 0  # that the numbers rest on
    total: int = 0  # images there are
    start: float = float("nan")  # accuracy with nothing changed, percent
    removable: int | None = None  # most units that go within the tolerance, in the better of `ORDERS` or `DEAD_FIRST`
    order: str = ""  # which that is
    gone: tuple[int, ...] = field(default=(), repr=False)  # these units, in the order in which they go
    orders_done: bool = False  # no other order is still to be measured, which may let more go
    covers_dead: bool = False  # all dead units are among them
    dead_lost: float | None = None  # points lost without the dead units
    mergeable: int | None = None  # units fewer when as many as the tolerance allows are merged into others
    merge_cosine: float | None = None
    rank: int | None = None  # the elbow
    rank_accuracy: float | None = None  # percent
    missing: Mapping[str, str] = field(default_factory=dict, hash=False)  # name of a field that is None -> why
    warnings: tuple[str, ...] = ()  # why it is doubtful
    complete: bool = False  # nothing more comes

    @property
    def tolerated(self) -> str:
        """The tolerance in words: "a point"."""
        if self.tolerance == 1.0:
            return "a point"
        return f"{self.tolerance:g} {plural(self.tolerance, 'point')}"

    @property
    def guess(self) -> str:
        """Why none of it says anything, where the network only guesses: `guess_of`; "" where it does not."""
        return guess_of(self.place.run, self.start, self.images)

    @property
    def basis(self) -> str:
        """The images in words: "10,000 test images"; where they are few what one is worth, or how many there are."""
        if self.images < self.total:
            return f"the first {self.images:,} of {counted(self.total, f'{PART} image')}"
        each = f", {worth(self.images)}" if self.images < MANY else ""
        return f"{counted(self.images, f'{PART} image')}{each}"

    def hedge(self, name: str) -> Hedge:
        """How the number of this name, a field, may still change; "" where it stays.

        "about": it rests on some of the images; "at least": on all of them, but another order may let more go.
        """
        if self.complete or name not in PROVISIONAL or getattr(self, name) is None:
            return ""
        if self.images < self.total:
            return "about"
        return "at least" if name == "removable" and not self.orders_done else ""

    def hedged(self, name: str, number: int | str) -> str:
        """That number, or one that rests on it, in a sentence: "23", "about 23" or "at least 23"."""
        text = f"{number:,}" if isinstance(number, int) else number
        return f"{hedge} {text}" if (hedge := self.hedge(name)) else text


def costs(run: Run, tolerance: float = POINT, root: Root = None) -> Iterator[LayerCosts]:
    """What every layer can do without at the last snapshot: ever better, the layers with the least work first.

    The first numbers of all layers come before the others of any. Each answer is complete in itself. Closing the
    generator cancels; what was measured before is there at once.
    """
    layers = [costs_of(overview_of(place), tolerance, root) for place in sorted(final_places(run), key=_work)]
    yield from (next(layer) for layer in layers)
    for layer in layers:
        yield from layer


def costs_of(row: LayerOverview, tolerance: float = POINT, root: Root = None) -> Iterator[LayerCosts]:
    """What a layer can do without, ever better. `row` is its overview. What cannot be measured is `missing`."""
    found = LayerCosts(row.place, tolerance, rank=row.elbow)
    try:
        for stage in (removal, _at_elbow, _merging):
            for better in stage(found, root):
                found = better
                yield found
    except NOT_POSSIBLE as error:
        names = ("removable", "mergeable", "rank_accuracy")
        why = {name: in_words(error) for name in names if getattr(found, name) is None}
        found = replace(found, missing={**why, **found.missing})
    yield replace(found, complete=True)


def _work(place: Place) -> float:
    """What a layer's curves take, roughly: a level for each unit, each of which costs a convolution more."""
    layer = place.layer_view
    return float(layer.units) * (layer.units * layer.inputs if layer.kind == "conv2d" else layer.units)


def check_measurable(run: Run, root: Root = None) -> None:
    """Raise ValueError where the network of a run cannot be made, DataMissing where its images are not here."""
    from workbench.evaluation.run_evaluators import data_of, network_of

    network_of(run)
    data_of(run, PART, root)


def removal(found: LayerCosts, root: Root = None, at: Levels = "all") -> Iterator[LayerCosts]:
    """With the units that can be removed, and what the dead ones cost, ever better; `at` as in `Evaluator`."""
    from workbench.evaluation.doubts import warnings_of
    from workbench.evaluation.questions import removal_curve
    from workbench.evaluation.removal.orders import orders_of
    from workbench.evaluation.run_evaluators import data_of

    place = found.place
    layers, dead = (place.layer,), dead_of(place)
    found = replace(found, total=len(data_of(place.run, PART, root)))
    dead_cost = partial(_dead_lost, place, root) if len(dead) else lambda _curve: None
    for number, name in enumerate((*ORDERS, DEAD_FIRST)):
        if name == DEAD_FIRST and not _hides_dead(found, len(dead)):
            continue
        try:
            (order,) = orders_of(place.run, layers, place.snapshot, name, root=root)
        except TooManyUnits:
            continue  # of an order that compares all units; the first does not
        for curve in removal_curve(place.run, layers, place.snapshot, order, "bias", name, PART, root, at):
            gone = order.units[: curve.levels[reach(curve.accuracy, "accuracy", found.tolerance)]]
            if not number:
                found = _with_dead(found, _with_curve(found, curve, gone, dead), dead_cost(curve))
            elif curve.exact:
                found = _with_curve(found, curve, gone, dead)
            yield _at_least_dead(found, dead)
    found = _at_least_dead(found, dead)
    warnings = warnings_of(place.run, place.snapshot, PART, root, found.start)
    yield replace(found, orders_done=True, warnings=warnings)


def _hides_dead(found: LayerCosts, dead: int) -> bool:
    """Whether fewer units go than are dead, though the dead ones cost little."""
    return (
        found.removable is not None
        and found.dead_lost is not None
        and are_kept(found.removable, dead, found.dead_lost, found.tolerance)
    )


def _with_dead(found: LayerCosts, better: LayerCosts, lost: float | None) -> LayerCosts:
    """What more images say, once it is known what the dead units cost on them: both are said together."""
    return found if lost is None and found.dead_lost is not None else replace(better, dead_lost=lost)


def _at_least_dead(found: LayerCosts, dead: NDArray[np.int64]) -> LayerCosts:
    """The dead units go where they cost little, whatever the curves say; that of `DEAD_FIRST` may let more go."""
    if not _hides_dead(found, len(dead)):
        return found
    return replace(found, removable=len(dead), order=DEAD_FIRST, gone=tuple(dead.tolist()))


def _dead_lost(place: Place, root: Root, curve: Curve) -> float | None:
    """The points lost without the dead units on the images of a curve; None: they are not among the first ones."""
    from workbench.evaluation.networks.prefix import FIRST

    if curve.exact:
        return float(curve.accuracy[0]) - without_dead(place, PART, root).accuracy
    if curve.images < FIRST:  # no other answer comes from so few
        return None
    first = next(iter(ablations(place, PART, root)))
    return float(curve.accuracy[0]) - first.accuracy if first.images == curve.images else None


def _with_curve(found: LayerCosts, curve: Curve, gone: NDArray[np.int64], dead: NDArray[np.int64]) -> LayerCosts:
    """With what a curve says, where that is better than what was known, or the first from so many images."""
    if found.removable is not None and curve.images == found.images and len(gone) <= found.removable:
        return found
    return replace(
        found,
        images=curve.images,
        start=float(curve.accuracy[0]),
        removable=len(gone),
        order=curve.name,
        gone=tuple(gone.tolist()),
        covers_dead=bool(np.isin(dead, gone).all()),
    )


def _at_elbow(found: LayerCosts, root: Root) -> Iterator[LayerCosts]:
    from workbench.evaluation.cached_curves import rank_curves

    if found.rank is None:
        yield replace(found, missing={**found.missing, "rank_accuracy": "there is no elbow"})
        return
    for curve in rank_curves(found.place, (found.rank,), part=PART, root=root):
        yield found if not curve.exact else replace(found, rank_accuracy=curve.at(found.rank).accuracy)


def _merging(found: LayerCosts, root: Root) -> Iterator[LayerCosts]:
    from workbench.evaluation.smaller.merging import merging

    place = found.place
    try:
        for curve in merging(place.run, place.layer, place.snapshot, PART, root):
            last = last_within(curve.points, found.start, found.tolerance)
            if curve.complete or last is not curve.points[-1]:  # what is merged more loosely does not count any more
                yield with_merges(found, curve.points)
                return
            yield found
    except ValueError as error:  # such as of the last layer
        yield replace(found, missing={**found.missing, "mergeable": str(error)})


def with_merges(found: LayerCosts, points: Sequence[MergePoint]) -> LayerCosts:
    """With what a whole merging curve says."""
    last = last_within(points, found.start, found.tolerance)
    cosine = None if last is None else last.cosine
    return replace(found, mergeable=0 if last is None else last.removed, merge_cosine=cosine)
