"""One unit of a layer: its weights as a picture, its history, its nearest units and what takes its output."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from math import isqrt, prod
from typing import TYPE_CHECKING, Literal

import numpy as np

from workbench.figures.overview.layer import NO_ACTIVITY, start_unknown
from workbench.runs.errors import RunError
from workbench.runs.saying import counted

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from workbench.runs.layer import Layer
    from workbench.runs.place import Place
    from workbench.runs.run import Run

    Float64 = NDArray[np.float64]
    Float32 = NDArray[np.float32]

NEAREST = 8  # units that are listed
NO_NEXT = "it is not known which layer takes its outputs"


@dataclass(frozen=True, eq=False)
class WeightPicture:
    """The weights of a unit in the form of what it looks at."""

    form: Literal["image", "maps", "strip"]
    weights: Float32  # image: (channels, height, width); maps: one (height, width) for each unit before; strip: (n,)
    words: str  # "5 × 5 × 3 filter"

    @property
    def largest(self) -> float:
        """The largest absolute weight."""
        return float(np.abs(self.weights).max(initial=0.0))


@dataclass(frozen=True, eq=False)
class UnitHistory:
    """How a unit changed over the snapshots. NaN: not known; `missing` says why."""

    norm: Float64  # (T,)
    cosine: Float64  # (T,) with its weights at snapshot 0
    activity: Float64  # (T,) fraction of the watched images on which it is above zero
    missing: dict[str, str]


@dataclass(frozen=True, eq=False)
class Neighbours:
    """The units that point most nearly the same way as a unit, the nearest first."""

    units: tuple[int, ...]
    cosines: tuple[float, ...]


@dataclass(frozen=True, eq=False)
class Outgoing:
    """The weights with which the units of the next layer take a unit's output."""

    layer: str  # the next one
    weights: Float32  # (its units, p): p positions of the unit's map, or of the kernel over it

    @property
    def strengths(self) -> Float64:
        """One number for each unit of the next layer: the weight where it is one, else the norm of its weights."""
        weights = self.weights.astype(np.float64)
        return weights[:, 0] if weights.shape[1] == 1 else np.linalg.norm(weights, axis=1)

    @property
    def signed(self) -> bool:
        """Whether the strengths are weights, and not norms."""
        return len(self.weights.T) == 1


@dataclass(frozen=True, eq=False)
class UnitFacts:
    """What the run stores of a unit at a place."""

    place: Place
    unit: int
    picture: WeightPicture
    history: UnitHistory
    nearest: Neighbours
    outgoing: Outgoing | None  # None: see `NO_NEXT`


def facts_of(place: Place, unit: int, history: UnitHistory | None = None) -> UnitFacts:
    """What the run stores of a unit; `history` where it was read before.

    IndexError: there is no such unit. RunError: the weights cannot be read or are not finite.
    """
    history = history_of(place, unit) if history is None else history
    return UnitFacts(
        place, unit, weight_picture(place, unit), history, neighbours_of(place, unit), outgoing_of(place, unit)
    )


