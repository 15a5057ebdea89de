"""The command line: `workbench [RUN.h5 …]` opens the window, `workbench COMMAND …` does one thing."""

from __future__ import annotations

import argparse
import difflib
import sys
from collections.abc import Mapping
from contextlib import nullcontext
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import workbench
from workbench.cli import asking
from workbench.cli.command import Command
from workbench.cli.failures import BadUsage, told_in_one_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


class Commands(Mapping[str, Command]):
    """The commands by name. Each module is loaded when its command is asked for: the window needs none of them."""

    _PLACES: ClassVar = {
        "train": ("training", "TRAIN"),
        "info": ("inspecting", "INFO"),
        "verify": ("inspecting", "VERIFY"),
        "repair": ("repairing", "REPAIR"),
        "spectrum": ("inspecting", "SPECTRUM"),
        "graph": ("inspecting", "GRAPH"),
        "prune": ("evaluating", "PRUNE"),
        "lowrank": ("low_ranks", "LOWRANK"),
        "lowrank-group": ("low_ranks", "LOWRANK_GROUP"),
        "ablate": ("evaluating", "ABLATE"),
        "merge": ("evaluating", "MERGE"),
        "shrink": ("surgery", "SHRINK"),
        "figure": ("figures", "FIGURE"),
        "animate": ("animating", "ANIMATE"),
        "report": ("reporting", "REPORT"),
        "import": ("importing", "IMPORT"),
        "export": ("exporting", "EXPORT"),
        "screenshot": ("window", "SCREENSHOT"),
        "bench": ("benching", "BENCH"),
        "doctor": ("inspecting", "DOCTOR"),
    }

    def __getitem__(self, name: str) -> Command:
        module, constant = self._PLACES[name]
        command: Command = getattr(import_module(f"workbench.cli.{module}"), constant)
        return command

    def __iter__(self) -> Iterator[str]:
        return iter(self._PLACES)

    def __len__(self) -> int:
        return len(self._PLACES)


COMMANDS = Commands()


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; the exit status: 0, 1 for a failure, 2 for bad usage."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        with told_in_one_line():
            return _dispatch(given)
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 2


def _dispatch(given: list[str]) -> int:
    if given and given[0] in COMMANDS:
        command = COMMANDS[given[0]]
        parser = argparse.ArgumentParser(prog=f"workbench {given[0]}", description=command.summary)
        command.declare(parser)
        if command.asks_network:
            asking.declare(parser)
        options = parser.parse_args(given[1:], argparse.Namespace(typed=tuple(given[1:])))
        with asking.as_named(options) if command.asks_network else nullcontext():
            return command.run(options)
    options = _window_parser().parse_args(given)
    for path in options.runs:
        _must_be_there(path)
    asking.name_runs(options.runs, options)
    from workbench.cli.showing import show

    return show(options.runs, options.fresh)


class _WindowParser(argparse.ArgumentParser):
    """Lists the commands when help is asked for."""

    def format_help(self) -> str:
        rows = "\n".join(f"  {name:<13} {command.summary}" for name, command in COMMANDS.items())
        self.epilog = f"commands (each has --help):\n{rows}"
        return super().format_help()


def _window_parser() -> argparse.ArgumentParser:
    parser = _WindowParser(
        prog="workbench",
        description="See where a trained neural network is redundant.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("runs", nargs="*", type=Path, metavar="RUN.h5", help="runs or a session to open in the window")
    parser.add_argument("--fresh", action="store_true", help="start without the last session and without settings")
    asking.declare(parser)
    parser.add_argument("--version", action="version", version=f"workbench {workbench.__version__}")
    return parser


def _must_be_there(path: Path) -> None:
    if path.exists():
        return
    near = difflib.get_close_matches(str(path), COMMANDS, n=1)
    hint = f"did you mean the command {near[0]}?" if near else "see workbench --help"
    raise BadUsage(f"{path}: there is no such file or command; {hint}")
