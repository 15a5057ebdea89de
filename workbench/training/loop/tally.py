"""The running means of a training."""

from __future__ import annotations

import math

import torch

from workbench.training.events import NOT_A_NUMBER


class Mean:
    """Mean loss and accuracy over the images seen since it was made, or since one was made with these `sums`."""

    def __init__(self, loss: float = 0.0, right: float = 0.0, images: float = 0.0) -> None:
        self._loss, self._right, self._images = loss, right, images

    @property
    def sums(self) -> tuple[float, float, float]:
        """The losses and right answers of all images, and their number."""
        return self._loss, self._right, self._images

    def add(self, loss: float, right: float, images: int) -> None:
        """Count a batch: its mean loss, and how many of its images were classified right."""
        self._loss += loss * images
        self._right += right
        self._images += images

    @property
    def loss(self) -> float:
        """Cross-entropy in nats; NaN before the first batch."""
        return self._loss / self._images if self._images else NOT_A_NUMBER

    @property
    def accuracy(self) -> float:
        """Percent; NaN before the first batch."""
        return 100.0 * self._right / self._images if self._images else NOT_A_NUMBER


class Tally:
    """Running means over the batches, read back from the device only when somebody asks.

    `drain` before a mean is looked at. The sums do not depend on how often that was done.
    """

    def __init__(self) -> None:
        self.since_snapshot = Mean()
        self.since_progress = Mean()
        self.diverged_at: int | None = None  # the first iteration whose loss was not finite
        self._waiting: list[tuple[int, int, torch.Tensor, torch.Tensor]] = []

    def add(self, iteration: int, loss: torch.Tensor, right: torch.Tensor, images: int) -> None:
        """Count the batch of `iteration`: mean loss and number of right answers, still on the device."""
        self._waiting.append((iteration, images, loss.detach(), right))

    def drain(self) -> None:
        """Wait for the device and bring the means up to date."""
        if not self._waiting:
            return
        losses = torch.stack([loss for _, _, loss, _ in self._waiting]).tolist()
        rights = torch.stack([right for _, _, _, right in self._waiting]).tolist()
        for (iteration, images, _, _), loss, right in zip(self._waiting, losses, rights, strict=True):
            self.since_snapshot.add(loss, right, images)
            self.since_progress.add(loss, right, images)
            if self.diverged_at is None and not math.isfinite(loss):
                self.diverged_at = iteration
        self._waiting.clear()
