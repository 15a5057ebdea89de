"""Data sets that are computed: XOR detection, and random images that a teacher labels. The same on every machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

from workbench.nets.architectures.building import build
from workbench.nets.architectures.catalogue import architecture, teacher_widths
from workbench.nets.initialisers import initialise

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from workbench.nets.architectures.catalogue import DataSet

    Tensors = tuple[torch.Tensor, torch.Tensor]  # images uint8, labels int64

_BATCH = 500


def generated(facts: DataSet) -> tuple[Tensors, Tensors]:
    """The training and test part of a data set that is computed."""
    images, labels = _taught(facts) if facts.teacher else _xord(facts)
    train = facts.train_images
    pixels, digits = torch.from_numpy(images), torch.from_numpy(labels)
    return (pixels[:train], digits[:train]), (pixels[train:], digits[train:])


def _xord(facts: DataSet) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Pairs of entries ±1, stored as 0 and 1: (N, 2, 1, d). Label 1: some pair has equal entries (XORD).

    Half of the inputs have none; the others have 1 to d such pairs, each number equally often.
    """
    count, pairs = facts.train_images + facts.test_images, facts.image_shape[2]
    random = np.random.Generator(np.random.PCG64(0))
    labels = random.permutation(np.arange(count) % 2)
    equal = np.where(labels == 1, random.integers(1, pairs + 1, count), 0)
    places = np.argsort(random.random((count, pairs)), axis=1) < equal[:, None]
    first = random.integers(2, size=(count, pairs))
    second = np.where(places, first, 1 - first)
    return np.stack((first, second), axis=1)[:, :, None].astype(np.uint8), labels.astype(np.int64)


def _taught(facts: DataSet) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Images of independent normal pixels, and what a random network says of them.

    The labels are those of its largest output, each output scaled to mean 0 and deviation 1, so that all classes are
    frequent. In double precision, so that they do not depend on the machine.
    """
    count = facts.train_images + facts.test_images
    random = np.random.Generator(np.random.PCG64(0))
    mean, spread = facts.mean[0] * facts.highest, facts.std[0] * facts.highest
    noise = random.standard_normal((count, *facts.image_shape), dtype=np.float32)
    images = np.clip(np.rint(mean + spread * noise), 0, facts.highest).astype(np.uint8)
    plan = architecture(facts.teacher)
    teacher = build(plan.name, facts.image_shape, facts.classes, teacher_widths(plan)).eval()
    initialise(teacher, "kaiming_normal", 0)
    teacher.double()
    outputs = []
    with torch.inference_mode():
        for start in range(0, count, _BATCH):
            pixels = torch.from_numpy(images[start : start + _BATCH]).double()
            outputs.append(teacher((pixels - mean) / spread).numpy())
    logits = np.concatenate(outputs)
    scaled = (logits - logits.mean(axis=0)) / logits.std(axis=0)
    return images, scaled.argmax(axis=1).astype(np.int64)
