"""Units on the command line: their numbers, the name of a set that a saved session holds, or a rule."""

from __future__ import annotations

import difflib
import re
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from workbench.analysis.rules import RuleError
from workbench.cli.failures import BadUsage
from workbench.figures.overview.choosing import sets_at
from workbench.figures.overview.units import table_of
from workbench.runs.errors import shown
from workbench.runs.files.regular_file import beginning

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Mapping

    from workbench.runs.place import Place
    from workbench.runs.run import Run

    Named = list[int] | str  # numbers, or the name of a set, or a rule

MOST_OF_SESSION = 4_000_000  # bytes
_RULE = re.compile(r'[<>=!()"]|\b(and|or|not|in)\b')  # what no name of a set needs


def declare_units(parser: argparse.ArgumentParser, about: str, required: bool = False) -> None:
    """The flags `--units` and `--sets`; `units_of` reads them."""
    parser.add_argument(
        "--units", type=units_in, required=required, default=None if required else [], metavar="3,17,40",
        help=f"{about}: their numbers, a rule such as \"norm < 0.5 and dead\", or with --sets the name of a set",
    )  # fmt: skip
    declare_sets(parser, "--units may name a set of this layer, alone or in a rule, as in 'in \"my set\" and dead'")


def declare_sets(parser: argparse.ArgumentParser | argparse._ArgumentGroup, allows: str) -> None:
    """The flag `--sets`."""
    parser.add_argument("--sets", type=Path, metavar="SESSION", help=f"a saved session: {allows}")


def units_in(text: str) -> Named:
    """The units in a list such as "3,17,40", or else the name of a set or a rule."""
    parts = [part.strip() for part in text.split(",")]
    if all(part.removeprefix("-").isdecimal() for part in parts):
        return [int(part) for part in parts]
    return text.strip()


def units_of(options: argparse.Namespace, run: Run, layer: str) -> list[int]:
    """The units of this layer that `--units` says, by rules at the snapshot of the command, or else at the last.

    BadUsage: it names a set that there is not, is no rule, or fits no unit.
    """
    return units_named(options.units, options.sets, lambda: run.place(layer, getattr(options, "snapshot", -1)))


def units_named(units: Named | None, session: Path | None, find: Callable[[], Place]) -> list[int]:
    """The same of a value of `--units` and the session of `--sets`; the place is found where they are no numbers."""
    if not isinstance(units, str):
        return list(units or ())
    try:
        place = find()
    except IndexError as error:
        raise BadUsage(f"--units {units!r}: {error}") from error
    known = {} if session is None else sets_in(session, place.run, place.layer)
    if units in known:
        return list(known[units])
    if (chosen := _by_rule(units, known, place)) is not None:
        return chosen
    if session is None:
        raise BadUsage(
            f"--units {units!r} is neither a list of units such as 3,17,40 nor a rule; to name a set, give --sets the "
            "session with it"
        )
    near = difflib.get_close_matches(units, known, n=1)
    hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(map(shown, known))}" if known else ""
    raise BadUsage(
        f"--units: {session.name} has no set {units!r} of {shown(place.layer)} of this run{hint and f'; {hint}'}"
    )


def _by_rule(rule: str, sets: Mapping[str, tuple[int, ...]], place: Place) -> list[int] | None:
    """The units that a rule chooses; None: it is no rule, but may be a name."""
    try:
        table = table_of(place)
        if not _RULE.search(rule) and rule not in table.named:
            return None
        found: list[int] = np.flatnonzero(table.where(rule, sets)).tolist()
    except RuleError as error:
        raise BadUsage(f"--units {rule!r}: {error}") from error
    if not found:
        raise BadUsage(f"--units {rule!r}: no unit of {shown(place.layer)} fits this rule at snapshot {place.snapshot}")
    return found


def sets_in(path: Path, run: Run, layer: str) -> Mapping[str, tuple[int, ...]]:
    """The named sets of the layer in a session. BadUsage: the file is no session."""
    try:
        found = msgspec.json.decode(beginning(path, MOST_OF_SESSION), type=_Session)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise BadUsage(f"--sets {path.name}: it is no session, name a file of File → Save session") from error
    return sets_at(found.settings.graph.sets, run.place(layer))


class _Graph(msgspec.Struct):
    """What a session keeps of the weight graph panel, as far as it is read here."""

    sets: dict[str, dict[str, tuple[int, ...]]] = {}


class _Settings(msgspec.Struct):
    graph: _Graph = msgspec.field(default_factory=_Graph)


class _Session(msgspec.Struct):
    format: int
    settings: _Settings = msgspec.field(default_factory=_Settings)
