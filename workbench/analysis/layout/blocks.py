"""Nodes without an edge, packed in labelled blocks next to those that the forces lay out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from workbench.analysis.layout import forces, places

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from workbench.analysis.layout.forces import Float32Array, Forces, Layout, Links
    from workbench.analysis.matrices import Float64Array

    _Size = tuple[float, float]  # of the graph, in pixels of the layout

GAP = 24.0  # pixels of the layout between blocks and graph, and between blocks
BETWEEN = 4.0  # pixels of the layout between the nodes of a block, at least
LEAST_PITCH = 5.0  # pixels of the picture from node to node: the smallest nodes are 4 wide
EASE = 0.2  # of its way that a node goes to its block in a tick
MOST_COLUMNS = 96
ROUNDS = 12  # of halving, to a seventh of a percent
SCALES = 0.01, 8.0  # pixels of the picture for one of the layout: the smallest and the largest
KEEP = 0.85  # of the best scale: blocks that are seen so large stay where they lie
GRAIN = 8.0  # pixels of the layout: a graph that grows by less keeps its blocks as they are


@dataclass(frozen=True)
class Ground:
    """The picture that the layout fills, in its own pixels: its size, and what a label takes."""

    width: float = 480.0
    height: float = 480.0
    line: float = 18.0
    letter: float = 7.0
    pitch: float = LEAST_PITCH  # from node to node of a block, at least

    @property
    def aspect(self) -> float:
        """Width over height."""
        return float(np.clip(self.width / max(self.height, 1.0), 0.25, 4.0))


@dataclass(frozen=True, eq=False)
class Block:
    """Units that are packed together."""

    label: str  # "126 dead"
    units: NDArray[np.int64]
    pitch: float  # pixels of the layout from node to node

    @property
    def shape(self) -> _Shape:
        """All that its place depends on."""
        return _Shape(len(self.units), self.pitch, len(self.label))


class _Shape(NamedTuple):
    number: int  # of units
    pitch: float
    letters: int


class _Way(NamedTuple):
    """How the blocks are put."""

    beside: bool  # the graph, else below it
    scale: float  # pixels of the picture for one of the layout
    columns: tuple[int, ...]  # of each block


def block(label: str, units: NDArray[np.int64], radii: Float64Array) -> Block:
    """A block of units with these radii, (m,) in pixels of the layout."""
    return Block(label, units, 2.0 * float(radii[units].max(initial=0.0)) + BETWEEN)


def start(links: Links, blocks: Sequence[Block], ground: Ground) -> Layout:
    """The layout's start, on this ground."""
    layout = replace(places.start(links), aspect=ground.aspect)
    return replace(layout, positions=placed(layout.positions, links, blocks, ground))


def step(
    layout: Layout,
    links: Links,
    blocks: Sequence[Block],
    ground: Ground,
    constants: Forces | None = None,
    fixed: Mapping[int, tuple[float, float]] | None = None,
    pinned: Mapping[int, tuple[float, float]] | None = None,
) -> Layout:
    """The layout one tick later; the blocks follow the graph gently, and stand still while a node is held.

    Pinned nodes stay where they are pinned, in the graph or out of their block.
    """
    at, kept = replace(layout, aspect=ground.aspect), pinned or {}
    after = forces.step(at, links, constants, {**kept, **(fixed or {})})
    if fixed or not blocks:
        return replace(after, positions=with_pins(after.positions, kept))
    target, units = placed(after.positions, links, blocks, ground), np.concatenate([each.units for each in blocks])
    positions = after.positions.copy()
    positions[units] += np.float32(EASE) * (target[units] - positions[units])
    return replace(after, positions=with_pins(positions, kept))


def with_pins(positions: Float32Array, pinned: Mapping[int, tuple[float, float]]) -> Float32Array:
    """The positions with pinned nodes where they are pinned."""
    if not pinned:
        return positions
    moved = positions.copy()
    moved[list(pinned)] = list(pinned.values())
    return moved


