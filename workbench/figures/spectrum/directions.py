"""The singular vector behind an eigenvalue, and the units that load on it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from workbench.evaluation.ranks.approximated import WEIGHTS, approximated
from workbench.runs.place import place_in

if TYPE_CHECKING:
    from collections.abc import Sequence
    from os import PathLike

    from numpy.typing import NDArray

    from workbench.evaluation.ranks.approximated import Approximated
    from workbench.runs.place import Place
    from workbench.runs.run import Run


@dataclass(frozen=True, eq=False)
class SpectralDirection:
    """The left singular vector u of one eigenvalue: how much of it each unit has."""

    place: Place
    number: int  # 1 is the largest eigenvalue
    eigenvalue: float
    loadings: NDArray[np.float64]  # (m,) of length 1; 0 for units that are not part of the matrix
    units: tuple[int, ...]  # that load on it, the largest loading first

    @property
    def share(self) -> float:
        """How much of the vector these units hold, Σu² over them, from 0 to 1."""
        return float(np.square(self.loadings[list(self.units)]).sum())


def loading_units(loadings: NDArray[np.float64]) -> tuple[int, ...]:
    """The units with the largest |uᵢ|, as many as the vector's participation number (Σu²)²/Σu⁴, rounded.

    A vector spread evenly over k units has k of them; a random one about a third of all.
    """
    squares = np.square(loadings)
    whole = float(squares.sum())
    if whole == 0.0:
        return ()
    count = max(round(whole**2 / float(np.square(squares).sum())), 1)
    return tuple(np.argsort(-squares, kind="stable")[:count].tolist())


def spectral_direction(
    run: Run,
    layer: str,
    number: int,
    snapshot: int = -1,
    matrix: str = "weights",
    units: Sequence[int] = (),
    root: str | PathLike[str] | None = None,
) -> SpectralDirection:
    """The direction of the eigenvalue `number` (1 is the largest) of a layer's matrix, and the units that load on it.

    `matrix`, `units`, `root` and errors as in `layer_spectrum`; ValueError: there is no such eigenvalue.
    """
    place = place_in(run, layer, snapshot)
    return direction_at(place, number, approximated(place.layer_view, matrix, units), root)


def direction_at(
    place: Place, number: int, about: Approximated = WEIGHTS, root: str | PathLike[str] | None = None
) -> SpectralDirection:
    """The direction of the eigenvalue `number` (1 is the largest) of a layer's matrix.

    Of two nearly equal eigenvalues only the plane of both vectors means something, not either. ValueError: there is no
    such eigenvalue; and as in `layer_spectrum`.
    """
    full = about.full_rank(place)
    if not 1 <= number <= full:
        raise ValueError(f"{place.layer} has the eigenvalues 1 to {full}, not {number}.")
    value = about.eigenvalues(place, root, centred=True)[number - 1]
    loadings = np.zeros(place.layer_view.units)
    loadings[about.rows(place)] = about.vectors(place, root, centred=True)[:, number - 1]
    return SpectralDirection(place, number, float(value), loadings, loading_units(loadings))
