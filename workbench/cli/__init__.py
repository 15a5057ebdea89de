"""The command line: `workbench [RUN.h5 …]` opens the window, `workbench COMMAND …` does one thing."""

from __future__ import annotations

import argparse
import difflib
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import workbench
from workbench.cli import (
    animating,
    benching,
    evaluating,
    exporting,
    figures,
    groups,
    importing,
    inspecting,
    repairing,
    reporting,
    surgery,
    training,
    window,
)
from workbench.cli.failures import BadUsage, told_in_one_line

if TYPE_CHECKING:
    from collections.abc import Sequence

COMMANDS = {
    "train": training.TRAIN,
    "info": inspecting.INFO,
    "verify": inspecting.VERIFY,
    "repair": repairing.REPAIR,
    "spectrum": inspecting.SPECTRUM,
    "graph": inspecting.GRAPH,
    "prune": evaluating.PRUNE,
    "lowrank": evaluating.LOWRANK,
    "lowrank-group": groups.LOWRANK_GROUP,
    "ablate": evaluating.ABLATE,
    "merge": evaluating.MERGE,
    "shrink": surgery.SHRINK,
    "figure": figures.FIGURE,
    "animate": animating.ANIMATE,
    "report": reporting.REPORT,
    "import": importing.IMPORT,
    "export": exporting.EXPORT,
    "screenshot": window.SCREENSHOT,
    "bench": benching.BENCH,
    "doctor": inspecting.DOCTOR,
}


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
        return command.run(parser.parse_args(given[1:], argparse.Namespace(typed=tuple(given[1:]))))
    options = _window_parser().parse_args(given)
    for path in options.runs:
        _must_be_there(path)
    return window.show(options.runs, options.fresh)


def _window_parser() -> argparse.ArgumentParser:
    rows = "\n".join(f"  {name:<13} {command.summary}" for name, command in COMMANDS.items())
    parser = argparse.ArgumentParser(
        prog="workbench",
        description="See where a trained neural network is redundant.",
        epilog=f"commands (each has --help):\n{rows}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("runs", nargs="*", type=Path, metavar="RUN.h5", help="runs or a session to open in the window")
    parser.add_argument("--fresh", action="store_true", help="start without the last session and without settings")
    parser.add_argument("--version", action="version", version=f"workbench {workbench.__version__}")
    return parser


def _must_be_there(path: Path) -> None:
    if path.exists():
        return
    near = difflib.get_close_matches(str(path), COMMANDS, n=1)
    hint = f"did you mean the command {near[0]}?" if near else "see workbench --help"
    raise BadUsage(f"{path}: there is no such file or command; {hint}")
