"""Random weight matrices, with planted directions or learned units."""

from __future__ import annotations

import numpy as np

from workbench.analysis.matrices import eigenvalues
from workbench.analysis.spectra.spectrum import empirical_spectral_density

SHAPES = [(100, 256), (64, 64), (120, 60), (48, 480)]


def random_weights(units, inputs, seed=0):
    return np.random.default_rng(seed).standard_normal((units, inputs)) / np.sqrt(3 * inputs)


def with_spikes(weights, count, strength):
    rng = np.random.default_rng(1)
    left = np.linalg.qr(rng.standard_normal((weights.shape[0], count)))[0]
    right = np.linalg.qr(rng.standard_normal((weights.shape[1], count)))[0]
    return weights + strength * left @ right.T


def spectrum_of(weights, **options):
    units, inputs = weights.shape
    return empirical_spectral_density(eigenvalues(weights), units, inputs, 1 / (3 * inputs), **options)


def mostly_learned(units=256, dead=119, inputs=1024, zero=0):
    """Conv-2's fc1 in small: `dead` units as they began, `zero` removed ones, the others learned and large."""
    rng = np.random.default_rng(3)
    weights = random_weights(units, inputs)
    weights[dead : units - zero] += rng.standard_normal((units - zero - dead, inputs)) * np.geomspace(
        0.1, 1.0, units - zero - dead
    ).reshape(-1, 1)
    weights[units - zero :] = 0.0
    return weights
