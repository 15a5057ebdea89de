"""What a probe found in a run file, as plain data, and whether it makes sense.

The probe may run in another process, so nothing in here is believed before `check` has seen it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from workbench.runs import layout
from workbench.runs.commits import words
from workbench.runs.layout import LayerInfo  # noqa: TC001 (msgspec reads the annotations)
from workbench.runs.saying import counted
from workbench.runs.spec import MAX_SPEC_BYTES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

TEXT = re.compile(r"S[1-9]\d{0,6}")
FIRST_DATA_BYTE = 96  # after the superblock
DAMAGED = "the file is damaged: copy it from its source again"
FOREIGN = "it was not written by this workbench: open a run that was"
NOT_A_RUN = "is an HDF5 file, but not a workbench run"
MOST_NOTES, LONGEST_NOTE = 20, 400
IMPORT_IT = "make a run of it with 'workbench import', or with File → Import… in the window"


class RefusedError(Exception):
    """Why a file is no run: what is wrong, where inside, what to do. `open_run` adds the file's name."""

    def __init__(self, inside: str, problem: str, advice: str = DAMAGED) -> None:
        super().__init__(f"{inside} {problem}; {advice}")
        self.inside, self.problem, self.advice = inside, problem, advice


@dataclass(frozen=True)
class Stored:
    """Where a dataset lies: byte offset, shape (snapshots first, where it has rows), number type."""

    offset: int
    shape: tuple[int, ...]
    dtype: str  # a key of layout.STORED, or "S<length>" for text

    @property
    def type(self) -> np.dtype[np.generic]:
        """The number type in the file."""
        return np.dtype(layout.STORED.get(self.dtype, self.dtype))

    @property
    def size(self) -> int:
        """Bytes of the whole dataset."""
        return prod(self.shape) * self.type.itemsize

    @property
    def row_bytes(self) -> int:
        """Bytes of one snapshot's row."""
        return prod(self.shape[1:]) * self.type.itemsize


@dataclass(frozen=True)
class Structure:
    """The shape of a run file. Plain data: goes through JSON and back unchanged."""

    attributes: dict[str, str]  # of the root: run_id, created, title, software
    layers: tuple[LayerInfo, ...]  # in the network's order
    datasets: dict[str, Stored]  # every dataset by path
    order: tuple[str, ...]  # of the checksums: every dataset with a row per snapshot
    spec: str  # JSON
    notes: tuple[str, ...] = ()  # what is missing or unknown, yet tolerated

    @property
    def capacity(self) -> int:
        """The snapshots there is room for."""
        return self.datasets[layout.COMMIT].shape[0]

    def to_json(self) -> bytes:
        """This structure as JSON."""
        return msgspec.json.encode(self)

    @staticmethod
    def from_json(text: bytes) -> Structure:
        """The structure in `text`, unchecked; msgspec.ValidationError where it is none."""
        return _STRUCTURE.decode(text)


@dataclass(frozen=True)
class Verdict:
    """What a look into a file says, as data: the structure, or what is wrong (where inside, what, what to do)."""

    identity: tuple[int, int, int]  # device, inode, size of the file that was looked into
    structure: Structure | None = None
    refused: tuple[str, str, str] | None = None

    def to_json(self) -> bytes:
        """This verdict as JSON."""
        return msgspec.json.encode(self)

    @staticmethod
    def from_json(text: bytes) -> Verdict:
        """The verdict in `text`, unchecked; msgspec.ValidationError where it is none."""
        return _VERDICT.decode(text)


# Made at import: see the end of `runs/spec.py`.
_STRUCTURE, _VERDICT = msgspec.json.Decoder(Structure), msgspec.json.Decoder(Verdict)


def few(notes: Sequence[str]) -> tuple[str, ...]:
    """The notes, or the first of them and how many more there are."""
    more = (f"and {len(notes) - MOST_NOTES} similar notes",) if len(notes) > MOST_NOTES else ()
    return (*notes[:MOST_NOTES], *more)


def need(condition: bool, inside: str, problem: str, advice: str = DAMAGED) -> None:
    """Raise RefusedError unless `condition` holds."""
    if not condition:
        raise RefusedError(inside, problem, advice)


def check(structure: Structure, file_size: int) -> None:
    """Raise RefusedError unless all shapes fit, and every dataset has its own bytes inside the file."""
    _check_texts(structure)
    for path, stored in structure.datasets.items():
        text = path in (layout.SPEC, layout.DATASETS) and TEXT.fullmatch(stored.dtype)
        need(bool(text) or stored.dtype in layout.STORED, path, "holds neither text nor plain numbers", FOREIGN)
        need(all(size > 0 for size in stored.shape), path, "has no elements", FOREIGN)
    _check_snapshots(structure)
    layers = {layer.name: layer for layer in structure.layers}
    for path in structure.order:
        _check_rows(structure, layers, path)
    known = {*structure.order, layout.SPEC, layout.COMMIT, layout.DATASETS, layout.FINISHED}
    for path in structure.datasets:
        need(path in known, path, f"is not listed in {layout.DATASETS}", FOREIGN)
    need(len(layers) == len(structure.layers), layout.LAYERS, "names a layer twice")
    for layer in structure.layers:
        _check_layer(structure, layer)
    _check_places(structure.datasets, file_size)


