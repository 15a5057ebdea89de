"""How many there are of something, in words."""

from __future__ import annotations


def counted(count: float, noun: str, several: str = "") -> str:
    """How many there are of something: "1 snapshot", "1,200 snapshots"; `several` where that is not the noun with s."""
    return f"{count:,} {plural(count, noun, several)}"


def plural(count: float, noun: str, several: str = "") -> str:
    """The noun as it stands beside this number."""
    return noun if count == 1 else several or f"{noun}s"
