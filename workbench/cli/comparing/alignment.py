"""`workbench cka`: how alike two networks see the same images, layers by layers."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from workbench.cli.command import Command
from workbench.cli.comparing.two import RUN, declare_images, declare_two, write_rows
from workbench.cli.places import check_free, declare_overwrite
from workbench.cli.telling import waiting
from workbench.comparing.columns import CKA as COLUMNS

if TYPE_CHECKING:
    import argparse

    from workbench.comparing.cka import Cka


def _cka(options: argparse.Namespace) -> int:
    from workbench.comparing.cka import cka

    if options.out:
        check_free(options.overwrite, options.out)
    with waiting() as tell:
        found = cka(options.first, options.second, options.part, options.images, options.batch, options.data_root, tell)
    if options.out:
        write_rows(options.out, options.overwrite, COLUMNS, found.rows())
    _show(found)
    return 0


def _show(found: Cka) -> None:
    wide = max(8, *(len(name) + 1 for name in (*found.layers, *found.other_layers)))
    print(f"{found.first} (rows) and {found.second} (columns), CKA on {found.images:,} {found.part} images")
    print(" " * wide + "".join(f"{name:>{wide}}" for name in found.other_layers))
    for name, row in zip(found.layers, found.values, strict=True):
        print(f"{name:<{wide}}" + "".join(f"{value:{wide}.3f}" for value in row))
    print(f"with shuffled images, 95 % stay below {found.shuffled_high.max():.3f}")


def _declare(parser: argparse.ArgumentParser) -> None:
    declare_two(parser, RUN)
    declare_images(parser, 2_000)
    parser.add_argument("--batch", type=int, default=250, help="images that are compared at a time (default 250)")
    parser.add_argument("--out", type=Path, help=f"the CSV file: {','.join(COLUMNS)}")
    declare_overwrite(parser)


CKA = Command(
    "say how alike two networks see the same images (CKA), layers by layers", _declare, _cka, asks_network=True
)