def at_rest(
    layout: Layout,
    links: Links,
    blocks: Sequence[Block],
    ground: Ground,
    pinned: Mapping[int, tuple[float, float]] | None = None,
) -> Layout:
    """The layout with its blocks exactly where they belong."""
    return replace(layout, positions=with_pins(placed(layout.positions, links, blocks, ground), pinned or {}))


def settle(
    layout: Layout,
    links: Links,
    blocks: Sequence[Block],
    ground: Ground,
    constants: Forces | None = None,
    fixed: Mapping[int, tuple[float, float]] | None = None,
    pinned: Mapping[int, tuple[float, float]] | None = None,
) -> Iterator[Layout]:
    """Layouts tick by tick until they have cooled, as `forces.settle`; in the last the blocks are in their places."""
    least = (constants or forces.Forces()).alpha_least
    while layout.alpha >= least:
        layout = step(layout, links, blocks, ground, constants, fixed, pinned)
        yield layout
    yield at_rest(layout, links, blocks, ground, pinned)


def placed(positions: Float32Array, links: Links, blocks: Sequence[Block], ground: Ground) -> Float32Array:
    """The positions with the units of the blocks in rows next to or below the others, wherever all is seen larger."""
    if not blocks:
        return positions
    moved = positions.copy()
    low, high = _bounds(positions[links.members])
    size, shapes = (high - low).tolist(), tuple(each.shape for each in blocks)
    coarse = tuple((GRAIN * np.ceil(np.array(size) / GRAIN)).tolist())
    way = _chosen(coarse, shapes, ground, _as_they_lie(positions, links, blocks))
    beside, columns = way.beside, np.array(way.columns)
    rows = -(-np.array([each.number for each in shapes]) // columns)
    pitches, label = _pitches(shapes, way.scale, ground), ground.line / way.scale
    widths = np.maximum(columns * pitches, _label_widths(shapes, ground) / way.scale)
    heights = label + rows * pitches
    # The middle of the blocks is that of the graph.
    left = high[0] + _gap(size) if beside else low[0] + (size[0] - widths.sum() - GAP * (len(blocks) - 1)) / 2.0
    top = low[1] + (size[1] + heights.sum() + GAP * (len(blocks) - 1)) / 2.0 if beside else low[1] - _gap(size)
    for each, across, pitch, width, height in zip(blocks, way.columns, pitches, widths, heights, strict=True):
        row, column = np.divmod(np.arange(len(each.units)), across)
        moved[each.units, 0] = left + (column + 0.5) * pitch
        moved[each.units, 1] = top - label - (row + 0.5) * pitch
        left, top = (left, top - height - GAP) if beside else (left + width + GAP, top)
    return moved


def corners(
    positions: NDArray[np.floating], units: NDArray[np.int64], drawn: NDArray[np.bool_]
) -> tuple[Float64Array, Float64Array] | None:
    """Lower left and upper right of a block's nodes, without their radii; None where other nodes lie between them."""
    places = positions[units].astype(np.float64)
    low, high = places.min(axis=0), places.max(axis=0)
    inside = drawn & (positions >= low).all(axis=1) & (positions <= high).all(axis=1)
    return (low, high) if np.count_nonzero(inside) == len(units) else None


def _bounds(places: Float32Array) -> tuple[Float64Array, Float64Array]:
    if not len(places):
        return np.zeros(2), np.zeros(2)
    room = forces.Forces().collision_radius
    return places.min(axis=0).astype(np.float64) - room, places.max(axis=0).astype(np.float64) + room


def _gap(size: Sequence[float]) -> float:
    return GAP if any(size) else 0.0


def _as_they_lie(places: Float32Array, links: Links, blocks: Sequence[Block]) -> _Way | None:
    """How the blocks lie now, or are on their way to; None where they lie neither next to nor below the graph."""
    graph, units = places[links.members], np.concatenate([each.units for each in blocks])
    beside = len(graph) > 0 and bool(places[units, 0].min() > graph[:, 0].max())
    if not beside and not (len(graph) and places[units, 1].max() < graph[:, 1].min()):
        return None
    rows = [(places[each.units, 1], each.pitch / 2.0) for each in blocks]
    return _Way(beside, 0.0, tuple(int((abs(up - up[0]) < near).sum()) for up, near in rows))


@lru_cache(maxsize=64)
def _chosen(size: _Size, blocks: tuple[_Shape, ...], ground: Ground, now: _Way | None) -> _Way:
    """Where the blocks lie and how, so that the scale is the largest; as they do now, where that is nearly as large."""
    found = max((_best(size, blocks, ground, beside) for beside in (True, False)), key=lambda way: way.scale)
    if now is not None:
        columns = np.array([now.columns])
        (scale,) = _largest(lambda tried: _seen(size, blocks, ground, now.beside, columns, tried), 1)
        if scale >= KEEP * found.scale:
            return now._replace(scale=float(scale))
    return found


def _best(size: _Size, blocks: Sequence[_Shape], ground: Ground, beside: bool) -> _Way:
    most = max(each.number for each in blocks)
    counts = np.unique(np.geomspace(1, most, MOST_COLUMNS).round().astype(np.int64))

    def seen(tried: Float64Array) -> Float64Array:
        return _seen(size, blocks, ground, beside, _columns(blocks, ground, beside, counts, tried), tried)

    scales = _largest(seen, len(counts))
    best = int(np.argmax(scales))
    columns = _columns(blocks, ground, beside, counts, scales)[best]
    return _Way(beside, float(scales[best]), tuple(columns.tolist()))


def _largest(seen: Callable[[Float64Array], Float64Array], count: int) -> Float64Array:
    """The largest scale, for each of so many ways, at which labels and small nodes have the room that they need."""
    low, high = np.full(count, np.log(SCALES[0])), np.full(count, np.log(SCALES[1]))
    for _ in range(ROUNDS):
        middle = (low + high) / 2.0
        fits = seen(np.exp(middle)) >= np.exp(middle)
        low, high = np.where(fits, middle, low), np.where(fits, high, middle)
    found: Float64Array = np.exp(low)
    return found


def _columns(
    blocks: Sequence[_Shape], ground: Ground, beside: bool, counts: NDArray[np.int64], scale: Float64Array
) -> NDArray[np.int64]:
    """The columns of each block, (c, blocks): next to the graph `counts` of the widest nodes, below it so many rows."""
    numbers, pitches = np.array([each.number for each in blocks]), _pitches(blocks, scale[:, None], ground)
    if not beside:
        return np.asarray(-(-numbers // np.minimum(counts[:, None], numbers)))
    breadth = np.maximum(counts * pitches.max(axis=1), (_label_widths(blocks, ground) / scale[:, None]).max(axis=1))
    return np.asarray(np.minimum(np.maximum((breadth[:, None] // pitches).astype(np.int64), 1), numbers))


def _seen(
    size: _Size, blocks: Sequence[_Shape], ground: Ground, beside: bool, columns: NDArray[np.int64],
    scale: Float64Array,
) -> Float64Array:  # fmt: skip
    """At which scale all is seen, where labels and nodes get the room of `scale`: (c,)."""
    numbers, pitches = np.array([each.number for each in blocks]), _pitches(blocks, scale[:, None], ground)
    widths = np.maximum(columns * pitches, _label_widths(blocks, ground) / scale[:, None])
    heights = ground.line / scale[:, None] + -(-numbers // columns) * pitches
    between = GAP * (len(blocks) - 1)
    if beside:
        width = size[0] + _gap(size) + widths.max(axis=1)
        height = np.maximum(size[1], heights.sum(axis=1) + between)
    else:
        width = np.maximum(size[0], widths.sum(axis=1) + between)
        height = size[1] + _gap(size) + heights.max(axis=1)
    return np.asarray(np.minimum(ground.width / width, ground.height / height))


def _pitches(blocks: Sequence[_Shape], scale: Float64Array | float, ground: Ground) -> Float64Array:
    pitches: Float64Array = np.maximum(np.array([each.pitch for each in blocks]), ground.pitch / scale)
    return pitches


def _label_widths(blocks: Sequence[_Shape], ground: Ground) -> Float64Array:
    """Pixels of the picture."""
    return np.array([each.letters * ground.letter for each in blocks])
