"""Figures of a stored run: what the panels would show for a selection and their settings, without a window."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import msgspec

from workbench.figures import layers, looks, training
from workbench.figures.comparing import beside as pairs
from workbench.figures.comparing import showing as comparing
from workbench.figures.cutoffs import figure as cutoffs
from workbench.figures.directions import figure as directions
from workbench.figures.drawing import Drawing, Wanted, check_run, selected_units
from workbench.figures.graph import figure as graph
from workbench.figures.groups import trainings
from workbench.figures.low_rank import all_layers as low_rank_all_layers
from workbench.figures.low_rank import figure as low_rank
from workbench.figures.low_rank import group as low_rank_group
from workbench.figures.low_rank import over_time as low_rank_over_time
from workbench.figures.low_rank.making import low_rank_of
from workbench.figures.map import making as maps
from workbench.figures.overview import figure as overview
from workbench.figures.overview import printed_table
from workbench.figures.pruning import curves as pruning_curves
from workbench.figures.pruning import figure as pruning
from workbench.figures.pruning import question as pruning_question
from workbench.figures.settings import (
    CompareSettings,
    CutoffsSettings,
    DirectionsSettings,
    GraphSettings,
    LowRankSettings,
    MapSettings,
    NoSettings,
    OverviewSettings,
    PruningSettings,
    SpectrumSettings,
    TimelineSettings,
    TrainingSettings,
)
from workbench.figures.spectrum import figure as spectrum
from workbench.figures.spectrum import picture as spectrum_picture
from workbench.figures.stacks import making as stacks
from workbench.figures.timeline import figure as timeline
from workbench.figures.timeline import time_axis, tracks
from workbench.figures.zoom import Zoom
from workbench.runs.place import Place, with_others

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from workbench.figures.figure import Figure
    from workbench.figures.recipe import View
    from workbench.runs.run import Run


def _spectrum(at: Wanted, chosen: SpectrumSettings, _notes: list[str]) -> Figure:
    scale = None if chosen.scale == "auto" else chosen.scale
    units = selected_units(at, chosen.matrix, "the spectrum")
    place = with_others(at.place, at.group)
    asked = spectrum_picture.Question(place, scale, chosen.matrix, units, chosen.shuffled, chosen.counts)
    picture = spectrum_picture.picture_of(asked)
    if picture is None:
        raise ValueError(f"{place.layer}, snapshot {place.snapshot}: all weights are zero, so there is no spectrum")
    return spectrum.spectrum_figure(picture, chosen.initial, chosen.view, chosen.band)


def _pruning(at: Wanted, chosen: PruningSettings, notes: list[str]) -> Figure:
    question = pruning_question.question_of(with_others(at.place, at.group), at.units, chosen)
    *_, picture = pruning_curves.PruningCurves().pictures(question)
    notes += picture.warnings
    notes += [f"{name} is left out: {reason}" for name, reason in picture.refused.items()]
    return pruning.pruning_figure(picture, chosen.view)


def _overview(at: Wanted, chosen: OverviewSettings, notes: list[str]) -> Figure:
    place = with_others(at.place, at.group)
    found = overview.shown_overview(place, chosen.measure, chosen.costs)
    costs = (found.costs or {}).values()
    notes += dict.fromkeys(note for each in costs for note in (*each.missing.values(), *each.warnings))
    return overview.overview_figure(found, place, chosen.measure)


def _compare(at: Wanted, chosen: CompareSettings, _notes: list[str]) -> Figure:
    found: Figure = comparing.picture_for(at.place, at.group, chosen).figure()
    return found


def _training(at: Wanted, chosen: TrainingSettings, _notes: list[str]) -> Figure:
    source = with_others(at.place, at.group).source
    _refuse(training.missing_curves(source))
    return training.training_of(source, at.place.snapshot, chosen.view)


def _timeline(at: Wanted, chosen: TimelineSettings, notes: list[str]) -> Figure:
    _refuse(training.missing_history(at.place.run))
    place = with_others(at.place, at.group)
    return timeline.timeline_figure(timeline.shown_at(place, chosen, notes), place, chosen.rule.strip())


def _refuse(problem: str) -> None:
    if problem:
        raise ValueError(problem)


@dataclass(frozen=True)
class Kind:
    """One row: how the figures of a panel are made, and what can be set."""

    make: Callable[[Wanted, Any, list[str]], Figure]
    settings: type
    command: str  # what the command line calls it
    types: tuple[type, ...]  # its figure's, and those of what it holds: they may go to the process that draws
    of_layer: bool = True
    of_group: bool = False
    moves: bool = True  # it changes from snapshot to snapshot, so that there can be a film of it


KINDS = {
    "graph": Kind(stacks.graph_of, GraphSettings, "graph", (graph.GraphFigure,), of_group=True),
    "spectrum": Kind(
        _spectrum, SpectrumSettings, "spectrum",
        (spectrum.SpectrumFigure, spectrum.Law, trainings.Trainings, Zoom), of_group=True,
    ),
    "pruning": Kind(
        _pruning, PruningSettings, "pruning",
        (pruning.PruningFigure, pruning.PrunedCurve, pruning.Ablated, looks.Look, trainings.Trainings, Zoom),
        of_group=True,
    ),
    "low_rank": Kind(
        low_rank_of, LowRankSettings, "lowrank",
        (low_rank.LowRankFigure, low_rank.Reading, low_rank_group.GroupMean, trainings.Trainings,
         low_rank_over_time.RankOverTime, low_rank_all_layers.AllLayers, Zoom), of_group=True,
    ),
    "overview": Kind(
        _overview, OverviewSettings, "overview",
        (overview.OverviewFigure, printed_table.PrintedTable, overview.PrintedMap),
        of_layer=False, moves=False, of_group=True,
    ),
    "directions": Kind(
        directions.figure_of, DirectionsSettings, "directions", (directions.DirectionsFigure, trainings.Trainings),
        of_group=True,
    ),
    "cutoffs": Kind(cutoffs.figure_of, CutoffsSettings, "cutoffs", (cutoffs.CutoffsFigure,)),
    "map": Kind(maps.map_of, MapSettings, "map", maps.TYPES, of_group=True),
    "compare": Kind(_compare, CompareSettings, "compare", (*comparing.TYPES, pairs.BesideFigure), of_group=True),
    "training": Kind(
        _training, TrainingSettings, "training",
        (training.TrainingFigure, training.Trace, trainings.Trainings, Zoom), of_layer=False, of_group=True,
    ),
    "run": Kind(
        lambda at, _chosen, _notes: layers.layers_figure(at.place), NoSettings, "layers", (layers.LayersFigure,),
        of_layer=False, moves=False,
    ),
    "timeline": Kind(
        _timeline, TimelineSettings, "timeline",
        (timeline.TimelineFigure, timeline.PrintedTrack, trainings.Trainings, time_axis.TimeAxis, tracks.Mark),
        of_layer=False, of_group=True,
    ),
}  # fmt: skip
OF_GRAPH = ("graph", "cutoffs", "map")  # kinds that have a cut-off
for _each in KINDS.values():  # prepared at import: see the end of `runs/spec.py`
    msgspec.json.Decoder(_each.settings)


def figure(
    kind: str,
    run: Run,
    layer: str | None = None,
    snapshot: int = -1,
    units: tuple[int, ...] = (),
    positions: tuple[tuple[float, float], ...] = (),
    group: Sequence[Run] = (),
    beside: Run | None = None,
    beside_snapshot: int | None = None,
    **settings: Any,
) -> Drawing:
    """The figure that the panel of this kind would show: "graph", "spectrum", "pruning", "low_rank", "training" …

    `settings` are the panel's, by name; `cutoff` is the graph's for this layer. `positions` are the places of its
    nodes; without them the layout runs from its start until it rests. With a `group`, other runs that differ by their
    seed, "low_rank" shows the mean over them all. The curves of another network, `beside`, are drawn as well: at its
    snapshot, or at the moment of the first (None). ValueError: an unknown kind or setting, or no group; RunError: no
    such layer; DataMissing: the images are not on this machine.
    """
    known = _kind(kind)
    if known.of_layer and layer is None:
        raise ValueError(f"a figure of kind {kind} is of a layer: name one")
    place = Place(run, layer or "", run.resolve(snapshot))
    named = settings_at(kind, place, settings, bool(group) or beside is not None, beside, beside_snapshot)
    group = (*group, *(() if beside is None else (beside,)))
    return _made(kind, Wanted(place, units, positions, group), named)


def settings_at(
    kind: str,
    place: Place,
    settings: Mapping[str, Any],
    of_others: bool = False,
    beside: Run | None = None,
    beside_snapshot: int | None = None,
) -> dict[str, Any]:
    """The settings as a recipe names them, for a figure at `place`: of other runs too, or with one `beside` it."""
    named = named_settings(kind, place.run, place.layer or None, settings)
    if beside is not None:
        named = pairs.naming(named, place, beside, beside_snapshot)
    return named | ({"over_group": True} if of_others and kind == "low_rank" else {})


def named_settings(kind: str, run: Run, layer: str | None, settings: Mapping[str, Any]) -> dict[str, Any]:
    """The settings as the panel has them. ValueError: one that it does not have."""
    named = dict(settings)
    if kind in OF_GRAPH and "cutoff" in named and layer is not None:
        shape, unit = run.layer(layer), named.get("cutoff_unit", "cosine")
        named["cutoffs"] = {f"{shape.units}x{shape.inputs}" if unit == "cosine" else unit: named.pop("cutoff")}
    names = _kind(kind).settings.__dataclass_fields__  # type: ignore[attr-defined]
    for name in named:
        if name not in names:
            raise ValueError(f"{kind} has no setting {name!r}: it has {', '.join(names) or 'none'}")
    return named


def chosen_settings(kind: str, settings: Mapping[str, Any]) -> Any:
    """The settings of a kind, checked; those not named as at first. ValueError: one makes no sense."""
    try:
        return msgspec.convert(dict(settings), _kind(kind).settings, strict=True)
    except msgspec.ValidationError as error:
        raise ValueError(f"a setting of the figure is invalid: {error}") from error


def figure_from(view: View, run: Run, group: Sequence[Run] = ()) -> Drawing:
    """The figure that a recipe's view describes, of this run; `group` are its other runs, in the order of the view's.

    Settings that are not known are passed over. ValueError: one is another run, or the view makes no sense.
    """
    known = _kind(view.kind)
    if len(group) != len(view.group):
        raise ValueError(f"the figure shows a mean over {len(view.group)} other runs, but {len(group)} are given")
    for key, given in zip((view.run, *view.group), (run, *group), strict=True):
        check_run(key, given)
    if known.of_layer and view.layer is None:
        raise ValueError(f"the recipe of a figure of kind {view.kind} names no layer")
    place = Place(run, view.layer or "", run.resolve(view.snapshot))
    at = Wanted(place, view.units, view.positions, tuple(group))
    return _made(view.kind, at, view.settings)


def _made(kind: str, at: Wanted, settings: Mapping[str, Any]) -> Drawing:
    chosen, whole = chosen_settings(kind, settings), at.group
    group, beside = pairs.taken_apart(whole, settings)
    at = replace(at, group=group)
    if at.group and not _kind(kind).of_group:
        raise ValueError(f"a figure of kind {kind} shows no mean over a group")
    if at.place.layer:
        count = at.place.layer_view.units
        if not all(0 <= unit < count for unit in at.units):
            raise ValueError(f"{at.place.layer} has units 0 to {count - 1}")
    notes: list[str] = []
    made = _kind(kind).make(at, chosen, notes)
    here = at.place if beside is None else with_others(at.place, at.group)
    made = pairs.with_beside(made, here, beside, partial(alone, kind), chosen, notes)
    return Drawing(made, at.place, at.units, dict(settings), tuple(notes), whole)


def alone(kind: str, place: Place, chosen: Any) -> Figure:
    """The figure of a kind at a place with these settings, without units, group or another network."""
    return _kind(kind).make(Wanted(place, (), ()), chosen, [])


def _kind(name: str) -> Kind:
    if name not in KINDS:
        raise ValueError(f"there is no figure of kind {name!r}: choose {', '.join(KINDS)}")
    return KINDS[name]
