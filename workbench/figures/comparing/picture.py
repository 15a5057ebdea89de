"""A layer of two networks side by side: which other network, and what the panel shows of the two."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from workbench.comparing.layers import compare
from workbench.runs.collection.naming import moments, nearest_snapshot
from workbench.runs.place import Place

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workbench.comparing.layers import LayerChange
    from workbench.figures.settings import CompareSettings, When
    from workbench.runs.run import Run


@dataclass(frozen=True)
class Question:
    """The change from `other` to `place`, a layer at a snapshot each."""

    place: Place
    other: Place
    rank: int  # of the row spaces between which angles are measured


@dataclass(frozen=True, eq=False)
class Picture:
    """What is shown of two networks."""

    question: Question
    change: LayerChange

    @property
    def words(self) -> str:
        """What became of the layer, in one line."""
        place, other = self.question.place, self.question.other
        return f"{place.words}: {self.change.verdict} Compared with {other.words_with('')}."


def other_place(place: Place, run: Run | None, when: When) -> Place:
    """The place that `place` is compared with: in another run (None: the same), its first or last snapshot, or the
    one of the same moment. The same run is compared with its first snapshot where that would be the same one.

    RunError: the other run has no such layer.
    """
    other = place.run if run is None else run
    snapshot = {"first": 0, "last": other.snapshots - 1}.get(when)
    if snapshot is None:
        word, values = moments(place.run)
        near = nearest_snapshot(other, word, float(values[place.snapshot]))
        snapshot = min(place.snapshot, other.snapshots - 1) if near is None else near
        snapshot = 0 if run is None else snapshot
    return Place(other, other.layer(place.layer).name, snapshot)


def picture_of(question: Question) -> Picture:
    """The picture. ValueError: weights are not finite."""
    found = compare(question.other, question.place, question.place.layer, question.rank)
    return Picture(question, found.layers[0])


def picture_for(place: Place, others: Sequence[Run], chosen: CompareSettings) -> Picture:
    """The picture with these settings; `others` holds the other run, or nothing.

    ValueError: the other run is not given, or the layers cannot be compared.
    """
    if chosen.other and not others:
        raise ValueError("this figure compares two runs: give the other one as its group")
    found = picture_of(Question(place, other_place(place, others[0] if others else None, chosen.when), chosen.rank))
    if found.change.changes is None:
        raise ValueError(found.change.verdict)
    return found
