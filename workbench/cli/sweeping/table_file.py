"""The file that describes a sweep: TOML with the options of `workbench train`, any of them with several values."""

from __future__ import annotations

import argparse
import difflib
import itertools
import tomllib
from math import prod
from typing import TYPE_CHECKING, Any, NoReturn

from workbench.cli.commands.training import TRAIN, specification
from workbench.cli.failures import BadUsage
from workbench.experiments.table import MOST_TRIALS, tabled
from workbench.runs.files.regular_file import read
from workbench.training.several import MOST_RUNS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from workbench.experiments.table import Trial
    from workbench.runs.spec import RunSpec

LONGEST = 1 << 20  # bytes
NOT_OF_A_SWEEP = {"help", "out", "resume", "runs", "download", "data-root"}
RUNS = "runs"  # how many runs of each kind, with consecutive seeds


def trials_of(path: Path, folder: Path) -> tuple[Trial, ...]:
    """The trainings that the file asks for, their runs in `folder`. BadUsage, with the file: what is wrong with it."""
    try:
        return _trials(_content(path), folder)
    except (BadUsage, ValueError) as error:
        raise BadUsage(f"{path}: {error}") from error


def _content(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(read(path, LONGEST).decode("utf-8"))
    except UnicodeDecodeError as error:
        raise BadUsage("is not a text file in UTF-8") from error
    except tomllib.TOMLDecodeError as error:
        raise BadUsage(f"is not valid TOML: {error}") from error


def _trials(content: Mapping[str, Any], folder: Path) -> tuple[Trial, ...]:
    parser = _Row(prog="workbench train")
    TRAIN.declare(parser)
    options = {name: action for action in parser._actions for name in _names(action)}
    given = {name.replace("_", "-"): value for name, value in content.items()}
    seeds = _seeds(given)
    for name in given:
        if name not in options:
            near = difflib.get_close_matches(name, options, n=1)
            raise BadUsage(f"{name} is no option of a training{f'; did you mean {near[0]}?' if near else ''}")
    if not content:
        raise BadUsage('names no option; write, for example, recipe = "digits-quick" and lr = [0.05, 0.1]')
    columns = {name: value if isinstance(value, list) else [value] for name, value in given.items()}
    columns |= seeds
    empty = [name for name, values in columns.items() if not values]
    if empty:
        raise BadUsage(f"{empty[0]} has no value")
    if prod(map(len, columns.values())) > MOST_TRIALS:
        raise BadUsage(f"asks for more than {MOST_TRIALS:,} trainings: give fewer values")
    varied = [name for name, value in given.items() if isinstance(value, list)]
    rows = (dict(zip(columns, values, strict=True)) for values in itertools.product(*columns.values()))
    return tabled(((_spec(parser, options, row, folder), _factors(row, varied)) for row in rows), folder)


def _seeds(given: dict[str, Any]) -> dict[str, list[Any]]:
    """The column of seeds; what says so is taken out of `given`."""
    runs = given.pop(RUNS, None)
    seed = given.pop("seed", 0)
    if runs is None:
        return {"seed": seed if isinstance(seed, list) else [seed]}
    if isinstance(seed, list):
        raise BadUsage("give several seeds or a number of runs, not both")
    if type(runs) is not int or not 1 <= runs <= MOST_RUNS or type(seed) is not int:
        raise BadUsage(f"runs is a whole number from 1 to {MOST_RUNS}, with consecutive seeds, not {runs!r}")
    return {"seed": [seed + number for number in range(runs)]}


def _factors(row: Mapping[str, Any], varied: Sequence[str]) -> dict[str, object]:
    return {name: _text(row[name]) for name in (*varied, "seed")}


def _spec(parser: _Row, options: Mapping[str, argparse.Action], row: Mapping[str, Any], folder: Path) -> RunSpec:
    words = [word for name, value in row.items() for word in _words(name, value, options[name])]
    parsed = parser.parse_args(words, argparse.Namespace(typed=tuple(words)))
    parsed.out = folder / "sweep.h5"
    parsed.parent = parsed.parent and parsed.parent.resolve()  # a worker on a cluster has another working folder
    try:
        return specification(parsed, words).changed(command=None)  # which names the file, and that is not known yet
    except (BadUsage, ValueError) as error:
        shown = ", ".join(f"{name} = {_text(value)}" for name, value in row.items())
        raise BadUsage(f"{error} (with {shown})") from error


def _words(name: str, value: Any, action: argparse.Action) -> list[str]:
    """A value as one would type it."""
    switch = isinstance(action, argparse.BooleanOptionalAction)
    if isinstance(value, bool) != switch or isinstance(value, dict):
        wanted = "true or false" if switch else "a number or a text"
        raise BadUsage(f"{name} is {wanted}, not {_text(value)}")
    if switch:
        return [f"--{name}" if value else f"--no-{name}"]
    return [f"--{name}={_text(value)}"]


def _text(value: Any) -> str:
    """A value as text; a list in a list is one value, such as the widths of a network."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return ",".join(map(_text, value)) if isinstance(value, list) else str(value)


def _names(action: argparse.Action) -> Iterator[str]:
    for flag in action.option_strings:
        name = flag.removeprefix("--")
        if flag.startswith("--") and not flag.startswith("--no-") and name not in NOT_OF_A_SWEEP:
            yield name


class _Row(argparse.ArgumentParser):
    """Parses the options of one training; what is wrong is raised and not printed."""

    def __init__(self, **options: Any) -> None:
        super().__init__(allow_abbrev=False, **options)

    def error(self, message: str) -> NoReturn:
        raise BadUsage(message.removeprefix("argument --"))
