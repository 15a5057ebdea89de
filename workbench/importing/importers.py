"""Formats that other packages import: an entry point in the group "workbench.importers" names an `Importer`."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache, partial
from importlib.metadata import EntryPoint, entry_points
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np

from workbench.importing.files.foreign_hdf5 import Unreadable
from workbench.runs.confinement.structure import IMPORT_IT, RefusedError
from workbench.runs.errors import RunError
from workbench.runs.files.kinds import EMPTY
from workbench.runs.saying import in_words

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Array = np.ndarray[Any, Any]

ENTRY_POINTS = "workbench.importers"
PLUG_IN = "plug-in:"  # before the name of an importer, as a kind of reader


@dataclass(frozen=True)
class Importer:
    """A format of files that hold named arrays, units first, as PyTorch names and lays them.

    Both functions run in a confined process: import all that they need at the top of their module.
    """

    title: str
    endings: tuple[str, ...]  # of file names, lower case, with the dot
    shapes: Callable[[BinaryIO], Mapping[str, tuple[tuple[int, ...], str]]]  # name -> shape, number type
    array: Callable[[BinaryIO, str], Array]  # the array of that name


@dataclass(frozen=True)
class AvailableImporters:
    """The importers of installed packages; what could not be loaded, and why, by name."""

    importers: Mapping[str, Importer]
    broken: Mapping[str, str]

    @property
    def endings(self) -> tuple[str, ...]:
        """All endings."""
        return tuple(ending for each in self.importers.values() for ending in each.endings)

    def reader_of(self, file: str) -> str:
        """The kind of reader for a file of that name; "" where no importer has its ending."""
        found = (name for name, each in self.importers.items() if file.lower().endswith(each.endings))
        return next((f"{PLUG_IN}{name}" for name in found), "")


@lru_cache(maxsize=1)
def available_importers() -> AvailableImporters:
    """Every importer by name, and the reasons why others could not be loaded; read once per process."""
    importers, broken = dict[str, Importer](), dict[str, str]()
    for entry in entry_points(group=ENTRY_POINTS):
        try:
            importers[entry.name] = _load(entry)
        except Exception as error:  # whatever a package raises as it is imported, the others must still work
            broken[entry.name] = f"{entry.value}: {type(error).__name__}: {error}"
    return AvailableImporters(MappingProxyType(importers), MappingProxyType(broken))


def _load(entry: EntryPoint) -> Importer:
    importer = entry.load()
    if not isinstance(importer, Importer):
        raise TypeError(f"it should be a workbench.importing.importers.Importer, but is a {type(importer).__name__}")
    return importer


def offering_import(error: Exception) -> Exception:
    """The error of a file that is no run, with the advice to import it where an importer of a package reads it."""
    refused = isinstance(error, RunError) and isinstance(error.__cause__, RefusedError) and not error.inside
    if not isinstance(error, RunError) or not refused or error.problem == EMPTY.problem or error.advice == IMPORT_IT:
        return error
    name = available_importers().reader_of(error.path).removeprefix(PLUG_IN)
    if not name:
        return error
    title = available_importers().importers[name].title
    return RunError(error.path, f"is not a workbench run, but {title}, which the importer {name} reads", IMPORT_IT)


def arrays_by(importer: Importer, stream: BinaryIO) -> dict[str, tuple[list[int], str, Callable[[], bytes]]]:
    """Name -> shape, number type, its bytes, as an importer reads a file. Unreadable: it cannot."""
    try:
        found = dict(importer.shapes(stream))
    except Exception as error:  # of a package: whatever it raises is what it says of the file
        raise Unreadable(f"cannot be read as {importer.title} ({in_words(error)})", "choose another file") from error
    return {
        name: (list(shape), dtype, partial(_bytes, importer, stream, name, tuple(shape), dtype))
        for name, (shape, dtype) in found.items()
    }


def _bytes(importer: Importer, stream: BinaryIO, name: str, shape: tuple[int, ...], dtype: str) -> bytes:
    try:
        array = np.asarray(importer.array(stream, name))
    except Exception as error:  # as above
        raise Unreadable(f"cannot be read as {importer.title} ({in_words(error)})", "choose another file") from error
    if (array.shape, array.dtype.name) != (shape, dtype):
        raise Unreadable(f"cannot be read as {importer.title}: {name[:80]!r} is not as stated", "choose another file")
    return array.astype(array.dtype.newbyteorder("<")).tobytes()
