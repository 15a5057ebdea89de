"""The commands `import` and `export`: other people's checkpoints as a run, and parts of a run for other programs."""

from __future__ import annotations

import sys
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING

import numpy as np

from workbench.cli.command import Command
from workbench.cli.commands.inspecting import chosen
from workbench.cli.failures import BadUsage
from workbench.cli.places import check_free, declare_overwrite
from workbench.importing.files.sources import ORDERS
from workbench.runs.collection.naming import network_and_data
from workbench.runs.errors import shown
from workbench.runs.run import open_run
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


def _declare_import(parser: argparse.ArgumentParser) -> None:
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


IMPORT = Command("make a run from checkpoints", _declare_import, _import)


def _export(options: argparse.Namespace) -> int:
    from workbench.evaluation.smaller.exporting import MATRIX, STATE_DICTS, save_history, save_layer, save_snapshot

    if options.out is None and options.history is None:
        raise BadUsage("name what to write: --out NAME.safetensors|.pt, --layer L --out NAME.npy, --history NAME.csv")
    endings = (MATRIX,) if options.layer else STATE_DICTS
    if options.out is not None and options.out.suffix not in endings:
        hint = "" if options.layer else f", or with --layer one layer's matrix as {MATRIX}"
        raise BadUsage(f"{options.out}: this is saved as {' or '.join(endings)}{hint}")
    check_free(options.overwrite, *(path for path in (options.out, options.history) if path is not None))
    with open_run(options.run) as run:
        try:
            snapshot = run.resolve(options.snapshot)
        except IndexError as error:
            raise BadUsage(str(error)) from error
        if options.history is not None:
            save_history(run, options.history, options.overwrite)
            print(f"{options.history}: the curves of {counted(run.snapshots, 'snapshot')}")
        if options.out is not None and options.layer:
            layer, _ = chosen(options, run)
            save_layer(run, layer.name, snapshot, options.out, options.overwrite)
            print(f"{options.out}: {layer.name} at snapshot {snapshot}, {layer.units} × {layer.inputs}")
        elif options.out is not None:
            save_snapshot(run, snapshot, options.out, options.overwrite)
            print(f"{options.out}: the state dict at snapshot {snapshot}")
    return 0


def _declare_export(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run", type=Path, metavar="RUN.h5", help="a run file")
    parser.add_argument("--snapshot", type=int, default=-1, help="0 is the first, -1 the last (default)")
    parser.add_argument("--layer", metavar="NAME", help="the weight matrix of this layer only, one row per unit")
    parser.add_argument("--out", type=Path, metavar="FILE", help="NAME.safetensors or NAME.pt; with --layer NAME.npy")
    parser.add_argument("--history", type=Path, metavar="NAME.csv", help="the curves, one row per snapshot")
    declare_overwrite(parser)


EXPORT = Command("write a snapshot as a state dict, a layer as an array, the curves as CSV", _declare_export, _export)
