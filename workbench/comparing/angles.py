"""Principal angles between the rank-k row spaces of a layer of two networks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.analysis.subspaces import angles
from workbench.analysis.subspaces.rows import NEAR, row_space
from workbench.comparing.sides import opened

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workbench.analysis.matrices import Float64Array
    from workbench.analysis.subspaces.angles import Chance
    from workbench.analysis.subspaces.rows import RowSpace
    from workbench.comparing.sides import Given, Side

COLUMNS = ("index", "angle_degrees", "expected_degrees", "expected_low", "expected_high")
UNRELATED = "unrelated_degrees"
OTHER_INPUTS = (
    "{} and {} share directions beyond chance only where their inputs are the same signals, as on a residual path"
)


@dataclass(frozen=True, eq=False)
class Angles:
    """The principal angles of two spaces, beside those of chance and of an unrelated network."""

    first: str  # "fc1 of A, epoch 3"
    second: str
    rank: int
    degrees: Float64Array  # (k,) ascending
    chance: Chance  # of random spaces of the same dimensions
    unrelated: Float64Array | None  # (k,) between the first network and an unrelated one
    unrelated_name: str
    energies: tuple[float, float]  # the share of ‖W‖²_F in each of the two spaces, 0…1
    notes: tuple[str, ...]  # sentences on spaces that are not well defined

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the numbers of a row."""
        return COLUMNS if self.unrelated is None else (*COLUMNS, UNRELATED)

    def rows(self) -> Iterator[tuple[int | float, ...]]:
        """The numbers of each angle, counted from 1."""
        columns = [self.degrees, self.chance.mean, self.chance.low, self.chance.high]
        columns += [] if self.unrelated is None else [self.unrelated]
        for index, row in enumerate(zip(*columns, strict=True), 1):
            yield index, *map(float, row)

    @property
    def words(self) -> str:
        """What is found, in a sentence."""
        found = f"{self.first} and {self.second}, rank {self.rank}: {_range(self.degrees)}"
        beside = [f"random spaces {_range(self.chance.mean)}"]
        if self.unrelated is not None:
            beside.append(f"{self.unrelated_name} {_range(self.unrelated)}")
        return f"{found} ({'; '.join(beside)})"

    def to_dataframe(self) -> Any:
        """The rows as a pandas table. ImportError without pandas."""
        import pandas as pd

        return pd.DataFrame(self.rows(), columns=list(self.columns))


def principal_angles(
    a: Given,
    b: Given,
    layer: str,
    rank: int = 10,
    other_layer: str | None = None,
    unrelated: Given | None = None,
    near: float = NEAR,
) -> Angles:
    """The principal angles between the row spaces of the best rank-k approximations of a layer of `a` and of `b`.

    Each is a run (its last snapshot), a `Place`, or a path: of a run, "RUN.h5@3" for a snapshot of it, or of a
    checkpoint. `other_layer` is that of `b` where it is another one. The angles of random spaces stand beside them,
    and those between `a` and an `unrelated` network. A cut through singular values that differ by less than the share
    `near` is said. RunError: a file cannot be read; ValueError: there are no such spaces; IndexError: no such snapshot.
    """
    others = () if unrelated is None else (unrelated,)
    with opened(a, b, *others) as sides:
        first, second, *third = sides
        one, two = first.weights(layer), second.weights(other_layer or layer)
        labels = first.words(layer), second.words(other_layer or layer)
        _check_inputs(labels, (one.shape[1], two.shape[1]))
        spaces = [_space(words, each, rank, near) for words, each in zip(labels, (one, two), strict=True)]
        used = int(np.count_nonzero(one.any(axis=0) | two.any(axis=0)))
        apart = _unrelated(spaces[0], labels[0], third[0], other_layer or layer, near) if third else None
    notes = tuple(f"{words}: {space.doubt}" for words, space in zip(labels, spaces, strict=True) if space.doubt)
    if other_layer not in (None, layer):
        notes += (OTHER_INPUTS.format(layer, other_layer),)
    return Angles(
        *labels,
        rank,
        angles.principal_angles(spaces[0].basis, spaces[1].basis),
        angles.chance(used, rank, rank),
        apart,
        third[0].name if third else "",
        (spaces[0].energy, spaces[1].energy),
        notes,
    )


def _unrelated(space: RowSpace, label: str, side: Side, layer: str, near: float) -> Float64Array:
    weights, words = side.weights(layer), side.words(layer)
    _check_inputs((label, words), (len(space.basis), weights.shape[1]))
    return angles.principal_angles(space.basis, _space(words, weights, space.rank, near).basis)


def _space(words: str, weights: Any, rank: int, near: float) -> RowSpace:
    try:
        return row_space(weights, rank, near)
    except ValueError as error:
        raise ValueError(f"{words}: {error}") from error


def _check_inputs(labels: tuple[str, str], inputs: tuple[int, int]) -> None:
    if inputs[0] != inputs[1]:
        raise ValueError(
            f"{labels[0]} has {inputs[0]} inputs and {labels[1]} {inputs[1]}: their units do not point into the same "
            "space, so there are no angles between them"
        )


def _range(degrees: Float64Array) -> str:
    return f"{degrees[0]:.1f}°" if len(degrees) == 1 else f"{degrees[0]:.1f}° to {degrees[-1]:.1f}°"
