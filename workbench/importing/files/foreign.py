"""Somebody else's files, read through a confined process: what tensors they hold, and the tensors. Loads no torch."""

from __future__ import annotations

import json
import os
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.importing.importers import available_importers
from workbench.importing.likeness import Values
from workbench.runs.confinement.restrictions import Limits
from workbench.runs.confinement.sandbox import Sandbox, SandboxError
from workbench.runs.errors import RunError, few_of, shown
from workbench.runs.files import kinds
from workbench.runs.files.descriptor import Descriptor
from workbench.runs.layout import MAX_OBJECTS, MAX_ROW_BYTES, STORED, check_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    Shapes = dict[str, tuple[tuple[int, ...], str]]  # name -> shape, number type
    Arrays = dict[str, np.ndarray[Any, Any]]

TASK = "workbench.importing.files.foreign_task:answer"
LARGEST = 8 << 30  # bytes of a file
SMALLEST = 64 << 20  # bytes of a file for which a process is made
PACKED = 16  # times the bytes of a file may its arrays take, in an HDF5 file that is packed
PARALLEL, COMPILED = "module.", "_orig_mod."  # before names in DistributedDataParallel and torch.compile
BESIDES = 1 << 30  # bytes of memory besides the file and two copies of its tensors
SECONDS = 120.0
SKIPPED = "tensors are skipped"  # begins the note that names them and why


class ImportProblem(RunError):
    """A file that cannot be imported: one sentence with the file, what is wrong and what to do."""


@dataclass(frozen=True)
class Contents:
    """What a file holds. Nothing in it is believed before `Foreign` has checked it."""

    shapes: Shapes  # name -> shape, number type
    facts: dict[str, float]  # epoch and step as the file says them
    notes: tuple[str, ...] = ()  # what of it is skipped, in plain words
    part: str = ""  # where in the file the network lies; "": it is the whole file
    parts: tuple[str, ...] = ()  # where others lie that might be meant
    classes: Mapping[str, str] = field(default_factory=dict)  # of a Keras model's layers, by name and place, in order
    values: Mapping[str, Values] = field(default_factory=dict)  # the ranges of the arrays, where these are few


class Foreign:
    """A confined process that reads checkpoints.

    `largest` is the size of the largest file in bytes, which decides how much memory the process may use.
    """

    def __init__(self, largest: int) -> None:
        most = SMALLEST
        while most < min(largest, LARGEST):
            most *= 2
        self._sandbox = _sandbox(most)

    def contents(self, path: Path, part: str | None = None) -> Contents:
        """What the file at `path` holds, in a checkpoint in this `part` of it; ImportProblem: it cannot be read."""
        return self._answer(path, {"data": False, "part": part})[0]

    def arrays(
        self, path: Path, paths: Sequence[str] | None = None, part: str | None = None, kind: str | None = None
    ) -> tuple[Arrays, Contents]:
        """The arrays of a file as a run keeps them (bfloat16 as uint16), and what the file says of itself.

        `paths` are those in an HDF5 file that are wanted; `kind` is what it is read as, whatever it is. ImportProblem
        says why it cannot be read.
        """
        contents, data = self._answer(path, {"data": True, "paths": paths, "part": part, "kind": kind})
        arrays, start = {}, 0
        for name, (shape, dtype) in contents.shapes.items():
            stored = np.dtype(STORED[dtype])
            count = prod(shape)
            arrays[name] = np.frombuffer(data, stored, count, start).reshape(shape)
            start += count * stored.itemsize
        return arrays, contents

    def _answer(self, path: Path, request: dict[str, Any]) -> tuple[Contents, memoryview]:
        with _opened(path) as descriptor:
            request["kind"] = request.get("kind") or kind_of(descriptor)
            try:
                answer = self._sandbox.ask(json.dumps(request).encode(), descriptor)
            except SandboxError as error:
                if not error.worked:
                    raise ImportProblem(path, f"is not read: a process for it {error.problem}", "try again") from error
                problem = f"is damaged or too large: the process that reads it {error.problem}"
                raise ImportProblem(path, problem, "leave it out") from error
        return _believed(path, answer.data, request["data"])


@lru_cache(maxsize=4)
def _sandbox(most: int) -> Sandbox:
    """A process for files of at most so many bytes; kept, because it takes a second to start, until it is idle."""
    limits = Limits(memory=3 * most + BESIDES, processor=int(SECONDS), wall=SECONDS)
    return Sandbox(TASK, limits, most=PACKED * most)


@contextmanager
def _opened(path: Path) -> Iterator[Descriptor]:
    descriptor = Descriptor(path)
    try:
        size = descriptor.identity()[2]
        if size > LARGEST:
            raise ImportProblem(path, f"has {size / 1e9:.1f} GB", f"files up to {LARGEST >> 30} GiB are imported")
        yield descriptor
    finally:
        descriptor.give_back()


