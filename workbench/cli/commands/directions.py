"""The command `directions`: clusters of directions and groups of norms of a layer."""

from __future__ import annotations

from argparse import ArgumentTypeError
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.analysis.directions.clusters import CLUSTERS, MOST_CHOSEN
from workbench.cli.command import Command
from workbench.cli.commands.evaluating import write_table
from workbench.cli.commands.inspecting import chosen, declare_layer
from workbench.cli.failures import BadUsage
from workbench.cli.places import check_free, declare_overwrite
from workbench.figures.directions.layer import directions
from workbench.runs.errors import shown
from workbench.runs.run import open_run

if TYPE_CHECKING:
    import argparse


def _directions(options: argparse.Namespace) -> int:
    if options.out:
        check_free(options.overwrite, options.out)
    with open_run(options.run) as run:
        layer, snapshot = chosen(options, run)
        if options.k is not None and options.k > layer.units:
            raise BadUsage(f"--k {options.k}: {layer.name} has {layer.units} units")
        found = directions(run, layer.name, snapshot, options.k, options.seed, options.outputs, options.data_root)
        rows = list(found.rows())
    if options.out:
        write_table(options.out, options.overwrite, list(found.columns), rows)
    print(f"{shown(layer.name)}, snapshot {snapshot}:", *found.words, sep="\n")
    if found.missing:
        print(f"start unknown: {found.missing}")
    return 0


def _clusters(text: str) -> int | None:
    if text == "auto":
        return None
    if not text.isdecimal() or not int(text):
        raise ArgumentTypeError(f'{text!r} is neither a number of clusters nor "auto"')
    return int(text)


def _declare(parser: argparse.ArgumentParser) -> None:
    declare_layer(parser)
    parser.add_argument(
        "--k", type=_clusters, default=CLUSTERS, metavar="K",
        help=f"number of clusters (default {CLUSTERS}); auto tries 2 to {MOST_CHOSEN}",
    )  # fmt: skip
    parser.add_argument("--seed", type=int, default=0, help="of the random choices (default 0)")
    parser.add_argument(
        "--outputs", action="store_true", help="compare the clusters of the weights with those of the units' outputs"
    )
    parser.add_argument("--out", type=Path, help="the CSV file to write, one row for each unit")
    declare_overwrite(parser)


DIRECTIONS = Command(
    "cluster the directions of a layer's units, and tell trained from untrained units by their norms",
    _declare,
    _directions,
    asks_network=True,
)