def weight_picture(place: Place, unit: int) -> WeightPicture:
    """The weights of a unit as an image where it takes images, as maps where it takes maps, else as a strip."""
    layer = place.layer_view
    weights = layer.unit_weights(unit, place.snapshot)
    before = _layer_before(place.run, layer)
    takes_images = before is None and place.run.layers[0].name == layer.name
    if len(layer.kernel) == 2:
        height, width = layer.kernel
        maps = weights.reshape(-1, height, width)
        if takes_images and len(maps) in (1, 3):
            return WeightPicture("image", maps, f"{height} × {width} filter of the image")
        return WeightPicture("maps", maps, f"{height} × {width} kernels of {counted(len(maps), 'channel')}")
    shape = place.run.spec.net.image_shape
    if takes_images and shape is not None and prod(shape) == layer.inputs and shape[0] in (1, 3):
        return WeightPicture("image", weights.reshape(shape), f"{shape[1]} × {shape[2]} pixels of the image")
    if before is not None and before.kernel:
        side = isqrt(layer.inputs // before.units)
        if side > 1 and side * side * before.units == layer.inputs:
            words = f"{side} × {side} positions of {counted(before.units, 'filter')} of {before.name}"
            return WeightPicture("maps", weights.reshape(-1, side, side), words)
    if before is not None and before.units == layer.inputs:
        return WeightPicture("strip", weights, f"{counted(layer.inputs, 'unit')} of {before.name}")
    return WeightPicture("strip", weights, counted(layer.inputs, "input"))


def history_of(place: Place, unit: int) -> UnitHistory:
    """Norm, direction and activity of a unit at every snapshot, as the tables of these snapshots have them.

    A snapshot that is damaged or not finite has no numbers.
    """
    layer, missing = place.layer_view, dict[str, str]()
    why = start_unknown(place)
    if why is not None:
        missing["cosine"] = why
    snapshots = place.snapshots
    norm, cosine, activity = (np.full(snapshots, np.nan) for _ in range(3))
    start = None if why is not None else _start(layer, unit, missing)
    for at in range(snapshots):
        with suppress(RunError):
            weights, live = layer.unit_weights(unit, at).astype(np.float64), layer.live_inputs(at)
            live = np.ones(layer.inputs, np.bool_) if live is None else live
            if not np.isfinite(weights).all():
                continue
            norm[at] = np.linalg.norm(weights[live])
            if start is not None:
                cosine[at] = _cosine(weights[live], start[live])
            fires = layer.activity(at)
            if fires is not None:
                activity[at] = fires[unit]
    if np.isnan(activity).all():
        missing["activity"] = NO_ACTIVITY
    return UnitHistory(norm, cosine, activity, missing)


def _start(layer: Layer, unit: int, missing: dict[str, str]) -> Float64 | None:
    """The weights of a unit at snapshot 0; None where they are damaged, and `missing` gets the reason."""
    try:
        start: Float64 = layer.unit_weights(unit, 0).astype(np.float64)
    except RunError as error:
        missing["cosine"] = f"snapshot 0 {error.problem}" if error.problem else str(error)
        return None
    if np.isfinite(start).all():
        return start
    missing["cosine"] = "the weights of snapshot 0 are not finite"
    return None


def neighbours_of(place: Place, unit: int, count: int = NEAREST) -> Neighbours:
    """The units that point most nearly the same way; none of a removed unit. Ties: the lowest unit first."""
    layer, at = place.layer_view, place.snapshot
    if layer.stored_gram and layer.live_inputs(at) is None:
        gram = layer.gram(at)
        products, lengths = gram[unit], np.sqrt(np.diagonal(gram))
    else:
        weights = layer.live_weights(at).astype(np.float64)
        products, lengths = weights @ weights[unit], np.linalg.norm(weights, axis=1)
    others = np.flatnonzero(lengths > 0.0)
    others = others[others != unit]
    if not lengths[unit] > 0.0 or not len(others):
        return Neighbours((), ())
    cosines = np.clip(products[others] / (lengths[others] * lengths[unit]), -1.0, 1.0)
    nearest = np.argsort(-cosines, kind="stable")[:count]
    return Neighbours(tuple(others[nearest].tolist()), tuple(cosines[nearest].tolist()))


def outgoing_of(place: Place, unit: int) -> Outgoing | None:
    """The weights that take the unit's output; None where it is not known which layer takes it, or none does."""
    name = place.layer
    following = next((layer for layer in place.run.layers if layer.fed_by == name), None)
    if following is None:
        return None
    weights = following.weights(place.snapshot)
    return Outgoing(following.name, weights.reshape(following.units, place.layer_view.units, -1)[:, unit])


def _layer_before(run: Run, layer: Layer) -> Layer | None:
    """The layer that feeds this one; None where it takes images, or that is not known."""
    return next((each for each in run.layers if each.name == layer.fed_by), None)


def _cosine(one: Float64, other: Float64) -> float:
    lengths = float(np.linalg.norm(one) * np.linalg.norm(other))
    return float(np.clip(one @ other / lengths, -1.0, 1.0)) if lengths > 0.0 else 0.0
