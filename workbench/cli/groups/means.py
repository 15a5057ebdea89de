"""The commands `overview-group` and `prune-group`: means and intervals over trainings."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.cli.command import Command
from workbench.cli.commands.evaluating import PARTS, warn, write_table
from workbench.cli.commands.overviewing import shown_whole
from workbench.cli.failures import BadUsage
from workbench.cli.places import check_free, declare_overwrite
from workbench.cli.telling import waiting
from workbench.evaluation.results import MEANINGS
from workbench.figures.groups.overview import group_overview
from workbench.runs.run import open_run
from workbench.runs.saying import counted

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from workbench.runs.run import Run


@contextmanager
def _opened(options: argparse.Namespace) -> Iterator[list[Run]]:
    if options.out:
        check_free(options.overwrite, options.out)
    with ExitStack() as stack:
        yield [stack.enter_context(open_run(path)) for path in options.runs]


def _overview_group(options: argparse.Namespace) -> int:
    with _opened(options) as runs:
        try:
            found = group_overview(runs, options.all_snapshots, options.chance)
        except ValueError as error:
            raise BadUsage(str(error)) from error
        rows = list(found.rows())
    if options.out:
        write_table(options.out, options.overwrite, list(found.columns), rows)
    print(*map(shown_whole, found.findings()), sep="\n")
    return 0


def _prune_group(options: argparse.Namespace) -> int:
    from workbench.analysis.orders import find_order
    from workbench.figures.groups.pruning import prune_group

    orders = options.orders.split(",")
    with _opened(options) as runs:
        try:
            for name in orders:
                find_order(name)
            for run in runs:
                run.resolve(options.snapshot)
        except (ValueError, IndexError) as error:
            raise BadUsage(str(error)) from error
        how = options.snapshot, orders, options.removed, options.part, options.data_root
        with waiting() as tell:
            found = prune_group(runs, options.layer, *how, tell)
    warn(found.warnings)
    if options.out:
        write_table(options.out, options.overwrite, list(found.columns), found.rows())
    for curve in found.curves:
        means = curve.accuracy.mean(axis=1).tolist()
        each = ", ".join(f"{mean:.2f}" for mean in means)
        said = f"mean accuracy over the curve {sum(means) / len(means):.2f} % ({each})"
        print(f"{curve.order:<16} {said} over {counted(len(means), 'run')}")
    return 0


def _declare_runs(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("runs", type=Path, nargs="+", metavar="RUN.h5", help="runs that differ only by their seed")


def _declare_output(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--out", type=Path, help="the CSV file to write, with a column for each run")
    declare_overwrite(parser)


def _declare_overview(parser: argparse.ArgumentParser) -> None:
    _declare_runs(parser)
    parser.add_argument("--all-snapshots", action="store_true", help="every snapshot, not only the last")
    parser.add_argument(
        "--chance", action="store_true", help="add what independent weights of the same shape give, from five draws"
    )
    _declare_output(parser)


def _declare_prune(parser: argparse.ArgumentParser) -> None:
    _declare_runs(parser)
    parser.add_argument("--layer", required=True, help="name of the layer, such as fc1")
    parser.add_argument("--snapshot", type=int, default=-1, help="0 is the first, -1 the last")
    parser.add_argument("--orders", default="max_mag,max_fp,random", help="names of orders, separated by commas")
    meanings = "; ".join(f"{name}: {meaning}" for name, meaning in MEANINGS.items())
    parser.add_argument("--removed", choices=tuple(MEANINGS), default="bias", help=f"what removed means. {meanings}")
    parser.add_argument("--part", choices=PARTS, default="test", help="the images to measure on (default test)")
    _declare_output(parser)


OVERVIEW_GROUP = Command(
    "give every number of the overview as mean and interval over runs that differ only by their seed",
    _declare_overview,
    _overview_group,
)
PRUNE_GROUP = Command(
    "give the mean pruning curves, with intervals, of runs that differ only by their seed",
    _declare_prune,
    _prune_group,
    asks_network=True,
)
