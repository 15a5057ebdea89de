"""Commands about low ranks: `workbench lowrank` for one run, `workbench lowrank-group` for runs that differ by seed."""

from __future__ import annotations

import argparse
import csv
import json
import math
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.analysis.low_rank import elbows_of_weights
from workbench.cli.command import Command
from workbench.cli.commands.evaluating import declare_network, warn, write_table
from workbench.cli.commands.inspecting import chosen
from workbench.cli.failures import BadUsage
from workbench.cli.places import check_free, declare_overwrite, written_whole
from workbench.cli.telling import bar
from workbench.cli.unit_sets import declare_units, units_of
from workbench.evaluation.ranks.approximated import ALIASES, MATRICES, approximated
from workbench.runs.place import place_in
from workbench.runs.run import open_run
from workbench.runs.saying import counted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workbench.evaluation.questions import LowRanks

RANK_COLUMNS = ("rank", "residual", "norm_percent", "accuracy", "loss")
HEADER = ("quantity", "mean", "variance", "runs")


def _lowrank(options: argparse.Namespace) -> int:
    from workbench.evaluation.questions import low_rank

    if options.out:
        check_free(options.overwrite, options.out)
    with open_run(options.run) as run:
        layer, snapshot = chosen(options, run)
        try:
            about = approximated(layer, options.matrix, units_of(options, run, layer.name))
        except ValueError as error:
            raise BadUsage(str(error)) from error
        requested = _ranks(options.ranks, about.full_rank(place_in(run, layer.name, snapshot)))
        how = options.part, options.data_root, options.estimators, about.matrix, about.units, options.tolerance
        with bar(f"low ranks of {layer.name}") as tell:
            found = low_rank(run, layer.name, snapshot, requested, *how, tell)
    if options.out:
        write_table(options.out, options.overwrite, list(RANK_COLUMNS), found.rows())
    warn(found.warnings)
    if options.json:
        print(json.dumps(_low_rank_facts(found), indent=2, allow_nan=False))
    elif options.estimators:
        print("elbows:", ", ".join(f"{title} {rank}" for title, rank in elbows_of_weights(found.spectrum)))
        points = f"{options.tolerance:g} point{'' if options.tolerance == 1 else 's'}"
        print(f"smallest rank within {points} of validation accuracy: {found.within_tolerance}")
    return 0


def _low_rank_facts(found: LowRanks) -> dict[str, Any]:
    return {
        "layer": found.layer,
        "snapshot": found.snapshot,
        "part": found.part,
        "matrix": found.about.matrix,
        "units": list(found.about.units),
        "elbows": found.elbows,
        "tolerance": found.tolerance,
        "images": found.curve.images,
        "warnings": list(found.warnings),
        "ranks": [dict(zip(RANK_COLUMNS, map(_number, row), strict=True)) for row in found.rows()],
    }


def _number(value: float) -> float | None:
    return value if math.isfinite(value) else None  # JSON knows no others


def _lowrank_group(options: argparse.Namespace) -> int:
    from workbench.evaluation.ranks.groups import low_rank_group

    if options.out:
        check_free(options.overwrite, options.out)
    with ExitStack() as stack:
        runs = [stack.enter_context(open_run(path)) for path in options.runs]
        try:
            for run in runs:
                run.resolve(options.snapshot)
        except IndexError as error:
            raise BadUsage(str(error)) from error
        how = options.snapshot, options.part, options.data_root, options.matrix
        with bar(f"low ranks of {options.layer}") as tell:
            found = low_rank_group(runs, options.layer, options.rank, *how, tell)
    warn(found.warnings)
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


def _ranks(text: str | None, most: int) -> list[int] | None:
    if text is None:
        return None
    first, colon, last = text.partition(":")
    try:
        requested = list(range(int(first), int(last if colon else first) + 1))
    except ValueError:
        raise BadUsage(f"--ranks {text!r} is not a range such as 1:64") from None
    if not requested or requested[0] < 0 or requested[-1] > most:
        raise BadUsage(f"--ranks {text}: the layer has the ranks 0 to {most}")
    return requested


def _declare_lowrank(parser: argparse.ArgumentParser) -> None:
    declare_network(parser)
    _declare_matrix(parser, tuple(MATRICES))
    declare_units(parser, "only the rows of these units")
    parser.add_argument("--ranks", metavar="1:64", help="first and last rank (default all, 0 to min(m, n))")
    parser.add_argument("--estimators", action="store_true", help="print the elbow by each estimator")
    parser.add_argument(
        "--tolerance",
        type=_points,
        default=1.0,
        metavar="POINTS",
        help="tolerated loss of validation accuracy, for the estimator “tolerance”",
    )
    to = parser.add_mutually_exclusive_group(required=True)
    to.add_argument("--out", type=Path, help=f"the CSV file: {','.join(RANK_COLUMNS)}")
    to.add_argument("--json", action="store_true", help="print the ranks and elbows as JSON")
    declare_overwrite(parser)


def _declare_matrix(parser: argparse.ArgumentParser, names: Sequence[str]) -> None:
    """Add the option that says which matrix of a layer is approximated."""
    meanings = "; ".join(f"{name}: {MATRICES[name].meaning}" for name in names)  # type: ignore[index]  # one of them
    parser.add_argument(
        "--matrix", type=_matrix, choices=names, default="weights", help=f"what is approximated. {meanings}"
    )


def _matrix(text: str) -> str:
    """The name of a matrix; "W" and "W-W0" are others for two of them."""
    return ALIASES.get(text, text)


def _points(text: str) -> float:
    points = float(text)
    if not 0 <= points <= 100:
        raise argparse.ArgumentTypeError(f"{text} is not a number of points from 0 to 100")
    return points


def _declare_group(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("runs", nargs="+", type=Path, metavar="RUN.h5", help="runs that differ only by seed")
    parser.add_argument("--layer", required=True, help="name of the layer, such as fc1")
    _declare_matrix(parser, [name for name in MATRICES if name != "units"])  # units are those of one training
    parser.add_argument("--rank", type=int, required=True, help="the rank k that the layer is reduced to")
    parser.add_argument("--snapshot", type=int, default=-1, help="0 is the first, -1 the last")
    parser.add_argument(
        "--part",
        choices=("test", "validation", "train"),
        default="test",
        help="the images that accuracies are measured on",
    )
    parser.add_argument("--out", type=Path, help="the CSV file: quantity,mean,variance,runs")
    declare_overwrite(parser)


LOWRANK = Command("measure what low ranks of a layer keep and cost", _declare_lowrank, _lowrank, asks_network=True)
LOWRANK_GROUP = Command(
    "give the mean and variance, over seeds, of what a low rank keeps and costs",
    _declare_group,
    _lowrank_group,
    asks_network=True,
)
