"""The spectrum of a group: the mean density over the trainings with its interval in each bin."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.analysis.intervals import over_repeats
from workbench.analysis.spectra.marchenko_pastur import MarchenkoPastur
from workbench.evaluation.ranks.approximated import WEIGHTS
from workbench.figures.groups.trainings import Trainings, interval_words, mean_words
from workbench.figures.spectrum.axes import axes_of, on_axis, top_of
from workbench.figures.spectrum.others import overview_count
from workbench.figures.spectrum.picture import NO_CURVE, Picture, Question, curve_of, limits_of, picture_on

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from workbench.analysis.spectra.spectrum import SpectrumResult
    from workbench.runs.collection.groups import RunGroup

HOW = "95 % interval of each bin by Student’s t over the trainings"


@dataclass(frozen=True, eq=False)
class GroupPicture(Picture):
    """A picture in which bars, outline and shuffled entries are means over the runs, and ticks those of all runs."""

    results: tuple[SpectrumResult, ...] = ()  # of each run
    runs: Trainings | None = None  # the bars of each run

    @property
    def group(self) -> RunGroup:
        """The group that is asked about."""
        group = self.question.place.group
        assert group is not None
        return group

    @property
    def named_outliers(self) -> bool:
        return sum(len(result.outliers) for result in self.results) == len(self.rug)

    @property
    def doubt(self) -> str:
        return next((result.doubt for result in self.results if result.doubt), "")

    def reading(self, x: float, y: float) -> str:
        """The bin under a point of the plot: its mean, the interval, and the number of each run."""
        value = 10.0**x if self.scale == "log" else x
        what = "count" if self.question.counted else "density"
        here = f"λ = {value:.4g}, {what} {y:.3g}"
        number = int(np.searchsorted(self.edges, value, side="right")) - 1
        if not 0 <= number < len(self.density) or self.runs is None:
            return f"{here}: outside of the bins"
        over = over_repeats(self.runs.values[:, number])
        each = ", ".join(f"{height:.3g}" for height in self.runs.values[:, number])
        low, high = self.edges[number : number + 2]
        mean = f"{float(over.mean):.3g} ({float(over.low):.3g} to {float(over.high):.3g})"
        return f"{here}: mean {what} {mean} from {low:.3g} to {high:.3g}, of the runs {each}"


def mean_of(picture: Picture) -> str:
    """What the bars are the mean of, for a legend; "" of a single run."""
    return mean_words(picture.group) if isinstance(picture, GroupPicture) else ""


def runs_of(picture: Picture) -> Trainings | None:
    """The bars of each run of a group; None: the picture is of a single run."""
    return picture.runs if isinstance(picture, GroupPicture) else None


def group_picture(question: Question) -> GroupPicture | None:
    """The picture of a group; None where every weight of a run is zero. Errors as `pictures_of`."""
    places = question.place.each
    axes = axes_of(question, places, quickly=True)
    found = [
        picture_on(axes, number, replace(question, place=place), quickly=False) for number, place in enumerate(places)
    ]
    of_runs = [each for each in found if each is not None]
    return _mean(question, of_runs) if len(of_runs) == len(places) else None


def _mean(question: Question, of_runs: Sequence[Picture]) -> GroupPicture:
    first, group = of_runs[0], question.place.group
    assert group is not None
    results = tuple(each.result for each in of_runs)
    bars = Trainings(np.stack([each.density for each in of_runs]), group.columns)
    initial = np.mean([each.initial for each in of_runs], axis=0)
    nulls = [each.null for each in of_runs if each.null is not None]
    scale, law = first.scale, _law_of_entries(results)
    curve = curve_of(law, scale, law.units)
    if question.counted:
        curve = curve[0], curve[1] * law.units * float(np.diff(on_axis(first.edges, scale))[0])
    curves = {"initialiser": first.curves["initialiser"], "entries": curve, "bulk": NO_CURVE}
    limits = {"initialiser": first.limits["initialiser"], "entries": limits_of(law, scale), "bulk": ()}
    rug = np.sort(np.concatenate([each.rug for each in of_runs]))[::-1]
    of = "" if question.about.name == "W" else f", {question.about.name}"
    place = f"{question.place.words}{of}"
    alone: dict[str, Any] = {each.name: getattr(first, each.name) for each in fields(Picture)}
    changed = {
        "question": question,
        "counts": np.sum([each.counts for each in of_runs], axis=0),
        "density": bars.over.mean,
        "initial": initial,
        "curves": curves,
        "limits": limits,
        "rug": rug,
        "rug_texts": tuple(f"{value:.3g}" for value in (10.0**rug if scale == "log" else rug)),
        "top": max(top_of(each.density, initial, curves) for each in of_runs),
        "place": place,
        "words": f"{place}: {'; '.join(_words(question, results))}",
        "null": np.mean(nulls, axis=0) if nulls else None,
    }
    return GroupPicture(**(alone | changed), results=results, runs=bars)


def _law_of_entries(results: Sequence[SpectrumResult]) -> MarchenkoPastur:
    """The law of the runs’ shape with the mean variance of their entries."""
    laws = [result.entries for result in results if result.entries is not None]
    return MarchenkoPastur(laws[0].units, laws[0].inputs, float(np.mean([law.variance for law in laws])))


def _words(question: Question, results: Sequence[SpectrumResult]) -> Iterator[str]:
    counts = [len(result.outliers) for result in results if result.counted_against is not None]
    if len(counts) == len(results):
        yield f"outliers {interval_words(over_repeats(np.array(counts)), 1)}, {_edge(results)}"
    else:
        yield f"no edge to count outliers against in {len(results) - len(counts)} of the runs"
    largest = interval_words(over_repeats(np.array([result.eigenvalues[0] for result in results])), 2)
    yield f"largest {largest}, Q = {results[0].q:.3g}"
    elsewhere = overview_count(question.place.each) if question.about != WEIGHTS else ""
    if elsewhere:
        yield elsewhere
    assert question.place.group is not None
    yield f"mean of {question.place.group.trainings}"
    yield HOW


def _edge(results: Sequence[SpectrumResult]) -> str:
    """Beyond which edge outliers are counted."""
    law, verdicts = results[0].initialiser, Counter(result.verdict for result in results)
    if law is None:
        return "of each run beyond the edge of its own bulk"
    if not verdicts["grown"]:
        return f"beyond {law.high:.3g}, the initialiser’s edge (margin {law.margin:.2g})"
    which = f"in {verdicts['grown']} of {len(results)} runs" if verdicts["grown"] < len(results) else "in all runs"
    return f"of each run beyond its own edge (the bulk has grown {which})"
