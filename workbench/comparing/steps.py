"""Long computations in steps: words on how far it is, and at last the result."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

Found = TypeVar("Found")


def last_of(steps: Iterable[str | Found], tell: Callable[[str], None] | None = None) -> Found:
    """The result at the end; `tell` hears the words before it."""
    for step in steps:
        if not isinstance(step, str):
            return step
        if tell is not None:
            tell(step)
    raise ValueError("a computation ended without a result")
