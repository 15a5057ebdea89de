"""The command `report`: what runs are and where they are redundant, as one HTML page and a PDF."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.cli.command import Command
from workbench.cli.failures import BadUsage
from workbench.cli.places import check_free, declare_overwrite
from workbench.cli.telling import declare_events, told
from workbench.runs.run import open_run

if TYPE_CHECKING:
    import argparse


def _report(options: argparse.Namespace) -> int:
    from workbench.reports.writing import NAMES, report

    with ExitStack() as stack:
        runs = [stack.enter_context(open_run(path)) for path in options.runs]
        layers = options.layers.split(",") if options.layers else []
        try:
            for run in runs:
                run.resolve(options.snapshot)
        except IndexError as error:
            raise BadUsage(f"{run.path}: {error}") from error
        if options.out.is_dir():
            check_free(options.overwrite, *(options.out / name for name in NAMES))
        return told(report(runs, options.out, layers, options.snapshot, options.costs, options.quick), options.events)


def _declare_report(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("runs", nargs="+", type=Path, metavar="RUN.h5", help="run files")
    parser.add_argument("--layers", metavar="fc1,fc2", help="the layers to report; all by default")
    parser.add_argument("--snapshot", type=int, default=-1, help="0 is the first, -1 the last")
    parser.add_argument("--no-costs", dest="costs", action="store_false", help="do not measure what changes cost; "
        "that takes longest")  # fmt: skip
    parser.add_argument("--quick", action="store_true", help="measure what changes cost on the first 1,000 images of "
        "each part, and choose nothing on validation: several times as fast")  # fmt: skip
    parser.add_argument("--out", type=Path, required=True, help="the folder for report.html and report.pdf")
    declare_overwrite(parser)
    declare_events(parser)


REPORT = Command(
    "describe runs and where they are redundant, as an HTML page and a PDF",
    _declare_report,
    _report,
    asks_network=True,
)
