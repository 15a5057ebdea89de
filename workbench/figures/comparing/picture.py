"""A layer of two networks side by side: which other network, and what changed between the two."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from workbench.comparing.layers import compare
from workbench.figures.comparing.figure import compare_figure
from workbench.runs.collection.naming import moments, nearest_snapshot
from workbench.runs.place import Place

if TYPE_CHECKING:
    from workbench.comparing.layers import LayerChange
    from workbench.figures.comparing.figure import CompareFigure
    from workbench.figures.settings import Part, Show, When
    from workbench.runs.run import Run


@dataclass(frozen=True)
class Question:
    """What is asked about two networks, `place` and `other`, each with a layer at a snapshot."""

    place: Place
    other: Place
    rank: int  # of the row spaces between which angles are measured
    show: Show = "changes"
    unrelated: Place | None = None  # of another seed, whose angles stand beside
    part: Part = "test"  # the images that both networks see

    @property
    def others(self) -> tuple[Run, ...]:
        """The runs besides that of `place`."""
        both = self.other, *(() if self.unrelated is None else (self.unrelated,))
        return tuple(each.run for each in both if each.run.locator != self.place.run.locator)

    @property
    def other_layer(self) -> str | None:
        """The layer of `other`; None where it is the one of the same name."""
        return self.other.layer if self.other.layer != self.place.layer else None

    @property
    def fitting(self) -> int:
        """The rank, or the largest that the layer has in both."""
        sizes = [each.layer_view for each in (self.place, self.other)]
        return min(self.rank, *(layer.units for layer in sizes), *(layer.inputs for layer in sizes))


@dataclass(frozen=True, eq=False)
class Picture:
    """What changed in a layer."""

    question: Question
    change: LayerChange

    @property
    def words(self) -> str:
        """What became of the layer, in one line."""
        place, other = self.question.place, self.question.other
        if place.key == other.key:
            return f"{place.words}: this is the snapshot that is compared with, so nothing differs."
        return f"{place.words}: {self.change.verdict} Compared with {other.words_with('')}."

    def figure(self) -> CompareFigure:
        """The same for print."""
        return compare_figure(self)


def other_moment(place: Place, run: Run | None, when: When, same: bool = False) -> Place:
    """The moment of another run (None: the same) that `place` is compared with, of no layer.

    Its first or last snapshot, or the one nearest to the same moment (epoch where both say it), iteration or part of
    the whole run. The same run is compared with its first snapshot where that would be the same one,
    unless `same` allows it.
    """
    other = place.run if run is None else run
    snapshot = {"first": 0, "last": other.snapshots - 1}.get(when)
    if snapshot is None:
        near = _nearest(place, other, when)
        snapshot = min(place.snapshot, other.snapshots - 1) if near is None else near
        snapshot = 0 if run is None and not same else snapshot
    return Place(other, "", snapshot)


def _nearest(place: Place, other: Run, when: When) -> int | None:
    """The snapshot at the same moment, iteration or part of the run; None: it does not say."""
    word, values = moments(place.run)
    if when == "fraction":
        whole, others = values[-1], moments(other)[1]
        if not (whole > 0 and others[-1] > 0):
            return None
        return int(np.abs(others / others[-1] - values[place.snapshot] / whole).argmin())
    if when == "iteration" and np.isfinite(place.run.iterations).all():
        word, values = "iteration", place.run.iterations
    return nearest_snapshot(other, word, float(values[place.snapshot]))


def other_place(place: Place, run: Run | None, when: When, layer: str = "") -> Place:
    """The same with the layer of the same name, or of this one. RunError: the other run has no such layer."""
    moment = other_moment(place, run, when, same=layer not in ("", place.layer))
    return Place(moment.run, moment.run.layer(layer or place.layer).name, moment.snapshot)


def layers_beside(place: Place, run: Run | None) -> list[str]:
    """The other layers of another run (None: the same) that have as many inputs as the layer of `place`; [] of none."""
    if not place.layer:
        return []
    inputs = place.layer_view.inputs
    layers = (place.run if run is None else run).layers
    return [layer.name for layer in layers if layer.inputs == inputs and layer.name != place.layer]


def verdicts(place: Place, other: Place) -> dict[str, str]:
    """What became of each layer from `place` to `other`, in a sentence. ValueError: they have none in common."""
    return {change.layer: change.verdict for change in compare(place, other).layers}


def picture_of(question: Question) -> Picture:
    """The picture. ValueError: weights are not finite, or the layers cannot be compared."""
    found = compare(question.other, question.place, question.place.layer, question.rank).layers[0]
    if found.changes is None:
        raise ValueError(found.verdict)
    return Picture(question, found)
