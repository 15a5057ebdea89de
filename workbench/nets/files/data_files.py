"""The files that torchvision keeps of data sets, read without torchvision, whose import takes longer than all images.

Only files that are exactly as they should be are read here; torchvision says what is wrong with others.
"""

from __future__ import annotations

from hashlib import md5
from pickle import loads
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch

if TYPE_CHECKING:
    from pathlib import Path

    from workbench.nets.architectures.catalogue import DataSet


class Stored(NamedTuple):
    """One part of a data set, as it lies on the disk."""

    images: torch.Tensor  # uint8, N × C × H × W
    labels: torch.Tensor  # int64, (N,)
    classes: tuple[str, ...]


class _Batches(NamedTuple):
    """A data set of pickled batches: MD5 sums by the names of the files, as published. Others are never unpickled."""

    train: dict[str, str]
    test: dict[str, str]
    names: tuple[str, str]
    labels: str
    classes: str


_BATCHES = {
    "cifar10": _Batches(
        {
            "data_batch_1": "c99cafc152244af753f735de768cd75f",
            "data_batch_2": "d4bba439e000b95fd0a9bffe97cbabec",
            "data_batch_3": "54ebc095f3ab1f0389bbae665268c751",
            "data_batch_4": "634d18415352ddfa80567beed471001a",
            "data_batch_5": "482c414d41f54cd18b22e5b47cb7c3cb",
        },
        {"test_batch": "40351d587109b95175f43aff81a1287e"},
        ("batches.meta", "5ff9c542aee3614f3951f8cda6e48888"),
        "labels",
        "label_names",
    ),
    "cifar100": _Batches(
        {"train": "16019d7e3df5f24257cddd939b257f8d"},
        {"test": "f0ef6b0ae62326f3e7ffdfab6717acfc"},
        ("meta", "7973b15100ade9c7d40fb424638fde48"),
        "fine_labels",
        "fine_label_names",
    ),
}
_NUMBERS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_NAMES = {
    "mnist": tuple(f"{digit} - {name}" for digit, name in enumerate(_NUMBERS)),
    "fashion_mnist": (
        *("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat"),
        *("Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"),
    ),
}  # of the classes, where the files do not hold them
_IMAGES, _LABELS = 0x803, 0x801  # what files of three axes, and of one, begin with


def stored(facts: DataSet, folder: Path, train: bool) -> Stored | None:
    """One part of a data set from the folder of its files; None where one is missing, or is not as it should be."""
    try:
        if facts.name in _BATCHES:
            return _batches(facts, _BATCHES[facts.name], folder, train)
        if facts.name in _NAMES:
            return _indexed(facts, folder, train)
    except (OSError, ValueError):
        return None
    return None


def _batches(facts: DataSet, known: _Batches, folder: Path, train: bool) -> Stored:
    shape = (facts.train_images if train else facts.test_images, *facts.image_shape)
    images, labels, done = np.empty(shape, np.uint8), list[int](), 0
    for file in (known.train if train else known.test).items():
        batch = _unpickled(folder, *file)
        rows = batch["data"].reshape(-1, *facts.image_shape)
        images[done : done + len(rows)] = rows
        labels += batch[known.labels]
        done += len(rows)
    classes = tuple(_unpickled(folder, *known.names)[known.classes])
    return Stored(torch.from_numpy(images), torch.tensor(labels, dtype=torch.int64), classes)


def _unpickled(folder: Path, name: str, published: str) -> dict[str, np.ndarray]:
    content = (folder / name).read_bytes()
    if md5(content, usedforsecurity=False).hexdigest() != published:
        raise ValueError(f"{name} is not the published file")
    found: dict[str, np.ndarray] = loads(content, encoding="latin1")  # its content is known
    return found


def _indexed(facts: DataSet, folder: Path, train: bool) -> Stored:
    """Two files of the IDX format: what they hold, the length of each axis, the numbers."""
    prefix, count = ("train", facts.train_images) if train else ("t10k", facts.test_images)
    images = _numbers(folder / f"{prefix}-images-idx3-ubyte", (_IMAGES, count, *facts.image_shape[1:]))
    labels = _numbers(folder / f"{prefix}-labels-idx1-ubyte", (_LABELS, count))
    if labels.max() >= facts.classes:
        raise ValueError("there are more classes than in the data set")
    return Stored(torch.from_numpy(images[:, None]), torch.from_numpy(labels.astype(np.int64)), _NAMES[facts.name])


def _numbers(file: Path, head: tuple[int, ...]) -> np.ndarray:
    content = bytearray(file.read_bytes())
    begin = np.array(head, ">i4").tobytes()
    if not content.startswith(begin):
        raise ValueError(f"{file.name} does not begin as it should")
    return np.frombuffer(content, np.uint8, offset=len(begin)).reshape(head[1:])
