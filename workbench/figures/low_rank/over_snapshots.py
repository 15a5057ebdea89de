"""One rank over the snapshots, in a run or in each run of a group: ever more accuracies, and what is said of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from workbench.analysis.intervals import over_repeats
from workbench.cached import cached_property
from workbench.figures.groups.trainings import Trainings, interval_words
from workbench.figures.low_rank.costs import Cost, anywhere

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

    from workbench.evaluation.results import Accuracy
    from workbench.runs.place import Place


@dataclass(frozen=True, eq=False)
class OverSnapshots:
    """The accuracy at one rank by snapshot, as far as it is found; None where the training had diverged."""

    cost: Cost
    each: tuple[Mapping[int, Accuracy | None], ...]  # of each run, in the order of the group
    warnings: tuple[str, ...] = ()  # why it is doubtful, as the latest snapshot that is exact shows

    @cached_property
    def snapshots(self) -> NDArray[np.int64]:
        """Those that are known of every run, ascending, (S,)."""
        return np.array(sorted(set.intersection(*map(set, self.each))), dtype=np.int64)

    @cached_property
    def accuracy(self) -> Trainings:
        """In percent, (runs, S); NaN where the training had diverged."""
        found = [[_percent(known[at]) for at in self.snapshots.tolist()] for known in self.each]
        place = self.cost.about.place
        names = place.group.columns if place.group is not None else (place.name,)
        return Trainings(np.array(found, dtype=np.float64).reshape(len(self.each), -1), names)

    def reading(self, x: float) -> str:
        """The accuracy at the snapshot nearest to `x`: of a group the mean with its interval, and of each run."""
        if not len(self.snapshots):
            return ""
        number = int(np.abs(self.snapshots - x).argmin())
        values, group = self.accuracy.values[:, number], self.cost.about.place.group
        here = f"at snapshot {self.snapshots[number]}, rank {self.cost.rank}"
        if not np.isfinite(values).any():
            return f"the training had diverged {here}"
        mean = interval_words(over_repeats(values[np.isfinite(values)]), 2, " %")
        if group is None:
            return f"accuracy {mean} {here}"
        runs = ", ".join("diverged" if np.isnan(value) else f"{value:.2f}" for value in values)
        return f"accuracy {mean} {here}, mean of {group.trainings}; of the runs {runs}"


class RankOverSnapshots:
    """Asks the network, and keeps what it found for the last question. For worker threads."""

    def __init__(self) -> None:
        self._known: tuple[object, tuple[dict[int, Accuracy | None], ...]] | None = None

    def ask(self, cost: Cost) -> Iterator[OverSnapshots]:
        """Ever more: the accuracy at one rank by snapshot; what was found before for this rank is there at once."""
        from workbench.evaluation.ranks.over_snapshots import over_snapshots, spread_out

        place, about, rank = cost.about.place, cost.about.approximated, cost.rank
        assert rank is not None
        known = self._known_of(cost)
        latest, warnings = _latest(known), _doubts(cost, _latest(known))
        yield OverSnapshots(cost, tuple(map(dict, known)), warnings)
        for snapshot in spread_out(place.snapshots):
            for number, alone in enumerate(place.each):
                if snapshot in known[number]:
                    continue
                for _, accuracy in over_snapshots(alone, rank, [snapshot], about, cost.part):
                    if accuracy is None or accuracy.exact:
                        known[number][snapshot] = accuracy
                    if _latest(known) > latest:
                        latest, warnings = _latest(known), _doubts(cost, _latest(known))
                    each = tuple(
                        {**of, **({snapshot: accuracy} if at == number else {})} for at, of in enumerate(known)
                    )
                    yield OverSnapshots(cost, each, warnings)

    def _known_of(self, cost: Cost) -> tuple[dict[int, Accuracy | None], ...]:
        from workbench.evaluation.run_evaluators import data_of, source_of

        runs = cost.about.place.runs
        key = anywhere(cost), tuple(source_of(run, 0, data_of(run, cost.part)) for run in runs)
        if self._known is None or self._known[0] != key:
            self._known = key, tuple({} for _ in runs)
        return self._known[1]


def over_snapshots_program(cost: Cost, group: str, count: int) -> Iterator[str]:
    """Lines that print the accuracy at the rank at so many snapshots; `group`: the name of what holds the runs."""
    place, about, rank = cost.about.place, cost.about, cost.rank
    given = f", part={cost.part!r}, matrix={about.matrix!r}" + (f", units={list(about.units)!r}" if about.units else "")
    yield f"for at in range({count}):"
    yield f"    ranks = [wb.low_rank(each, {place.layer!r}, at, [{rank}]{given}) for each in {group}]"
    yield f"    over = [each.curve.at({rank}).accuracy for each in ranks]"
    yield '    print(f"snapshot {at}: accuracy {sum(over) / len(over):.2f} %, of the runs {over}")'


def _percent(accuracy: Accuracy | None) -> float:
    return np.nan if accuracy is None else accuracy.accuracy


def _latest(known: tuple[dict[int, Accuracy | None], ...]) -> int:
    """The latest snapshot whose accuracy is known of every run; -1: none."""
    found = [{snapshot for snapshot, accuracy in each.items() if accuracy is not None} for each in known]
    return max(set.intersection(*found), default=-1)


def _doubts(cost: Cost, snapshot: int) -> tuple[str, ...]:
    from workbench.evaluation.doubts import warnings_of

    places: tuple[Place, ...] = cost.about.place.each if snapshot >= 0 else ()
    found = [(each.name, told) for each in places for told in warnings_of(each.run, snapshot, cost.part)]
    return tuple(f"{name}: {told}" if len(places) > 1 else told for name, told in found)
