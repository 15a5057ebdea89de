"""`workbench compare`: what changed from one network to another, layer by layer."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.cli.command import Command
from workbench.cli.comparing.two import declare_two, write_rows
from workbench.cli.places import check_free, declare_overwrite
from workbench.cli.telling import waiting
from workbench.comparing.layers import COLUMNS, RANK, compare

if TYPE_CHECKING:
    import argparse


def _compare(options: argparse.Namespace) -> int:
    if options.out:
        check_free(options.overwrite, options.out)
    with waiting() as tell:
        found = compare(options.first, options.second, options.layer, options.rank, tell)
    if options.out:
        write_rows(options.out, options.overwrite, COLUMNS, found.rows())
    if options.json:
        layers = [dict(zip(COLUMNS, row, strict=True)) for row in found.rows()]
        about = {"first": found.first, "second": found.second, "layers": layers, "notes": found.notes}
        print(json.dumps(about, indent=2, allow_nan=False))
        return 0
    print(f"{found.first} → {found.second}")
    for change in found.layers:
        print(f"{change.layer}: {change.verdict}")
    for note in found.notes:
        print(f"note: {note}")
    return 0


def _declare(parser: argparse.ArgumentParser) -> None:
    declare_two(parser)
    parser.add_argument("--layer", help="only this layer (default: all that both have)")
    parser.add_argument("--rank", type=int, default=RANK, help=f"rank of the spaces of the angles (default {RANK})")
    parser.add_argument("--out", type=Path, help=f"the CSV file: {','.join(COLUMNS)}")
    parser.add_argument("--json", action="store_true", help="print the layers as JSON")
    declare_overwrite(parser)


COMPARE = Command(
    "say what changed between two networks, layer by layer: how much and of which rank", _declare, _compare
)
