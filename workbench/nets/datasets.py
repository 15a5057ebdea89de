"""Data sets by name, as tensors: the digits come with the workbench, some are computed, others are torchvision's."""

from __future__ import annotations

import os
import weakref
from dataclasses import dataclass
from pathlib import Path
from pickle import UnpicklingError
from threading import Lock
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from workbench.nets.architectures.catalogue import data_set
from workbench.nets.files.data_files import stored
from workbench.nets.generated import generated
from workbench.nets.memory import give_memory_back
from workbench.nets.parts import Part, digest
from workbench.nets.torchvision_loading import torchvision
from workbench.resource import resource

if TYPE_CHECKING:
    from collections.abc import Callable

    from workbench.nets.architectures.catalogue import DataSet

DATA_VARIABLE = "WORKBENCH_DATA"
MOST_IN_MEMORY = 2  # data sets
_Tensors = tuple[torch.Tensor, torch.Tensor]  # images, labels
_Signature = tuple[tuple[object, ...], ...]  # of a data set's files


class DataMissing(FileNotFoundError):
    """A data set that is not where it was looked for; the message says what to type."""


@dataclass(frozen=True, eq=False)
class ImageData:
    """A data set in memory: images uint8 N × C × H × W, labels int64 (N,)."""

    name: str
    train_images: torch.Tensor
    train_labels: torch.Tensor
    test_images: torch.Tensor
    test_labels: torch.Tensor
    mean: tuple[float, ...]  # per channel, in the images' own scale
    std: tuple[float, ...]
    classes: tuple[str, ...]
    citation: str


class _TestFirst(ImageData):
    """One whose training images, which take most of the memory and time, are read when they are asked for.

    The images stay only as long as somebody holds them; they are read again then. DataMissing: they are not the same.
    """

    read: Callable[[], _Tensors]
    reading: Lock
    digest: str  # of the training images and labels; "" until they were read
    held: Callable[[], torch.Tensor | None]  # the images, if somebody holds them

    def __getattr__(self, name: str) -> Any:  # of what is not there yet
        if name not in ("train_images", "train_labels"):
            raise AttributeError(name)
        with self.reading:
            images = self.held()
            if images is None:
                images = self._read()
            return images if name == "train_images" else vars(self)[name]

    def _read(self) -> torch.Tensor:
        images, labels = self.read()
        found = digest(Part(images, labels), None, None)
        if self.digest not in ("", found):
            raise DataMissing(f"The training images of {self.name} were replaced meanwhile. Try again.")
        vars(self).update(digest=found, held=weakref.ref(images), train_labels=labels)
        return images


def load(name: str, root: str | os.PathLike[str] | None = None, download: bool = False) -> ImageData:
    """The data set called `name`, whole.

    `root` is the folder torchvision keeps its data in (default: the environment variable WORKBENCH_DATA);
    only with `download` is anything fetched. "digits" and generated data need neither. ValueError: no such data set.
    DataMissing: it is not in the folder, or no folder is named; the message says what to type.
    """
    facts = data_set(name)
    if facts.generated:
        return _image_data(facts, *generated(facts), tuple(map(str, range(facts.classes))))
    if facts.bundled:
        return _load_digits(facts)
    return _load_torchvision(facts, _folder(facts, root), download)


def in_memory(name: str, root: str | os.PathLike[str] | None = None) -> ImageData:
    """The same without a download; its training images are read when they are asked for, and let go after use.

    The last ones stay in memory; one whose files have changed is loaded again. As long as its content is the same, so
    is the object. Errors as `load`.
    """
    facts = data_set(name)
    folder = None if facts.bundled else _folder(facts, root).absolute()
    key = facts.name, folder
    with _lock:
        signature = _signature(facts, folder)  # before loading: a file that changes meanwhile is noticed next time
        known = _in_memory.pop(key, None)
        if known is None or known[0] != signature:
            loaded = load(name) if folder is None else _load_test(facts, folder)
            same = known is not None and _same(known[1], loaded)
            if known is not None and not same:
                _changed.append(facts.name)
            known = signature, known[1] if known is not None and same else loaded
        _in_memory[key] = known
        while len(_in_memory) > MOST_IN_MEMORY:
            del _in_memory[next(iter(_in_memory))]
        return known[1]


def changes() -> int:
    """How often the content of a data set in memory was found changed so far; looks for changed files first."""
    with _lock:
        known = list(_in_memory)
    for name, folder in known:
        try:
            in_memory(name, folder)
        except DataMissing:  # it is gone, which is a change too
            with _lock:
                _in_memory.pop((name, folder), None)
                _changed.append(name)
    return len(_changed)


def forget() -> None:
    """Let go of all data sets in memory."""
    with _lock:
        _in_memory.clear()


_lock, _in_memory = Lock(), dict[tuple[str, Path | None], tuple[_Signature, ImageData]]()  # the oldest first
_changed: list[str] = []  # the data sets in memory that were found changed, one by one


