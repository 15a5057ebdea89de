"""Making a report: what is found, then drawn, then written, whole or not at all."""

from __future__ import annotations

import shlex
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.figures.files.saving import check_place
from workbench.figures.progress import Written
from workbench.figures.pruning.question import QUICK_SEEDS
from workbench.figures.recipe import software
from workbench.reports.binding import bound, page_of, pages
from workbench.reports.blocks import Code, Document, Facts, Heading, Paragraph
from workbench.reports.contents import (
    LayerFindings,
    RunFindings,
    headline,
    history_pictures,
    layer_pictures,
    run_blocks,
    several_runs,
)
from workbench.reports.costs import Costs, Step, costs_of
from workbench.reports.foresight import WEIGHTS, Foresight
from workbench.reports.methods import methods
from workbench.reports.process.drawings import DrawingsBeside
from workbench.reports.structure import structure_of
from workbench.runs.errors import RunError, shown
from workbench.runs.files.whole_files import write_whole_folder
from workbench.runs.place import Place
from workbench.runs.saying import counted, in_words

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator, Sequence
    from os import PathLike

    from workbench.figures.progress import Event
    from workbench.reports.blocks import Block, Picture
    from workbench.runs.run import Run

NAMES = ("report.html", "report.pdf")
QUICK = 1_000  # images


def report(
    runs: Sequence[Run],
    folder: str | PathLike[str],
    layers: Sequence[str] = (),
    snapshot: int = -1,
    costs: bool = True,
    quick: bool = False,
) -> Generator[Event, None, None]:
    """Write report.html and report.pdf about runs into a folder, which is made where it is missing.

    `layers` are those told of, all if not said; `costs` asks the networks too, and `quick` only on the first `QUICK`
    test images, and at a few levels where all take long. Closing the generator gives up, and nothing is written.
    RunError: no such layer; IndexError: no such snapshot; OSError: it cannot be written there.
    """
    target = Path(folder)
    _check(target)
    chosen = [(run, run.resolve(snapshot), layers or [layer.name for layer in run.layers]) for run in runs]
    for run, _, names in chosen:
        for name in names:
            run.layer(name)
    foresight = Foresight([(run, names) for run, _, names in chosen], costs, chooses=not quick)
    with closing(DrawingsBeside()) as drawings:
        found = yield from _findings(chosen, foresight, drawings, costs, quick)
        document = compose(found, costs, folder_name=target.name, layers=layers, snapshot=snapshot, quick=quick)
        wanted = pages(document)
        for number, (picture, page) in enumerate(wanted.items(), 1):
            yield foresight.of_figure(number, len(wanted))
            drawings.add(picture, page)
        yield foresight.of_writing()
        files = bound(document, drawings, NAMES)
    paths = _write(target, files)
    size = sum(map(len, files.values())) / 1e6
    yield Written(paths, f"{counted(len(wanted), 'figure')} of {counted(len(runs), 'run')}, {size:.1f} MB")


def _findings(
    chosen: Sequence[tuple[Run, int, Sequence[str]]],
    foresight: Foresight,
    drawings: DrawingsBeside,
    costs: bool,
    quick: bool,
) -> Generator[Event, None, list[RunFindings]]:
    """What is found of each run. Its figures are drawn meanwhile."""
    found: list[RunFindings] = []
    for run, at, names in chosen:
        _begin(drawings, history_pictures(run, at))
        layers: list[LayerFindings] = []
        for name in names:
            for step in _on_images(QUICK if quick else None, _found(Place(run, name, at), costs, quick)):
                if isinstance(step, LayerFindings):
                    layers.append(step)
                else:
                    yield foresight.of_layer(run, name, step.name, step.done)
            foresight.layer_is_done(run, name)
            _begin(drawings, layer_pictures(run, layers[-1]))
        found.append(RunFindings(run, at, tuple(layers)))
    return found


def _begin(drawings: DrawingsBeside, pictures: Iterable[Picture]) -> None:
    for picture in pictures:
        drawings.begin(page_of(picture))


