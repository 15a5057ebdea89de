"""What can be wrong with a run file, said in one sentence."""

from __future__ import annotations

from os import PathLike, fspath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

SHOWN = 120  # characters of a name that comes from a file
FEW = 5  # names in a note


def shown(text: str) -> str:
    """`text` fit for a message: control characters escaped, elided in the middle beyond 120 characters."""
    plain = escaped(text)
    return plain if len(plain) <= SHOWN else f"{plain[: SHOWN // 2]}…{plain[-SHOWN // 2 :]}"


def escaped(text: str) -> str:
    """The whole `text` with control characters escaped."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape", "replace").decode() for c in text)


def few_of(names: Sequence[str]) -> str:
    """The first names, and how many more there are."""
    more = f" and {len(names) - FEW} more" if len(names) > FEW else ""
    return ", ".join(map(shown, names[:FEW])) + more


class RunError(Exception):
    """A run file that cannot be used: one sentence with the file, the place inside it and what to do.

    `problem` says it of the place, or of the file where no place is named: "is truncated".
    """

    def __init__(self, path: str | PathLike[str], problem: str, advice: str, inside: str = "") -> None:
        self.path = fspath(path)
        self.problem = problem
        self.advice = advice
        self.inside = inside
        place = f": {shown(inside)}" if inside else ""
        super().__init__(f"{shown(self.path)}{place} {problem}; {advice}.")


class RunMoved(RunError):
    """The file that is being written no longer lies under its name. What was committed is safe in the open file."""


class DiskFull(RunError):
    """No room (or no working disk) for the next bytes of a run; the file keeps all it has."""
