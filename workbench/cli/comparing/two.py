"""What the commands about two networks share."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

from workbench.cli.places import written_whole

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable, Sequence
    from pathlib import Path

RUN = "a run (its last snapshot; RUN.h5@3 for another one)"
NETWORK = "a run (its last snapshot; RUN.h5@3 for another one) or a checkpoint"


def declare_two(parser: argparse.ArgumentParser, what: str = NETWORK) -> None:
    """The two networks."""
    parser.add_argument("first", metavar="A", help=what)
    parser.add_argument("second", metavar="B", help="the other one")


def declare_images(parser: argparse.ArgumentParser, usual: int | None) -> None:
    """The images that both networks are asked about."""
    parts = ("test", "validation", "train")
    parser.add_argument("--part", choices=parts, default="test", help="the images, of the data of A (default test)")
    how = "all" if usual is None else f"{usual:,}"
    parser.add_argument("--images", type=int, default=usual, metavar="N", help=f"the first N of them (default {how})")


def write_rows(out: Path, overwrite: bool, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """A CSV file with every digit; None is an empty cell."""
    with written_whole(out, overwrite) as stream:
        writer = csv.writer(stream)
        writer.writerow(columns)
        writer.writerows(["" if cell is None else cell for cell in row] for row in rows)
