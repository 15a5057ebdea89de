"""`workbench subspace`: the space that a layer's units end up in, and how far each unit is from it."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.cli.command import Command
from workbench.cli.comparing.two import write_rows
from workbench.cli.places import check_free, declare_overwrite
from workbench.comparing.subspaces import COLUMNS, LARGEST, OVER_TIME, joint_svd, subspace

if TYPE_CHECKING:
    import argparse


def _subspace(options: argparse.Namespace) -> int:
    if options.out:
        check_free(options.overwrite, options.out)
    if options.joint:
        return _joint(options)
    found = subspace(options.run, options.layer, options.rank)
    if options.out and options.all_snapshots:
        write_rows(options.out, options.overwrite, OVER_TIME, found.rows_over_time())
    elif options.out:
        write_rows(options.out, options.overwrite, COLUMNS, found.rows())
    print(f"{found.words}, rank {found.rank}: {100 * found.energy:.2f} % of the squared norm")
    print(f"a random direction is at distance {found.chance:.4f} from such a space")
    for name, value in found.correlations(options.largest).items():
        said = f"{value:.3f}" if math.isfinite(value) else "not defined"
        print(f"norm and {name}, {options.largest} largest units: correlation {said}")
    for note in found.notes:
        print(f"note: {note}")
    return 0


def _joint(options: argparse.Namespace) -> int:
    """Write or print the directions of all networks together."""
    found = joint_svd((options.run, *options.joint), options.layer, options.rank)
    if options.out:
        write_rows(options.out, options.overwrite, found.columns, found.rows())
    else:
        print("  ".join(found.columns))
        for number, value, *shares in found.rows():
            print(f"{number:>4}  {value:.6f}  " + "  ".join(f"{100 * share:6.2f} %" for share in shares))
    for first, last in found.blocks:
        print(f"note: directions {first} to {last} have nearly equal singular values: read their shares as one block")
    return 0


def _declare(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run", metavar="RUN.h5", help="a run; RUN.h5@3 for the space of another snapshot than the last")
    parser.add_argument("--layer", required=True, help="name of the layer, such as fc1")
    parser.add_argument("--rank", type=int, default=10, help="dimension k of the row space (default 10)")
    parser.add_argument(
        "--largest", type=int, default=LARGEST, metavar="N",
        help=f"how many units of the largest norm the correlations are over (default {LARGEST})",
    )  # fmt: skip
    parser.add_argument(
        "--all-snapshots", action="store_true",
        help=f"write the distance of each unit from the space at every snapshot: {','.join(OVER_TIME)}",
    )  # fmt: skip
    parser.add_argument(
        "--joint", nargs="+", default=[], metavar="B",
        help="decompose this layer of RUN and of B together (joint SVD): which directions all use, which only one",
    )  # fmt: skip
    parser.add_argument("--out", type=Path, help=f"the CSV file: {','.join(COLUMNS)}")
    declare_overwrite(parser)


SUBSPACE = Command("give each unit's distance from the row space of its layer", _declare, _subspace)
