"""All that a page draws, as compact JSON; `resources/page/page.js` reads it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.figures.graph.known import LARGEST_RADIUS, SMALLEST_RADIUS
from workbench.figures.spectrum.figure import SHORT, SHUFFLED
from workbench.reports.pages.coding import LEVELS, in_bytes, in_gaps, shares
from workbench.reports.pages.moments import HIDDEN
from workbench.reports.pages.plots import SIZE, curves, spectrum_axis, spectrum_moment

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from workbench.figures.training import TrainingFigure
    from workbench.reports.pages.moments import GraphMoment, Moment

STEP = 0.1  # pixels of the layout: figures round positions to as much
MOST = 0xFFFF  # steps along an axis
WIDTH = 620.0  # pixels on the screen that a graph has, about
LEAST_RADIUS = 2.0  # pixels on the screen
TALLEST = 1.1  # times the width: a higher graph has empty sides instead


def page_data(
    moments: Sequence[Moment], training: TrainingFigure | None, marks: Sequence[float], compared: str
) -> dict[str, Any]:
    """What the page draws; `marks` is where on the training's axis each of the moments lies.

    `compared` is what a cosine is called.

    Positions are whole steps of `step` pixels of the layout from the upper left corner. ValueError: no moment has a
    graph.
    """
    known = [each.graph for each in moments if each.graph is not None]
    if not known:
        raise ValueError("no snapshot has finite weights, so there is nothing to show")
    ground = _Ground(known)
    units = len(known[0].norms)
    largest = max(graph.largest_norm for graph in known)
    codes = [_codes(graph.edges, units) for graph in known]
    pairs = np.unique(np.concatenate(codes))
    spectra = [each.spectrum for each in moments if each.spectrum is not None]
    return {
        "units": units,
        "labels": [each.label for each in moments],
        "snapshots": [each.snapshot for each in moments],
        "width": ground.size[0],
        "height": ground.size[1],
        "step": ground.step,
        "levels": [LEVELS, MOST],
        "hidden": HIDDEN,
        "radius": [SMALLEST_RADIUS, LARGEST_RADIUS, ground.least_radius],
        "largest": largest,
        "graphs": _graphs(moments, ground, codes, pairs, largest),
        "pairs": in_gaps(pairs),
        "compared": compared,
        "size": SIZE,
        "axis": spectrum_axis(spectra[0]) if spectra else None,
        "laws": SHORT,
        "shuffled": SHUFFLED,
        "start": spectra[0].start if spectra else "",
        "rug": "outliers" if all(each.outliers_named for each in spectra) else "largest",
        "spectra": [None if each.spectrum is None else spectrum_moment(each.spectrum) for each in moments],
        "words": [each.words for each in moments],
        "training": None if training is None else curves(training.accuracy, training.over, marks),
    }


class _Ground:
    """What is in sight over all snapshots, in steps from its upper left corner."""

    def __init__(self, graphs: Sequence[GraphMoment]) -> None:
        low = np.min([graph.corners[0] for graph in graphs], axis=0)
        high = np.max([graph.corners[1] for graph in graphs], axis=0)
        self.step = max(STEP, float((high - low).max()) / MOST)
        # On the grid of steps through 0, so that positions that were rounded to it are exact.
        self.left, self.top = np.floor(low[0] / self.step), np.ceil(high[1] / self.step)
        self.size = (
            int(np.ceil(high[0] / self.step) - self.left),
            int(self.top - np.floor(low[1] / self.step)),
        )

    @property
    def least_radius(self) -> float:
        """In pixels of the layout: so large are the smallest nodes on the screen."""
        seen = max(self.size[0], self.size[1] / TALLEST) * self.step / WIDTH
        return round(LEAST_RADIUS * seen, 2)

    def placed(self, places: NDArray[np.float64]) -> NDArray[np.int64]:
        """(k, 2) in steps to the right and down."""
        steps = np.rint(np.nan_to_num(places) / self.step)
        there = np.stack((steps[:, 0] - self.left, self.top - steps[:, 1]), axis=1)
        return np.asarray(np.clip(there, 0, MOST), np.int64)


def _codes(pairs: NDArray[np.int64], units: int) -> NDArray[np.int64]:
    """i·m + j of each pair of units, ascending as they are."""
    return np.asarray(pairs[:, 0] * units + pairs[:, 1], np.int64)


def _graphs(
    moments: Sequence[Moment],
    ground: _Ground,
    codes: Sequence[NDArray[np.int64]],
    pairs: NDArray[np.int64],
    largest: float,
) -> list[dict[str, Any] | None]:
    """The graph of each moment; of the edges only those that come and go, as numbers of the pairs."""
    found: list[dict[str, Any] | None] = []
    before, left = np.zeros(0, np.int64), iter(codes)
    for each in moments:
        graph = each.graph
        if graph is None:
            found.append(None)
            continue
        here = np.searchsorted(pairs, next(left))
        labels = ground.placed(np.array([place for _, *place in graph.labels]).reshape(-1, 2)).tolist()
        found.append(
            {
                "places": in_bytes(ground.placed(graph.positions).astype(np.uint16)),
                "norms": in_bytes(np.rint(graph.norms / (largest or 1.0) * MOST).astype(np.uint16)),
                "groups": in_bytes(graph.groups),
                "names": graph.names,
                "labels": [[text, *place] for (text, *_), place in zip(graph.labels, labels, strict=True)],
                "changed": in_gaps(np.setxor1d(before, here)),
                "edges": len(here),
                "cutoff": graph.cutoff,
                "cosines": in_bytes(shares(graph.cosines, graph.cutoff, 1.0)),
                "shades": in_bytes(shares(graph.opacities, 0.0, 1.0)),
                "words": graph.words,
                "layers": graph.layers,
                "joined": in_gaps(_codes(graph.joined, len(graph.norms))),
            }
        )
        before = here
    return found
