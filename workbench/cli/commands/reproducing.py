"""`workbench reproduce` and `ask`: the figures of the report, made again, and its open questions, asked."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from workbench.cli import asking
from workbench.cli.command import Command
from workbench.cli.failures import BadUsage
from workbench.cli.following import stopped_by_signals
from workbench.cli.places import check_free, declare_overwrite
from workbench.cli.telling import EVENTS, declare_events, told
from workbench.experiments.questions.catalogue import MOST_REPEATS, REPEATS
from workbench.experiments.questions.catalogue import TITLES as QUESTIONS
from workbench.experiments.report.catalogue import ALL, NETWORKS, TITLES
from workbench.experiments.report.numbers import SCALES
from workbench.experiments.report.words import lines

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable

    from workbench.experiments.report.numbers import Row
    from workbench.figures.progress import Event

T = TypeVar("T")


def _reproduce(options: argparse.Namespace) -> int:
    from workbench.experiments.report.reproducing import PAGE, PDF, TABLE, reproduce

    _check(options, (PAGE, PDF, TABLE))
    rows: list[Row] = []
    with stopped_by_signals() as stop, asking.as_named(options):
        events = reproduce(
            options.figure, options.out, options.scale, options.repeats, options.networks, stop, _command(options)
        )
        status = told(_kept(events, rows), options.events)
    if not options.events and rows:
        print(*lines(rows), sep="\n")
    return 128 + stop.signal if stop() else status


def _ask(options: argparse.Namespace) -> int:
    from workbench.experiments.questions.asking import PAGE, PDF, TABLE, ask

    _check(options, (PAGE, PDF, TABLE))
    with stopped_by_signals() as stop:
        events = ask(options.question, options.out, options.repeats, options.iterations, stop, _command(options))
        status = told(_kept(events, []), options.events)
    return 128 + stop.signal if stop() else status


def _check(options: argparse.Namespace, names: tuple[str, ...]) -> None:
    if options.repeats is not None and not 1 <= options.repeats <= MOST_REPEATS:
        raise BadUsage(f"--repeats {options.repeats}: give 1 to {MOST_REPEATS}")
    if getattr(options, "iterations", None) is not None and options.iterations < 1:
        raise BadUsage(f"--iterations {options.iterations}: give 1 or more")
    if options.out.exists() and not options.out.is_dir():
        raise FileExistsError(f"{options.out} is not a folder: choose another name")
    if options.out.is_dir():
        check_free(options.overwrite, *(options.out / name for name in names))


def _command(options: argparse.Namespace) -> tuple[str, ...]:
    """The command as it was typed, but for what says how it is to be told and where it may write."""
    return ("workbench", *(word for word in (options.command, *options.typed) if word not in (EVENTS, "--overwrite")))


def _kept(events: Generator[Event, None, Iterable[T]], rows: list[T]) -> Generator[Event, None, None]:
    """The same events; what they return is added to `rows`."""
    rows += yield from events


def _networks(text: str) -> tuple[str, ...]:
    names = tuple(text.split(","))
    for name in names:
        if name not in NETWORKS:
            raise argparse.ArgumentTypeError(f"{name!r} is none of {', '.join(NETWORKS)}")
    return names


def _declare(parser: argparse.ArgumentParser) -> None:
    parser.epilog = (
        "Runs are kept in FOLDER/runs and used again; what was interrupted goes on. Where MNIST or CIFAR-10 are "
        "missing, the bundled digits stand in."
    )
    add = parser.add_argument
    add("figure", choices=(*TITLES, ALL), help="which figure of the report, or all of them")
    add("--scale", choices=SCALES, default="quick", help="quick: a quarter of an hour on two cores for all figures; "
        "full: as in the report (default quick)")  # fmt: skip
    add("--repeats", type=int, metavar="N", help="trainings of each network (default: 3 at most if quick, 10 if full)")
    add("--networks", type=_networks, metavar=",".join(NETWORKS), help="train these only; what needs others is not "
        "measured")  # fmt: skip
    add("--data-root", type=Path, metavar="FOLDER", help="folder of the data sets (default WORKBENCH_DATA)")
    _declare_output(parser)
    parser.set_defaults(net=None, data=None, command="reproduce")


def _declare_question(parser: argparse.ArgumentParser) -> None:
    parser.epilog = "; ".join(f"{name}: {title}" for name, title in QUESTIONS.items())
    add = parser.add_argument
    add("question", choices=tuple(QUESTIONS), help="which of the report's open questions")
    usual = ", ".join(f"{count} for {name}" for name, count in REPEATS.items())
    add("--repeats", type=int, metavar="N", help=f"seeds (default {usual})")
    add("--iterations", type=int, metavar="N", help="length of each training, to try it out (default: its own)")
    _declare_output(parser)
    parser.set_defaults(command="ask")


def _declare_output(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--out", type=Path, required=True, metavar="FOLDER", help="the folder for the page, the table, "
        "the figures and the runs")  # fmt: skip
    declare_overwrite(parser)
    declare_events(parser)


REPRODUCE = Command("rebuild figures of the report, each number beside the report's", _declare, _reproduce)
ASK = Command("ask one of the report's open questions by an experiment", _declare_question, _ask)
