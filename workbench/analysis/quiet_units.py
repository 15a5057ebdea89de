"""Units that training left where they began, and how much of a spectrum's bulk they carry."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from workbench.analysis.marchenko_pastur import MarchenkoPastur
    from workbench.analysis.matrices import Float64Array
    from workbench.analysis.units import UnitStates


@dataclass(frozen=True)
class QuietUnits:
    """How many units are dead, how many others have hardly moved, and what they carry; None is unknown."""

    dead: int | None
    hardly_moved: int | None
    share: float | None  # of the squared eigenvectors between the initialiser's edges, 0 to 1


def share_between(gram: Float64Array, law: MarchenkoPastur, states: UnitStates) -> float | None:
    """How much of the eigenvectors between the edges of a law lies in dead units and those that have hardly moved.

    It is the mean over these eigenvectors of Σ vᵢ² over the units, from 0 to 1; None where there is no such vector.
    """
    values, vectors = np.linalg.eigh(gram)
    between = (values >= law.floor) & (values <= law.limit)
    if not between.any():
        return None
    return float(np.square(vectors[~states.others][:, between]).sum() / np.count_nonzero(between))
