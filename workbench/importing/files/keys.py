"""What the keys of a state dict say by themselves."""

from __future__ import annotations

from workbench.importing.files.sources import natural


def are_sorted(names: list[str]) -> bool:
    """Whether names are sorted, with the numbers in them as numbers or as text."""
    return names in (sorted(names, key=natural), sorted(names))


def is_numbered(key: str) -> bool:
    """Whether the module that holds a parameter is called by a number, its place in what holds it."""
    return key.rpartition(".")[0].rpartition(".")[2].isdecimal()


def is_in_block(key: str) -> bool:
    """Whether what holds the module that holds a parameter is one of several that are numbered."""
    return any(part.isdecimal() for part in parent_of(key).split("."))


def part_of(key: str) -> str:
    """The part of a network that a parameter belongs to: the first word of its name, where there are three."""
    return key.partition(".")[0] if key.count(".") > 1 else ""


def parent_of(key: str) -> str:
    """The name of what holds the module that holds a parameter."""
    return key.rpartition(".")[0].rpartition(".")[0]