def _check_texts(structure: Structure) -> None:
    known = set(layout.ROOT_ATTRIBUTES) - {"format"}
    need(set(structure.attributes) == known, "/", "has other attributes than a run")
    long = any(len(text.encode()) > layout.MAX_ATTRIBUTE_BYTES for text in structure.attributes.values())
    need(not long, "/", "has a text attribute that is too long")
    notes = structure.notes
    fits = len(notes) <= MOST_NOTES + 1 and all(len(note) <= LONGEST_NOTE and note.isprintable() for note in notes)
    need(fits, "/", "is not described as a run is")
    need(len(structure.datasets) + len(structure.layers) <= layout.MAX_OBJECTS, "/", "has too many objects")


def _check_snapshots(structure: Structure) -> None:
    for path in (layout.SPEC, layout.COMMIT, layout.DATASETS, layout.FINISHED):
        need(path in structure.datasets, path, "is missing", FOREIGN)
    need(structure.datasets[layout.SPEC].size <= MAX_SPEC_BYTES, layout.SPEC, "is too long", FOREIGN)
    finished = structure.datasets[layout.FINISHED]
    need(finished.dtype == "uint32" and finished.shape == (), layout.FINISHED, "is not one number", FOREIGN)
    commit = structure.datasets[layout.COMMIT]
    fits = commit.dtype == "uint32" and len(commit.shape) == 2 and commit.shape[1] == words(len(structure.order))
    need(fits, layout.COMMIT, f"does not fit the {counted(len(structure.order), 'dataset')} of the run", FOREIGN)
    need(
        1 <= commit.shape[0] <= layout.MAX_CAPACITY,
        layout.COMMIT,
        f"has room for {counted(commit.shape[0], 'snapshot')}",
        FOREIGN,
    )
    need(len(set(structure.order)) == len(structure.order), layout.DATASETS, "names a dataset twice", FOREIGN)


def _check_rows(structure: Structure, layers: Mapping[str, LayerInfo], path: str) -> None:
    need(bool(path), layout.DATASETS, "lists an empty name")
    need(path in structure.datasets, path, f"is missing, though {layout.DATASETS} lists it")
    need(
        path.startswith(tuple(f"{group}/" for group in layout.ROW_GROUPS)),
        path,
        "has no place in a run",
        FOREIGN,
    )
    stored = structure.datasets[path]
    fits = stored.dtype in layout.STORED and stored.shape[:1] == (structure.capacity,)
    need(fits, path, f"does not hold one row for each of {counted(structure.capacity, 'snapshot')}", FOREIGN)
    need(stored.row_bytes <= layout.MAX_ROW_BYTES, path, "has rows of more than 4 GiB", FOREIGN)
    group, _, name = path[1:].partition("/")
    if group == "parameters":
        return
    rows = tuple(stored.shape[1:])
    allowed = _history_row(name, rows) if group == "history" else _layer_rows(layers, name).get(group)
    need(allowed is not None, path, "belongs to no layer", FOREIGN)
    need((rows, stored.dtype) == allowed, path, f"has rows of shape {rows} and type {stored.dtype}", FOREIGN)


def _history_row(name: str, rows: tuple[int, ...]) -> tuple[tuple[int, ...], str]:
    return (prod(rows),) if name == layout.PER_CLASS else (), "float64"


def _layer_rows(layers: Mapping[str, LayerInfo], name: str) -> Mapping[str, tuple[tuple[int, ...], str]]:
    if name not in layers:
        return {}
    m, n = layers[name].units, layers[name].inputs
    return {
        "spectrum": ((min(m, n),), "float64"),
        "gram": ((m, m), "float64"),
        "activity": ((m,), "float32"),
    }


def _check_layer(structure: Structure, layer: LayerInfo) -> None:
    inside = f"{layout.LAYERS}/{layer.name}"
    need(layer.kind in layout.LAYER_KINDS, inside, f"is of unknown kind {layer.kind[:20]!r}", FOREIGN)
    need(
        layer.units > 0 and layer.inputs > 0,
        inside,
        f"has {counted(layer.units, 'unit')} of {counted(layer.inputs, 'input')}",
        FOREIGN,
    )
    weights = structure.datasets.get(layer.weight_path)
    if weights is None:
        raise RefusedError(layer.weight_path, f"is missing, though {inside} needs it", FOREIGN)
    shape = weights.shape[1:]
    fits = layer.fits(shape, weights.dtype)
    problem = f"of shape {shape} and type {weights.dtype} does not fit {layer.kind} {layer.units} × {layer.inputs}"
    need(fits, layer.weight_path, problem, FOREIGN)


def _check_places(datasets: Mapping[str, Stored], file_size: int) -> None:
    end, before = FIRST_DATA_BYTE, "the file's own header"
    for path, stored in sorted(datasets.items(), key=lambda item: item[1].offset):
        need(stored.offset >= end, path, f"overlaps {before}")
        end, before = stored.offset + stored.size, path
        need(end <= file_size, path, f"reaches {counted(end - file_size, 'byte')} beyond the end of the file")