def kind_of(descriptor: Descriptor) -> str:
    """What a file is read with; ImportProblem with the true cause where it cannot be imported."""
    found = kinds.kind_of(descriptor.read, descriptor.identity()[2])
    packages = available_importers()
    reader = found.reader or packages.reader_of(os.fspath(descriptor.path))
    if not reader:
        broken = [f"the importer {name} could not be loaded: {why}" for name, why in packages.broken.items()]
        raise ImportProblem(descriptor.path, found.problem, "; ".join([found.advice, *broken]))
    return reader


def reader_of(path: Path) -> str:
    """What the file at `path` is read with; ImportProblem with the true cause where it cannot be imported."""
    with _opened(path) as descriptor:
        return kind_of(descriptor)


def _believed(path: Path, answer: bytes, data: bool) -> tuple[Contents, memoryview]:
    """The contents in an answer, after every check that can be made from here, and the bytes behind them."""
    length = int.from_bytes(answer[:4], "little")
    try:
        header = json.loads(answer[4 : 4 + length])
        if "refused" in header:
            problem, advice = header["refused"]
            raise ImportProblem(path, shown_line(problem), shown_line(advice))
        shapes = {str(name): (tuple(map(int, shape)), str(dtype)) for name, shape, dtype in header["tensors"]}
        facts = {str(name): float(value) for name, value in header["facts"].items()}
        beside, parts = map(str, header["beside"]), map(str, header["parts"])
        odd = [f"{name} ({why})" for name, why in header["odd"].items()]
        part = str(header["part"])
        classes = {str(name): str(kind) for name, kind in header["classes"].items()}
        ranges = {str(name): Values(float(a), float(b), bool(c)) for name, (a, b, c) in header["values"].items()}
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        problem = f"is damaged: what was found in it makes no sense ({error})"
        raise ImportProblem(path, problem, "leave it out") from error
    rest = memoryview(answer)[4 + length :]
    wanted = sum(_size(path, name, *each) for name, each in shapes.items())
    if len(shapes) > MAX_OBJECTS:
        problem = f"holds {len(shapes):,} tensors; at most {MAX_OBJECTS:,} are imported"
        raise ImportProblem(path, problem, "save the layers that matter in a file of their own")
    if len(rest) != (wanted if data else 0):
        raise ImportProblem(path, "is damaged: its contents do not match its description", "leave it out")
    old_names = tuple(shapes)
    names = without_wrappers(old_names)
    said = {"objects other than weights are skipped": list(beside), SKIPPED: odd}
    notes = [f"{what}: {few_of(names_)}" for what, names_ in said.items() if names_]
    if names != old_names:
        notes.append("names are without what data-parallel training or torch.compile puts before them")
    shapes = dict(zip(names, shapes.values(), strict=True))
    values = {name: ranges[old] for name, old in zip(names, old_names, strict=True) if old in ranges}
    return Contents(shapes, facts, tuple(notes), part, tuple(parts), classes, values), rest


def without_wrappers(names: tuple[str, ...]) -> tuple[str, ...]:
    """State-dict keys as their network's author has them: without "_orig_mod.", and "module." before all of them."""
    plain = tuple(name.replace(COMPILED, "") for name in names)
    inner = [name for name in plain if "." in name]  # beside them averaged models count what they have averaged
    if inner and all(name.startswith(PARALLEL) for name in inner):
        plain = without_wrappers(tuple(name.removeprefix(PARALLEL) for name in plain))
    return plain if len(set(plain)) == len(names) and all(plain) else names


def _size(path: Path, name: str, shape: tuple[int, ...], dtype: str) -> int:
    size = prod(shape) * np.dtype(STORED[dtype]).itemsize if dtype in STORED and min(shape, default=1) > 0 else 0
    if not 0 < size <= MAX_ROW_BYTES:
        raise ImportProblem(path, f"holds {shown(name)!r} of shape {shape} and type {dtype}", "leave it out")
    return size


def nameable(path: Path, key: str) -> None:
    """Raise ImportProblem where a run file cannot keep a parameter of that name."""
    try:
        check_name(key)
    except ValueError as error:
        raise ImportProblem(path, f"names a tensor {shown(key)!r}, which a run cannot", "rename it") from error


def shown_line(text: object) -> str:
    """One line of a text that comes from elsewhere."""
    return shown(" ".join(str(text).split()))


def size_of(path: Path) -> int:
    """Bytes of a file; 0 where it is not there."""
    try:
        return os.stat(path).st_size
    except OSError:
        return 0
