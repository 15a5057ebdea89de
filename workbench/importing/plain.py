"""Weights as a network computes with them, where its state dict holds what they are computed from. Loads no torch.

torch computes weights from other parameters for weight norm, spectral norm (old and new ways of both) and pruning.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from numpy.typing import NDArray

    from workbench.importing.files.foreign import Arrays, Shapes

    Floats = NDArray[np.floating[Any]]

COMPUTED_IN = ("float16", "float32", "float64")
NEW = "parametrizations.weight"  # of torch.nn.utils.parametrizations


@dataclass(frozen=True)
class Recipe:
    """How the weights of one module are computed."""

    like: str  # the parameter, in the end of its key, that has their shape and type; it gives its place to them
    beside: tuple[str, ...]  # the others
    what: str  # "pruning"
    fits: Callable[..., bool]  # of their shapes, in this order
    compute: Callable[..., Floats]  # of their arrays


def _one_factor_a_unit(weight: tuple[int, ...], factor: tuple[int, ...]) -> bool:
    long = [axis for axis, length in enumerate(factor) if length > 1]
    return not factor or (len(factor) == len(weight) and len(long) <= 1 and all(factor[a] == weight[a] for a in long))


def _normed(weight: Floats, factor: Floats) -> Floats:
    axes = tuple(axis for axis in range(weight.ndim) if not factor.ndim or factor.shape[axis] == 1)
    found: Floats = weight * (factor / np.sqrt(np.square(weight).sum(axes, keepdims=True)))
    return found


def _one_vector_a_side(weight: tuple[int, ...], left: tuple[int, ...], right: tuple[int, ...]) -> bool:
    return len(left) == len(right) == 1 and left[0] in weight[:2] and left[0] * right[0] == int(np.prod(weight))


def _divided(weight: Floats, left: Floats, right: Floats) -> Floats:
    """By the spectral norm, for which the units are the first axis, or the second of a transposed convolution.

    Where both are as long, the vectors tell it: torch computes each from the other by these very rows.
    """
    ways = [weight] if weight.ndim <= 2 and len(weight) == len(left) else [weight, weight.swapaxes(0, 1)]
    matrices = [rows.reshape(len(left), -1) for rows in ways if len(rows) == len(left)]
    matrix = max(matrices, key=lambda rows: max(_cosine(left, rows @ right), _cosine(right, left @ rows)))
    found: Floats = weight / (left @ matrix @ right)
    return found


def _cosine(vector: Floats, other: Floats) -> float:
    lengths = float(np.linalg.norm(vector) * np.linalg.norm(other))
    return float(vector @ other) / lengths if lengths else 0.0


def _masked(weight: Floats, mask: Floats) -> Floats:
    found: Floats = weight * mask
    return found


RECIPES = (
    Recipe("weight_v", ("weight_g",), "weight norm", _one_factor_a_unit, _normed),
    Recipe(f"{NEW}.original1", (f"{NEW}.original0",), "weight norm", _one_factor_a_unit, _normed),
    Recipe("weight_orig", ("weight_u", "weight_v"), "spectral norm", _one_vector_a_side, _divided),
    Recipe(f"{NEW}.original", (f"{NEW}.0._u", f"{NEW}.0._v"), "spectral norm", _one_vector_a_side, _divided),
    Recipe("weight_orig", ("weight_mask",), "pruning", lambda weight, mask: weight == mask, _masked),
)


def computed(shapes: Shapes) -> dict[str, Recipe]:
    """What stands before "weight" in the names of the weights that can be computed, and how they are."""
    return dict(_computed(shapes))


def _computed(shapes: Shapes) -> Iterator[tuple[str, Recipe]]:
    for key in shapes:
        for recipe in RECIPES:
            start = key.removesuffix(recipe.like)
            keys = [start + end for end in (recipe.like, *recipe.beside)]
            if (
                f"{start}weight" not in shapes
                and start + recipe.like == key
                and key[: len(start)][-1:] in ("", ".")
                and all(k in shapes for k in keys)
            ):
                same = len({shapes[each][1] for each in keys}) == 1 and shapes[key][1] in COMPUTED_IN
                if same and recipe.fits(*(shapes[each][0] for each in keys)):
                    yield start, recipe


def plain_shapes(shapes: Shapes, recipes: dict[str, Recipe]) -> Shapes:
    """The state dict's shapes with the weights in the place of what they are computed from."""
    named = {start + recipe.like: f"{start}weight" for start, recipe in recipes.items()}
    gone = _gone(shapes, recipes)
    return {named.get(key, key): what for key, what in shapes.items() if key not in gone}


def plain_arrays(arrays: Arrays, recipes: dict[str, Recipe]) -> Arrays:
    """The arrays that go with `plain_shapes`."""
    gone = _gone(arrays, recipes)
    found = {key: values for key, values in arrays.items() if key not in gone}
    for start, recipe in recipes.items():
        weight = found.pop(start + recipe.like)
        given = [values.astype(np.float64) for values in (weight, *(arrays[start + end] for end in recipe.beside))]
        with np.errstate(all="ignore"):  # undefined numbers stay so, and are said where they are looked at
            found[f"{start}weight"] = recipe.compute(*given).astype(weight.dtype)
    return found


def _gone(keys: Iterable[str], recipes: dict[str, Recipe]) -> set[str]:
    beside = {start + end for start, recipe in recipes.items() for end in recipe.beside}
    return beside.intersection(keys)
