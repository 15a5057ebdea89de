"""`workbench repair`: what is whole in a damaged run, saved into a new one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from workbench.cli.command import Command

if TYPE_CHECKING:
    import argparse


def _repair(options: argparse.Namespace) -> int:
    from workbench.runs.writing.repair import repair

    *_, saved = repair(options.run, options.out)
    for line in saved.lost:
        print(line)
    print(f"{options.out}: {saved.in_words}")
    return 0


def _declare(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run", type=Path, metavar="DAMAGED.h5", help="a damaged or truncated run; it is only read")
    parser.add_argument("out", type=Path, metavar="SAVED.h5", help="the run file to write; never overwrites")


REPAIR = Command("save what is intact in a damaged or truncated run as a new run", _declare, _repair)
