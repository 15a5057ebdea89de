"""Centred kernel alignment (CKA) of what layers give on the same images, without bias, batch by batch.

Kornblith et al. (2019) with the unbiased estimator of HSIC (Song et al. 2012), summed over batches before it is divided
(Nguyen, Raghu & Kornblith 2021): the result does not depend on the size of the batches but for its noise.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from workbench.analysis.matrices import Float64Array

SMALLEST = 4  # images in a batch
SHUFFLES = 20
_ROUNDING = 1e-12


def centred(gram: Float64Array) -> Float64Array:
    """A Gram matrix (b, b) of b ≥ 4 images, U-centred: the unbiased HSIC is ⟨K̃, L̃⟩/(b(b − 3)) (Székely & Rizzo 2014).

    Its diagonal is zero, and so is the sum of every row. ValueError: there are fewer images.
    """
    count = len(gram)
    if count < SMALLEST:
        raise ValueError(f"CKA needs at least {SMALLEST} images in a batch, not {count}")
    plain = gram.copy()
    np.fill_diagonal(plain, 0.0)
    rows = plain.sum(axis=0)
    plain -= rows[:, None] / (count - 2)
    plain -= rows / (count - 2)
    plain += rows.sum() / ((count - 1) * (count - 2))
    np.fill_diagonal(plain, 0.0)
    if np.linalg.norm(plain) <= _ROUNDING * np.linalg.norm(gram):  # the same for every image, but for rounding
        plain[:] = 0.0
    return plain


class Alignment:
    """The CKA of every layer of one network with every layer of another, as batches come."""

    def __init__(self, layers: int, others: int, seed: int = 0) -> None:
        self._cross = np.zeros((SHUFFLES + 1, layers, others))  # the first: as they are; then the images shuffled
        self._own, self._other = np.zeros(layers), np.zeros(others)
        self._generator = np.random.default_rng(seed)
        self.images = 0

    def add(self, grams: list[Float64Array], others: list[Float64Array]) -> None:
        """Count in a batch: the Gram matrix of its images, (b, b), by each layer of each network."""
        ours, theirs = (np.stack([centred(each) for each in some]) for some in (grams, others))
        count = ours.shape[1]
        weight = 1.0 / (count * (count - 3))
        self._own += weight * np.einsum("lij,lij->l", ours, ours)
        self._other += weight * np.einsum("lij,lij->l", theirs, theirs)
        flat = ours.reshape(len(ours), -1)
        for shuffle in range(SHUFFLES + 1):
            order = self._generator.permutation(count) if shuffle else slice(None)
            self._cross[shuffle] += weight * (flat @ _ordered(theirs, order).reshape(len(theirs), -1).T)
        self.images += count

    def values(self) -> Float64Array:
        """(layers, others): 1 for equal geometry, 0 on average for independent ones; NaN: a layer gives constants."""
        return self._divided(self._cross[0])

    def shuffled(self) -> Float64Array:
        """The same with the images of the second network shuffled, (shuffles, layers, others): what chance gives."""
        return self._divided(self._cross[1:])

    def _divided(self, cross: Float64Array) -> Float64Array:
        lengths = np.sqrt(np.maximum(self._own, 0.0))[:, None] * np.sqrt(np.maximum(self._other, 0.0))
        there = np.broadcast_to(lengths > 0.0, cross.shape)
        found: Float64Array = np.divide(cross, lengths, out=np.full(cross.shape, np.nan), where=there)
        return found


def _ordered(grams: Float64Array, order: NDArray[np.int64] | slice) -> Float64Array:
    return grams if isinstance(order, slice) else grams[:, order[:, None], order]
