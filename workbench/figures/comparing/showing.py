"""What is shown of two networks: a row for each choice, and how its picture is made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from workbench.figures.comparing.alignment import CkaFigure, cka_pictures
from workbench.figures.comparing.angles import AnglesFigure, angles_picture
from workbench.figures.comparing.figure import CompareFigure
from workbench.figures.comparing.line import BarrierFigure, barrier_pictures
from workbench.figures.comparing.picture import Question, other_moment, other_place, picture_of
from workbench.figures.comparing.units import Dots, UnitsFigure, units_picture

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from workbench.figures.settings import CompareSettings, Show, When
    from workbench.runs.place import Place
    from workbench.runs.run import Run

NONE = "none"  # no unrelated run
TYPES = (CompareFigure, AnglesFigure, UnitsFigure, Dots, CkaFigure, BarrierFigure)


@dataclass(frozen=True)
class Row:
    """One choice: how its pictures are made, and what of the settings it depends on."""

    pictures: Callable[[Question], Iterable[Any]]  # words on how far it is, and at last the picture
    of_layer: bool = True  # of the selected layer; else of all
    ranked: bool = False
    unrelated: bool = False
    images: bool = False
    other_layers: bool = False  # whether another layer of as many inputs can stand beside

    def other(self, place: Place, run: Run | None, when: When, layer: str = "") -> Place:
        """The other place, of the same layer or, where it can be, of another one. RunError: that run has none such."""
        if not self.of_layer:
            return other_moment(place, run, when)
        return other_place(place, run, when, layer if self.other_layers else "")


ROWS: dict[Show, Row] = {
    "changes": Row(lambda question: (picture_of(question),), ranked=True),
    "angles": Row(lambda question: (angles_picture(question),), ranked=True, unrelated=True, other_layers=True),
    "units": Row(lambda question: (units_picture(question),), ranked=True),
    "cka": Row(cka_pictures, of_layer=False, images=True),
    "barrier": Row(barrier_pictures, of_layer=False, images=True),
}


def pictures_of(question: Question) -> Iterator[Any]:
    """Words on how far it is, and at last the picture. ValueError: there is none, and why; DataMissing: no images."""
    yield from ROWS[question.show].pictures(question)


def picture_for(place: Place, others: Sequence[Run], chosen: CompareSettings) -> Any:
    """The picture with these settings; `others` holds the other run or nothing, and behind it the unrelated one.

    ValueError: the other run is not given, or the networks cannot be compared.
    """
    row = ROWS[chosen.show]
    beside = next((run for run in others if chosen.unrelated == run.run_id != chosen.other), None)
    left = [run for run in others if run is not beside]
    if chosen.other and not left:
        raise ValueError("this figure compares two runs: give the other one as its group")
    other = row.other(place, left[0] if left else None, chosen.when, chosen.other_layer)
    if beside is None and len(left) > 1 and chosen.unrelated != NONE:
        beside = left[1]
    unrelated = None if beside is None or not row.unrelated else other_place(place, beside, "same", other.layer)
    *_, found = pictures_of(Question(place, other, chosen.rank, chosen.show, unrelated, chosen.part))
    return found
