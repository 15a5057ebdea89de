"""The options of every command that asks the network: which one it is, which data, and where these lie."""

from __future__ import annotations

import os
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.cli.failures import BadUsage
from workbench.evaluation.networks.named import name, named_everywhere
from workbench.runs.run import open_run

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Sequence

DATA_VARIABLE = "WORKBENCH_DATA"


def declare(parser: argparse.ArgumentParser) -> None:
    """`--net`, `--data` and `--data-root`."""
    parser.add_argument(
        "--net", metavar="NAME",
        help="the network, if the run does not name it: a name of the catalogue, torchvision:NAME, or "
            "package.module:function, which is run and returns the network",
    )  # fmt: skip
    parser.add_argument(
        "--data", metavar="NAME",
        help="the data, if the run does not name them: a data set of the catalogue, or package.module:function, "
            "which is run and returns (inputs, labels) or a data set",
    )  # fmt: skip
    parser.add_argument(
        "--data-root", type=Path, metavar="FOLDER", help="folder of the data sets (default WORKBENCH_DATA)"
    )


@contextmanager
def as_named(options: argparse.Namespace) -> Iterator[None]:
    """Within, every run is of the network and data that the options name, and data sets lie where they say."""
    before = os.environ.get(DATA_VARIABLE)
    if options.data_root is not None:
        os.environ[DATA_VARIABLE] = str(options.data_root)
    try:
        with named_everywhere(options.net, options.data):
            yield
    finally:
        if before is None:
            os.environ.pop(DATA_VARIABLE, None)
        else:
            os.environ[DATA_VARIABLE] = before


def name_runs(paths: Sequence[Path], options: argparse.Namespace) -> None:
    """What the options name is named for these runs alone: in the window others are open beside them."""
    if options.data_root is not None:
        os.environ[DATA_VARIABLE] = str(options.data_root)
    if options.net is None and options.data is None:
        return
    if not paths:
        raise BadUsage("--net and --data describe runs: name the runs too")
    for path in paths:
        with open_run(path) as run:
            name(run, options.net, options.data)