def compose(
    found: Sequence[RunFindings],
    costs: bool,
    folder_name: str,
    layers: Sequence[str],
    snapshot: int,
    quick: bool = False,
) -> Document:
    """The report of what was found."""
    names = ", ".join(each.name for each in found)
    title = f"Redundancy in {shown(names)}"
    blocks: list[Block] = [Heading(1, title), *headline(found), Paragraph(_opening(found))]
    if quick and costs:
        said = (
            f"A quick report: what changes cost was measured on at most the first {QUICK:,} test images, for "
            f"{QUICK_SEEDS} random orders, and without validation images. Where all numbers of removed units or all "
            "ranks take long, a few were measured; the layer's section says how many."
        )
        blocks.append(Paragraph(said))
    blocks += several_runs(found)
    for each in found:
        blocks += run_blocks(each)
    blocks += methods(costs)
    blocks += _again(found, costs, folder_name, layers, snapshot, quick)
    return Document(title, tuple(blocks))


def _opening(found: Sequence[RunFindings]) -> str:
    layers = sum(len(each.layers) for each in found)
    runs = f"{len(found)} trained networks" if len(found) > 1 else "a trained network"
    which = f"each of {layers} layers" if layers > 1 else "the layer"
    return (
        f"Where {runs} {'are' if len(found) > 1 else 'is'} redundant: which units do nothing, which repeat each other, "
        f"how low-rank {which} has become, and what can be removed at what cost. Made by the "
        f"workbench {software().get('workbench', '')}; every number is defined under Methods, and the commands at "
        "the end reproduce the report."
    )


def _on_images(count: int | None, steps: Iterator[Step | LayerFindings]) -> Iterator[Step | LayerFindings]:
    """The steps, each of them on the first `count` images of each part (None: on all)."""
    if count is None:
        yield from steps
        return
    from workbench.evaluation.run_evaluators import first_images

    step: Step | LayerFindings | None = Step(WEIGHTS)
    while step is not None:
        with first_images(count):
            step = next(steps, None)
        if step is not None:
            yield step


def _found(place: Place, costs: bool, quick: bool) -> Iterator[Step | LayerFindings]:
    """What is being done, again and again, and at last what was found of a layer."""
    yield Step(WEIGHTS)
    try:
        structure = structure_of(place)
    except (RunError, ValueError) as error:
        yield LayerFindings(place.layer, None, None, f"Its weights cannot be described: {error}")
        return
    if not costs:
        yield LayerFindings(place.layer, structure, None)
        return
    try:
        for step in costs_of(place, quick):
            yield LayerFindings(place.layer, structure, step) if isinstance(step, Costs) else step
    except (ValueError, OSError, LookupError, RunError) as error:  # no net of the catalogue, or no images here
        yield LayerFindings(place.layer, structure, None, f"The cost of changes is not known: {in_words(error)}")


def _again(
    found: Sequence[RunFindings], costs: bool, folder_name: str, layers: Sequence[str], snapshot: int, quick: bool
) -> Iterator[Block]:
    yield Heading(2, "How to reproduce this report")
    versions = ", ".join(f"{name} {version}" for name, version in software().items())
    yield Facts((("Versions", versions), *((each.name, f"content {each.run.content()}") for each in found)))
    files = [each.name for each in found]
    words = ["workbench", "report", *files, "--snapshot", str(snapshot), "--out", folder_name or "report"]
    words += ["--layers", ",".join(layers)] if layers else []
    words += ([] if costs else ["--no-costs"]) + (["--quick"] if quick else [])
    yield Paragraph("The report, in the folder of the runs:")
    yield Code((shlex.join(words),))
    trained = [shown(each.run.spec.command) for each in found if each.run.spec.command]
    if trained:
        yield Paragraph("The trainings:")
        yield Code(tuple(trained))
    first = found[0]
    if first.layers:
        yield Paragraph("One of its figures, for print:")
        layer = ["--layer", first.layers[0].layer, "--snapshot", str(first.snapshot)]
        yield Code((shlex.join(["workbench", "figure", "graph", first.name, *layer, "--out", "graph.pdf"]),))


def _check(folder: Path) -> None:
    if folder.exists():
        if not folder.is_dir():
            raise FileExistsError(f"{folder} is not a folder: choose another name")
        for name in NAMES:
            check_place(folder / name)
    elif not folder.absolute().parent.is_dir():
        raise FileNotFoundError(f"{folder}: there is no folder {folder.absolute().parent}; make it first")


def _write(folder: Path, files: dict[str, bytes]) -> tuple[str, ...]:
    _check(folder)  # again: much time has passed
    return tuple(map(str, write_whole_folder(folder, files)))
