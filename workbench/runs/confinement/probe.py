"""The first look into a run file: walks the HDF5 tree by allow-list and says what lies where.

Uses the low-level interface, so that a link's kind is known before it is followed, and nothing is allocated
because the file claims it. Files that anyone may have made are looked into by `answer`, in a confined process; see
`examination`.
"""

from __future__ import annotations

import encodings.unicode_escape  # noqa: F401 (for odd names; nothing can be imported any more when they come)
import os
from functools import partial
from typing import TYPE_CHECKING, Any

from h5py import h5d, h5f, h5g, h5l, h5o, h5p, h5s

from workbench.runs import layout
from workbench.runs.confinement.stored_types import attribute_of, decoded, type_of
from workbench.runs.confinement.structure import (
    FOREIGN,
    IMPORT_IT,
    NOT_A_RUN,
    RefusedError,
    Stored,
    Structure,
    Verdict,
    check,
    few,
    need,
)
from workbench.runs.errors import RunError, shown
from workbench.runs.files.descriptor import Descriptor
from workbench.runs.layout import LayerInfo
from workbench.runs.spec import MAX_SPEC_BYTES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

ONLY_BESIDE_A_RUN = "is not a run: it stores what a training needs to resume"
MAX_DATASETS_BYTES = 8 << 20  # the list of dataset names

ODD_LAYOUTS = {
    h5d.VIRTUAL: "is a virtual dataset (its numbers lie in other files)",
    h5d.CHUNKED: "is chunked or compressed",
    h5d.COMPACT: "is stored inside the metadata",
}
ODD_LINKS = {h5l.TYPE_SOFT: "a soft link", h5l.TYPE_EXTERNAL: "an external link"}
KNOWN = {path[1:] for path in (layout.SPEC, layout.LAYERS, layout.SNAPSHOTS, *layout.ROW_GROUPS)}


def probe(descriptor: Descriptor, file_format: str = layout.FORMAT) -> Structure:
    """The checked structure of the run file that `descriptor` has open; RefusedError says why it is none.

    `file_format` is the one that is looked for: a run's, or that of the file which a training goes on from.
    """
    before = descriptor.identity()
    structure = _walk(descriptor, file_format)
    need(descriptor.identity() == before, "", "changed while it was being opened", "open it again")
    check(structure, before[2])
    return structure


def answer(request: bytes, files: Sequence[int | str]) -> bytes:
    """The verdict on the one file that is given: the task of a confined process; `request` is the format."""
    file = files[0]
    descriptor = Descriptor.received(file) if isinstance(file, int) else Descriptor(file)
    try:
        verdict = Verdict(descriptor.identity(), structure=probe(descriptor, request.decode()))
    except (RefusedError, RunError) as error:
        verdict = Verdict(descriptor.identity(), refused=(error.inside, error.problem, error.advice))
    return verdict.to_json()


def _walk(descriptor: Descriptor, file_format: str) -> Structure:
    access = h5p.create(h5p.FILE_ACCESS)
    access.set_file_locking(False, True)  # a reader's lock could stop the writer
    access.set_fclose_degree(h5f.CLOSE_STRONG)
    # By number it is the very file, whatever its name points to by now.
    by_number = (f"/proc/self/fd/{descriptor.number}", f"/dev/fd/{descriptor.number}")
    name = next((name for name in by_number if os.path.exists(name)), descriptor.path)
    walk = _Walk(descriptor, file_format)
    try:
        file = h5f.open(os.fsencode(name), h5f.ACC_RDONLY, access)
        try:
            return walk.structure(h5g.open(file, b"/"))
        finally:
            file.close()
    except (RefusedError, RunError):
        raise
    except Exception as error:  # libhdf5 reports damage by a dozen kinds of exception
        raise RefusedError(walk.at, f"is damaged ({_reason(error)})", "copy it from its source again") from error


def _reason(error: Exception) -> str:
    """What libhdf5 said, without the words that h5py puts around it."""
    text = " ".join(str(error.args[0] if error.args else error).split())
    _, inner, reason = text.rstrip(")").partition(" (")
    return shown(f"HDF5 says: {reason if inner else text}" if text else type(error).__name__)


