"""A force layout of the weight graph with the semantics of d3-force, compiled by numba.

A tick is: cool alpha; charge and gravity; links; collision; centring; then velocity Verlet with friction, as
in d3-force 3 (https://d3js.org/d3-force). Its two approximations are not made: collisions act on all pairs at once, so
that nothing depends on how the units are numbered, and the charge is exact over all pairs of up to 1,024 nodes. Of
more nodes those far away count by cells of a grid, which errs by about a thousandth (d3's tree by some hundredths).
The first `step` loads numba (0.2 s) and compiles (seconds, once per installation): a window calls `compile_now` on a
worker thread and asks `is_compiled` before it steps.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib import import_module
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from workbench.analysis.graph import components

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

    Float32Array = NDArray[np.float32]

Springs = Literal["weighted", "unweighted"]  # links pull by the weight of their edge, or all alike (the report)
Force = Literal["charge", "links", "gravity", "collision", "centre"]
_compiled = threading.Event()


@dataclass(frozen=True)
class Forces:
    """The constants of the layout, in pixels and ticks; the defaults are the report's."""

    charge: float = -30.0  # negative repels; the report's slider goes from -200 to 50
    charge_nearest: float = 1.0  # below this distance the charge grows no further
    charge_farthest: float = 2000.0  # at and beyond this distance there is none
    gravity: float = 0.03  # pull across, toward the origin
    gravity_up: float = 1.0  # times that across is the pull up and down
    link_distance: float = 30.0
    link_strength: float = 1.0  # multiplies every link's own strength
    link_iterations: int = 1  # times that links pull in a tick
    springs: Springs = "weighted"
    collision_radius: float = 12.0  # of every node
    collision_strength: float = 0.7
    collision_iterations: int = 1
    centring: float = 1.0  # the part of the mean position's offset that is taken away in each tick
    velocity_kept: float = 0.6  # d3's velocityDecay is 1 minus this
    alpha_decay: float = 1.0 - 0.001 ** (1.0 / 300.0)  # 300 ticks from 1 to alpha_least
    alpha_least: float = 0.001
    off: tuple[Force, ...] = ()  # forces that do nothing, whatever their constants

    def on(self, name: Force) -> float:
        """1, or 0 of a force that is switched off."""
        return 0.0 if name in self.off else 1.0


@dataclass(frozen=True, eq=False)
class Layout:
    """Where the nodes are and how warm the layout is; never changed, replaced by the next tick's."""

    positions: Float32Array  # (m, 2)
    velocities: Float32Array  # (m, 2), per tick
    alpha: float = 1.0
    alpha_target: float = 0.0
    aspect: float = 1.0  # of the ground that the nodes fill: width over height

    def reheated(self, alpha: float = 1.0, target: float = 0.0) -> Layout:
        """The same layout, at least as warm as `alpha`, cooling toward `target`.

        A target above 0 keeps it moving, as while a node is dragged (d3 uses .3); edges that changed want an
        alpha of about .3; target 0 lets it come to rest.
        """
        return replace(self, alpha=max(alpha, self.alpha), alpha_target=target)


@dataclass(frozen=True, eq=False)
class Links:
    """The edges of a graph, prepared for the layout; nodes that are not `members` take no part in it."""

    units: int
    members: NDArray[np.int64]  # (k,) ascending
    ends: NDArray[np.int32]  # (E, 2) places in `members`
    strengths: Float32Array  # (E,)
    alike: Float32Array  # (E,) the same of edges of weight 1
    biases: Float32Array  # (E,) how much of the correction the second end takes
    groups: NDArray[np.int32]  # (k,) the group of joined members that each is in, the largest first


def start(units: int, members: NDArray[np.int64] | None = None) -> Layout:
    """The layout every simulation of `units` nodes starts from: at rest, on d3's sunflower spiral.

    Nodes that are not among `members` lie outside of those that are.
    """
    if units < 1:
        raise ValueError(f"a layout needs at least one node, not {units}")
    index = np.arange(units)
    if members is not None:
        order = np.concatenate((members, np.setdiff1d(index, members)))
        index[order] = np.arange(units)
    radius = 10.0 * np.sqrt(0.5 + index)
    angle = index * np.pi * (3.0 - np.sqrt(5.0))
    spiral = np.stack((radius * np.cos(angle), radius * np.sin(angle)), axis=1).astype(np.float32)
    return Layout(positions=spiral, velocities=np.zeros((units, 2), np.float32))


def links(
    edges: NDArray[np.int32],
    weights: NDArray[np.floating],
    units: int,
    taking_part: NDArray[np.bool_] | None = None,
) -> Links:
    """The links of a graph of `units` nodes: strength weight/min(degrees), bias by degree, as in d3.

    `edges` is (E, 2) and `weights` (E,), as a `WeightGraph` has them; edges of nodes that do not take part (None: all
    do) are left out. The bias lets the end with fewer links move more. Raises ValueError where an edge has no weight,
    or an end outside the graph or twice the same.
    """
    ends = np.ascontiguousarray(edges, dtype=np.int32).reshape(-1, 2)
    if len(ends) != len(weights):
        raise ValueError(f"{len(ends)} edges with {len(weights)} weights")
    if len(ends) and (ends.min() < 0 or ends.max() >= units or (ends[:, 0] == ends[:, 1]).any()):
        raise ValueError(f"an edge joins two different nodes of 0 to {units - 1}")
    members = np.arange(units) if taking_part is None else np.flatnonzero(taking_part)
    if len(members) < units:
        places = np.full(units, -1, np.int32)
        places[members] = np.arange(len(members), dtype=np.int32)
        there = (places[ends] >= 0).all(axis=1)
        ends, weights = places[ends[there]], weights[there]
    degrees = np.bincount(ends.ravel())
    first, second = degrees[ends[:, 0]], degrees[ends[:, 1]]
    return Links(
        units=units,
        members=members,
        ends=ends,
        strengths=(weights / np.minimum(first, second)).astype(np.float32),
        alike=(1.0 / np.minimum(first, second)).astype(np.float32),
        biases=(first / (first + second)).astype(np.float32),
        groups=components(np.ones(len(members), np.bool_), ends[:, 0], ends[:, 1])[0],
    )


