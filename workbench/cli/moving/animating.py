"""The command `animate`: a run's snapshots as a film."""

from __future__ import annotations

import argparse
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.cli.command import Command
from workbench.cli.commands.figures import NAMES, settings_from, views_with_runs
from workbench.cli.commands.inspecting import chosen
from workbench.cli.failures import BadUsage
from workbench.cli.places import FIGURES, check_again, declare_overwrite
from workbench.cli.telling import declare_events, told
from workbench.cli.unit_sets import declare_units, units_of
from workbench.figures.files.reading import FILM
from workbench.figures.style import THEMES
from workbench.films.film import OF_OTHERS
from workbench.runs.run import open_run

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from workbench.films.film import Film, Scene
    from workbench.runs.run import Run


def _animate(options: argparse.Namespace) -> int:
    if options.remake is not None:
        with _remade(options) as film:
            return _told(film, options)
    if len(options.what) != 2:
        raise BadUsage(f"name what to draw and the run: workbench animate {'|'.join(NAMES)} RUN.h5 --layer … --out …")
    options.figures, options.run = options.what[0], Path(options.what[1])
    with ExitStack() as stack:
        run, *group = (stack.enter_context(open_run(path)) for path in (options.run, *options.group))
        beside = None if options.beside is None else stack.enter_context(open_run(options.beside))
        return _told(_film(options, run, tuple(group), beside), options)


def _told(film: Film, options: argparse.Namespace) -> int:
    from workbench.films.animation import animate

    if options.out.suffix.lower() == FILM:
        shown = ((scene.kind, film.run.run_id, film.layer) for scene in film.scenes)
        check_again(options.overwrite, options.out, shown)
    return told(animate(film, options.out), options.events)


@contextmanager
def _remade(options: argparse.Namespace) -> Iterator[Film]:
    """The film of a film's file, or of that of one of its pictures, with what the options change in it."""
    from workbench.figures.files.reading import recipe_in
    from workbench.films.recipe import film_from

    if options.layer is not None or options.set or options.units or options.group or options.beside:
        raise BadUsage("with --from the layer, the units, the other runs and the settings are those of the film")
    recipe = recipe_in(options.remake)
    if recipe.film is None:
        raise BadUsage(f"{options.remake.name} is a figure: workbench figure --from makes it again")
    with ExitStack() as stack, in_one_line():
        groups = []
        for _view, run, group in views_with_runs(recipe, options.remake, options.what, "animate", options.out):
            groups.append([stack.enter_context(each) for each in group])
            stack.enter_context(run)
        yield replace(film_from(recipe, run, groups), **_looks(options))


def _film(options: argparse.Namespace, run: Run, group: tuple[Run, ...] = (), beside: Run | None = None) -> Film:
    from workbench.figures.kinds import KINDS
    from workbench.films.film import Film

    kinds = [_kind(name) for name in options.figures.split(",")]
    layer = None
    if options.layer is not None or any(KINDS[kind].of_layer for kind in kinds):
        if options.layer is None:
            raise BadUsage(f"--layer is missing: {options.run} has {', '.join(known.name for known in run.layers)}")
        layer = chosen(argparse.Namespace(run=options.run, layer=options.layer, snapshot=-1), run)[0].name
    units = () if layer is None else tuple(units_of(options, run, layer))
    with in_one_line():
        shown = tuple(_with_others(scenes(kinds, options.set), group, beside))
        return Film(run, shown, layer, units, **_looks(options))


def _with_others(alone: Iterable[Scene], group: tuple[Run, ...], beside: Run | None) -> Iterator[Scene]:
    """The scenes with the other runs, where they show any; those that show none are of the film's run alone."""
    from workbench.figures.comparing.curves import ROWS
    from workbench.figures.kinds import KINDS

    shown = 0
    for scene in alone:
        mean = group if KINDS[scene.kind].of_group and scene.kind not in OF_OTHERS else ()
        whose = (beside,) if beside is not None and scene.kind in OF_OTHERS else mean
        made = replace(scene, group=whose, beside=beside if scene.kind in ROWS else None)
        shown += bool(made.others)
        yield made
    if (group or beside is not None) and not shown:
        raise BadUsage("none of these figures shows other runs: leave --group and --beside out")


@contextmanager
def in_one_line() -> Iterator[None]:
    """Within, what the user typed wrong is said in one line."""
    try:
        yield
    except (ValueError, IndexError) as error:
        raise BadUsage(str(error)) from error


def _looks(options: argparse.Namespace) -> dict[str, Any]:
    """The fields of the film that the options name."""
    said = {name: getattr(options, name) for name in ("font", "theme", "seconds", "rate", "moving", "start")}
    if options.size is not None:
        said["size"] = _size(options.size)
    if options.snapshots is not None:
        said["first"], said["last"] = ends_in(options.snapshots)
    return {name: value for name, value in said.items() if value is not None}


