"""The pruning curves of a group: what each run gives, as mean and interval over the trainings."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from workbench.analysis.intervals import over_repeats
from workbench.cached import cached_property
from workbench.figures.groups.trainings import Trainings, interval_words, mean_words
from workbench.figures.pruning.lines import RANDOM, Drawn, Line, reach
from workbench.figures.pruning.picture import Picture, left_out
from workbench.figures.pruning.words import CAN_GO, basis, called, near, reaching
from workbench.runs.errors import shown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from workbench.figures.pruning.question import Question
    from workbench.runs.collection.groups import RunGroup

    Float64 = NDArray[np.float64]

MERGED = "its points lie at other numbers of units in each run"
MOST_DOTS = 33  # of a run on a curve; tables have all


@dataclass(frozen=True, eq=False)
class GroupPicture(Picture):
    """The curves of every run so far: the repeats of a line are the runs, of random orders the mean of each run."""

    @property
    def group(self) -> RunGroup:
        """The group that is asked about."""
        group = self.question.place.group
        assert group is not None
        return group

    @cached_property
    def words(self) -> str:
        """The panel's line: how many units of each order can go, mean and interval, and of how many trainings."""
        said = [f"of {self.units:,} units, {self._reaches()} {CAN_GO[self.quantity]}"] if self.lines else []
        said = [self.guess] if self.guess else said
        said += left_out(self.refused)
        said += [self.progress] if self.progress else []
        warned = "".join(f"{warning} " for warning in self.warnings)
        found = "; ".join((*said, f"mean of {self.group.trainings}"))
        return f"{self.question.where}: {warned}{found}{basis(self, self.question.part)}"

    def _reaches(self) -> str:
        return ", ".join(f"{line.name} {interval_words(over_repeats(self.reaches(line)), 1)}" for line in self.lines)

    def reaches(self, line: Line) -> Float64:
        """How many units can go by the curve of each run, (runs,)."""
        levels = measured_levels(line)
        return np.array([levels[reach(values[levels], self.quantity)] for values in line.values], np.float64)

    @cached_property
    def details(self) -> tuple[str, ...]:
        """What the tool tip adds: how many units can go in each run."""
        names = self.group.columns
        return tuple(
            f"{line.name}: "
            + ", ".join(f"{name} {count:,.0f}" for name, count in zip(names, self.reaches(line), strict=False))
            + f" {CAN_GO[self.quantity]}"
            for line in self.lines
        )

    @cached_property
    def steps(self) -> Float64:
        """Where along the plot 0…M units removed by the first order lie, the mean over the runs, (M + 1,)."""
        return self.lines[0].across if self.lines else np.arange(self.units + 1, dtype=np.float64)


def reaching_of(line: Line, picture: Drawn, interval: bool = False, brief: bool = False) -> str:
    """What `reaching` says of a curve; of a group the mean over its runs of how many units can go, with interval."""
    if picture.guess:  # no number of units means anything
        return line.name if brief else called(line.name)
    if not isinstance(picture, GroupPicture):
        return reaching(line, picture.quantity, interval, brief)
    found = interval_words(over_repeats(picture.reaches(line)), 1)
    found = f"{near(line, brief)}{found}"
    return f"{line.name} {found}" if brief else f"{called(line.name)}: {found} {CAN_GO[picture.quantity]}"


def measured_levels(line: Line) -> NDArray[np.int64]:
    """The numbers of removed units at which a curve was measured."""
    return np.arange(line.values.shape[1]) if line.levels is None else line.levels


def dotted_levels(line: Line) -> NDArray[np.int64]:
    """Those of them at which the number of each run is a dot."""
    levels = measured_levels(line)
    return levels[np.unique(np.linspace(0, len(levels) - 1, min(len(levels), MOST_DOTS)).round().astype(np.int64))]


