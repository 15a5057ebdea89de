"""`workbench export`: parts of a run for other programs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from workbench.cli.command import Command
from workbench.cli.commands.inspecting import chosen
from workbench.cli.failures import BadUsage
from workbench.cli.places import check_free, declare_overwrite
from workbench.evaluation.smaller.exporting import MATRIX, STATE_DICTS, save_history, save_layer, save_snapshot
from workbench.runs.run import open_run
from workbench.runs.saying import counted

if TYPE_CHECKING:
    import argparse


def _export(options: argparse.Namespace) -> int:
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


def _declare(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run", type=Path, metavar="RUN.h5", help="a run file")
    parser.add_argument("--snapshot", type=int, default=-1, help="0 is the first, -1 the last (default)")
    parser.add_argument("--layer", metavar="NAME", help="the weight matrix of this layer only, one row per unit")
    parser.add_argument("--out", type=Path, metavar="FILE", help="NAME.safetensors or NAME.pt; with --layer NAME.npy")
    parser.add_argument("--history", type=Path, metavar="NAME.csv", help="the curves, one row per snapshot")
    declare_overwrite(parser)


EXPORT = Command("write a snapshot as a state dict, a layer as an array, the curves as CSV", _declare, _export)
