"""The commands `figure` and `report`: a figure of a run as a file, or made again from its file; a page about runs."""

from __future__ import annotations

import argparse
import json
import os
import shlex
from contextlib import ExitStack
from dataclasses import fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.cli.command import Command
from workbench.cli.commands.inspecting import chosen
from workbench.cli.failures import BadUsage
from workbench.cli.places import FIGURES, check_again, check_free, check_size, declare_overwrite, declare_yes, shown_by
from workbench.cli.telling import declare_events, told
from workbench.comparing.sides import split_address
from workbench.figures.files.reading import FILM, recipe_in
from workbench.figures.kinds import KINDS
from workbench.figures.style import THEMES, Style
from workbench.runs.files.regular_file import beginning
from workbench.runs.run import open_run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from workbench.cli.places import Shown
    from workbench.figures.drawing import Drawing
    from workbench.figures.recipe import Recipe, RunKey, View
    from workbench.runs.run import Run

NAMES = {kind.command: name for name, kind in KINDS.items()}
LONGEST_HEAD = 10_000  # characters of a table's first row
LOOKS = ("width", "height", "font", "dpi", "theme", "titles")


def _figure(options: argparse.Namespace) -> int:
    from workbench.figures.drawing import format_of, save, table_bytes

    again: list[bool] = []  # whether it is made again in its place

    def check(shown: Iterable[Shown]) -> None:
        again.append(check_again(options.overwrite, options.out, shown))

    try:
        format_of(options.out)
        changes = {name: value for name in LOOKS if (value := getattr(options, name)) is not None}
        if options.remake is None:
            drawings, style, columns = [_drawing(options, check)], Style(**changes), None
        else:
            recipe = recipe_in(options.remake)
            style, columns = replace(recipe.style, **changes), recipe.columns
            check(shown_by(recipe))
            drawings = list(_remade(recipe, options))
    except ValueError as error:
        raise BadUsage(str(error)) from error
    if options.csv:
        _check_tables(drawings, options, *again)
        check_size(table_bytes([drawing.figure for drawing in drawings]), options.out.with_suffix(".csv"), options.yes)
    for path in save(drawings, options.out, style, columns, options.csv):
        print(path)
    _tell_and_close(drawings)
    return 0


def _tell_and_close(drawings: Iterable[Drawing]) -> None:
    for drawing in drawings:
        for note in drawing.notes:
            print(f"note: {note}")
        for run in (drawing.place.run, *drawing.group):
            run.close()


def _check_tables(drawings: Sequence[Drawing], options: argparse.Namespace, again: bool) -> None:
    """FileExistsError: a table would replace a file that is not a table of the figure being made again."""
    from workbench.figures.drawing import csv_paths

    figures = [drawing.figure for drawing in drawings]
    for path, figure in zip(csv_paths(options.out, figures), figures, strict=True):
        same = again and path.is_file() and _head(path) == figure.table().text().partition("\n")[0]
        check_free(options.overwrite or same, path)


def _head(path: Path) -> str:
    return beginning(path, LONGEST_HEAD).decode(errors="replace").partition("\n")[0].removesuffix("\r")


def _drawing(options: argparse.Namespace, check: Callable[[Iterable[Shown]], None]) -> Drawing:
    """The requested figure; `check` hears what it shows before it is computed."""
    from workbench.figures.kinds import figure

    if len(options.what) != 2 or options.what[0] not in NAMES:
        raise BadUsage(f"name what to draw and the run: workbench figure {'|'.join(NAMES)} RUN.h5 --layer … --out …")
    kind, options.run = NAMES[options.what[0]], Path(options.what[1])
    run = open_run(options.run)
    layer = None
    if options.layer is not None or KINDS[kind].of_layer:
        if options.layer is None:
            raise BadUsage(f"--layer is missing: {options.run} has {', '.join(known.name for known in run.layers)}")
        layer = chosen(options, run)[0].name
    snapshot = _snapshot(run, options.snapshot)
    check([(kind, run.run_id, layer)])
    group = [open_run(path) for path in options.group]
    beside, at = (None, None) if options.beside is None else _beside(options.beside)
    return figure(kind, run, layer, snapshot, (), (), group, beside, at, **settings_from(options.set, kind))


def _beside(address: str) -> tuple[Run, int | None]:
    """The other network, and its snapshot where one is named."""
    path, snapshot = split_address(address)
    run = open_run(path)
    return run, None if snapshot is None else _snapshot(run, snapshot)


def _snapshot(run: Run, snapshot: int) -> int:
    try:
        return run.resolve(snapshot)
    except IndexError as error:
        raise BadUsage(str(error)) from error


def settings_from(given: list[str], kind: str) -> dict[str, Any]:
    """The panel's settings from NAME=VALUE; VALUE is JSON, a list with commas, or a text."""
    settings: dict[str, Any] = {}
    for pair in given:
        name, equals, text = pair.partition("=")
        if not equals:
            raise BadUsage(f"--set {pair}: write NAME=VALUE")
        try:
            value = json.loads(text)
        except ValueError:
            value = text
        settings[name] = value
    known = {each.name: str(each.type) for each in fields(KINDS[kind].settings)}
    for name, value in settings.items():
        if isinstance(value, str) and known.get(name, "").startswith("tuple"):
            settings[name] = value.split(",")
    return settings


