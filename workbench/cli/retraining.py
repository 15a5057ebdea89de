"""The flags of `workbench train` that begin with another run's weights, and remove units from them."""

from __future__ import annotations

import argparse
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.analysis.orders import JOINT_RULES
from workbench.cli.failures import BadUsage
from workbench.cli.unit_sets import declare_sets, units_in, units_named
from workbench.nets.architectures.catalogue import data_set
from workbench.runs.run import open_run
from workbench.runs.spec import IterativeSpec
from workbench.training.surgery import retraining

if TYPE_CHECKING:
    from workbench.cli.unit_sets import Named
    from workbench.runs.spec import RunSpec

# Flags that say what is removed or drawn again -> the fields of `SurgerySpec`.
SURGERY = {
    "--rank-at": "ranked_at",
    "--order": "order",
    "--fraction": "fraction",
    "--units": "units",
    "--iterative": "iterative",
    "--joint": "rule",
    "--redraw": "redrawn",
    "--permute": "permuted",
    "--redraw-seed": "redraw_seed",
}


def parents_specification(options: argparse.Namespace) -> RunSpec:
    """The specification of a training that begins with the run of --from, as that run was trained.

    Of other data only the name is taken over: their labels are others. RunError: there is no such run; SpecError: it
    has no such snapshot.
    """
    if options.recipe:
        raise BadUsage(
            "give --recipe or --from, not both: a run starts from an initialisation or from the weights of another run"
        )
    surgery = {field: getattr(options, field) for field in SURGERY.values() if getattr(options, field) is not None}
    at = -1 if options.at is None else options.at
    with open_run(options.parent) as run:
        if options.units is not None:
            layers = (*(options.layers or ()), *[""] * len(options.units))
            named = zip(options.units, layers, strict=False)
            surgery["units"] = tuple(
                tuple(units_named(units, options.sets, partial(run.place, layer, at))) for units, layer in named
            )
        spec = retraining(run, options.layers or (), at, **surgery)
    assert spec.surgery is not None
    spec = replace(spec, surgery=replace(spec.surgery, parent=str(options.parent)))  # as it was named
    if options.data and data_set(options.data).name != spec.data.name:
        return replace(spec, data=replace(spec.data, name=data_set(options.data).name, classes=None))
    return spec


def refuse_surgery_of_nothing(options: argparse.Namespace) -> None:
    """Raise BadUsage where units are to be removed and no run is named to remove them from."""
    fields = {"--at": "at", "--prune": "layers", **SURGERY}
    given = [flag for flag, field in fields.items() if getattr(options, field) is not None]
    if given:
        raise BadUsage(f"{given[0]} needs --from RUN.h5, the run whose weights the training starts from")


def declare(parser: argparse.ArgumentParser) -> None:
    """The flags."""
    group = parser.add_argument_group(
        "pruning with retraining",
        "Values that you do not give are taken from the run of --from. The optimiser starts from scratch.",
    )
    add = group.add_argument
    add("--from", dest="parent", type=Path, metavar="RUN.h5", help="start from the weights of this run")
    add("--at", type=int, metavar="SNAPSHOT", help="the snapshot whose weights are used (default -1, the last)")
    redrawing = (
        "layers to initialise again instead of taking their weights; with --at 0 and the same seed everything else, "
        "the order of the batches included, is as in the run of --from"
    )
    add("--redraw", dest="redrawn", type=names, metavar="fc1,fc2", help=redrawing)
    permuting = "layers that read the units before them in another order, each with the weights of another one"
    add("--permute", dest="permuted", type=names, metavar="fc1", help=permuting)
    add("--redraw-seed", type=int, metavar="SEED", help="seed of both (default: that of the run and one)")
    add("--prune", dest="layers", type=names, metavar="fc1,fc2", help="the layers whose units are removed")
    add("--fraction", type=float, help="fraction of their units to remove before the first step")
    add("--order", help="the pruning order; it must rank by weights (default max_mag: smallest norm first)")
    rewinding = (
        "the snapshot whose weights rank the units (default that of --at); --at 0 --rank-at -1 rewinds: a "
        "lottery ticket"
    )
    add("--rank-at", dest="ranked_at", type=int, metavar="SNAPSHOT", help=rewinding)
    listed = "remove these units; for several layers, separate lists by /; also rules, and with --sets names of sets"
    add("--units", type=_units, metavar="3,17,40", help=listed)
    declare_sets(group, "--units may name its sets")
    iterative = (
        "every EVERY iterations, remove the fraction RATIO of the remaining units, ranked by their weights at that time"
    )
    add("--iterative", type=_iterative, metavar="START:END:EVERY:RATIO", help=iterative)
    joint = "for several layers: their units compete (ranked, the default), or each layer loses the same fraction"
    add("--joint", dest="rule", choices=tuple(JOINT_RULES), help=joint)


def names(text: str) -> tuple[str, ...]:
    """The names of layers in a value such as "fc1,fc2"."""
    return tuple(name.strip() for name in text.split(","))


def _units(text: str) -> tuple[Named, ...]:
    return tuple(units_in(part) for part in text.split("/"))


def _iterative(text: str) -> IterativeSpec:
    try:
        start, end, every, ratio = text.split(":")
        return IterativeSpec(int(start), int(end), int(every), float(ratio))
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not START:END:EVERY:RATIO such as 0:500:100:0.2") from None
