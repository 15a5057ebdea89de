"""`workbench train`: from flags to a run file."""

from __future__ import annotations

import argparse
import shlex
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.cli.command import Command, titled
from workbench.cli.failures import BadUsage
from workbench.cli.following import followed, stopped_by_signals
from workbench.cli.retraining import declare as declare_retraining
from workbench.cli.retraining import names, parents_specification, refuse_surgery_of_nothing
from workbench.nets.architectures.catalogue import ARCHITECTURES, DATA_SETS, data_set
from workbench.nets.architectures.names import TORCHVISION, network_name
from workbench.nets.variance import INITIALISERS, initialiser
from workbench.runs.spec import DataSpec, NetSpec, RunSpec
from workbench.training.checks import DEVICES, PRECISIONS
from workbench.training.command_line import command_line
from workbench.training.forecast import forecast
from workbench.training.loop.optimisers import OPTIMISERS, SCHEDULES
from workbench.training.recipes import RECIPES, nearest_recipe, recipe
from workbench.training.several import MOST_RUNS, seeded

if TYPE_CHECKING:
    from collections.abc import Iterable

NET, DATA = "lenet", "digits"  # without --net, --data and --recipe


def specification(options: argparse.Namespace, typed: Iterable[str]) -> RunSpec:
    """The run specification that the flags ask for; BadUsage says what is wrong with them.

    Without a recipe, optimiser, batch size and length are those of the recipe nearest to the net and data, or of the
    run that is retrained.
    """
    try:
        spec = _base(options)
        net = _given(name=network_name(options.net) if options.net else None, widths=options.widths, bias=options.bias)
        data = _given(
            name=data_set(options.data).name if options.data else None,
            classes=options.classes,
            label_noise=options.label_noise,
            validation=options.validation,
            augment=options.augment,
        )
        optimiser = _given(
            name=options.optimizer,
            learning_rate=options.lr,
            momentum=options.momentum,
            weight_decay=options.weight_decay,
            schedule=options.schedule,
        )
        rest = _given(
            initialiser=initialiser(options.init).name if options.init else None,
            batch_size=options.batch_size,
            snapshots=options.snapshots,
            seed=options.seed,
            order_seed=options.order_seed,
            frozen=options.frozen,
            device=options.device,
            precision=options.precision,
            shuffle=options.shuffle,
        )
    except ValueError as error:
        raise BadUsage(str(error)) from error
    spec = replace(
        spec,
        net=replace(spec.net, **net),
        data=replace(spec.data, **data),
        optimiser=replace(spec.optimiser, **optimiser),
        **rest,
    )
    spec = _with_length(spec, options.iterations, options.epochs)
    forecast(spec)  # says what is wrong before anything slow is loaded
    # What follows from another file is spelled out: that may have grown when the command is given again.
    command = shlex.join(["workbench", "train", *typed]) if spec.surgery is None else command_line(spec, options.out)
    return replace(spec, command=command)


def _base(options: argparse.Namespace) -> RunSpec:
    if options.parent:
        spec = parents_specification(options)
        other = options.optimizer not in (None, spec.optimiser.name)
        return replace(spec, optimiser=OPTIMISERS[options.optimizer].usual) if other else spec
    refuse_surgery_of_nothing(options)
    if options.recipe:
        return recipe(options.recipe)
    net, data = network_name(options.net or NET), data_set(options.data or DATA).name
    like = nearest_recipe(net, data)
    other = options.optimizer not in (None, like.optimiser.name)
    return RunSpec(
        NetSpec(net),
        DataSpec(data),
        OPTIMISERS[options.optimizer].usual if other else like.optimiser,
        batch_size=like.batch_size,
        iterations=like.iterations,
        epochs=like.epochs,
    )


def _with_length(spec: RunSpec, iterations: int | None, epochs: float | None) -> RunSpec:
    if iterations is not None and epochs is not None:
        raise BadUsage("give --iterations or --epochs, not both")
    if iterations is None and epochs is None:
        return spec
    return replace(spec, iterations=iterations, epochs=epochs)


