"""Commands about several runs at once: `workbench lowrank-group`."""

from __future__ import annotations

import csv
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.cli.command import Command
from workbench.cli.failures import BadUsage
from workbench.cli.places import check_free, declare_overwrite, written_whole
from workbench.runs.counted import counted
from workbench.runs.run import open_run

if TYPE_CHECKING:
    import argparse

HEADER = ("quantity", "mean", "variance", "runs")


def _lowrank_group(options: argparse.Namespace) -> int:
    from workbench.evaluation.groups import low_rank_group

    if options.out:
        check_free(options.overwrite, options.out)
    with ExitStack() as stack:
        runs = [stack.enter_context(open_run(path)) for path in options.runs]
        try:
            for run in runs:
                run.resolve(options.snapshot)
        except IndexError as error:
            raise BadUsage(str(error)) from error
        found = low_rank_group(runs, options.layer, options.rank, options.snapshot, options.part, options.data_root)
    rows = list(found.rows())
    for name, mean, variance, count in rows:
        spread = "" if variance != variance else f", sample variance {variance:.4g}"
        print(f"{name:<14} mean {mean:.4g}{spread} ({counted(count, 'run')})")
    if options.out:
        with written_whole(options.out, options.overwrite) as stream:
            writer = csv.writer(stream)
            writer.writerow(HEADER)
            # The variance of a single run is undefined: an empty cell. Others keep every digit.
            writer.writerows(
                (name, repr(mean), "" if variance != variance else repr(variance), count)
                for name, mean, variance, count in rows
            )
    return 0


def _declare(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("runs", nargs="+", type=Path, metavar="RUN.h5", help="runs that differ only by seed")
    parser.add_argument("--layer", required=True, help="name of the layer, such as fc1")
    parser.add_argument("--rank", type=int, required=True, help="the rank k that the layer is reduced to")
    parser.add_argument("--snapshot", type=int, default=-1, help="0 is the initialisation, -1 the last")
    parser.add_argument("--part", choices=("test", "validation", "train"), default="test", help="images for accuracies")
    parser.add_argument("--out", type=Path, help="the CSV file: quantity,mean,variance,runs")
    declare_overwrite(parser)


LOWRANK_GROUP = Command(
    "mean and variance over seeds of what a low rank keeps and costs", _declare, _lowrank_group, asks_network=True
)
