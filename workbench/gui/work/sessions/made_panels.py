"""Panels that are made when they are first needed: one behind a tab costs nothing until somebody looks at it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

P = TypeVar("P", covariant=True)


class Described(Protocol):
    """What is known of a panel before it is made."""

    @property
    def title(self) -> str: ...
    @property
    def shortcut(self) -> str: ...


class MadePanels(Mapping[str, P]):
    """Panels by name, in the order of their rows; to ask for one makes it, and `values` and `items` make all.

    `made` holds those that are there, `rows` what is known of all.
    """

    def __init__(self, rows: Mapping[str, Described], make: Callable[[str], P]) -> None:
        self.rows = rows
        self._make = make
        self._made: dict[str, P] = {}
        self.making: set[str] = set()  # names of those under way
        self._followers: list[Callable[[str, P], object]] = []

    def __getitem__(self, name: str) -> P:
        if name not in self._made:
            if name not in self.rows:
                raise KeyError(name)
            self.making.add(name)
            self._made[name] = panel = self._make(name)
            self.making.remove(name)
            for follow in self._followers:
                follow(name, panel)
        return self._made[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    def __contains__(self, name: object) -> bool:
        return name in self.rows

    @property
    def made(self) -> Mapping[str, P]:
        """Those that are there, by name."""
        return {name: self._made[name] for name in self.rows if name in self._made}

    def when_made(self, follow: Callable[[str, P], object]) -> None:
        """Call `follow(name, panel)` for each panel that is there, and for the others when they are made."""
        self._followers.append(follow)
        for name, panel in self.made.items():
            follow(name, panel)