def _given(**values: object) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def _train(options: argparse.Namespace) -> int:
    if options.resume is not None:
        return _resume(options)
    if options.out is None:
        raise BadUsage("name the run file to write with --out RUN.h5 (or resume one with --resume RUN.h5)")
    spec = specification(options, options.typed)
    trainings = seeded(spec, options.out, options.runs or 1)
    # The existing file is named before anything slow is loaded.
    for _, path in trainings:
        if path.exists():
            raise FileExistsError(f"{path} already exists and is never overwritten: choose another name")
    from workbench.training.loop.loop import train
    from workbench.training.recording import record_run

    with stopped_by_signals() as stop:
        for each, path in trainings:
            status = followed(record_run(path, train(each, options.data_root, options.download, stop), stop), stop)
            if status:
                return status
    return 0


def _resume(options: argparse.Namespace) -> int:
    taken = ("resume", "data_root", "download", "typed")
    other = [name for name, value in vars(options).items() if name not in taken and value is not None]
    if other:
        raise BadUsage("a resumed training keeps its values: use --resume only with --data-root and --download")
    from workbench.training.resuming import resume

    with stopped_by_signals() as stop:
        return followed(resume(options.resume, options.data_root, options.download, stop), stop)


def _runs(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= MOST_RUNS:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of runs from 1 to {MOST_RUNS}")
    return int(text)


def _whole_numbers(text: str) -> tuple[int, ...]:
    try:
        return tuple(int(part) for part in text.split(","))
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a list of whole numbers such as 300,100") from None


def _declare(parser: argparse.ArgumentParser) -> None:
    parser.epilog = (
        "Values that you do not give are taken from the recipe, or from the recipe closest to the network and data."
    )
    add = parser.add_argument
    add("--out", type=Path, metavar="RUN.h5", help="the run file to write; an existing file is never overwritten")
    add("--resume", type=Path, metavar="RUN.h5", help="resume this interrupted or stopped training, in its file")
    add("--recipe", help=f"a named training: {', '.join(RECIPES)}")
    add("--net", help=f"{', '.join(ARCHITECTURES)} (default {NET}), or {TORCHVISION}NAME for one of torchvision")
    add("--data", help=f"{', '.join(DATA_SETS)} (default {DATA})")
    add("--epochs", type=float, help="length of the training in passes over the training images")
    add("--iterations", type=int, help="length of the training in batches")
    add("--snapshots", help="epoch (default), log, log:N or every:K")
    add("--seed", type=int, help="seed of initialisation, batches and held-out images (default 0)")
    add("--order-seed", type=int, help="seed of the order of the batches alone (default: that of --seed)")
    add("--freeze", dest="frozen", type=names, metavar="fc1,fc2", help="layers that keep the weights they begin with")
    add("--runs", type=_runs, help="how many runs, with consecutive seeds: RUN-seed0.h5, RUN-seed1.h5, …")
    add("--device", choices=tuple(DEVICES), help=f"default auto: the {DEVICES['auto']}")
    add("--precision", choices=tuple(PRECISIONS), help="number type of the training steps (default float32)")
    add("--init", help=f"{', '.join(INITIALISERS)} (default glorot_normal)")
    add("--widths", type=_whole_numbers, metavar="300,100", help="units of every layer but the last")
    add("--bias", action=argparse.BooleanOptionalAction, help="layers with biases, or without")
    add("--optimizer", choices=tuple(OPTIMISERS), help=titled({name: row.title for name, row in OPTIMISERS.items()}))
    add("--lr", type=float, help="learning rate")
    add("--momentum", type=float)
    add("--weight-decay", type=float)
    schedules = titled({name: row.title for name, row in SCHEDULES.items()})
    add("--schedule", choices=tuple(SCHEDULES), help=f"of the learning rate: {schedules}")
    add("--batch-size", type=int)
    add(
        "--shuffle",
        action=argparse.BooleanOptionalAction,
        help="shuffle every epoch; otherwise batches follow the order of the data",
    )
    add(
        "--validation", type=float, metavar="FRACTION", help="fraction of the training images to hold out (default 0.1)"
    )
    add("--classes", type=_whole_numbers, metavar="3,5,7", help="train on these labels only")
    add(
        "--label-noise",
        type=float,
        metavar="FRACTION",
        help="fraction of the training labels to replace by random ones",
    )
    add("--augment", action=argparse.BooleanOptionalAction, help="random crops and flips")
    add("--data-root", type=Path, metavar="FOLDER", help="folder of the data sets (default WORKBENCH_DATA)")
    add("--download", action="store_true", help="download the data set to that folder if it is not there")
    declare_retraining(parser)


TRAIN = Command("train a network and store its snapshots in a run file", _declare, _train)
