"""How strong the edges of a weight graph are drawn: by their weights, and paler where many lie on one another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from workbench.analysis.matrices import Float64Array

FAINTEST, STRONGEST = 0.10, 0.45  # opacity of the weakest and the strongest edges, where few meet
REPEATED = 0.5  # that of the edges between repeated units
ON_DARK = 0.55  # of the opacity, on a dark ground: light lines outshine the nodes
CROWD = 8.0  # edges at a unit, from where on they are paler
SHADES = 8


def opacities(weights: Float64Array, ends: NDArray[Any], degrees: NDArray[Any]) -> Float64Array:
    """The opacity of each edge, (E,), of these weights between `ends`, (E, 2), at units of these degrees, (m,).

    A unit with four times as many edges as `CROWD` has them half as strong; the end with fewer edges counts.
    """
    if not len(weights):
        return np.zeros(0)
    low, high = float(weights.min()), float(weights.max())
    shares = (weights - low) / (high - low) if high > low else np.ones(len(weights))
    crowd = degrees[ends].min(axis=1) / CROWD
    opacity: Float64Array = (FAINTEST + (STRONGEST - FAINTEST) * shares) / np.sqrt(np.maximum(crowd, 1.0))
    return opacity


def shades(edges: NDArray[Any], opacity: Float64Array) -> list[tuple[NDArray[Any], float]]:
    """The edges in at most `SHADES` groups of one opacity each, the faintest first."""
    if not len(edges):
        return []
    low, high = float(opacity.min()), float(opacity.max())
    width = (high - low) / SHADES or 1.0
    numbers = np.minimum(((opacity - low) / width).astype(np.int64), SHADES - 1)
    there = np.unique(numbers).tolist()
    # In the middle of a group, so that one alone is drawn as it should be.
    return [(edges[numbers == number], float(opacity[numbers == number].mean())) for number in there]


PAIRS, ARROWS = "_pairs", "_arrows"  # the artists of pairs of a stack, and of what moved since another snapshot
SHORTEST = 0.5  # of an arrow's head: a shorter arrow is left out
SLANT = 0.45  # of the head's length: half of its width


def pair_path(places: NDArray[Any], pairs: NDArray[Any]) -> Float64Array:
    """Lines between the nodes of each pair, (p, 2), as one path, (3p, 2), with NaN between them."""
    path = np.full((3 * len(pairs), 2), np.nan)
    path[0::3], path[1::3] = places[pairs[:, 0]], places[pairs[:, 1]]
    return path


def arrow_path(tails: NDArray[Any], nodes: NDArray[Any], radii: NDArray[Any], size: float) -> Float64Array:
    """Arrows from tails to the rims of nodes, (m, 2), as one path with NaN behind shafts and heads of length `size`.

    Arrows that are shorter than half a head are left out.
    """
    along = nodes.astype(np.float64) - tails
    lengths = np.hypot(*along.T)
    there = lengths - radii > SHORTEST * size
    along = along[there] / lengths[there, None]
    end = nodes[there] - radii[there, None] * along
    across = along[:, ::-1] * (-1.0, 1.0)
    path = np.full((7 * len(end), 2), np.nan)
    path[0::7], path[1::7], path[4::7] = tails[there], end, end
    path[3::7] = end - size * (along - SLANT * across)
    path[5::7] = end - size * (along + SLANT * across)
    return path
