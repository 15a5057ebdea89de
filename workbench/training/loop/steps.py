"""The steps of a training: the batch, the network's answer to it, and what the optimiser makes of that."""

from __future__ import annotations

import contextlib
import copy
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from workbench.nets.parts import epoch_order
from workbench.training.loop.optimisers import learning_rate, optimiser, set_learning_rate
from workbench.training.loop.tally import Mean

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workbench.training.loop.tally import Tally
    from workbench.training.preparation import Preparation

PADDING = 4  # pixels on each side of an augmented image (He et al. 2016, section 4.2)
_AUGMENTATION_STREAM, _DROPOUT_STREAM = 3, 4  # of the run's seed; 0 to 2 are in `nets.parts`


class Steps:
    """Trains a prepared network step by step; batches and dropout follow from seed and iteration alone."""

    def __init__(self, preparation: Preparation) -> None:
        self.net = preparation.net
        self.optimiser = optimiser(preparation.spec.optimiser, self.net.parameters(), preparation.device)
        self.iteration = 0  # steps made
        self.iterations = preparation.started.snapshots[-1]
        facts = preparation.spec.facts
        self._per_epoch = facts.iterations_per_epoch if facts else 1
        self.rate = learning_rate(preparation.spec.optimiser, 0, self.iterations)  # of the last step, or of the first
        self._all = preparation
        self._spec = preparation.spec
        plain = isinstance(self.net, nn.Sequential)  # others may draw in other ways, such as stochastic depth
        self._draws = not plain or any(isinstance(child, nn.Dropout) for child in self.net.modules())
        self._order = torch.empty(0, dtype=torch.int64)
        self._ordered_epoch = -1

    @property
    def epoch(self) -> float:
        return self.iteration / self._per_epoch

    def step(self, tally: Tally) -> None:
        """Train on the next batch and count it in `tally`."""
        images, labels = self._batch(self.iteration)
        self.rate = learning_rate(self._spec.optimiser, self.iteration, self.iterations)
        set_learning_rate(self.optimiser, self.rate)
        loss, right = self._forward(self.net, images, labels)
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        self.optimiser.step()
        self.iteration += 1
        if self._all.removal is not None:
            self._all.removal.reached(self.iteration)
        tally.add(self.iteration, loss, right, len(labels))

    def first_batch(self) -> Mean:
        """Loss and accuracy on the first batch before any step; a copy keeps batch norm untouched."""
        images, labels = self._batch(0)
        with torch.no_grad():
            loss, right = self._forward(copy.deepcopy(self.net), images, labels)
        mean = Mean()
        mean.add(loss.item(), right.item(), len(labels))
        return mean

    def _batch(self, iteration: int) -> tuple[torch.Tensor, torch.Tensor]:
        """The batch of a step, counted from 0, as the network takes it, and its labels."""
        train = self._all.parts.train
        epoch, number = divmod(iteration, self._per_epoch)
        if epoch != self._ordered_epoch:
            self._ordered_epoch = epoch
            order = epoch_order(len(train), self._spec.batch_seed, epoch, self._spec.shuffle)
            self._order = torch.from_numpy(order).to(self._all.device)
        chosen = self._order[number * self._spec.batch_size : (number + 1) * self._spec.batch_size]
        images = train.images[chosen]
        if self._spec.data.augment:
            images = augmented(images, self._spec.seed, iteration)
        return self._all.inputs(images), train.labels[chosen]

    def _forward(self, net: nn.Module, images: torch.Tensor, labels: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Mean loss of a batch and the number of right answers, in training mode."""
        narrow = self._spec.precision == "bfloat16"
        with (
            self._own_random_numbers(),
            torch.autocast(self._all.device.type, torch.bfloat16, enabled=narrow),
        ):
            logits = net(images)
        return functional.cross_entropy(logits.float(), labels), (logits.argmax(1) == labels).sum()

    @contextlib.contextmanager
    def _own_random_numbers(self) -> Iterator[None]:
        """Dropout's masks follow from seed and iteration alone and leave the global generator as it was."""
        if not self._draws:
            yield
            return
        state = np.random.SeedSequence((self._spec.seed, _DROPOUT_STREAM, self.iteration)).generate_state(1, np.uint64)
        devices = [self._all.device] if self._all.device.type == "cuda" else []
        with torch.random.fork_rng(devices):
            torch.manual_seed(int(state[0]))
            yield


def augmented(images: torch.Tensor, seed: int, iteration: int) -> torch.Tensor:
    """`images` (N × C × H × W) cropped at random out of a padded black frame, half of them mirrored.

    What is drawn follows from the seed and the iteration alone, by PCG64 of the seed sequence
    (seed, 3, iteration).
    """
    count, channels, height, width = images.shape
    random = np.random.Generator(np.random.PCG64(np.random.SeedSequence((seed, _AUGMENTATION_STREAM, iteration))))
    top = random.integers(2 * PADDING + 1, size=(count, 1))
    left = random.integers(2 * PADDING + 1, size=(count, 1))
    columns = np.where(random.random((count, 1)) < 0.5, np.arange(width), np.arange(width)[::-1]) + left
    rows = top + np.arange(height)
    padded = functional.pad(images, (PADDING,) * 4)
    image = torch.arange(count, device=images.device)[:, None, None, None]
    channel = torch.arange(channels, device=images.device)[None, :, None, None]
    row = torch.from_numpy(rows).to(images.device)[:, None, :, None]
    column = torch.from_numpy(columns).to(images.device)[:, None, None, :]
    return padded[image, channel, row, column]