def _remade(recipe: Recipe, options: argparse.Namespace) -> Iterator[Drawing]:
    from workbench.figures.kinds import figure_from

    if options.layer is not None or options.set or options.group or options.beside:
        raise BadUsage("with --from the layer, the other runs and the settings are those of the figure")
    if recipe.film is not None and options.remake.suffix.lower() == FILM:
        again = f"workbench animate --from {shlex.quote(str(options.remake))} --out NEW.mp4"
        raise BadUsage(f"{options.remake.name} is a film: {again} makes it again. To make a figure of one of its "
            "snapshots, use the picture of it, which animate writes with --out FOLDER/")  # fmt: skip
    for view, run, group in views_with_runs(recipe, options.remake, options.what, "figure", options.out):
        yield figure_from(view, run, group)


def _declare_figure(parser: argparse.ArgumentParser) -> None:
    parser.usage = (
        f"workbench figure {'|'.join(NAMES)} RUN.h5 --layer NAME --out FILE.pdf [options]\n"
        "       workbench figure --from OLD.pdf [RUN.h5 ...] --out FILE.pdf [options]"
    )
    parser.add_argument("what", nargs="*", help=argparse.SUPPRESS)
    parser.add_argument("--from", dest="remake", type=Path, metavar="OLD.pdf", help="a figure to make again")
    parser.add_argument("--layer", help="name of the layer, such as fc1")
    parser.add_argument("--snapshot", type=int, default=-1, help="0 is the first, -1 the last")
    settings = "a setting of the panel, such as orders=max_mag,random, scale=log or cutoff=0.4"
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help=settings)
    group = "lowrank: other runs that differ only by their seed; the mean of all of them is shown too"
    parser.add_argument("--group", nargs="+", type=Path, default=[], metavar="RUN.h5", help=group)
    beside = "another run whose curves are drawn as well, in a second colour; B.h5@3 at another snapshot than the same"
    parser.add_argument("--beside", metavar="B.h5", help=beside)
    parser.add_argument("--width", type=float, metavar="MM", help="84 for one column, 174 for two (default 84)")
    parser.add_argument("--height", type=float, metavar="MM", help="default: as high as the figure needs")
    parser.add_argument("--font", type=float, metavar="POINTS", help="font size (default 8)")
    parser.add_argument("--dpi", type=int, help="resolution of a PNG (default 300)")
    parser.add_argument("--theme", choices=list(THEMES), help="colours (default print)")
    parser.add_argument("--titles", action="store_const", const=True, help="run, layer and snapshot above the figure")
    parser.add_argument("--csv", action="store_true", help="also write the numbers as CSV next to the figure")
    declare_overwrite(parser, f"{FIGURES}, with its table")
    declare_yes(parser)
    parser.add_argument("--out", type=Path, required=True, help="the file to write: .pdf, .svg or .png")


def _report(options: argparse.Namespace) -> int:
    # Threads that spin while they wait take the processors from the process that draws. torch reads it at its import.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    from workbench.reports.writing import NAMES, report

    with ExitStack() as stack:
        runs = [stack.enter_context(open_run(path)) for path in options.runs]
        layers = options.layers.split(",") if options.layers else []
        try:
            for run in runs:
                run.resolve(options.snapshot)
        except IndexError as error:
            raise BadUsage(f"{run.path}: {error}") from error
        if options.out.is_dir():
            check_free(options.overwrite, *(options.out / name for name in NAMES))
        return told(report(runs, options.out, layers, options.snapshot, options.costs, options.quick), options.events)


def _declare_report(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("runs", nargs="+", type=Path, metavar="RUN.h5", help="run files")
    parser.add_argument("--layers", metavar="fc1,fc2", help="the layers to report; all by default")
    parser.add_argument("--snapshot", type=int, default=-1, help="0 is the first, -1 the last")
    parser.add_argument("--no-costs", dest="costs", action="store_false", help="do not measure what changes cost; "
        "that takes longest")  # fmt: skip
    parser.add_argument("--quick", action="store_true", help="measure what changes cost on the first 1,000 test "
        "images, at few levels where all take long, and without validation images: much faster")  # fmt: skip
    parser.add_argument("--out", type=Path, required=True, help="the folder for report.html and report.pdf")
    declare_overwrite(parser)
    declare_events(parser)


REPORT = Command(
    "describe runs and where they are redundant, as an HTML page and a PDF",
    _declare_report,
    _report,
    asks_network=True,
)
FIGURE = Command(
    "make a figure for print that carries its recipe, or make one again from its recipe",
    _declare_figure,
    _figure,
    asks_network=True,
)


def views_with_runs(
    recipe: Recipe, made: Path, named: Iterable[str], command: str, out: Path
) -> Iterator[tuple[View, Run, tuple[Run, ...]]]:
    """Each view of the recipe in the file `made`, its run and its group's: of those `named`, or else beside the file.

    BadUsage: one is not there; says what to type. RunError: what is named is no run.
    """
    from workbench.figures.files.finding import find_run, needed

    files = [Path(word) for word in named]
    for path in files:
        open_run(path).close()  # what a person names must be a run: says what is wrong with it
    folders = [] if files else [made.absolute().parent, Path.cwd()]
    count = len({key.run_id for view in recipe.views for key in (view.run, *view.group)})

    def found(key: RunKey) -> Run:
        run = find_run(key, files, folders)
        if run is not None:
            return run
        elsewhere = f"that run is neither next to {made.name} nor in the current folder"
        where = "none of the given runs is that run" if files else elsewhere
        name, places = "name its file", ["WHERE/THE-RUN-IS.h5"]
        if count > 1:
            name = f"name the files of all its {count} runs"
            places = [f"WHERE/RUN-{number}-IS.h5" for number in range(1, count + 1)]
        again = shlex.join(["workbench", command, "--from", str(made), *places, "--out", str(out)])
        raise BadUsage(f"{made.name} was made from {needed(key)}, and {where}; {name}: {again}")

    for view in recipe.views:
        yield view, found(view.run), tuple(map(found, view.group))
