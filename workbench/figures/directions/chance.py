"""What chance alone gives beside the counts of the overview: independent weights of the same shape."""

from __future__ import annotations

from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np

from workbench.analysis.close_pairs import directions_of_weights, nearest_units
from workbench.analysis.directions.independent import independent_rows
from workbench.analysis.graph import graph_of_directions
from workbench.analysis.matrices import eigenvalues
from workbench.analysis.merging import REPEATED_COSINE
from workbench.analysis.spectra.spectrum import empirical_spectral_density

if TYPE_CHECKING:
    from workbench.figures.overview.layer import LayerOverview

    Shape = tuple[int, int, float]  # units, inputs, cut-off

NAMES = ("isolated", "clusters", "repeated", "outliers")
COLUMNS = tuple(f"{name}_by_chance" for name in NAMES)
DRAWS = 5  # independent layers, of which the mean counts
MOST_UNITS = 2048  # of a layer whose chance is drawn: a few seconds each


@dataclass(frozen=True)
class ByChance:
    """The means over independent layers; their weights are normal, all of the same variance."""

    isolated: float
    clusters: float
    repeated: float
    outliers: float


def by_chance(row: LayerOverview) -> ByChance | None:
    """What chance gives for a layer of this shape and cut-off, drawn once; None: it has no graph, or is too large."""
    shape = _shape(row)
    if shape is None:
        return None
    with _lock:
        known = _known.get(shape)
    if known is None:
        drawn = np.array([_counts(*shape, seed) for seed in range(DRAWS)])
        known = ByChance(*drawn.mean(axis=0).tolist())
        with _lock:
            _known[shape] = known
    return known


def known_chance(row: LayerOverview) -> ByChance | None:
    """The same where it was drawn before; never draws."""
    with _lock:
        return _known.get(_shape(row) or (0, 0, 0.0))


_lock, _known = Lock(), dict["Shape", ByChance]()


def _shape(row: LayerOverview) -> Shape | None:
    if row.cutoff is None or not 0 < row.units <= MOST_UNITS or row.inputs < 1:
        return None
    return row.units, row.inputs, row.cutoff


def _counts(units: int, inputs: int, cutoff: float, seed: int) -> tuple[int, int, int, int]:
    rows = independent_rows(units, inputs, seed)
    directions = directions_of_weights(rows)
    graph = graph_of_directions(directions, cutoff)
    repeated = int(np.count_nonzero(nearest_units(directions).cosines >= REPEATED_COSINE)) if units > 1 else 0
    spectrum = empirical_spectral_density(eigenvalues(rows)[: min(units, inputs)], units, inputs, 1.0)
    return graph.isolated, graph.clusters, repeated, len(spectrum.outliers)
