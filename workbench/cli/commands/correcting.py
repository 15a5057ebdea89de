"""`workbench confirm` and `workbench repair`: a guess about an imported run is confirmed, a damaged run is saved."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from workbench.cli.command import Command
from workbench.cli.failures import BadUsage
from workbench.evaluation.identity import confirm, confirmation, identity_file
from workbench.evaluation.networks.named import name
from workbench.nets.architectures.catalogue import title_of
from workbench.runs.run import open_run

if TYPE_CHECKING:
    import argparse


def _confirm(options: argparse.Namespace) -> int:
    if options.take_back and options.data is not None:
        raise BadUsage("--take-back removes the confirmation: leave out --data")
    with open_run(options.run) as run:
        if options.data is not None:
            name(run, data=options.data)
        confirm(run, right=not options.take_back)
        found = confirmation(run)
        if found is None:
            print(f"{options.run}: nothing is confirmed")
        else:
            title = title_of(found.net, run.spec.net.widths)
            print(f"{options.run}: confirmed as {title} on {found.data}, stored in {identity_file(run.path).name}")
    return 0


def _declare_confirm(parser: argparse.ArgumentParser) -> None:
    parser.epilog = (
        "The network of an imported run is recognised by the shapes of its parameters. They show neither the "
        "activation function nor how the images were normalised. The confirmation is stored next to the run, whose "
        "file never changes."
    )
    parser.add_argument("run", type=Path, metavar="RUN.h5", help="an imported run")
    parser.add_argument("--data", metavar="NAME", help="the data it was trained on, if the run does not name them")
    parser.add_argument("--take-back", action="store_true", help="remove the confirmation")


CONFIRM = Command("confirm that the network and data of an imported run were guessed right", _declare_confirm, _confirm)


def _repair(options: argparse.Namespace) -> int:
    from workbench.runs.writing.repair import repair

    *_, saved = repair(options.run, options.out)
    for line in saved.lost:
        print(line)
    print(f"{options.out}: {saved.in_words}")
    return 0


def _declare_repair(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run", type=Path, metavar="DAMAGED.h5", help="a damaged or truncated run; it is only read")
    parser.add_argument(
        "out", type=Path, metavar="SAVED.h5", help="the run file to write; an existing file is never overwritten"
    )


REPAIR = Command("save what is intact in a damaged or truncated run as a new run", _declare_repair, _repair)
