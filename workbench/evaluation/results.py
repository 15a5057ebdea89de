"""What the engine answers: accuracies and curves, with the number of images behind them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from workbench.analysis.intervals import wilson_interval

if TYPE_CHECKING:
    from collections.abc import Iterator

Removed = Literal["bias", "zero", "mean"]  # see `MEANINGS`
Quantity = Literal["accuracy", "loss", "potential", "class"]  # what is drawn over a removal; accuracy class by class
Kind = Literal["removal", "rank", "joint removal"]
Float64 = NDArray[np.float64]
Int64 = NDArray[np.int64]

FIRST = 1_000  # images of the first answer

MEANINGS: dict[Removed, str] = {
    "bias": "weights zero, bias kept",
    "zero": "whole unit zero",
    "mean": "unit replaced by its mean output",
}


@dataclass(frozen=True)
class Accuracy:
    """How well a network does on `images` images of a part."""

    correct: int
    images: int
    loss: float  # mean cross-entropy, nats
    class_correct: tuple[int, ...]
    class_images: tuple[int, ...]
    exact: bool  # all images of the part were seen

    @property
    def accuracy(self) -> float:
        """In percent."""
        return 100.0 * self.correct / self.images

    @property
    def interval95(self) -> tuple[float, float]:
        """95 % interval in percent (low, high), for more images of the same kind (see `wilson_interval`)."""
        low, high = wilson_interval(self.accuracy, self.images)
        return float(low), float(high)

    @property
    def per_class(self) -> tuple[float, ...]:
        """Accuracy on each class in percent; NaN where a class has no image."""
        pairs = zip(self.class_correct, self.class_images, strict=True)
        return tuple(100.0 * right / count if count else float("nan") for right, count in pairs)


@dataclass(frozen=True, eq=False)
class Curve:
    """Accuracy and loss at every level of a change: units removed 0…m, or rank kept.

    L is the number of levels, K of classes. Arrays are read-only.
    """

    layer: str  # several names are joined by ","
    kind: Kind
    name: str  # of the order ("max_mag"), or of what is approximated
    removed: Removed | None  # what "removed" means; None for a rank curve
    levels: Int64  # (L,) ascending: units removed, or rank
    correct: Int64  # (L,)
    loss: Float64  # (L,) mean cross-entropy, nats
    class_correct: Int64  # (L, K)
    class_images: Int64  # (K,)
    images: int
    exact: bool  # all images of the part were seen

    def __post_init__(self) -> None:
        for array in (self.levels, self.correct, self.loss, self.class_correct, self.class_images):
            array.flags.writeable = False

    @property
    def accuracy(self) -> Float64:
        """(L,) in percent."""
        return 100.0 * self.correct / self.images

    @property
    def interval95(self) -> tuple[Float64, Float64]:
        """95 % interval in percent, (low (L,), high (L,)) (see `wilson_interval`)."""
        return wilson_interval(self.accuracy, self.images)

    @property
    def per_class(self) -> Float64:
        """(L, K) accuracy on each class in percent; NaN where a class has no image."""
        with np.errstate(invalid="ignore"):
            return 100.0 * self.class_correct / self.class_images

    def at(self, level: int) -> Accuracy:
        """The reading at a level (units removed or rank, not an index). KeyError: the curve was not asked for it."""
        index = int(np.searchsorted(self.levels, level))
        if index == len(self.levels) or self.levels[index] != level:
            raise KeyError(f"the curve has no level {level}; it runs from {self.levels[0]} to {self.levels[-1]}")
        return Accuracy(
            int(self.correct[index]),
            self.images,
            float(self.loss[index]),
            tuple(self.class_correct[index].tolist()),
            tuple(self.class_images.tolist()),
            self.exact,
        )

    def rows(self) -> Iterator[tuple[int, float, float]]:
        """(level, accuracy in percent, loss), level by level."""
        yield from zip(self.levels.tolist(), self.accuracy.tolist(), self.loss.tolist(), strict=True)

    def to_dataframe(self) -> Any:
        """A pandas table: level, accuracy, low, high, loss, one column per class. ImportError without pandas."""
        import pandas as pd

        low, high = self.interval95
        columns: dict[str, Any] = {"level": self.levels, "accuracy": self.accuracy, "low": low, "high": high}
        columns["loss"] = self.loss
        columns |= {f"class_{index}": column for index, column in enumerate(self.per_class.T)}
        return pd.DataFrame(columns).assign(order=self.name, removed=self.removed)


def curve_of(accuracy: Accuracy, layer: str, name: str, level: int) -> Curve:
    """Return a curve whose only level has this accuracy: `Curve.at` gives it back."""
    counts = np.array([accuracy.class_correct], np.int64), np.array(accuracy.class_images, np.int64)
    one = np.array([level], np.int64), np.array([accuracy.correct], np.int64), np.array([accuracy.loss])
    return Curve(layer, "removal", name, None, *one, *counts, accuracy.images, accuracy.exact)


def joined(one: Curve, other: Curve) -> Curve:
    """Return the curve with the levels of both, which are exact on the same images and share no level."""
    order = np.argsort(np.concatenate((one.levels, other.levels)))
    return replace(
        one,
        levels=np.concatenate((one.levels, other.levels))[order],
        correct=np.concatenate((one.correct, other.correct))[order],
        loss=np.concatenate((one.loss, other.loss))[order],
        class_correct=np.concatenate((one.class_correct, other.class_correct))[order],
    )
