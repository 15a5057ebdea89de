"""`workbench bench gui`: how fast the window answers, and what it leaves behind."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.cli.command import Command

if TYPE_CHECKING:
    import argparse


def _bench(options: argparse.Namespace) -> int:
    if not options.on_screen:
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
    from workbench.gui.bench.report import lines
    from workbench.gui.bench.scenes import Amount, measure

    amount = Amount()
    found = measure(
        options.runs, amount.quickly() if options.quick else amount, lambda what: print(what, "…", file=sys.stderr)
    )
    if options.json:
        print(json.dumps(asdict(found), indent=2))
    else:
        print("\n".join(lines(found)))
    return 0


def _declare(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("what", choices=("gui",), help="measure the window, driven as by a person")
    parser.add_argument("runs", nargs="*", type=Path, metavar="RUN.h5", help="runs to open (default: a sample run)")
    parser.add_argument("--json", action="store_true", help="print everything that was measured as JSON")
    parser.add_argument("--quick", action="store_true", help="do a little of everything, only to check that it works")
    parser.add_argument("--on-screen", action="store_true", help="draw on the screen, if there is one")


BENCH = Command("measure how fast the window responds, and what it leaves behind", _declare, _bench)
