"""Very many edges as a picture: how dense they lie, all of them or a random part that stands for them.

Densities add up, so no edge hides another; a tone curve keeps both single edges and the insides of clusters readable.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from workbench.analysis.matrices import Float64Array

    Float32 = NDArray[np.float32]

MANY_EDGES = 3000  # from here on they are drawn as a density
SAMPLE = 20_000  # edges that stand for all while the graph moves
DARKEST = 0.85  # opacity where most edges meet
PEAK = 4.0  # times the mean density that a point of an edge meets: here it is darkest
_ROUNDS = 30  # of the tone curve's equation
_STEPS = 2048  # of the table of tones, finer where little meets


@dataclass(frozen=True, eq=False)
class Lines:
    """Edges in a random order, so that the first of them are a fair sample of all."""

    ends: NDArray[np.int32]  # (E, 2)
    opacities: Float32  # (E,) of each by itself

    def sample(self, most: int) -> Lines:
        """At most so many edges, with opacities that make up for the others on average."""
        if len(self.ends) <= most:
            return self
        return Lines(self.ends[:most], self.opacities[:most] * np.float32(len(self.ends) / most))


def lines_of(ends: NDArray[np.int32], opacities: Float64Array, seed: int = 0) -> Lines:
    """The edges in a random order of this seed."""
    order = np.random.default_rng(seed).permutation(len(ends))
    return Lines(np.ascontiguousarray(ends[order], np.int32), opacities[order].astype(np.float32))


def density(places: NDArray[Any], lines: Lines, size: tuple[int, int]) -> Float32:
    """How much opacity meets in each pixel, (height, width), of edges between places, (m, 2) pixels from the corner.

    A line counts once in each column, or in each row where it is steep, with the pixel that is nearest to it.
    """
    width, height = max(size[0], 1), max(size[1], 1)
    found: Float32 = np.zeros((height + 2, width), np.float32)  # rounding may lead to the pixel after the last
    x, y = np.ascontiguousarray(places.T, np.float64)
    _compiled()[0](found, height, x, y, lines.ends, lines.opacities)
    return found[:height]


def toned(found: NDArray[Any], strength: float) -> Float64Array:
    """The opacity that a density is shown with: itself where little meets, less and less more where much does."""
    alpha: Float64Array = np.log1p(found * strength) / strength if strength > 0.0 else np.asarray(found, np.float64)
    return np.minimum(alpha, DARKEST)


def strength_of(found: Float32) -> float:
    """The s of the tone curve log(1 + s d)/s, of slope 1 at 0 and `DARKEST` at the peak of d; 0: none is needed."""
    total, squares = _compiled()[1](found)
    if total <= 0.0:
        return 0.0
    peak = min(PEAK * squares / total, float(found.max()))
    if peak <= DARKEST:
        return 0.0
    low, high = 1e-6, 1e6
    for _ in range(_ROUNDS):
        middle = float(np.sqrt(low * high))
        low, high = (middle, high) if np.log1p(middle * peak) / middle > DARKEST else (low, middle)
    return high


def picture(found: Float32, colour: tuple[int, int, int]) -> NDArray[np.uint32]:
    """The density in a colour, (height, width) of 0xAARRGGBB, premultiplied."""
    strength = strength_of(found)
    highest = max(float(np.expm1(DARKEST * strength) / strength) if strength > 0.0 else DARKEST, 1e-6)
    alphas = np.rint(255.0 * toned(highest * np.square(np.arange(_STEPS) / (_STEPS - 1)), strength)).astype(np.uint32)
    table = alphas << 24
    for shift, part in zip((16, 8, 0), colour, strict=True):
        table |= (np.uint32(part) * alphas // 255) << shift
    pixels = np.empty(found.shape, np.uint32)
    _compiled()[2](pixels, found, np.float32((_STEPS - 1) ** 2 / highest), table)
    return pixels


def raster(
    groups: Sequence[tuple[NDArray[Any], float]],
    positions: NDArray[Any],
    corners: tuple[NDArray[Any], NDArray[Any]],
    longest: int,
    share: float = 1.0,
) -> Float64Array:
    """The opacity of each pixel, (height, width) from the top, of edges in groups of one opacity, (ends, opacity) each.

    The picture reaches from corner to corner, lower left and upper right, and has `longest` pixels at its longer side.
    """
    low, high = corners
    across, up = (high - low).tolist()
    scale = longest / max(across, up)
    size = max(round(across * scale), 1), max(round(up * scale), 1)
    places = np.stack((positions[:, 0] - low[0], high[1] - positions[:, 1]), axis=1) * scale
    ends = np.concatenate([members for members, _ in groups]).astype(np.int32)
    strengths = np.concatenate([np.full(len(members), share * opacity, np.float32) for members, opacity in groups])
    found = density(places, Lines(ends, strengths), size)
    return toned(found, strength_of(found))


def compile_now() -> None:
    """Compile the loops or load them, so that the first picture does not wait."""
    two = Lines(np.array([[0, 1]], np.int32), np.ones(1, np.float32))
    picture(density(np.array([[0.0, 0.0], [3.0, 1.0]]), two, (4, 4)), (0, 0, 0))


@cache
def _compiled() -> Any:
    compiled = import_module("workbench.analysis.compiled").compiled  # not before it is needed: it loads numba
    return compiled(_add_lines), compiled(_sums), compiled(_paint)


def _add_lines(found: Any, height: Any, x: Any, y: Any, ends: Any, opacities: Any) -> None:
    width = found.shape[1]
    pixels = found.ravel()
    for k in range(len(ends)):
        i, j = ends[k, 0], ends[k, 1]
        steps = int(max(abs(x[j] - x[i]), abs(y[j] - y[i]))) + 1
        step_x, step_y = (x[j] - x[i]) / steps, (y[j] - y[i]) / steps
        from_x, from_y = x[i] + 0.5 * step_x, y[i] + 0.5 * step_y
        to_x, to_y = from_x + (steps - 1) * step_x, from_y + (steps - 1) * step_y
        first, last = 0, steps  # of them those that lie inside
        if min(from_x, to_x) < 0 or max(from_x, to_x) >= width or min(from_y, to_y) < 0 or max(from_y, to_y) >= height:
            for at, step, end in ((from_x, step_x, width), (from_y, step_y, height)):
                if step == 0.0:
                    last = last if 0 <= at < end else 0
                else:
                    one, other, most = -at / step, (end - at) / step, float(steps)
                    first = max(first, int(np.ceil(min(max(min(one, other), 0.0), most))))
                    last = min(last, int(np.ceil(min(max(one, other, 0.0), most))))
        opacity = opacities[k]
        at_x, at_y = np.float32(from_x + first * step_x), np.float32(from_y + first * step_y)
        along_x, along_y = np.float32(step_x), np.float32(step_y)
        for _ in range(first, last):
            pixels[np.uint64(np.int32(at_y)) * np.uint64(width) + np.uint64(np.int32(at_x))] += opacity
            at_x += along_x
            at_y += along_y


def _sums(found: Any) -> Any:
    total, squares = np.float32(0.0), np.float32(0.0)
    for row in found:
        for value in row:
            total += value
            squares += value * value
    return total, squares


def _paint(pixels: Any, found: Any, scale: Any, table: Any) -> None:
    out, values, last = pixels.ravel(), found.ravel(), np.float32(len(table) - 1)
    for at in range(len(values)):
        out[at] = table[np.uint64(np.int32(min(np.sqrt(values[at] * scale) + np.float32(0.5), last)))]
