"""`workbench resample`: a run again from its start with other layers redrawn, compared with it layer by layer."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from workbench.cli.command import Command
from workbench.cli.comparing.two import write_rows
from workbench.cli.following import followed, stopped_by_signals
from workbench.cli.places import check_free
from workbench.comparing.resampled import COLUMNS, layer_pairs
from workbench.figures.comparing.picture import other_moment
from workbench.runs.collection.naming import moment
from workbench.runs.place import Place
from workbench.runs.run import open_run
from workbench.training.command_line import command_line
from workbench.training.forecast import forecast
from workbench.training.resampling import ORDERS, SUFFIXES, resample

if TYPE_CHECKING:
    import argparse

    from workbench.runs.spec import RunSpec


def _resample(options: argparse.Namespace) -> int:
    if options.out.exists():
        raise FileExistsError(f"{options.out} already exists and is never overwritten: choose another name")
    if options.csv:
        check_free(False, options.csv)
    with open_run(options.run) as run:
        spec = resample(run, options.after or "", options.order, options.iterations, options.redraw_seed,
                        options.suffix, options.freeze)  # fmt: skip
    assert spec.surgery is not None
    spec = spec.changed(command=command_line(spec, options.out))
    forecast(spec)  # says what is wrong before anything slow is loaded
    from workbench.training.loop.loop import train
    from workbench.training.recording import record_run

    with stopped_by_signals() as stop:
        events = record_run(options.out, train(spec, options.data_root, options.download, stop), stop)
        status = followed(events, stop)
    return status or _compared(options, spec)


def _compared(options: argparse.Namespace, spec: RunSpec) -> int:
    """Print and write what the layers of both have in common, at the iteration that the new one came to."""
    assert spec.surgery is not None
    with open_run(options.run) as run, open_run(options.out) as again:
        here = Place(again, "", again.resolve(-1))
        there = other_moment(here, run, "iteration")
        if run.iterations[there.snapshot] != again.iterations[here.snapshot]:
            other, came = moment(run, there.snapshot), moment(again, here.snapshot)
            print(f"note: {run.path.name} has no snapshot at {came}; compared with that at {other}")
        found = []
        for each in layer_pairs(there, here, spec.surgery.redrawn, options.rank):
            found.append(each.row())
            print(each.words, flush=True)
    if options.csv:
        write_rows(options.csv, False, COLUMNS, found)
    return 0


def _declare(parser: argparse.ArgumentParser) -> None:
    parser.epilog = "All else is as in the run: first weights, images, optimiser, length and snapshots."
    add = parser.add_argument
    add("run", type=Path, metavar="RUN.h5", help="the run whose start is taken")
    add("--after", metavar="LAYER", help="the layers behind this one begin in another way (default: none)")
    ways = "redrawn (default), permuted (the first of them reads the units before it in another order), or kept"
    add("--suffix", choices=SUFFIXES, default="redrawn", help=f"how these layers begin: {ways}")
    add("--freeze", action="store_true", help="these layers do not train")
    add("--order", choices=ORDERS, default="kept", help="of the batches (default kept: as in the run)")
    add("--iterations", type=int, help="how long to train (default: as far as the run came)")
    seed = "seed of redrawn weights or of the permutation (default: that of the run and one)"
    add("--redraw-seed", type=int, metavar="SEED", help=seed)
    add("--out", type=Path, required=True, metavar="NEW.h5", help="the run file to write; never overwritten")
    add("--rank", type=int, default=10, metavar="K", help="of the row spaces whose angles are measured (default 10)")
    add("--csv", type=Path, metavar="LAYERS.csv", help=f"the layers of both: {','.join(COLUMNS)}")
    add("--data-root", type=Path, metavar="FOLDER", help="folder of the data sets (default WORKBENCH_DATA)")
    add("--download", action="store_true", help="download the data set to that folder if it is not there")


RESAMPLE = Command("train a run again from its start with a redrawn classifier, and compare both", _declare, _resample)
