"""A data set divided for a training: train, validation and test parts, and the order they are seen in.

All random choices follow from the run's seed through NumPy's PCG64, one stream for each purpose.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Literal

import numpy as np
import torch

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Self

    from numpy.typing import NDArray

    from workbench.nets.datasets import ImageData

PartName = Literal["train", "validation", "test"]
PARTS: tuple[PartName, ...] = ("train", "validation", "test")
_ORDER, _VALIDATION, _NOISE = range(3)  # the streams of a seed


@dataclass(frozen=True, eq=False)
class Part:
    """Images N × C × H × W (uint8 as loaded) with their labels (N,) int64."""

    images: torch.Tensor
    labels: torch.Tensor

    def __len__(self) -> int:
        return len(self.labels)

    def to(self, device: torch.device | str) -> Self:
        """This part on `device`."""
        return type(self)(self.images.to(device), self.labels.to(device))


@dataclass(frozen=True, eq=False)
class Parts:
    """A data set in three disjoint parts."""

    train: Part
    validation: Part  # held out of the training images; may be empty
    test: Part


def split(
    data: ImageData,
    *,
    classes: Sequence[int] | None = None,
    label_noise: float = 0.0,
    validation: float = 0.1,
    seed: int = 0,
) -> Parts:
    """The three parts of `data`, each in the data's own order.

    `classes` keeps only these labels and renumbers them from 0 in the order given. `validation` is the
    fraction of the training images held out, chosen by `seed`. `label_noise` is the fraction of the remaining
    training labels that are replaced by random ones, uniformly over the classes (so that some keep their label);
    validation and test stay clean. ValueError: a class the data do not have or one named twice, a fraction
    outside its range, no image left to train.
    """
    train, held, test = (
        part_of(data, name, classes=classes, label_noise=label_noise, validation=validation, seed=seed)
        for name in PARTS
    )
    return Parts(train, held, test)


def part_of(
    data: ImageData,
    name: PartName,
    *,
    classes: Sequence[int] | None = None,
    label_noise: float = 0.0,
    validation: float = 0.1,
    seed: int = 0,
) -> Part:
    """One of the three parts that `split` gives, without copies of the others. ValueError as there."""
    _check(data, classes, label_noise, validation)
    if name == "test":  # without a look at the training images, which may be unread
        return _subset(data, Part(data.test_images, data.test_labels), classes)
    known = _subset(data, Part(data.train_images, data.train_labels), classes)
    held_out = np.zeros(len(known), dtype=bool)
    held_out[_generator(seed, _VALIDATION).permutation(len(known))[: round(validation * len(known))]] = True
    if held_out.all():
        raise ValueError(f"No image of {data.name} is left to train on: all {len(known)} are held out.")
    if name == "validation":
        return _chosen(known, held_out)
    train = _chosen(known, ~held_out)
    return Part(
        train.images, _noisy(train.labels, label_noise, len(data.classes if classes is None else classes), seed)
    )


def digest(part: Part, mean: Sequence[float] | None, std: Sequence[float] | None) -> str:
    """SHA-256 of the images as the network sees them, their labels and their order, 64 hexadecimal digits.

    It is taken of one line of text, "TYPE SHAPE MEAN STD" and a line feed, then of the images' bytes and of the labels
    as little-endian int64. TYPE and SHAPE are those of the images as loaded; MEAN and STD normalise them (None: they
    are normalised already).
    """
    images = as_array(part.images)
    kind = images.dtype.newbyteorder("<")
    scale = [None if each is None else [float(value) for value in each] for each in (mean, std)]
    found = sha256(f"{kind} {list(images.shape)} {scale[0]} {scale[1]}\n".encode())
    found.update(images.astype(kind, copy=False).data)
    found.update(part.labels.detach().cpu().numpy().astype("<i8").tobytes())
    return found.hexdigest()


def as_array(images: torch.Tensor) -> NDArray[np.generic]:
    """Images in NumPy's order; bfloat16, which NumPy lacks, widened."""
    images = images.detach().cpu()
    return np.ascontiguousarray((images.float() if images.dtype == torch.bfloat16 else images).numpy())


def epoch_order(n: int, seed: int, epoch: int, shuffle: bool = True) -> NDArray[np.int64]:
    """The order in which epoch `epoch` (from 0) sees the n training images: (n,) int64, cut into batches.

    Shuffled by PCG64 of the seed sequence (seed, 0, epoch), or 0, 1, …, n − 1 (the report's data order).
    """
    if not shuffle:
        return np.arange(n, dtype=np.int64)
    return _generator(seed, _ORDER, epoch).permutation(n).astype(np.int64, copy=False)


def normalise(images: torch.Tensor, mean: Sequence[float], std: Sequence[float]) -> torch.Tensor:
    """(images − mean) / std per channel in float32, for N × C × H × W images in the scale of `mean`."""
    centre, scale = (torch.tensor(values, device=images.device).view(1, -1, 1, 1) for values in (mean, std))
    return (images.float() - centre) / scale


def _check(data: ImageData, classes: Sequence[int] | None, label_noise: float, validation: float) -> None:
    known = len(data.classes)
    if classes is not None and not (classes and set(classes) <= set(range(known))):
        raise ValueError(f"{data.name} has the classes 0 to {known - 1}; {list(classes)} were requested.")
    if classes is not None and len(set(classes)) < len(classes):
        raise ValueError(f"Each class can be named once; {list(classes)} were requested.")
    if not 0 <= label_noise <= 1:
        raise ValueError(f"The label noise is a fraction from 0 to 1, not {label_noise}.")
    if not 0 <= validation < 1:
        raise ValueError(f"The validation part is a fraction from 0 to below 1, not {validation}.")


def _subset(data: ImageData, part: Part, classes: Sequence[int] | None) -> Part:
    """The images of `classes`, renumbered; all of them where that is None."""
    if classes is None:
        return part
    new_label = np.full(len(data.classes), -1, dtype=np.int64)
    new_label[list(classes)] = np.arange(len(classes))
    labelled = Part(part.images, torch.from_numpy(new_label)[part.labels])
    return _chosen(labelled, labelled.labels.numpy() >= 0)


def _chosen(part: Part, mask: NDArray[np.bool_]) -> Part:
    rows = torch.from_numpy(mask)
    return Part(part.images[rows], part.labels[rows])


def _noisy(labels: torch.Tensor, fraction: float, classes: int, seed: int) -> torch.Tensor:
    random = _generator(seed, _NOISE)
    rows = random.permutation(len(labels))[: round(fraction * len(labels))]
    noisy = labels.clone()
    noisy[torch.from_numpy(rows)] = torch.from_numpy(random.integers(classes, size=len(rows)))
    return noisy


def _generator(*key: int) -> np.random.Generator:
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(key)))
