"""Rows that are independent of each other, for what chance alone gives."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from workbench.analysis.matrices import Float64Array


def independent_rows(units: int, inputs: int, seed: int = 0) -> Float64Array:
    """(m, min(m, n)) rows with the inner products of m rows of n independent standard normal entries.

    Of more inputs than units they are the triangle of Bartlett's decomposition (M. S. Bartlett 1933): X = L Lᵀ has the
    Wishart distribution if L has normal entries below its diagonal and, on it, the roots of χ² with n, n − 1, …
    degrees of freedom. So a layer of 25,088 inputs costs no more than one of as many inputs as units.
    """
    random = np.random.default_rng(seed)
    if inputs <= units:
        return random.standard_normal((units, inputs))
    rows = np.tril(random.standard_normal((units, units)), -1)
    rows[np.diag_indices(units)] = np.sqrt(random.chisquare(inputs - np.arange(units)))
    return rows