def trainings_of(picture: Picture, line: Line) -> Trainings | None:
    """The curve of each run of a group, where all of them are there; None: the picture is of a single run."""
    whole = isinstance(picture, GroupPicture) and len(line.values) == len(picture.group.runs)
    return Trainings(line.values, picture.group.columns) if whole else None  # type: ignore[attr-defined]


def drawn_runs(picture: Picture) -> dict[str, tuple[Float64, Float64, Float64, NDArray[np.int64], Float64]]:
    """Of each curve of a group: across, low and high, where the runs have dots, and the curve of each run."""
    lines = picture.lines if isinstance(picture, GroupPicture) else ()
    return {
        line.name: (line.across, line.over_seeds.low, line.over_seeds.high, dotted_levels(line), line.values)
        for line in lines
    }


def random_band(picture: Picture) -> tuple[Float64, Float64, Float64] | None:
    """The interval of the random orders of a single run: across, low and high; None where there is none."""
    lines = () if isinstance(picture, GroupPicture) else picture.lines
    line = next((line for line in lines if line.name == RANDOM), None)
    return None if line is None else (line.across, line.over_seeds.low, line.over_seeds.high)


def mean_of(picture: Picture) -> str:
    """What the curves are the mean of, for a legend; "" of a single run."""
    return mean_words(picture.group) if isinstance(picture, GroupPicture) else ""


def group_pictures(of_run: Callable[[Question], Iterator[Picture]], question: Question) -> Iterator[GroupPicture]:
    """Ever better pictures of a group, run after run; `of_run` gives those of a single run, and its errors."""
    places, finished = question.place.each, list[Picture]()
    for number, place in enumerate(places, 1):
        latest = None
        for latest in of_run(replace(question, place=place, units=frozenset(), merged=False, dead_first=False)):
            state = latest.progress or ("" if latest.images[0] == latest.images[1] else "measuring…")
            whole = number == 1 or {line.name for line in latest.lines} >= {line.name for line in finished[0].lines}
            progress = f"run {number} of {len(places)}{f': {state}' if state else ''}"
            yield _picture(question, [*finished, latest] if whole else finished, progress)
        if latest is not None:
            finished.append(latest)
    yield _picture(question, finished, "")


def _picture(question: Question, of_runs: Sequence[Picture], progress: str) -> GroupPicture:
    first = of_runs[0]
    refused: Mapping[str, str] = {name: why for each in of_runs for name, why in each.refused.items()}
    names = [line.name for line in first.lines if all(line.name in _lines(each) for each in of_runs)]
    return GroupPicture(
        quantity=first.quantity,
        units=min(each.units for each in of_runs),
        lines=tuple(_line([_lines(each)[name] for each in of_runs]) for name in names),
        whole_unit=None,
        ablation=None,
        merging=None,
        progress=progress,
        question=replace(question, orders=first.question.orders, units=frozenset()),
        order=None,  # of each run its own: the cursor marks no units
        refused={**refused, "merged": MERGED} if question.merges else dict(refused),
        flat={},
        warnings=tuple(f"{_file(each)}: {warning}" for each in of_runs for warning in each.warnings),
        guess=first.guess if all(each.guess for each in of_runs) else "",
    )


def _file(picture: Picture) -> str:
    return shown(picture.question.place.run.path.name)


def _lines(picture: Picture) -> dict[str, Line]:
    return {line.name: line for line in picture.lines}


def _line(of_runs: Sequence[Line]) -> Line:
    """One curve over the runs, as far as all of them go and at the levels that all of them were measured at."""
    length = min(line.values.shape[1] for line in of_runs)
    levels = measured_levels(of_runs[0])
    for line in of_runs[1:]:
        levels = np.intersect1d(levels, measured_levels(line))
    return Line(
        name=of_runs[0].name,
        values=np.stack([line.mean[:length] for line in of_runs]),
        images=min(line.images for line in of_runs),
        total=max(line.total for line in of_runs),
        steps=np.mean([line.across[:length] for line in of_runs], axis=0),
        levels=levels[levels < length],
    )
