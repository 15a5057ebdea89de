"""What a card says of one unit: its history, the units nearest to it, and its weights where it looks at images."""

from __future__ import annotations

from dataclasses import dataclass
from math import isqrt, prod
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

import numpy as np

from workbench.evaluation.similarity.table import Compared, similarity
from workbench.runs.collection.naming import death
from workbench.runs.saying import counted

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from workbench.figures.graph.needs import GraphNeeds
    from workbench.figures.graph.picture import GraphResult
    from workbench.runs.layer import Layer
    from workbench.runs.place import Place

    Float32 = NDArray[np.float32]

NEAREST, DIGITS = 3, 3  # units that are named; of epochs
MOST_BYTES = 64 << 20  # of directions that are kept; units of a larger layer are compared by their edges alone


@dataclass(frozen=True)
class AboutUnit:
    """The question of a card."""

    needs: GraphNeeds
    unit: int


@dataclass(frozen=True, eq=False)
class UnitCard:
    """All that is read for a card."""

    about: AboutUnit
    activity: Float32 | None  # (T,) at each snapshot; None: it was not kept
    nearest: tuple[tuple[int, float], ...]  # units and their cosines, the nearest first
    picture: Float32 | None  # (height, width, channels) of the weights, where the layer takes images
    death: str = ""  # when it died, if it is dead


def lines_of(result: GraphResult, unit: int, died: str = "") -> tuple[str, ...]:
    """What is known of a unit without reading anything: its name, then one line for each fact.

    `died`: when it died, as soon as that is read.
    """
    graph = result.graph
    size = int(graph.component_sizes[graph.component[unit]])
    joined = "isolated" if size == 1 else f"{counted(int(graph.degrees[unit]), 'edge')}, component of {size:,}"
    lines = [result.name_of(unit), f"norm {graph.norms[unit]:.3g}", joined]
    partition = result.partition
    if partition.word != "component" and partition.labels[unit] >= 0:
        lines.append(f"{partition.word} of {partition.sizes[partition.labels[unit]]:,}")
    state = result.state_of(unit)
    if state:
        lines.append(died if died and state == "dead" else state)
    if result.activity is not None:
        lines.append(f"active on {100 * result.activity[unit]:.1f} % of the images")
    return tuple(lines)


class UnitCards:
    """Reads what cards say, and keeps what several of them share. For worker threads."""

    def __init__(self) -> None:
        self._activity: WeakKeyDictionary[object, tuple[object, Float32 | None]] = WeakKeyDictionary()
        self._directions: WeakKeyDictionary[object, tuple[object, Float32]] = WeakKeyDictionary()

    def card(self, about: AboutUnit, result: GraphResult) -> UnitCard:
        """The card of a unit of this graph."""
        place, unit = result.address(about.unit)
        activity = self._activities(place)
        nearest = _by_edges(result, about.unit) if about.needs.stacked else self._nearest(about, result)
        curve = None if activity is None else activity[:, unit]
        return UnitCard(about, curve, nearest, picture_of(place, unit), death_of(place, curve))

    def _activities(self, place: Place) -> Float32 | None:
        """(T, m); None where it was not kept."""
        key, layer = (place.layer, place.run.snapshots), place.layer_view
        known = self._activity.get(place.run.open_file)
        if known is None or known[0] != key:
            rows = [layer.activity(snapshot) for snapshot in range(place.run.snapshots)]
            there = [row for row in rows if row is not None]
            known = key, np.stack(there) if len(there) == len(rows) else None
            self._activity[place.run.open_file] = known
        return known[1]

    def _nearest(self, about: AboutUnit, result: GraphResult) -> tuple[tuple[int, float], ...]:
        needs, unit = about.needs, about.unit
        layer = needs.place.layer_view
        if layer.units * layer.inputs * 4 > MOST_BYTES:
            return _by_edges(result, unit)
        key = needs.place.layer, needs.place.snapshot, needs.similarity
        known = self._directions.get(needs.place.run.open_file)
        if known is None or known[0] != key:
            known = key, _directions(layer, needs)
            self._directions[needs.place.run.open_file] = known
        cosines = (known[1] @ known[1][unit]).astype(np.float64)
        cosines[~result.graph.present] = -np.inf
        cosines[unit] = -np.inf
        order = np.argsort(-cosines, kind="stable")[:NEAREST].tolist()
        return tuple((each, float(cosines[each])) for each in order if np.isfinite(cosines[each]))


def death_of(place: Place, activity: Float32 | None) -> str:
    """When a unit died that is dead at a place; `activity` is that at each snapshot."""
    if activity is None or len(activity) == 1 or activity[place.snapshot] != 0.0:
        return ""
    fires = np.flatnonzero(activity[: place.snapshot])
    return death(place.run, int(fires[-1]) + 1 if len(fires) else 0, DIGITS)


def picture_of(place: Place, unit: int) -> Float32 | None:
    """The weights of a unit of the first layer as an image, (height, width, channels); None where they are none."""
    layer, image = place.layer_view, place.run.spec.net.image_shape
    if place.run.layers[0].name != place.layer:
        return None
    if layer.kernel_area > 1:
        side, channels = isqrt(layer.kernel_area), layer.inputs // layer.kernel_area
        shape = (channels, side, side) if side * side == layer.kernel_area else None
    else:
        shape = image if image is not None and prod(image) == layer.inputs else None
    if shape is None or shape[0] not in (1, 3):
        return None
    picture: Float32 = layer.weights(place.snapshot)[unit].reshape(shape).transpose(1, 2, 0)
    return picture


def _directions(layer: Layer, needs: GraphNeeds) -> Float32:
    """(m, n) rows of length 1, or 0."""
    rows = similarity(needs.similarity).rows(Compared.of(needs.place)).astype(np.float32)
    lengths = np.linalg.norm(rows, axis=1)[:, None]
    directions: Float32 = np.divide(rows, lengths, out=np.zeros_like(rows), where=lengths > 0.0)
    return directions


def _by_edges(result: GraphResult, unit: int) -> tuple[tuple[int, float], ...]:
    """The nearest of the units that an edge joins with this one."""
    graph = result.graph
    at = np.flatnonzero((graph.edges == unit).any(axis=1))[::-1][:NEAREST]
    others = graph.edges[at].sum(axis=1) - unit
    return tuple(zip(others.tolist(), graph.inner_products[at].tolist(), strict=True))
