"""A snapshot that lies in several files, read as one. Loads no torch."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from workbench.importing.files.foreign import Contents, ImportProblem
from workbench.importing.files.sources import SAFE, natural
from workbench.runs.errors import shown

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from workbench.importing.files.foreign import Arrays, Foreign
    from workbench.importing.files.sources import Source

LARGEST_INDEX = 64 << 20  # bytes


def contents_of(foreign: Foreign, source: Source, part: str | None = None) -> Contents:
    """What the files of a snapshot hold together.

    ImportProblem: one cannot be read, a tensor stands in two of them, or their index says something else.
    """
    return _together(source, ((path, foreign.contents(path, part)) for path in source.paths))


def arrays_of(foreign: Foreign, source: Source, part: str | None = None) -> tuple[Arrays, Contents]:
    """The arrays of a snapshot and what its files hold together; the same errors."""
    arrays: Arrays = {}
    found = []
    for path in source.paths:
        held, contents = foreign.arrays(path, part=part)
        found.append((path, contents))
        arrays |= held
    return arrays, _together(source, found)


def _together(source: Source, found: Iterable[tuple[Path, Contents]]) -> Contents:
    where: dict[str, Path] = {}
    whole: Contents | None = None
    for path, contents in found:
        for key in contents.shapes:
            if key in where:
                problem = f"holds {shown(key)}, which {where[key].name} holds, too"
                raise ImportProblem(path, problem, "these are not shards of one network: choose one of them")
            where[key] = path
        notes = dict.fromkeys((*(whole.notes if whole else ()), *contents.notes))
        shapes = {**(whole.shapes if whole else {}), **contents.shapes}
        if whole and path.suffix == SAFE:  # each shard is sorted, so that their order is not that of the network
            shapes = dict(sorted(shapes.items(), key=lambda item: natural(item[0])))
        whole = replace(whole or contents, shapes=shapes, notes=tuple(notes))
    assert whole is not None  # a source has a file
    if source.index is not None:
        _check_index(source.index, where)
    return whole


def _check_index(index: Path, where: dict[str, Path]) -> None:
    """ImportProblem: the index of some shards does not say where their tensors lie."""
    said = _weight_map(index)
    for key, name in said.items():
        if key not in where:
            raise ImportProblem(index, f"names {shown(key)}, which no shard holds", "copy all of the files again")
        if where[key].name != name:
            problem = f"says that {shown(key)} is in {shown(name)}, but it is in {where[key].name}"
            raise ImportProblem(index, problem, "copy all of the files again")


def _weight_map(index: Path) -> dict[str, str]:
    problem = ImportProblem(index, "is not an index of shards", "remove it, or copy it from its source again")
    try:
        if index.stat().st_size > LARGEST_INDEX:
            raise problem
        read: Any = json.loads(index.read_bytes())
    except (OSError, ValueError, RecursionError) as error:
        raise problem from error
    found = read.get("weight_map") if isinstance(read, dict) else None
    if not isinstance(found, dict) or not all(isinstance(each, str) for each in found.values()):
        raise problem
    return found
