"""The command `page`: a layer over the snapshots as one HTML page that moves."""

from __future__ import annotations

import argparse
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.cli.command import Command
from workbench.cli.commands.inspecting import chosen
from workbench.cli.failures import BadUsage
from workbench.cli.moving.animating import ends_in, in_one_line, scenes
from workbench.cli.places import check_free, declare_overwrite
from workbench.cli.telling import declare_events, told
from workbench.evaluation.similarity.table import SIMILARITIES
from workbench.runs.place import Place
from workbench.runs.run import open_run

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from workbench.reports.pages.writing import PageOf
    from workbench.runs.run import Run

KINDS = ["graph", "spectrum"]  # whose settings can be said
ENDINGS = (".html", ".htm")


def _page(options: argparse.Namespace) -> int:
    from workbench.reports.pages.writing import write_page

    if options.out.suffix.lower() not in ENDINGS:
        raise BadUsage(f"--out {options.out}: a page is a file that ends in {ENDINGS[0]}")
    check_free(options.overwrite, options.out)
    with ExitStack() as files:
        run, *others = (files.enter_context(open_run(path)) for path in (options.run, *options.stack))
        with in_one_line():
            return told(write_page(_wanted(options, run, others), options.out), options.events)


def _wanted(options: argparse.Namespace, run: Run, others: Sequence[Run]) -> PageOf:
    from workbench.figures.kinds import chosen_settings, named_settings
    from workbench.reports.pages.writing import PageOf

    layer = chosen(argparse.Namespace(run=options.run, layer=options.layer, snapshot=-1), run)[0].name
    named = {"cutoff": options.cutoff, "similarity": options.similarity}
    known = {name: value for name, value in named.items() if value is not None}
    with in_one_line():
        graph, spectrum = (dict(scene.settings) for scene in scenes(KINDS, options.set))
        settings: dict[str, Any] = {
            kind: chosen_settings(kind, named_settings(kind, run, layer, given))
            for kind, given in zip(KINDS, (graph | known, spectrum), strict=True)
        }
        first, last = ends_in(options.snapshots or ":")
        return PageOf(
            Place(run, layer), **settings, first=first, last=last, command=tuple(_again(options)), others=tuple(others)
        )


def _again(options: argparse.Namespace) -> Iterator[str]:
    """The command that makes the page again, in the folder of the run."""
    yield from ("workbench", "page", options.run.name, f"--layer={options.layer}")
    for name in ("cutoff", "similarity", "snapshots"):
        value = getattr(options, name)
        if value is not None:
            yield f"--{name}={value}"
    yield from (f"--set={each}" for each in options.set)
    yield from ("--stack", *(path.name for path in options.stack)) if options.stack else ()
    yield f"--out={options.out.name}"


def _declare_page(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run", type=Path, metavar="RUN.h5", help="a run file")
    parser.add_argument("--layer", required=True, help="name of the layer, such as fc1")
    cutoff = "smallest cosine of an edge (default .25, or the null cut-off if that is higher)"
    parser.add_argument("--cutoff", type=float, help=cutoff)
    parser.add_argument("--similarity", choices=tuple(SIMILARITIES), help="what is compared (default weights)")
    parser.add_argument("--snapshots", metavar="FIRST:LAST", help="snapshots to show (default all)")
    settings = "a setting of the graph or the spectrum, such as colouring=components or spectrum.scale=linear"
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help=settings)
    stack = "other runs whose layer of this name is stacked under it in the graph, at the same moments"
    parser.add_argument("--stack", nargs="+", type=Path, default=[], metavar="RUN.h5", help=stack)
    parser.add_argument("--out", type=Path, required=True, help="the .html file to write")
    declare_overwrite(parser)
    declare_events(parser)


PAGE = Command(
    "make a page for the browser: graph, spectrum and accuracies under one slider, in a single file",
    _declare_page,
    _page,
    asks_network=True,
)
