"""A run as it is read: immutable, thread-safe, one system call per row."""

from __future__ import annotations

import os
from dataclasses import dataclass, field, fields
from difflib import get_close_matches
from hashlib import sha256
from os import PathLike
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from workbench.runs import layout
from workbench.runs.errors import RunError, shown
from workbench.runs.feeding import feeding, is_sequence
from workbench.runs.files.descriptor import Identity, identity
from workbench.runs.layer import Layer, resolve
from workbench.runs.rows import Array, Rows, open_rows, plain, read_curves
from workbench.runs.saying import counted
from workbench.runs.spec import RunSpec, SpecError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from workbench.runs.place import Place

Float32 = NDArray[np.float32]
Float64 = NDArray[np.float64]


def open_run(path: str | PathLike[str]) -> Run:
    """The run in the file at `path`, also while it is being written.

    RunError: one sentence with the file, the place inside it and what to do.
    """
    rows = open_rows(path)
    try:
        return _read(rows)
    except BaseException:
        rows.close()
        raise


@dataclass(frozen=True, eq=False)
class Run:
    """One training in one file, as far as it was written when this object was made.

    `refreshed` gives a newer one. Two runs are equal when they are the same snapshots of the same file.
    T is the number of snapshots.
    """

    path: Path
    run_id: str
    title: str
    created: str  # UTC, ISO 8601
    software: str
    spec: RunSpec
    layers: tuple[Layer, ...]  # in the network's order
    snapshots: int  # committed so far: T
    capacity: int  # snapshots there is room for
    finished: bool  # nothing more will be written
    notes: tuple[str, ...]  # what is missing or odd, yet tolerated
    _histories: Mapping[str, Float64] = field(repr=False)
    _identity: Identity = field(repr=False)
    rows: Rows = field(repr=False)

    @property
    def identity(self) -> Identity:
        """The open file: (device, inode, size). The same while a run grows in place, another for each copy.

        Key by this, not by `run_id`, whatever is kept in memory of what was read from the file.
        """
        return self._identity

    @property
    def locator(self) -> tuple[Path, str]:
        """(path, run_id): the same for every reading of one run, also once its finished file replaces the growing one.

        Copies have different paths. Key by this what was said or arranged for a run, such as names and positions.
        """
        return self.path, self.run_id

    @property
    def open_file(self) -> object:
        """The open file that all readings of this run share: a key for a `weakref.WeakKeyDictionary`.

        What is cached under it goes when the file is closed, so that no later file with the same inode finds it.
        """
        return self.rows.descriptor

    @property
    def state(self) -> str:
        """ "finished", "stopped early" or "not finished": whether all iterations it was meant to have were made."""
        if not self.finished:
            return "not finished"
        planned = self.spec.iterations
        last = self.iterations[-1] if self.snapshots else 0
        return "stopped early" if planned is not None and last < planned else "finished"

    @property
    def can_have_moved(self) -> bool:
        """Whether weights can differ from their initialisation: the run holds it, and a later snapshot."""
        return self.spec.holds_initialisation and self.snapshots > 1

    @property
    def protections(self) -> tuple[str, ...]:
        """What was in force while the file was looked into, in words."""
        return self.rows.protections

    @property
    def epochs(self) -> Float64:
        """The (fractional) epoch of each snapshot, (T,)."""
        return self.history("epoch")

    @property
    def iterations(self) -> Float64:
        """The iteration of each snapshot, (T,)."""
        return self.history("iteration")

    @property
    def train_loss(self) -> Float64:
        """Mean training loss since the snapshot before, (T,)."""
        return self.history("train_loss")

    @property
    def train_accuracy(self) -> Float64:
        """Mean training accuracy since the snapshot before in percent, (T,)."""
        return self.history("train_accuracy")

    @property
    def validation_loss(self) -> Float64:
        """Loss on the held-out images, (T,)."""
        return self.history("validation_loss")

    @property
    def validation_accuracy(self) -> Float64:
        """Accuracy on the held-out images in percent, (T,)."""
        return self.history("validation_accuracy")

    @property
    def test_loss(self) -> Float64:
        """Loss on the test images, (T,)."""
        return self.history("test_loss")

    @property
    def test_accuracy(self) -> Float64:
        """Accuracy on the test images in percent, (T,)."""
        return self.history("test_accuracy")

    def history(self, name: str) -> Float64:
        """A curve over the snapshots, (T,) float64, read-only; test_accuracy_per_class is (T, classes).

        Names are those of `layout.HISTORY_FIELDS`; NaN where nothing was measured. Never touches the disk.
        """
        if name not in self._histories:
            raise self._unknown("curve", name, tuple(self._histories), layout.HISTORY)
        return self._histories[name]

    def layer(self, name: str) -> Layer:
        """The layer of that name. RunError suggests one where there is none."""
        for layer in self.layers:
            if layer.name == name:
                return layer
        raise self._unknown("layer", name, tuple(layer.name for layer in self.layers), layout.LAYERS)

    def place(self, layer: str, snapshot: int = -1) -> Place:
        """A layer of this run at a snapshot, for what asks the network too. Errors as `place_in`."""
        from workbench.runs.place import place_in

        return place_in(self, layer, snapshot)

    @property
    def parameter_types(self) -> dict[str, str]:
        """{state-dict key: number type while training}, e.g. {"fc1.weight": "bfloat16"}."""
        start = f"{layout.PARAMETERS}/"
        structure = self.rows.structure
        return {
            path.removeprefix(start): structure.datasets[path].dtype
            for path in structure.order
            if path.startswith(start)
        }

    @property
    def parameter_shapes(self) -> dict[str, tuple[int, ...]]:
        """{state-dict key: its shape}, as stored. Never touches the disk."""
        datasets = self.rows.structure.datasets
        return {key: datasets[f"{layout.PARAMETERS}/{key}"].shape[1:] for key in self.parameter_types}

    def parameters(self, snapshot: int = -1) -> dict[str, Array]:
        """The state dict at a snapshot, in its own order; bfloat16 comes widened to float32 (exactly)."""
        index = self.resolve(snapshot)
        return {
            key: plain(self.rows.row(f"{layout.PARAMETERS}/{key}", index), dtype)
            for key, dtype in self.parameter_types.items()
        }

    def resolve(self, snapshot: int) -> int:
        """The snapshot counted from 0; it may be counted from the end. IndexError names the range."""
        return resolve(snapshot, self.snapshots)

    def content(self, snapshots: int | None = None) -> str:
        """A hash of the specification and the first `snapshots` (all of them if not said), 32 hexadecimal digits.

        Of the commit records, which hold the checksums of every row: cheap, and the same for a copy of the file and
        for a run that has grown. Reads the records from the disk.
        """
        count = self.snapshots if snapshots is None else snapshots
        if not 0 <= count <= self.snapshots:
            raise IndexError(f"the run has {counted(self.snapshots, 'snapshot')}, but {count} were requested")
        digest = sha256(self.run_id.encode() + b"\0" + self.rows.structure.spec.encode())
        digest.update(self.rows.records(0, count).astype("<u4").tobytes())
        return digest.hexdigest()[:32]

    def refreshed(self) -> Run:
        """This run if nothing happened, else a new object with what was committed since.

        Where another file took its place that one is opened (which may raise RunError). Close each object you
        no longer need, or let it go.
        """
        try:
            now = identity(os.stat(self.path))
        except FileNotFoundError:  # deleted or between two names: what is open can still be read
            return self
        if now != self._identity:
            return open_run(self.path)
        if self.rows.committed(first=self.snapshots) == self.snapshots and bool(self.rows.finished()) == self.finished:
            return self
        return _read(self.rows.share())

    def close(self) -> None:
        """Close the file once every object that shares it is closed. Calling again does nothing."""
        self.rows.close()

    def __enter__(self) -> Run:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self.close()

    def __eq__(self, other: object) -> bool:
        return self._key() == other._key() if isinstance(other, Run) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._key())

    def _key(self) -> tuple[object, ...]:
        return self.path, self.run_id, self._identity, self.snapshots, self.finished

    def _unknown(self, what: str, wanted: object, known: tuple[str, ...], inside: str) -> RunError:
        name = str(wanted)
        near = get_close_matches(name, known, n=1, cutoff=0.4)
        advice = f"did you mean {near[0]!r}?" if near else f"it has {', '.join(map(shown, known)) or 'none'}"
        return RunError(self.path, f"has no {what} {shown(name)!r}", advice, inside)