def _kind(name: str) -> str:
    if name not in NAMES:
        raise BadUsage(f"there is no figure {name!r}: choose {', '.join(NAMES)}, or several, separated by commas")
    return NAMES[name]


def scenes(kinds: list[str], given: list[str]) -> Iterator[Scene]:
    """Each figure with its settings: "cutoff=0.4" is for those that have it, "graph.cutoff=0.4" for one."""
    from dataclasses import fields

    from workbench.figures.kinds import KINDS, OF_GRAPH
    from workbench.films.film import Scene

    names = {kind: {each.name for each in fields(KINDS[kind].settings)} for kind in kinds}
    names = {kind: known | ({"cutoff"} if kind in OF_GRAPH else set()) for kind, known in names.items()}
    shown = {kind: name for name, kind in NAMES.items()}
    own: dict[str, list[str]] = {kind: [] for kind in kinds}
    for pair in given:
        name = pair.partition("=")[0]
        taking = [kind for kind in kinds if name in names[kind]]
        whose, dot, rest = pair.partition(".")
        if dot and "=" not in whose and NAMES.get(whose) in kinds:
            taking, pair = [NAMES[whose]], rest
        if not taking:
            raise BadUsage(f"--set {pair}: none of {', '.join(shown[kind] for kind in kinds)} has a setting {name!r}")
        for kind in taking:
            own[kind].append(pair)
    for kind in kinds:
        yield Scene(kind, settings_from(own[kind], kind))


def ends_in(text: str) -> tuple[int, int]:
    """The first and the last snapshot of "0:-1"."""
    first, colon, last = text.partition(":")
    try:
        return int(first or 0), int(last or -1) if colon else int(first)
    except ValueError:
        raise BadUsage(f"--snapshots {text!r} is not a range such as 0:-1") from None


def _size(text: str) -> tuple[int, int]:
    width, _cross, height = text.lower().replace("×", "x").partition("x")
    try:
        return int(width), int(height)
    except ValueError:
        raise BadUsage(f"--size {text!r} is not a size in pixels such as 1280x720") from None


def _declare_animate(parser: argparse.ArgumentParser) -> None:
    parser.usage = (
        "workbench animate FIGURES RUN.h5 --layer NAME --out FILM.mp4 [options]\n"
        "       workbench animate --from OLD.mp4 [RUN.h5] --out FILM.mp4 [options]"
    )
    figures = f"FIGURES ({', '.join(NAMES)}; separate several by commas) and a run file"
    parser.add_argument("what", nargs="*", metavar="FIGURES RUN.h5", help=figures)
    remake = "a film, or one of its pictures, to make again"
    parser.add_argument("--from", dest="remake", type=Path, metavar="OLD.mp4", help=remake)
    parser.add_argument("--layer", help="name of the layer, such as fc1")
    parser.add_argument("--seconds", type=float, help="how long each snapshot is shown (default 0.2)")
    parser.add_argument("--snapshots", metavar="FIRST:LAST", help="snapshots to show (default all)")
    parser.add_argument("--size", metavar="WxH", help="size in pixels (default 1280x720)")
    parser.add_argument("--fps", type=int, dest="rate", metavar="FPS", help="frames per second (default 25)")
    parser.add_argument(
        "--no-motion", dest="moving", action="store_const", const=False, help="one frame for each snapshot"
    )
    start = "where the nodes of the graph begin, as the window writes it (default: the start of the layout)"
    parser.add_argument("--start", metavar="TEXT", help=start)
    declare_units(parser, "units to mark in the graph")
    group = "other runs that differ only by their seed: their mean is shown by the figures that can"
    parser.add_argument("--group", nargs="+", type=Path, default=[], metavar="RUN.h5", help=group)
    beside = "another run, whose curves at the same moment are drawn as well, in a second colour"
    parser.add_argument("--beside", type=Path, metavar="B.h5", help=beside)
    parser.add_argument("--font", type=float, metavar="POINTS", help="font size on a slide (default: chosen to fit)")
    parser.add_argument("--theme", choices=list(THEMES), help="colours (default print)")
    settings = (
        "a setting of a figure, such as cutoff=0.4, lowrank.part=validation or, for the same view at every "
        'snapshot, graph.view=\'{"x": [-90, 90], "y": [[-60, 60]]}\''
    )
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help=settings)
    parser.add_argument("--out", type=Path, required=True, help="an .mp4 file, or a folder for PNG pictures")
    more = f"{FIGURES.replace('figure', 'film')}; a folder that is not empty is never replaced either"
    declare_overwrite(parser, more)
    declare_events(parser)


ANIMATE = Command(
    "make a film of a run's snapshots: MP4, or PNG pictures", _declare_animate, _animate, asks_network=True
)
