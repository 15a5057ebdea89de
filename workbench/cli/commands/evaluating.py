"""Commands that ask the network itself: prune, ablate."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.analysis.orders import JOINT_RULES
from workbench.cli.command import Command, titled
from workbench.cli.commands.inspecting import chosen, declare_layer
from workbench.cli.failures import BadUsage
from workbench.cli.places import check_free, declare_overwrite, written_whole
from workbench.cli.telling import bar
from workbench.cli.unit_sets import declare_units, units_of
from workbench.evaluation.results import MEANINGS
from workbench.evaluation.similarity.table import RANKED_BY
from workbench.figures.figure import write_csv
from workbench.runs.run import open_run
from workbench.runs.saying import counted

if TYPE_CHECKING:
    from collections.abc import Iterable

    from workbench.evaluation.results import Accuracy
    from workbench.runs.run import Run

PARTS = ("test", "validation", "train")


def _prune(options: argparse.Namespace) -> int:
    from workbench.analysis.orders import find_order
    from workbench.evaluation.questions import prune

    check_free(options.overwrite, options.out)
    orders = options.orders.split(",")
    try:
        for name in orders:
            find_order(name)
    except ValueError as error:
        raise BadUsage(str(error)) from error
    if options.rule and not options.layers:
        raise BadUsage("--rule needs --layers: it says how several layers lose units together")
    with open_run(options.run) as run:
        layers, snapshot = _chosen_layers(options, run)
        joint = {"layers": layers, "rule": options.rule or "ranked"} if options.layers else {"layer": layers[0]}
        with bar(f"pruning {','.join(layers)}") as tell:
            found = prune(
                run,
                snapshot=snapshot,
                orders=orders,
                removed=options.removed,
                part=options.part,
                root=options.data_root,
                tell=tell,
                similarity=options.similarity,
                **joint,
            )
    write_table(options.out, options.overwrite, ["order", "removed", "accuracy", "std", "loss"], found.rows())
    warn(found.warnings)
    flat = dict(found.flat)
    for name, curves in found.curves:
        mean = sum(float(curve.accuracy.mean()) for curve in curves) / len(curves)
        start = flat[name].words if name in flat else ""
        print(f"{name:<16} mean accuracy over the curve {mean:.2f} %{f'; {start}' if start else ''}")
    return 0


def _chosen_layers(options: argparse.Namespace, run: Run) -> tuple[list[str], int]:
    """The layers that `--layer` or `--layers` name, and the snapshot; BadUsage where the run has no such."""
    names = options.layers.split(",") if options.layers else [options.layer]
    if len(set(names)) < len(names):
        raise BadUsage(f"--layers {options.layers} names a layer twice")
    found = [chosen(argparse.Namespace(**{**vars(options), "layer": name}), run) for name in names]
    return [layer.name for layer, _ in found], found[0][1]


def _ablate(options: argparse.Namespace) -> int:
    from workbench.evaluation.questions import ablate

    with open_run(options.run) as run:
        layer, snapshot = chosen(options, run)
        units = units_of(options, run, layer.name)
        wrong = [unit for unit in units if not 0 <= unit < layer.units]
        if wrong:
            raise BadUsage(f"{layer.name} has the units 0 to {layer.units - 1}, not {wrong[0]}")
        how = snapshot, options.removed, options.part, options.data_root
        with bar(f"removing units of {layer.name}") as tell:
            found = ablate(run, layer.name, units, *how, tell)
    warn(found.warnings)
    print(f"unchanged               {interval_of(found.unchanged)}")
    without = f"without {counted(len(found.units), 'unit')}"
    print(f"{without:<24}{interval_of(found.ablated)}")
    draws = ", ".join(f"{draw.accuracy:.2f}" for draw in found.random)
    print(f"without random units    {draws} % (random seeds 0 to {len(found.random) - 1})")
    return 0


def warn(warnings: Iterable[str]) -> None:
    """Say on the error stream why an answer is doubtful."""
    for warning in warnings:
        print(f"warning: {warning}", file=sys.stderr)


def interval_of(accuracy: Accuracy) -> str:
    low, high = accuracy.interval95
    return f"{accuracy.accuracy:6.2f} %  (95 % interval {low:.2f} to {high:.2f}, {counted(accuracy.images, 'image')})"


def write_table(path: Path, overwrite: bool, header: list[str], rows: Any) -> None:
    with written_whole(path, overwrite) as stream:
        write_csv(stream, header, rows)


def declare_network(parser: argparse.ArgumentParser) -> None:
    declare_layer(parser)
    _declare_part(parser)


def _declare_part(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--part", choices=PARTS, default="test", help="the images that accuracies are measured on")


def _declare_removed(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--removed",
        choices=tuple(MEANINGS),
        default="bias",
        help=f"what removed means: {titled(MEANINGS)}; bias is the report's and the default",
    )


def _declare_prune(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run", type=Path, metavar="RUN.h5", help="a run file")
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("--layer", help="name of the layer, such as fc1")
    which.add_argument("--layers", metavar="fc1,fc2", help="several layers that lose units together")
    rules = titled({name: rule.title for name, rule in JOINT_RULES.items()})
    parser.add_argument(
        "--rule", choices=tuple(JOINT_RULES), help=f"how several layers lose units: {rules} (default ranked)"
    )
    parser.add_argument("--snapshot", type=int, default=-1, help="0 is the first, -1 the last")
    _declare_part(parser)
    _declare_removed(parser)
    parser.add_argument(
        "--orders", default="max_mag,min_mag,max_fp,min_fp,random", help="pruning orders, separated by commas"
    )
    parser.add_argument(
        "--similarity",
        choices=tuple(RANKED_BY),
        default="weights",
        help=f"by what max_fp, min_ip and their like compare units: {titled(RANKED_BY)}; default weights",
    )
    parser.add_argument("--out", type=Path, required=True, help="the CSV file: order,removed,accuracy,std,loss")
    declare_overwrite(parser)


def _declare_ablate(parser: argparse.ArgumentParser) -> None:
    declare_network(parser)
    _declare_removed(parser)
    declare_units(parser, "the units to remove", required=True)


PRUNE = Command(
    "write pruning curves of a layer, or of several together, as CSV", _declare_prune, _prune, asks_network=True
)
ABLATE = Command(
    "measure what removing some units costs, compared with the same number of random units",
    _declare_ablate,
    _ablate,
    asks_network=True,
)
