"""Counting right answers as they come, chunk by chunk."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch.nn import functional

from workbench.evaluation.results import Accuracy, Curve

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from workbench.evaluation.results import Kind, Removed


@dataclass(frozen=True, eq=False)
class Answers:
    """The answers on one chunk of n images at L levels."""

    predictions: torch.Tensor  # (L, n) int64, where the network runs
    losses: torch.Tensor  # (L,) float64, summed over the images; on the processor, not every device has doubles


def answers_of(logits: Iterable[torch.Tensor], labels: torch.Tensor) -> Answers:
    """The answers to logits (n, K) given level by level."""
    predictions, losses = [], []
    for each in logits:
        predictions.append(each.argmax(1))
        losses.append(functional.cross_entropy(each, labels, reduction="sum"))
    return Answers(torch.stack(predictions), torch.stack(losses).cpu().double())


class Tally:
    """Right answers and losses summed over chunks, for `levels` levels."""

    def __init__(self, levels: int, classes: int) -> None:
        self._class_correct = np.zeros((levels, classes), dtype=np.int64)
        self._class_images = np.zeros(classes, dtype=np.int64)
        self._loss = np.zeros(levels)
        self._classes = classes
        self.images = 0

    def add(self, answers: Answers, labels: torch.Tensor) -> None:
        """Counts one chunk in."""
        right = (answers.predictions == labels).float()
        of_class = functional.one_hot(labels, self._classes).float()
        self._class_correct += (right @ of_class).cpu().numpy().astype(np.int64)  # whole numbers far below 2^24
        self._class_images += of_class.sum(0).cpu().numpy().astype(np.int64)
        self._loss += answers.losses.numpy()
        self.images += len(labels)

    def accuracy(self, total: int, at: int = 0) -> Accuracy:
        """What was counted at one of the levels, of a part of `total` images."""
        return Accuracy(
            int(self._class_correct[at].sum()),
            self.images,
            float(self._loss[at] / self.images),
            tuple(self._class_correct[at].tolist()),
            tuple(self._class_images.tolist()),
            self.images == total,
        )

    def curve(
        self, layer: str, kind: Kind, name: str, removed: Removed | None, levels: NDArray[np.int64], total: int
    ) -> Curve:
        """What was counted at all levels, of a part of `total` images."""
        return Curve(
            layer,
            kind,
            name,
            removed,
            levels.copy(),
            self._class_correct.sum(axis=1),
            self._loss / self.images,
            self._class_correct.copy(),
            self._class_images.copy(),
            self.images,
            self.images == total,
        )
