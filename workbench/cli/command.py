"""What a command of the command line is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Mapping


@dataclass(frozen=True)
class Command:
    """One row of the table of commands."""

    summary: str
    declare: Callable[[argparse.ArgumentParser], None]
    run: Callable[[argparse.Namespace], int]
    asks_network: bool = False  # then it has --net, --data and --data-root, and its function need do nothing for it


def titled(table: Mapping[Any, str]) -> str:
    """The choices of an option with what they mean, as its help says them: "sgd, adamw (Adam with weight decay)"."""
    return ", ".join(name if title.lower() == name else f"{name} ({title})" for name, title in table.items())
