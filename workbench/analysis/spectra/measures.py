"""What a spectrum says in one number each: its norms, and how many directions share them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from workbench.analysis.matrices import Float64Array


@dataclass(frozen=True)
class SpectrumMeasures:
    """Norms and ranks of a matrix, from the eigenvalues λⱼ = sⱼ² of W Wᵀ. All are 0 for a matrix of zeros."""

    spectral_norm: float  # s₁
    frobenius_norm: float  # √Σλⱼ
    nuclear_norm: float  # Σsⱼ
    stable_rank: float
    entropy_rank: float
    participation_ratio: float


def measures(eigenvalues: Float64Array) -> SpectrumMeasures:
    """The norms and ranks of a matrix from the eigenvalues of W Wᵀ, in any order; certain zeros change nothing."""
    values = np.sort(np.maximum(np.asarray(eigenvalues, dtype=np.float64), 0.0))[::-1]
    if not len(values):
        raise ValueError("a matrix has at least one eigenvalue")
    return SpectrumMeasures(
        spectral_norm=float(np.sqrt(values[0])),
        frobenius_norm=float(np.sqrt(values.sum())),
        nuclear_norm=float(np.sqrt(values).sum()),
        stable_rank=stable_rank(values),
        entropy_rank=entropy_rank(values),
        participation_ratio=participation_ratio(values),
    )


def stable_rank(eigenvalues: Float64Array) -> float:
    """‖W‖²_F/‖W‖²₂ = Σ λⱼ/λ₁ of descending eigenvalues, from 1 to their number; 0 for a W of zeros."""
    values = np.asarray(eigenvalues, dtype=np.float64)
    return float(values.sum() / values[0]) if values[0] > 0.0 else 0.0


def entropy_rank(eigenvalues: Float64Array) -> float:
    """exp(−Σ pⱼ ln pⱼ) with pⱼ = λⱼ/Σλ, from 1 to their number; 0 for a W of zeros.

    The shares are those of the energy λ = s². The "effective rank" of Roy & Vetterli (2007) takes those of s instead.
    """
    shares = _shares(eigenvalues)
    return float(np.exp(-np.sum(shares * np.log(shares)))) if len(shares) else 0.0


def participation_ratio(eigenvalues: Float64Array) -> float:
    """(Σλⱼ)²/Σλⱼ², from 1 to their number; 0 for a W of zeros."""
    shares = _shares(eigenvalues)
    return float(1.0 / np.sum(shares**2)) if len(shares) else 0.0


def _shares(eigenvalues: Float64Array) -> Float64Array:
    """The shares of the energy that are not zero."""
    values = np.asarray(eigenvalues, dtype=np.float64)
    values = values[values > 0.0]
    shares: Float64Array = values / values.sum()
    return shares
