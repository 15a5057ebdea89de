"""`workbench barrier`: the accuracy on the straight line between two networks."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from workbench.cli.command import Command
from workbench.cli.comparing.two import RUN, declare_images, declare_two, write_rows
from workbench.cli.places import check_free, declare_overwrite
from workbench.cli.telling import waiting
from workbench.comparing.columns import BARRIER as COLUMNS

if TYPE_CHECKING:
    import argparse


def _barrier(options: argparse.Namespace) -> int:
    from workbench.comparing.barrier import barrier

    if options.out:
        check_free(options.overwrite, options.out)
    how = options.part, options.images, options.points, options.data_root
    with waiting() as tell:
        found = barrier(options.first, options.second, *how, tell)
    if options.out:
        write_rows(options.out, options.overwrite, COLUMNS, found.rows())
    for alpha, accuracy, _, after, _ in found.rows():
        print(f"{alpha:6.3f}  {accuracy:6.2f} %   matched {after:6.2f} %")
    print(found.words)
    for note in found.notes:
        print(f"note: {note}")
    return 0


def _declare(parser: argparse.ArgumentParser) -> None:
    declare_two(parser, RUN)
    declare_images(parser, None)
    parser.add_argument("--points", type=int, default=11, help="points on the line, its ends included (default 11)")
    parser.add_argument("--out", type=Path, help=f"the CSV file: {','.join(COLUMNS)}")
    declare_overwrite(parser)


BARRIER = Command(
    "measure the accuracy on the line between two networks, before and after matching units", _declare, _barrier,
    asks_network=True,
)  # fmt: skip