def step(
    layout: Layout,
    links: Links,
    forces: Forces | None = None,
    fixed: Mapping[int, tuple[float, float]] | None = None,
) -> Layout:
    """The layout one tick later; `layout` itself stays as it is, so any thread may hold it.

    `fixed` gives the nodes that are held (dragged) and where: they are exactly there and at rest, and the
    others feel them. Nodes that take no part stay where they are. Raises ValueError when layout, links and fixed do
    not speak of the same nodes.
    """
    units = len(layout.positions)
    if links.units != units:
        raise ValueError(f"a layout of {units} nodes cannot have the links of {links.units}")
    constants = forces or Forces()
    alpha = layout.alpha + (layout.alpha_target - layout.alpha) * constants.alpha_decay
    positions, velocities = layout.positions.copy(), layout.velocities.copy()
    held, members = _held_nodes(fixed or {}, links), links.members
    if len(members):
        if not np.isfinite(positions).all():
            raise ValueError("the nodes fly apart: lower the forces and lay the graph out again")
        moved, speeds = positions[members], velocities[members]
        strengths = links.strengths if constants.springs == "weighted" else links.alike
        prepared = (links.ends, strengths, links.biases)
        numbers, rounds = _numbers(constants, alpha, layout.aspect), _rounds(constants)
        _kernels().tick(moved, speeds, _nudges(len(members)), prepared, held, numbers, rounds)
        positions[members], velocities[members] = moved, speeds
    return replace(layout, positions=positions, velocities=velocities, alpha=alpha)


def settle(
    layout: Layout,
    links: Links,
    forces: Forces | None = None,
    fixed: Mapping[int, tuple[float, float]] | None = None,
) -> Iterator[Layout]:
    """Layouts tick by tick until alpha falls below `alpha_least`; endless while the target is above it."""
    constants = forces or Forces()
    while layout.alpha >= constants.alpha_least:
        layout = step(layout, links, constants, fixed)
        yield layout


def compile_now() -> None:
    """Compile the layout or load it from numba's cache, so that the first real tick does not wait."""
    pair = links(np.array([[0, 1]], np.int32), np.ones(1, np.float32), 2)
    step(start(2), pair)
    _compiled.set()


def is_compiled() -> bool:
    """Whether `compile_now` has done its work, so that a `step` begins at once."""
    return _compiled.is_set()


def _kernels() -> Any:
    return import_module("workbench.analysis.layout.kernels")  # not before it is needed: it loads numba


def _held_nodes(fixed: Mapping[int, tuple[float, float]], links: Links) -> tuple[NDArray[np.int64], Float32Array]:
    """The places among the members of those nodes that are held, and where they are held."""
    outside = [unit for unit in fixed if not 0 <= unit < links.units]
    if outside:
        raise ValueError(f"node {outside[0]} cannot be held: there are nodes 0 to {links.units - 1}")
    held = [unit for unit in fixed if unit in links.members]
    places = np.searchsorted(links.members, np.array(held, np.int64))
    return places, np.array([fixed[unit] for unit in held], np.float32).reshape(-1, 2)


@lru_cache(maxsize=16)
def _nudges(units: int) -> tuple[Float32Array, Float32Array]:
    """Where coincident nodes are taken to be, so that they part: the start's spiral, made tiny."""
    x, y = np.float32(1e-7) * start(units).positions.T
    return np.ascontiguousarray(x), np.ascontiguousarray(y)


# The constants travel as float32 scalars: one specialisation, no silent promotion to float64 in the loops.
def _numbers(forces: Forces, alpha: float, aspect: float) -> tuple[Any, ...]:
    # Charges whose force falls as 1/d come to rest as an ellipse, whose axes are as the pulls across them.
    pull = 2.0 * alpha / (1.0 + aspect) * forces.on("gravity")
    values = (
        forces.charge * alpha * forces.on("charge"),
        forces.charge_nearest**2,
        forces.charge_farthest**2,
        pull * forces.gravity,
        pull * aspect * forces.gravity * forces.gravity_up,
        forces.link_distance,
        forces.link_strength * alpha * forces.on("links"),
        2.0 * forces.collision_radius,
        0.5 * forces.collision_strength * forces.on("collision"),
        forces.centring * forces.on("centre"),
        forces.velocity_kept,
    )
    return tuple(map(np.float32, values))


def _rounds(forces: Forces) -> tuple[int, int]:
    return max(int(forces.link_iterations), 1), max(int(forces.collision_iterations), 1)
