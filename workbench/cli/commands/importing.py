"""`workbench import`: somebody else's checkpoints as a run."""

from __future__ import annotations

import sys
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING

import numpy as np

from workbench.cli.command import Command
from workbench.cli.failures import BadUsage
from workbench.importing.files.sources import ORDERS
from workbench.runs.collection.naming import network_and_data
from workbench.runs.errors import shown
from workbench.runs.saying import counted

if TYPE_CHECKING:
    import argparse

    from workbench.importing.plan import ImportPlan

SHOWN = 12  # files of a long list, from its beginning and end


def _import(options: argparse.Namespace) -> int:
    from workbench.importing.plan import Wanted, plan_of
    from workbench.importing.run import import_run

    if not options.dry_run and options.out is None:
        raise BadUsage("name the run to write with --out RUN.h5, or only look with --dry-run")
    if options.out is not None and options.out.exists():
        raise BadUsage(f"{options.out} already exists and a run is never overwritten: choose another name")
    wanted = Wanted(
        tuple(options.files), options.order, options.net, options.data, options.part,
        tuple(options.turn.split(",")) if options.turn else (),
        tuple(options.layers.split(",")) if options.layers else None, options.map,
    )  # fmt: skip
    planned = plan_of(wanted)
    _print(planned, options.order)
    if options.dry_run:
        return 0
    for imported in import_run(planned, options.out):
        if sys.stderr.isatty():
            print(f"\r{imported.done} of {counted(imported.snapshots, 'snapshot')}", end="", file=sys.stderr)
    print(f"{options.out}: {counted(len(planned.files), 'snapshot')}")
    return 0


def _print(planned: ImportPlan, order: str) -> None:
    ordered = f", {ORDERS[order]}" if len(planned.files) > 1 else ""  # type: ignore[index]
    print(f"{shown(planned.title)}: {counted(len(planned.files), 'snapshot')}{ordered}")
    _print_files(planned)
    if planned.mapping is not None:
        for key, path in planned.mapping.parameters.items():
            print(f"  {shown(key)} = {shown(path)}")
    for layer in planned.layers:
        print(f"  layer {shown(layer.name):<24} {layer.kind:<8} {layer.units:>6,} × {layer.inputs:,}")
    print(f"  network  {network_and_data(planned.spec)}")
    print(f"  size     at most {planned.bytes / 1e6:,.1f} MB")
    assert planned.spec.origin is not None
    for argument in planned.spec.origin.evidence:
        print(f"  evidence: {argument}")
    for note in planned.notes:
        print(f"  note: {note}")
    unsure = [reading.key for reading in planned.readings if reading.doubt and reading.key in planned.parameters]
    if unsure:
        print(f"  to take them the other way, add --turn {quote(','.join(unsure))}")
    for part in planned.parts[1:]:
        print(f"  to import the other network, add --part {quote(part)}")


def _print_files(planned: ImportPlan) -> None:
    for at, file in enumerate(planned.files):
        if SHOWN <= at < len(planned.files) - SHOWN:
            if at == SHOWN:
                print(f"  … {len(planned.files) - 2 * SHOWN} more …")
            continue
        labels = {"epoch": planned.epochs[at], "step": planned.iterations[at]}
        said = ", ".join(f"{what} {number:,.15g}" for what, number in labels.items() if not np.isnan(number))
        print(f"  {at:>5}  {shown(file.label)}{f'  ({said})' if said else ''}")


def _declare(parser: argparse.ArgumentParser) -> None:
    parser.epilog = (
        "No code in these files is run: a confined process reads them, and accepts only tensors. A folder of the "
        "report's code (with snapshots/0, 1, …) is recognised."
    )
    parser.add_argument(
        "files", nargs="+", type=Path, metavar="IN",
        help="checkpoints (.safetensors, .pt, .pth, .ckpt, .bin, .keras, .h5), or a folder of them",
    )  # fmt: skip
    parser.add_argument("--out", type=Path, metavar="RUN.h5", help="the run to write")
    parser.add_argument("--order", choices=tuple(ORDERS), default="name", help="order of the files (default: name)")
    parser.add_argument(
        "--net", metavar="NAME", help="a name of the catalogue, or torchvision:NAME (default: recognised by shapes)"
    )
    parser.add_argument("--data", metavar="NAME", help="the data set it was trained on, for accuracies")
    parser.add_argument(
        "--part", metavar="NAME", help="the network to import if a checkpoint holds several, such as model_ema"
    )
    parser.add_argument(
        "--turn", metavar="NAMES",
        help="the units of these weights are on the other axis: names or patterns, separated by commas",
    )  # fmt: skip
    parser.add_argument(
        "--layers", metavar="NAMES", help="keep only these layers: names or patterns, separated by commas"
    )
    parser.add_argument(
        "--map", action="append", metavar="KEY=PATH",
        help='for an HDF5 file: the arrays of a parameter, such as "fc1.weight=/epoch_{}/fc1/W"; may be repeated',
    )  # fmt: skip
    parser.add_argument("--dry-run", action="store_true", help="show files, order, layers and size, and write nothing")


IMPORT = Command("make a run from checkpoints", _declare, _import)