class _Walk:
    """One walk through one file; counts what it meets."""

    def __init__(self, descriptor: Descriptor, file_format: str) -> None:
        self.descriptor = descriptor
        self.file_format = file_format
        self.at = ""  # the place inside the file that is being looked at
        self.objects = 0
        self.notes: list[str] = []
        self.datasets: dict[str, Stored] = {}

    def structure(self, root: Any) -> Structure:
        self.at = "/"
        attributes = self._root_attributes(root)
        children = dict(self._children(root, ""))
        self.notes += [f"/{shown(name)} is unknown and ignored" for name in children if name not in KNOWN]
        spec = self._text(self._need(children, layout.SPEC), layout.SPEC, MAX_SPEC_BYTES)
        order = self._snapshots(self._need(children, layout.SNAPSHOTS))
        for path in layout.ROW_GROUPS:
            if path[1:] in children:
                for name, open_child in self._children(self._group(children[path[1:]], path), path):
                    self._dataset(open_child, f"{path}/{name}")
        layers = self._layers(self._need(children, layout.LAYERS))
        self._note_missing(layers)
        return Structure(attributes, layers, self.datasets, order, spec, few(self.notes))

    def _root_attributes(self, root: Any) -> dict[str, str]:
        found = {name: attribute_of(root, name, "/", default="") for name in layout.ROOT_ATTRIBUTES}
        only_beside = self.file_format == layout.FORMAT and found["format"] == layout.RESUME_FORMAT
        need(not only_beside, "", ONLY_BESIDE_A_RUN, "open the run next to it")
        if found["format"] != self.file_format:
            need(len(root) > 0, "", "is an empty HDF5 file", "choose another file")
            raise RefusedError("", NOT_A_RUN, IMPORT_IT)
        version = attribute_of(root, "format_version", "/")
        need(isinstance(version, int), "/", "has a format_version that is not a number")
        newer = f"is a run of format {version}, but this workbench reads format {layout.FORMAT_VERSION}"
        need(int(version) <= layout.FORMAT_VERSION, "", newer, "open it with a newer workbench")
        need(int(version) == layout.FORMAT_VERSION, "", f"is a run of unknown format {version}", FOREIGN)
        need(
            all(isinstance(value, str) for value in found.values()),
            "/",
            "has a text attribute that is a number",
        )
        return {name: str(value) for name, value in found.items() if name != "format"}

    def _children(self, group: Any, inside: str) -> Iterator[tuple[str, Callable[[], Any]]]:
        """(name, how to open it) of every object in a group, after a look at the kind of the link."""
        self.at = inside or "/"
        count = group.get_num_objs()
        self.objects += count
        limit = layout.MAX_OBJECTS
        need(
            self.objects <= limit,
            inside or "/",
            f"brings the file to {self.objects} objects, over {limit}",
            FOREIGN,
        )
        for index in range(count):
            raw = group.get_objname_by_idx(index)
            raw = raw if isinstance(raw, bytes) else raw.encode("utf-8", "surrogateescape")
            name = decoded(raw, f"{inside}/…")
            self.at = f"{inside}/{name}"
            fits = 0 < len(raw) <= layout.MAX_NAME_BYTES and b"/" not in raw and raw not in (b".", b"..")
            need(fits, self.at, f"has a name that is not allowed in a run ({len(raw)} bytes)", FOREIGN)
            kind = group.links.get_info(raw).type
            odd = ODD_LINKS.get(kind, "a link of an unknown kind")
            need(kind == h5l.TYPE_HARD, f"{inside}/{name}", f"is {odd}, which is never followed", FOREIGN)
            yield name, partial(h5o.open, group, raw)

    def _need(self, children: dict[str, Callable[[], Any]], path: str) -> Callable[[], Any]:
        need(path[1:] in children, path, "is missing", FOREIGN)
        return children[path[1:]]

    def _group(self, open_child: Callable[[], Any], path: str) -> Any:
        self.at = path
        group = open_child()
        need(isinstance(group, h5g.GroupID), path, "is not a group", FOREIGN)
        return group

    def _dataset(self, open_child: Callable[[], Any], path: str) -> Stored:
        self.at = path
        dataset = open_child()
        need(isinstance(dataset, h5d.DatasetID), path, "is not a dataset", FOREIGN)
        plan = dataset.get_create_plist()
        kind = plan.get_layout()
        need(kind == h5d.CONTIGUOUS, path, ODD_LAYOUTS.get(kind, "has an unknown layout"), FOREIGN)
        need(plan.get_external_count() == 0, path, "keeps its numbers in another file", FOREIGN)
        need(plan.get_nfilters() == 0, path, "is filtered", FOREIGN)
        space = dataset.get_space()
        need(space.get_simple_extent_type() != h5s.NULL, path, "has no elements", FOREIGN)
        stored = Stored(dataset.get_offset() or 0, tuple(map(int, space.shape)), type_of(dataset, path))
        need(stored.offset > 0 and dataset.get_storage_size() == stored.size, path, "was never stored", FOREIGN)
        self.datasets[path] = stored
        return stored

    def _text(self, open_child: Callable[[], Any], path: str, limit: int) -> str:
        stored = self._dataset(open_child, path)
        need(stored.dtype.startswith("S") and stored.shape == (), path, "is not one text", FOREIGN)
        need(stored.size <= limit, path, f"is longer than {limit} bytes", FOREIGN)
        return decoded(self._bytes(stored, path).rstrip(b"\0"), path)

    def _bytes(self, stored: Stored, path: str) -> bytes:
        inside = stored.offset + stored.size <= self.descriptor.identity()[2]
        need(inside, path, "reaches beyond the end of the file")
        return self.descriptor.read(stored.size, stored.offset, path)

    def _snapshots(self, open_child: Callable[[], Any]) -> tuple[str, ...]:
        children = dict(self._children(self._group(open_child, layout.SNAPSHOTS), layout.SNAPSHOTS))
        for path in (layout.COMMIT, layout.FINISHED, layout.DATASETS):
            name = path.rpartition("/")[2]
            need(name in children, path, "is missing", FOREIGN)
            self._dataset(children[name], path)
        stored = self.datasets[layout.DATASETS]
        text = stored.dtype.startswith("S") and len(stored.shape) == 1 and stored.size <= MAX_DATASETS_BYTES
        need(text, layout.DATASETS, "is not a list of names", FOREIGN)
        raw = self._bytes(stored, layout.DATASETS)
        width = stored.type.itemsize
        cells = (raw[start : start + width].rstrip(b"\0") for start in range(0, len(raw), width))
        return tuple(decoded(cell, layout.DATASETS) for cell in cells)

    def _layers(self, open_child: Callable[[], Any]) -> tuple[LayerInfo, ...]:
        group = self._group(open_child, layout.LAYERS)
        layers = []
        for name, open_layer in self._children(group, layout.LAYERS):
            inside = f"{layout.LAYERS}/{name}"
            layer = self._group(open_layer, inside)
            kind = attribute_of(layer, "kind", inside)
            numbers = [attribute_of(layer, field, inside) for field in ("units", "inputs", "order")]
            where = [attribute_of(layer, field, inside, default=0) for field in ("first", "transposed")]
            key = attribute_of(layer, "parameter", inside, default="")
            texts = isinstance(kind, str) and isinstance(key, str)
            well = texts and all(isinstance(number, int) for number in (*numbers, *where))
            need(well, inside, "has attributes of the wrong type", FOREIGN)
            first, transposed = map(int, where)
            known = LayerInfo(
                name, str(kind), *map(int, numbers), parameter=str(key), first=first, transposed=transposed != 0
            )
            layers.append(known)
        return tuple(sorted(layers, key=lambda layer: (layer.order, layer.name)))

    def _note_missing(self, layers: tuple[LayerInfo, ...]) -> None:
        names = [layer.name for layer in layers]
        for group, wanted in (
            (layout.SPECTRUM, names), (layout.ACTIVITY, names), (layout.HISTORY, list(layout.HISTORY_FIELDS)),
        ):  # fmt: skip
            missing = [f"{group}/{name}" for name in wanted if f"{group}/{name}" not in self.datasets]
            whole = len(missing) > 1 and len(missing) == len(wanted)
            so = ", so that dead units are not known" if group == layout.ACTIVITY else ""
            self.notes += [f"{shown(path)} is missing{so}" for path in ([group] if whole else missing)]
