"""The directions of a layer's units at a snapshot, next to those at initialisation and to independent ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.analysis.close_pairs import directions_of_gram
from workbench.analysis.directions.agreement import agreement
from workbench.analysis.directions.clusters import CLUSTERS, cluster_directions, random_directions
from workbench.analysis.directions.norms import split_norms
from workbench.analysis.graph import graph_of_directions
from workbench.figures.directions.words import finding, sentences
from workbench.figures.graph.layer import layer_graph
from workbench.figures.overview.layer import NO_START, ONE_SNAPSHOT
from workbench.runs.place import place_in

if TYPE_CHECKING:
    from collections.abc import Iterator
    from os import PathLike

    from numpy.typing import NDArray

    from workbench.analysis.directions.agreement import Agreement
    from workbench.analysis.directions.clusters import DirectionClusters
    from workbench.analysis.directions.norms import NormSplit
    from workbench.runs.place import Place
    from workbench.runs.run import Run

    Int64 = NDArray[np.int64]
    Cell = int | float | bool | None

COLUMNS = ("unit", "norm", "cluster", "angle_degrees", "start_cluster", "start_angle_degrees", "trained_probability",
           "trained")  # fmt: skip
OUTPUT_COLUMNS = ("component", "output_component")


@dataclass(frozen=True, eq=False)
class OutputClusters:
    """The clusters of the weight graph, and those of the units' outputs at the same cut-off."""

    cutoff: float
    by_weights: Int64  # (m,) component of each unit; −1: the unit is removed
    by_outputs: Int64  # (m,) component of each unit; −1: its output never changes
    agreement: Agreement  # over the units that have both
    compared: int  # units that have both
    images: int


@dataclass(frozen=True, eq=False)
class LayerDirections:
    """Clusters of directions, groups of norms and, if they were asked for, clusters of outputs."""

    place: Place
    norms: NDArray[np.float64]  # (m,)
    clusters: DirectionClusters
    start: DirectionClusters | None  # the same at initialisation; None: see `missing`
    chance: DirectionClusters  # the same of as many independent directions
    split: NormSplit
    outputs: OutputClusters | None = None
    missing: str = ""  # why there is no start, a clause

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the columns."""
        return COLUMNS if self.outputs is None else COLUMNS + OUTPUT_COLUMNS

    @property
    def words(self) -> tuple[str, ...]:
        """What was found, in sentences."""
        return sentences(self)

    @property
    def finding(self) -> str:
        """The same in one line."""
        return finding(self)

    def rows(self) -> Iterator[tuple[Cell, ...]]:
        """One row for each unit; None where a number does not exist."""
        parted = self.split.threshold is not None
        for unit, norm in enumerate(self.norms.tolist()):
            probability = _number(self.split.probability[unit])
            trained = bool(self.split.above[unit]) if parted and probability is not None else None
            row = unit, norm, *_of(self.clusters, unit), *_of(self.start, unit), probability, trained
            outputs = self.outputs
            more = () if outputs is None else (_whole(outputs.by_weights[unit]), _whole(outputs.by_outputs[unit]))
            yield *row, *more

    def to_dataframe(self) -> Any:
        """The rows as a pandas table. ImportError without pandas."""
        import pandas as pd

        return pd.DataFrame(self.rows(), columns=list(self.columns))


def directions(
    run: Run,
    layer: str,
    snapshot: int = -1,
    k: int | None = CLUSTERS,
    seed: int = 0,
    outputs: bool = False,
    root: str | PathLike[str] | None = None,
) -> LayerDirections:
    """The clusters of the directions of a layer's units at a snapshot, and the groups of their norms.

    `k` clusters by spherical k-means (None: the number is chosen), the same at snapshot 0 and of independent
    directions, so that the angles to the centres can be compared (Brutzkus and Globerson 2019). `outputs` also compares
    the components of the weight graph with those of the correlations of the units' outputs on the validation images.

    RunError: there is no such layer, or its weights are not finite. ValueError: more clusters than units, or, with
    `outputs`, a network that cannot be evaluated; DataMissing: its images are not on this machine.
    """
    return directions_of(place_in(run, layer, snapshot), k, seed, outputs, root)


def directions_of(
    place: Place,
    k: int | None = CLUSTERS,
    seed: int = 0,
    outputs: bool = False,
    root: str | PathLike[str] | None = None,
) -> LayerDirections:
    """As `directions`, of a place."""
    layer, snapshot = place.layer_view, place.snapshot
    weights = layer.live_weights(snapshot)
    clusters = cluster_directions(weights, k, seed)
    pointing = int(np.count_nonzero(clusters.cluster >= 0))
    missing = _start_missing(place)
    start = None if missing else cluster_directions(layer.live_weights(0), clusters.k, seed)
    chance = cluster_directions(random_directions(pointing, weights.shape[1], seed), clusters.k, seed)
    norms = layer.norms(snapshot)
    compared = _output_clusters(place, root) if outputs else None
    return LayerDirections(place, norms, clusters, start, chance, split_norms(norms, seed), compared, missing)


def _start_missing(place: Place) -> str:
    if not place.run.spec.holds_initialisation:
        return NO_START
    return "" if place.snapshot else (ONE_SNAPSHOT if place.run.snapshots == 1 else "this is the initialisation")


def _output_clusters(place: Place, root: str | PathLike[str] | None) -> OutputClusters:
    from workbench.evaluation.similarity.outputs import correlation_of, images_of

    correlation = correlation_of(place, root)
    graph = layer_graph(place)
    other = graph_of_directions(directions_of_gram(correlation), graph.cutoff)
    weights, outputs = (np.where(each.present, each.component, -1).astype(np.int64) for each in (graph, other))
    both = (weights >= 0) & (outputs >= 0)
    if not both.any():
        raise ValueError(f"no unit of {place.layer} has an output that changes")
    found = agreement(weights[both], outputs[both])
    return OutputClusters(graph.cutoff, weights, outputs, found, int(both.sum()), images_of(place))


def _of(clusters: DirectionClusters | None, unit: int) -> tuple[Cell, Cell]:
    if clusters is None or clusters.cluster[unit] < 0:
        return None, None
    return int(clusters.cluster[unit]), float(clusters.angles[unit])


def _number(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def _whole(value: int) -> int | None:
    return None if value < 0 else int(value)
