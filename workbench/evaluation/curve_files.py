"""The files of kept curves: written whole or not at all, and never believed before they were checked."""

from __future__ import annotations

import io
import logging
import os
import time
import zipfile
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cache
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.evaluation.results import Curve
from workbench.runs.files import regular_file
from workbench.runs.files.whole_files import write_whole_files

if TYPE_CHECKING:
    from pathlib import Path

    from workbench.evaluation.networks.data import Data
    from workbench.evaluation.results import Kind, Removed

MOST = 4_000  # files kept; a curve of 257 levels takes about 30 kB
LARGEST = 64 << 20  # bytes of a file
ABANDONED = 3_600.0  # seconds after which an unfinished file belongs to a process that died
SUFFIXES = (".curve", ".npz")  # .npz: before the files had a checksum
_ARRAYS = ("levels", "correct", "loss", "class_correct", "class_images")
_TEXTS = ("layer", "kind", "removed")
_CHECKSUM = 32  # bytes of SHA-256 before the content, taken of the file's name and of that

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Wanted:
    """What a curve must be to answer a question."""

    layer: str
    kind: Kind
    removed: Removed | None
    levels: tuple[int, ...]
    name: str = ""  # that it is given, whatever it was called when it was written
    images: int = 0
    classes: int = 0
    class_images: tuple[int, ...] = ()

    def on(self, data: Data) -> Wanted:
        """The same on these images."""
        counts = np.bincount(data.labels.cpu().numpy(), minlength=data.classes)
        return replace(self, images=len(data), classes=data.classes, class_images=tuple(counts.tolist()))

    def fits(self, curve: Curve) -> bool:
        """Whether this is such a curve, and its numbers agree with each other."""
        count = len(self.levels)
        shapes = [getattr(curve, name).shape for name in _ARRAYS]
        wanted = [(count,), (count,), (count,), (count, self.classes), (self.classes,)]
        kinds = [getattr(curve, name).dtype.kind for name in _ARRAYS]
        if shapes != wanted or kinds != ["i", "i", "f", "i", "i"]:
            return False
        return (
            (curve.layer, curve.kind, curve.removed) == (self.layer, self.kind, self.removed)
            and tuple(curve.levels.tolist()) == self.levels
            and curve.images == self.images
            and tuple(curve.class_images.tolist()) == self.class_images
            and bool((curve.class_correct >= 0).all() and (curve.class_correct <= curve.class_images).all())
            and bool((curve.class_correct.sum(1) == curve.correct).all())
        )


def read(path: Path, wanted: Wanted) -> Curve | None:
    """The curve in the file; None where there is none. A file that is damaged or holds another curve is removed."""
    try:
        content = _content(path)
    except FileNotFoundError:
        return None
    except OSError as error:
        _say_once(f"{path.parent}: cached curves cannot be read ({error.strerror or error})")
        return None
    curve = None if content is None else _curve(content, wanted.name)
    if curve is None or not wanted.fits(curve):
        _drop(path)
        return None
    with suppress(OSError):  # only its age: a folder that cannot be written still answers
        os.utime(path)
    return curve


def write(path: Path, curve: Curve) -> None:
    """Write the curve whole, or not at all: beside and renamed. The oldest files go when there are too many.

    A folder that is full or cannot be written costs nothing but a line in the log.
    """
    values: dict[str, Any] = {name: getattr(curve, name) for name in (*_ARRAYS, "images", "layer", "kind")}
    stream = io.BytesIO()
    np.savez(stream, **values, removed=curve.removed or "")
    content = stream.getvalue()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole_files({path: _checksum(path, content) + content})
        _tidy(path.parent)
    except OSError as error:
        reason = error.__cause__ if isinstance(error.__cause__, OSError) else error
        _say_once(f"{path.parent}: curves cannot be cached ({reason.strerror or reason})")


def _content(path: Path) -> bytes | None:
    """What stands behind the checksum; None where it is not what was written."""
    try:
        whole = regular_file.read(path, LARGEST)
    except regular_file.UnreadableFile:
        return None
    content = whole[_CHECKSUM:]
    return content if whole[:_CHECKSUM] == _checksum(path, content) else None


def _checksum(path: Path, content: bytes) -> bytes:
    return sha256(path.name.encode() + content).digest()


def _curve(content: bytes, name: str) -> Curve | None:
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as stored:
            texts: dict[str, Any] = {key: str(stored[key]) for key in _TEXTS}
            arrays = {key: stored[key] for key in _ARRAYS}
            images = int(stored["images"])
    except (ValueError, KeyError, TypeError, EOFError, OSError, zipfile.BadZipFile):
        return None
    texts["removed"] = texts["removed"] or None  # a rank curve removes nothing
    return Curve(**texts, **arrays, name=name, images=images, exact=True)


def _drop(path: Path) -> None:
    logger.warning("%s is damaged: the curve is computed again", path)
    with suppress(OSError):  # e.g. a folder, or not ours to remove: it stays, and is never believed
        path.unlink()


@cache
def _say_once(problem: str) -> None:
    """Log a warning that would come with every curve."""
    logger.warning("%s", problem)


def _tidy(where: Path) -> None:
    """Remove the oldest curves where there are too many, and what a process that died left unfinished."""
    ages: list[tuple[float, Path]] = []
    for file in where.iterdir():
        try:
            age = file.lstat().st_mtime
        except FileNotFoundError:  # another process tidies too
            continue
        if file.suffix in SUFFIXES:
            ages.append((age, file))
        elif file.suffix == ".part" and age < time.time() - ABANDONED:
            file.unlink(missing_ok=True)
    for _, oldest in sorted(ages)[:-MOST]:
        oldest.unlink(missing_ok=True)