def _read(rows: Rows) -> Run:
    structure = rows.structure
    try:
        spec = RunSpec.from_json(structure.spec.encode())
    except SpecError as error:
        raise RunError(rows.path, f"makes no sense ({error})", "make the run again", layout.SPEC) from error
    word, snapshots = rows.finished(), rows.committed()  # in this order: a finished run gets no more of them
    curves, rotten = read_curves(rows, snapshots)
    return Run(
        path=Path(rows.path),
        **structure.attributes,
        spec=spec,
        layers=tuple(_layers(rows, spec, snapshots)),
        snapshots=snapshots,
        capacity=structure.capacity,
        finished=word == 1,
        notes=(*structure.notes, *rotten, *_notes(snapshots, structure.capacity, word)),
        _histories=MappingProxyType(curves),
        _identity=rows.descriptor.identity(),
        rows=rows,
    )


def _layers(rows: Rows, spec: RunSpec, snapshots: int) -> Iterator[Layer]:
    known, before, chained = rows.structure, None, is_sequence(spec)
    for info in known.layers:
        shape = known.datasets[info.weight_path].shape  # (T, m, n) or (T, m, channels, height, width)
        fed_by = feeding(before, info, known.order, known.datasets) if before and chained else None
        own = {each.name: getattr(info, each.name) for each in fields(info)}
        before = Layer(**own, kernel_area=int(np.prod(shape[3:])), rows=rows, _snapshots=snapshots, _fed_by=fed_by)
        yield before


def _notes(snapshots: int, capacity: int, word: int) -> list[str]:
    notes = []
    if word not in (0, 1):
        notes.append(f"{layout.FINISHED} is {word}, neither 0 nor 1: taken as unfinished")
    if word == 1 and snapshots < capacity:
        room = counted(capacity, "snapshot")
        notes.append(f"stopped after {snapshots} of {room}; the file still holds the unused room")
    return notes
