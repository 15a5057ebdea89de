"""`workbench angles`: principal angles between the row spaces of two networks."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from workbench.cli.command import Command
from workbench.cli.comparing.two import declare_two, write_rows
from workbench.cli.places import check_free, declare_overwrite
from workbench.comparing.angles import COLUMNS, principal_angles

if TYPE_CHECKING:
    import argparse


def _angles(options: argparse.Namespace) -> int:
    if options.out:
        check_free(options.overwrite, options.out)
    found = principal_angles(
        options.first, options.second, options.layer, options.rank, options.other_layer, options.unrelated
    )
    if options.out:
        write_rows(options.out, options.overwrite, found.columns, found.rows())
    print(found.words)
    if not options.out:
        for index, angle, expected, *_ in found.rows():
            print(f"{index:>4}  {angle:8.4f}°   random {expected:6.2f}°")
    for note in found.notes:
        print(f"note: {note}")
    return 0


def _declare(parser: argparse.ArgumentParser) -> None:
    declare_two(parser)
    parser.add_argument("--layer", required=True, help="name of the layer, such as fc1")
    parser.add_argument("--other-layer", metavar="LAYER", help="name of the layer of B, if it is another one")
    parser.add_argument("--rank", type=int, default=10, help="dimension k of the row spaces (default 10)")
    parser.add_argument("--unrelated", metavar="C", help="a network to compare A with as well, such as another seed")
    parser.add_argument("--out", type=Path, help=f"the CSV file: {','.join(COLUMNS)}")
    declare_overwrite(parser)


ANGLES = Command("give the principal angles between the row spaces of two networks", _declare, _angles)
