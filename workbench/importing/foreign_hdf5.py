"""Arrays in another tool's HDF5 file, by allow-list: plain numbers, kept in the file itself."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, BinaryIO

import h5py
import numpy as np
from h5py import h5d, h5f, h5g, h5l, h5o, h5p, h5s, h5z

from workbench.runs.saying import in_words

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST = 20_000  # objects
DEEPEST = 12
FILTERS = {h5z.FILTER_DEFLATE, h5z.FILTER_SHUFFLE, h5z.FILTER_FLETCHER32}
COPY = "copy the arrays into a plain file first"


class Unreadable(Exception):
    """Why a file cannot be imported: what is wrong, and what to do."""

    def __init__(self, problem: str, advice: str) -> None:
        super().__init__(f"{problem}; {advice}")
        self.problem, self.advice = problem, advice


def arrays_in(stream: BinaryIO) -> dict[str, tuple[list[int], str]]:
    """{path: (shape, number type)} of every array of floating-point numbers; other objects are passed over.

    Unreadable where the file is no HDF5 file or holds links or storage that lead out of it.
    """
    file = _opened(stream)
    try:
        return dict(_walk(h5g.open(file, b"/"), "", 0, [0]))
    except Unreadable:
        raise
    except Exception as error:  # libhdf5 reports damage by a dozen kinds of exception
        line = " ".join(in_words(error).split())[:160]
        raise Unreadable(f"is damaged ({line})", "copy it from its source again") from error
    finally:
        file.close()


def array_of(stream: BinaryIO, path: str) -> bytes:
    """The numbers at a path that `arrays_in` gave, in C order."""
    file = _opened(stream)
    try:
        dataset = h5py.Dataset(h5d.open(file, path.encode()))
        return np.ascontiguousarray(dataset[()], _little(dataset.dtype)).tobytes()
    finally:
        file.close()


def _opened(stream: BinaryIO) -> Any:
    access = h5p.create(h5p.FILE_ACCESS)
    access.set_file_locking(False, True)
    access.set_fclose_degree(h5f.CLOSE_STRONG)
    by_number = f"/proc/self/fd/{stream.fileno()}"
    name = by_number if os.path.exists(by_number) else f"/dev/fd/{stream.fileno()}" if os.name != "nt" else stream.name
    try:
        return h5f.open(os.fsencode(name), h5f.ACC_RDONLY, access)
    except OSError as error:
        raise Unreadable(f"is no HDF5 file or damaged ({in_words(error)})", "copy it from its source again") from error


def _walk(group: Any, inside: str, depth: int, count: list[int]) -> Iterator[tuple[str, tuple[list[int], str]]]:
    if depth > DEEPEST:
        raise Unreadable(f"nests groups deeper than {DEEPEST}", COPY)
    for index in range(group.get_num_objs()):
        count[0] += 1
        if count[0] > MOST:
            raise Unreadable(f"holds more than {MOST:,} objects", COPY)
        raw = group.get_objname_by_idx(index)
        raw = raw if isinstance(raw, bytes) else raw.encode("utf-8", "surrogateescape")
        path = f"{inside}/{raw.decode('utf-8', 'replace')}"
        if group.links.get_info(raw).type != h5l.TYPE_HARD:
            raise Unreadable(f"has a link at {path[:120]!r} that leads elsewhere and is never followed", COPY)
        child = h5o.open(group, raw)
        if isinstance(child, h5g.GroupID):
            yield from _walk(child, path, depth + 1, count)
        elif isinstance(child, h5d.DatasetID):
            found = _array(child, path)
            if found is not None:
                yield path, found


def _array(dataset: Any, path: str) -> tuple[list[int], str] | None:
    """Shape and number type; None where it is no array of floating-point numbers with a row."""
    plan = dataset.get_create_plist()
    if plan.get_external_count() or plan.get_layout() == h5d.VIRTUAL:
        raise Unreadable(f"keeps the numbers of {path[:120]!r} in another file, which is never followed", COPY)
    if not {plan.get_filter(at)[0] for at in range(plan.get_nfilters())} <= FILTERS:
        raise Unreadable(f"packs {path[:120]!r} with a filter that is not deflate", COPY)
    try:
        dtype = dataset.dtype
    except TypeError:
        return None
    if dataset.get_space().get_simple_extent_type() != h5s.SIMPLE or 0 in dataset.shape:
        return None
    if dtype.kind != "f" or dtype.itemsize > 8:
        return None
    return list(map(int, dataset.shape)), dtype.newbyteorder("=").name


def _little(dtype: np.dtype[Any]) -> np.dtype[Any]:
    return dtype.newbyteorder("<")
