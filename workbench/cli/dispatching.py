"""From the words of the command line to the command that they name, or to the window."""

from __future__ import annotations

import argparse
import difflib
import os
import sys
from contextlib import nullcontext
from pathlib import Path

import workbench
from workbench.cli import COMMANDS, asking, console
from workbench.cli.failures import BadUsage, told_in_one_line
from workbench.cli.terminal import plain_output


def dispatch(given: list[str]) -> int:
    """The exit status of a command, or of the window. SystemExit: it failed, and one line says why."""
    console.speak_plainly(sys.stdout, sys.stderr)
    with plain_output(), told_in_one_line():
        return _run(given)


def _run(given: list[str]) -> int:
    if given and given[0] in COMMANDS:
        command = COMMANDS[given[0]]
        options = parser_of(given[0]).parse_args(given[1:], argparse.Namespace(typed=tuple(given[1:])))
        with asking.as_named(options) if command.asks_network else nullcontext():
            return command.run(options)
    options = parser_of("").parse_args(given)
    for path in options.runs:
        _must_be_there(path)
    asking.name_runs(options.runs, options)
    from workbench.cli.showing import show

    return show(options.runs, options.fresh)


def parser_of(name: str) -> argparse.ArgumentParser:
    """The parser of the options of a command, or of the window for ""."""
    if not name:
        return _window_parser()
    command = COMMANDS[name]
    parser = argparse.ArgumentParser(prog=f"workbench {name}", description=command.summary)
    command.declare(parser)
    if command.asks_network:
        asking.declare(parser)
    return parser


class _WindowParser(argparse.ArgumentParser):
    """Lists the commands in the help."""

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
    opened = "runs, a session or a folder to open in the window"
    parser.add_argument("runs", nargs="*", type=Path, metavar="RUN.h5", help=opened)
    parser.add_argument("--fresh", action="store_true", help="start without the last session and without settings")
    asking.declare(parser)
    parser.add_argument("--version", action="version", version=f"workbench {workbench.__version__}")
    return parser


def _must_be_there(path: Path) -> None:
    if os.path.lexists(path):  # a link that leads nowhere, too: opening it says what is wrong
        return
    near = difflib.get_close_matches(str(path), COMMANDS, n=1)
    hint = f"did you mean the command {near[0]}?" if near else "see workbench --help"
    raise BadUsage(f"{path}: there is no such file or command; {hint}")
