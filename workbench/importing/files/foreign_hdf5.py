"""Arrays in another tool's HDF5 file, by allow-list: plain numbers, kept in the file itself."""

from __future__ import annotations

import io
import os
import zipfile
import zlib
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, BinaryIO

import h5py
import numpy as np
from h5py import h5a, h5d, h5f, h5g, h5l, h5o, h5p, h5s, h5z

from workbench.runs.files.kinds import CUT_SHORT
from workbench.runs.layout import FORMAT, RESUME_FORMAT
from workbench.runs.saying import in_words

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST = 20_000  # objects
DEEPEST = 12
FILTERS = {h5z.FILTER_DEFLATE, h5z.FILTER_SHUFFLE, h5z.FILTER_FLETCHER32}
MODEL_WEIGHTS, LAYER_NAMES = b"model_weights", b"layer_names"
CONFIG, LARGEST_CONFIG = b"model_config", 64 << 20  # bytes
IN_ARCHIVE = ("model.weights.h5", "config.json")  # in a .keras archive
PACKED = 16  # times the bytes of an archive may the weights in it take
OF_RUN, LONGEST_FORMAT = b"format", 64  # bytes
COPY = "copy the arrays into a plain file first"


class Unreadable(Exception):
    """Why a file cannot be imported: what is wrong, and what to do."""

    def __init__(self, problem: str, advice: str) -> None:
        super().__init__(f"{problem}; {advice}")
        self.problem, self.advice = problem, advice


def arrays_in(stream: BinaryIO, kinds: str = "f") -> dict[str, tuple[list[int], str]]:
    """{path: (shape, number type)} of every array of these kinds of numbers, "f" with a point; others are skipped.

    Unreadable where the file is no HDF5 file, is a run, or holds links or storage that lead out of it.
    """
    with _opened(stream) as file:
        try:
            root = h5g.open(file, b"/")
            if _is_run(root):
                raise Unreadable("is a workbench run already", "open it, or export its weights with 'workbench export'")
            return dict(_walk(root, "", 0, [0], kinds))
        except Unreadable:
            raise
        except Exception as error:  # libhdf5 reports damage by a dozen kinds of exception
            line = " ".join(in_words(error).split())[:160]
            raise Unreadable(f"is damaged ({line})", CUT_SHORT) from error


def array_of(stream: BinaryIO, path: str) -> bytes:
    """The numbers at a path that `arrays_in` gave, in C order."""
    with _opened(stream) as file:
        dataset = h5py.Dataset(h5d.open(file, path.encode()))
        return np.ascontiguousarray(dataset[()], _little(dataset.dtype)).tobytes()


def config_in(stream: BinaryIO) -> str:
    """The JSON in which Keras 2 describes the model; "" where there is none."""
    with _opened(stream) as file:
        root = h5g.open(file, b"/")
        if not h5a.exists(root, CONFIG) or h5a.open(root, CONFIG).get_storage_size() > LARGEST_CONFIG:
            return ""
        found = h5py.Group(root).attrs[CONFIG.decode()]
        text = found.decode("utf-8", "replace") if isinstance(found, bytes) else found
        return text if isinstance(text, str) else ""


def in_archive(stream: BinaryIO) -> tuple[bytes, bytes]:
    """The HDF5 file and the config in a .keras archive; nothing of it is written to a disk."""
    most = PACKED * os.fstat(stream.fileno()).st_size if not isinstance(stream, io.BytesIO) else LARGEST_CONFIG
    try:
        with zipfile.ZipFile(stream) as archive:
            sizes = {each.filename: each.file_size for each in archive.infolist()}
            if sizes[IN_ARCHIVE[0]] > most or sizes.get(IN_ARCHIVE[1], 0) > LARGEST_CONFIG:
                raise Unreadable("claims to contain more data than it can", "do not trust it")
            weights, config = (archive.read(name) if name in sizes else b"" for name in IN_ARCHIVE)
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError) as error:
        raise Unreadable(f"is a Keras model that is damaged ({in_words(error)})", CUT_SHORT) from error
    return weights, config


def small_archive() -> BinaryIO:
    """A .keras archive that everything which reads one can be tried on."""
    model, whole = io.BytesIO(), io.BytesIO()
    with h5py.File(model, "w") as file:
        file["a"] = np.zeros(1)
        file.attrs[CONFIG.decode()] = "{}"
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in zip(IN_ARCHIVE, (model.getvalue(), b"{"), strict=True):
            archive.writestr(name, content)
    return whole


def layer_names_in(stream: BinaryIO) -> list[str]:
    """The names of the layers in the order of the model, as Keras 2 keeps them beside the weights."""
    with _opened(stream) as file:
        root = h5g.open(file, b"/")
        inside = [h5o.open(root, MODEL_WEIGHTS)] if root.links.exists(MODEL_WEIGHTS) else []
        for group in (root, *inside):
            if h5a.exists(group, LAYER_NAMES) and isinstance(group, h5g.GroupID):
                found = np.atleast_1d(h5py.Group(group).attrs[LAYER_NAMES.decode()]).tolist()[:MOST]
                return [name.decode("utf-8", "replace") for name in found if isinstance(name, bytes)]
    return []


def _is_run(root: Any) -> bool:
    """Whether the root of a file says that it is a run, or lies beside one."""
    if not h5a.exists(root, OF_RUN) or h5a.open(root, OF_RUN).get_storage_size() > LONGEST_FORMAT:
        return False
    return h5py.Group(root).attrs[OF_RUN.decode()] in (FORMAT.encode(), RESUME_FORMAT.encode())


@contextmanager
def _opened(stream: BinaryIO) -> Iterator[Any]:
    """The open file of a stream that has a descriptor, or that lies in memory."""
    try:
        file = h5py.File(stream, "r").id if isinstance(stream, io.BytesIO) else _by_number(stream)
    except OSError as error:
        raise Unreadable(f"is not an HDF5 file, or is damaged ({in_words(error)})", CUT_SHORT) from error
    try:
        yield file
    finally:
        file.close()


def _by_number(stream: BinaryIO) -> Any:
    access = h5p.create(h5p.FILE_ACCESS)
    access.set_file_locking(False, True)
    access.set_fclose_degree(h5f.CLOSE_STRONG)
    by_number = f"/proc/self/fd/{stream.fileno()}"
    name = by_number if os.path.exists(by_number) else f"/dev/fd/{stream.fileno()}" if os.name != "nt" else stream.name
    return h5f.open(os.fsencode(name), h5f.ACC_RDONLY, access)


def _walk(
    group: Any, inside: str, depth: int, count: list[int], kinds: str
) -> Iterator[tuple[str, tuple[list[int], str]]]:
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
            yield from _walk(child, path, depth + 1, count, kinds)
        elif isinstance(child, h5d.DatasetID):
            found = _array(child, path, kinds)
            if found is not None:
                yield path, found


def _array(dataset: Any, path: str, kinds: str) -> tuple[list[int], str] | None:
    """Shape and number type; None where it is no array of numbers of these kinds."""
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
    if dtype.kind not in kinds or dtype.itemsize > 8:
        return None
    return list(map(int, dataset.shape)), dtype.newbyteorder("=").name


def _little(dtype: np.dtype[Any]) -> np.dtype[Any]:
    return dtype.newbyteorder("<")
