"""How the figure of low ranks is made, of a run or of a group."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from workbench.figures.drawing import Wanted, selected_units
from workbench.figures.low_rank.all_layers import all_layers_of
from workbench.figures.low_rank.costs import Cost, Costs
from workbench.figures.low_rank.figure import LowRankFigure, low_rank_figure, mean_figure
from workbench.figures.low_rank.group import curves_of, spectra_mean, with_accuracy
from workbench.figures.low_rank.joint import joint_costs
from workbench.figures.low_rank.over_snapshots import RankOverSnapshots
from workbench.figures.low_rank.over_time import over_time_of
from workbench.figures.low_rank.picture import Question, picture_of
from workbench.runs.place import Place, with_others
from workbench.runs.saying import in_words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workbench.figures.settings import LowRankSettings


def low_rank_of(at: Wanted, chosen: LowRankSettings, notes: list[str]) -> LowRankFigure:
    """What the low-rank panel would show; of a group the mean. ValueError: no unit is selected, or no group."""
    units = selected_units(at, chosen.matrix, "the low rank")
    about = Question(at.place, chosen.matrix, units)
    by_hand = {row[:3]: row[3] for row in chosen.ranks}.get((at.place.run.run_id, at.place.layer, chosen.matrix))
    if at.group:
        return _mean(with_others(at.place, at.group), about, chosen, by_hand, notes)
    picture = picture_of(about)
    curves = None
    with _noting(notes):
        *_, curves = Costs().curves(Cost(about, chosen.part))
    notes += () if curves is None else curves.warnings
    rank = min(max(picture.result.kneedle if by_hand is None else by_hand, 0), picture.result.ranks)
    reading = None if curves is None else curves.at(rank)
    figure = low_rank_figure(picture, chosen.part, curves, rank, reading, chosen.tolerance, chosen.view)
    return _with_more(figure, Cost(about, chosen.part, rank), chosen, notes)


def _mean(
    place: Place,
    about: Question,
    chosen: LowRankSettings,
    by_hand: int | None,
    notes: list[str],
) -> LowRankFigure:
    mean = spectra_mean(place, about.approximated, chosen.part)
    with _noting(notes):
        mean = with_accuracy(mean, curves_of(place, about.approximated, chosen.part))
    notes += mean.warnings
    rank = min(max((mean.proposed["Kneedle"] or 0) if by_hand is None else by_hand, 0), mean.ranks)
    cost = Cost(replace(about, place=place), chosen.part, rank)
    return _with_more(mean_figure(mean, rank, about.axes, chosen.view), cost, chosen, notes)


def _with_more(figure: LowRankFigure, cost: Cost, chosen: LowRankSettings, notes: list[str]) -> LowRankFigure:
    """With the accuracies over the snapshots, and of all layers together, where they are asked for."""
    found = together = None
    if chosen.over_time:
        with _noting(notes):
            *_, found = RankOverSnapshots().ask(cost)
    if chosen.all_layers:
        with _noting(notes):
            *_, together = joint_costs((cost, chosen.energy))
    return replace(figure, over_time=over_time_of(found), all_layers=all_layers_of(together, cost.about.place.layer))


@contextmanager
def _noting(notes: list[str]) -> Iterator[None]:
    """Note why there are no accuracies: no network of the catalogue, or no images; the panel says so too."""
    try:
        yield
    except (ValueError, OSError, LookupError) as error:
        notes.append(f"no accuracies: {in_words(error)}")
