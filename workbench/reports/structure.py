"""What the weights of a layer say of its redundancy: graph, states of the units, spectrum, elbows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from workbench.analysis.matrices import mean_square_cosine
from workbench.analysis.spectra.measures import stable_rank
from workbench.evaluation.ranks.approximated import WEIGHTS
from workbench.figures.graph.figure import GraphFigure, graph_figure, settled
from workbench.figures.graph.picture import Graphs
from workbench.figures.graph.words import in_words
from workbench.figures.overview.layer import LayerOverview, overview_of
from workbench.figures.settings import GraphSettings
from workbench.figures.spectrum.figure import SpectrumFigure, spectrum_figure
from workbench.figures.spectrum.picture import Question, picture_of
from workbench.figures.stacks.making import graph_result

if TYPE_CHECKING:
    from workbench.analysis.low_rank import LowRank
    from workbench.analysis.spectra.spectrum import SpectrumResult
    from workbench.figures.graph.picture import GraphResult
    from workbench.runs.place import Place


@dataclass(frozen=True, eq=False)
class Clusters:
    """What the weight graph of one snapshot shows."""

    snapshot: int
    units: int  # without the removed ones
    sizes: tuple[int, ...]  # of the components of two units or more, descending
    isolated: int
    edges: int
    dead: int | None  # None: the activity was not kept
    isolated_and_dead: int
    hardly_moved: int | None  # None: the run does not hold the initial weights
    mean_square_cosine: float  # the frame potential over m²
    words: str  # as the panel says it
    figure: GraphFigure


@dataclass(frozen=True, eq=False)
class Structure:
    """A layer at one snapshot, beside its initialisation."""

    layer: str
    kind: str
    units: int  # without the removed ones
    removed: int  # units whose weights are all zero
    inputs: int  # without those from removed units
    silent_inputs: int  # which those are
    cutoff: float  # of the graph's edges
    before: Clusters  # snapshot 0; `now` where that is the same, or no initialisation
    now: Clusters
    spectrum: SpectrumResult | None  # None: all weights are zero
    spectrum_words: str
    spectrum_figure: SpectrumFigure | None
    stable_rank: float
    ranks: LowRank
    start: str  # what snapshot 0 is called: "at initialisation"
    since: str  # from where units may hardly have moved
    overview: LayerOverview  # its row of the overview


def structure_of(place: Place) -> Structure:
    """What the weights of a layer say, as the panels say it. RunError: a snapshot is not finite or unreadable."""
    run, layer, snapshot, graphs = place.run, place.layer_view, place.snapshot, Graphs()
    picture = picture_of(Question(place, None))
    values = layer.eigenvalues(snapshot)
    now, inputs = _clusters(place, graphs), layer.inputs_left(snapshot)
    return Structure(
        layer=place.layer,
        kind=layer.kind,
        units=now.units,
        removed=layer.units - now.units,
        inputs=inputs,
        silent_inputs=layer.inputs - inputs,
        cutoff=now.figure.cutoff,
        before=_clusters(place.at(0), graphs) if snapshot and run.spec.holds_initialisation else now,
        now=now,
        spectrum=None if picture is None else picture.result,
        spectrum_words="all weights are zero, so there is no spectrum" if picture is None else picture.words,
        spectrum_figure=None if picture is None else spectrum_figure(picture),
        stable_rank=stable_rank(values),
        ranks=WEIGHTS.spectrum(place),
        start=run.spec.start,
        overview=overview_of(place),
        since="from where the training began" if run.spec.starts_untrained else "since this training began",
    )


def _clusters(place: Place, graphs: Graphs) -> Clusters:
    settings = GraphSettings()
    result = graph_result(graphs, place, settings)
    graph, states = result.graph, result.states
    return Clusters(
        snapshot=place.snapshot,
        units=graph.nodes,
        sizes=tuple(graph.component_sizes[: graph.clusters].tolist()),
        isolated=graph.isolated,
        edges=len(graph.edges),
        dead=None if result.activity is None else int(states.dead.sum()),
        isolated_and_dead=int(np.count_nonzero(graph.alone & states.dead)),
        hardly_moved=int(states.hardly_moved.sum()) if place.run.can_have_moved else None,
        mean_square_cosine=mean_square_cosine(place.layer_view.live_weights(place.snapshot)),
        words=in_words(result),
        figure=_drawn(result, settings),
    )


def _drawn(result: GraphResult, settings: GraphSettings) -> GraphFigure:
    return graph_figure(result, settled(result, settings))