def _folder(facts: DataSet, root: str | os.PathLike[str] | None) -> Path:
    """The data folder that is named, if one is."""
    folder = root or os.environ.get(DATA_VARIABLE)
    if not folder:
        raise DataMissing(
            f"{facts.title} is not bundled with the workbench, and no data folder is named. Name one with "
            f"--data-root FOLDER or the environment variable {DATA_VARIABLE}; "
            "add --download to download the data to it."
        )
    return Path(os.path.expanduser(folder))


def _signature(facts: DataSet, folder: Path | None) -> _Signature:
    """What changes whenever one of the data set's files is written, replaced, added or removed."""
    place = resource("digits/digits.npz") if folder is None else folder / (facts.folder or "")
    files = sorted(place.rglob("*")) if place.is_dir() else [place]
    return tuple((str(file), *_state(file)) for file in files)


def _state(file: Path) -> tuple[int, ...]:
    try:
        found = file.stat()
    except OSError:  # it is not there, or not for us; whoever loads it says so
        return ()
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns


def _same(one: ImageData, other: ImageData) -> bool:
    """Whether two data sets of one name hold the same images and labels."""
    names = ["test_images", "test_labels"]
    if not isinstance(one, _TestFirst) or not isinstance(other, _TestFirst):
        names += ["train_images", "train_labels"]
    elif one.digest:  # else nobody has seen its training images
        _ = other.train_images
        if one.digest != other.digest:
            return False
    return one.classes == other.classes and all(torch.equal(getattr(one, name), getattr(other, name)) for name in names)


def _load_digits(facts: DataSet) -> ImageData:
    """The digits in a fixed random order, the last 360 of it for testing."""
    with np.load(resource("digits/digits.npz"), allow_pickle=False) as archive:
        images, labels = archive["images"], archive["labels"]
    order = np.random.Generator(np.random.PCG64(0)).permutation(len(labels))
    pixels = torch.from_numpy(images[order]).unsqueeze(1)
    digits = torch.from_numpy(labels[order].astype(np.int64))
    train = facts.train_images
    parts = (pixels[:train], digits[:train]), (pixels[train:], digits[train:])
    return _image_data(facts, *parts, tuple(map(str, range(facts.classes))))


def _load_torchvision(facts: DataSet, folder: Path, download: bool) -> ImageData:
    (train, names), (test, _) = (_read(facts, folder, part, download) for part in (True, False))
    return _image_data(facts, train, test, names)


def _load_test(facts: DataSet, folder: Path) -> ImageData:
    """The data set with its training images unread."""
    test, names = _read(facts, folder, train=False, download=False)
    data = _image_data(facts, test, test, names)
    unread = _TestFirst.__new__(_TestFirst)
    vars(unread).update(vars(data), reading=Lock(), digest="", held=lambda: None)
    vars(unread).update(read=lambda: _read(facts, folder, train=True, download=False)[0])
    del vars(unread)["train_images"], vars(unread)["train_labels"]
    return unread


def _read(facts: DataSet, folder: Path, train: bool, download: bool) -> tuple[_Tensors, tuple[str, ...]]:
    """One part, and the names of the classes. DataMissing: it is not there, whole and undamaged."""
    found = stored(facts, folder / str(facts.folder), train)
    if found is not None:
        give_memory_back()  # it was there twice
        return (found.images, found.labels), found.classes
    kind = getattr(torchvision("datasets"), str(facts.torchvision_class))
    try:
        part = kind(folder, train=train, download=download)
    except (RuntimeError, OSError, EOFError, ValueError, AssertionError, UnpicklingError) as error:
        if download:
            raise DataMissing(
                f"{facts.title} could not be downloaded to {folder} ({_reason(error)}). Check the connection, that "
                "you can write to the folder and that no damaged file is in the way. Then try again."
            ) from error
        raise DataMissing(
            f"{facts.title} is not in {folder}, or is damaged there. Name another folder with "
            f"--data-root FOLDER or the environment variable {DATA_VARIABLE}, or add --download to download the data."
        ) from error
    tensors = _tensors(part)
    names = tuple(part.classes)
    del part
    give_memory_back()  # it was there several times
    return tensors, names


def _reason(error: Exception) -> object:
    """What went wrong, without the system's number for it: a lack of connection comes wrapped in another error."""
    inner = getattr(error, "reason", error)
    return getattr(inner, "strerror", None) or inner


def _tensors(part: Any) -> _Tensors:
    """Images and labels of one part; torchvision keeps N × H × W tensors (MNIST) or N × H × W × C arrays."""
    images = torch.as_tensor(part.data)
    channels_first = images.unsqueeze(1) if images.ndim == 3 else images.permute(0, 3, 1, 2)
    return channels_first.contiguous(), torch.as_tensor(part.targets, dtype=torch.int64)


def _image_data(facts: DataSet, train: _Tensors, test: _Tensors, classes: tuple[str, ...]) -> ImageData:
    return ImageData(
        facts.name,
        *train,
        *test,
        mean=tuple(value * facts.highest for value in facts.mean),
        std=tuple(value * facts.highest for value in facts.std),
        classes=classes,
        citation=facts.citation,
    )
