"""The snapshots of an import as they were looked into, and what they have in common. Loads no torch."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from workbench.importing.files.foreign import ImportProblem
from workbench.runs.errors import few_of, shown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workbench.importing.files.foreign import Contents, Shapes
    from workbench.importing.files.sources import Source


@dataclass(frozen=True)
class Seen:
    """A snapshot, and what its files hold."""

    file: Source
    contents: Contents
    shapes: Shapes  # with weights that are computed from others in their place
    computed: tuple[tuple[str, str], ...] = ()  # what stands before the names of those, and by what they are computed
    masked: bool = False


def common(seen: Sequence[Seen]) -> tuple[Shapes, list[str]]:
    """The parameters that all snapshots have, as the first has them, and a note on those that some lack.

    ImportProblem: a snapshot lacks a weight of the first, or has it in another shape.
    """
    first, more = seen[0], set[str]()
    for each in seen[1:]:
        for key, what in first.shapes.items():
            if each.shapes.get(key) != what:
                there = each.shapes.get(key)
                said = f"of shape {there[0]} and type {there[1]}" if there else "missing"
                problem = f"is not of the same network as {first.file.label}: {shown(key)} is {said}"
                raise ImportProblem(each.file.path, problem, "leave it out")
        more |= each.shapes.keys() - first.shapes.keys()
    notes = [f"left out, because {first.file.label} does not have them: {few_of(sorted(more))}"] if more else []
    return first.shapes, notes


def parts(contents: Contents) -> list[str]:
    """Which of several networks in a file was taken."""
    if not contents.part and not contents.parts:
        return []
    taken = f"the network is what the file calls {shown(contents.part)}"
    if not contents.parts:
        return [taken] if contents.part else []
    return [f"{taken}; it also holds {few_of(contents.parts)}, not imported here"]


def several(contents: Contents) -> tuple[str, ...]:
    """The networks in a file that holds several, the one that was taken first; () where it is the only one."""
    return (contents.part, *contents.parts) if contents.parts else ()


def labels(numbers: Sequence[float | None]) -> tuple[float, ...]:
    """The epochs or steps of the snapshots, where all have one and they rise; else none."""
    known = [number for number in numbers if number is not None]
    rise = all(before < after for before, after in pairwise(known))
    return tuple(known) if rise and len(known) == len(numbers) else ()
