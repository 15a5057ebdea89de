"""The page about the reproduction: what was asked, the table, and figure by figure what the report and we found."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from workbench.experiments.report.numbers import NOT_SEEN, SOURCES
from workbench.experiments.report.sizes import COLUMNS as SIZES
from workbench.experiments.report.sizes import table as table_of_sizes
from workbench.experiments.report.trainings import NETWORKS, REDRAWN
from workbench.experiments.report.words import SCALES, summary
from workbench.figures.overview.layer import overview_of
from workbench.figures.recipe import software
from workbench.nets.architectures.catalogue import data_set
from workbench.reports.blocks import Code, Document, Facts, Grid, Heading, Paragraph, Picture, Pictures
from workbench.reports.methods import METHOD
from workbench.reports.words import number
from workbench.runs.place import place_in
from workbench.runs.saying import counted, listed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from workbench.experiments.report.drawings import Plate
    from workbench.experiments.report.figures import ReportFigure
    from workbench.experiments.report.numbers import Row
    from workbench.experiments.report.trainings import Asked, Trained
    from workbench.reports.blocks import Block
    from workbench.runs.run import Run

ROWS = ("what", "report", "source", "ours, 95 % interval", "difference", "verdict")
OF_LAYERS = ("layer", "m × n", "dead", "isolated", "clusters", "largest", "repeated", "outliers", "stable rank",
             "elbow")  # fmt: skip


def compose(
    figures: Mapping[str, ReportFigure],
    rows: Sequence[Row],
    plates: Mapping[str, Sequence[Plate]],
    trained: Trained,
    command: Sequence[str],
) -> Document:
    """The page of these figures with the rows and the pictures of each."""
    title = "The report, rebuilt"
    blocks: list[Block] = [Heading(1, title), Paragraph(_opening(trained.asked)), Paragraph(summary(rows))]
    blocks += _missing(trained.asked)
    for name, figure in figures.items():
        mine = [row for row in rows if row.figure == name]
        blocks += _figure(name, figure, mine, plates.get(name, ()), trained)
    blocks += _layers(trained)
    blocks += _again(trained, command)
    return Document(title, tuple(blocks))


def _opening(asked: Asked) -> str:
    return (
        f"The figures of {METHOD}, made again by the workbench {software().get('workbench', '')}: each network is "
        f"trained, each figure drawn as in the report, and each number of the report stands beside ours. "
        f"{SCALES[asked.scale]}"
    )


def _missing(asked: Asked) -> Iterator[Block]:
    without = [known.title for name, known in NETWORKS.items() if name not in asked.networks]
    if without:
        yield Paragraph(f"{listed(without)} {'was' if len(without) == 1 else 'were'} left out: what needs "
                        f"{'it' if len(without) == 1 else 'them'} is not measured.")  # fmt: skip
    if asked.missing:
        names = listed([data_set(name).title for name in sorted(asked.missing)])
        yield Paragraph(
            f"{names} {'is' if len(asked.missing) == 1 else 'are'} not on this machine: the bundled 8×8 digits stand "
            "in. No number of the report can be expected of them, and VGG19BN needs larger images."
        )


def _figure(
    name: str, figure: ReportFigure, rows: Sequence[Row], plates: Sequence[Plate], trained: Trained
) -> Iterator[Block]:
    yield Heading(2, figure.title)
    yield Paragraph(f"The report: {figure.says}")
    unseen = figure.unseen.get(trained.asked.scale, "")
    if unseen and not all(trained.asked.on_digits(each.partition("-")[0]) for each in figure.needs):
        yield Paragraph(f"At the {trained.asked.scale} scale: {unseen}")
    if name == "fig1":
        yield Grid(SIZES, table_of_sizes(), "The networks, layer by layer.")
    if plates:
        yield Pictures(tuple(Picture(each.drawing.figure, each.caption, each.name) for each in plates))
    yield Grid(ROWS, tuple(map(_cells, rows)))
    said = tuple((row.what, row.number.explanation) for row in rows if row.number.explanation)
    if said:
        yield Facts(said)


def _cells(row: Row) -> tuple[str, ...]:
    return row.what, row.printed, row.number.source, row.measured, row.distance, row.verdict


def _layers(trained: Trained) -> Iterator[Block]:
    """Every layer of every network: whether one tells the story of another is seen at once."""
    there = [name for name in NETWORKS if trained.of(name)]
    if not there:
        return
    yield Heading(2, "Every layer")
    yield Paragraph(
        "The report shows the first fully connected layer and says that others tell a similar story. Here is each "
        "layer of the first training of each network after its training, by the same measures."
    )
    for name in there:
        run = trained.of(name)[0]
        yield Grid(OF_LAYERS, tuple(_layer(run, layer.name) for layer in run.layers), NETWORKS[name].title)


def _layer(run: Run, layer: str) -> tuple[str, ...]:
    found = overview_of(place_in(run, layer))
    counts = found.dead, found.isolated, found.clusters, found.largest_cluster, found.repeated, found.outliers
    rank = "–" if found.stable_rank is None else f"{found.stable_rank:.3g}"
    return layer, f"{found.units} × {found.inputs}", *map(number, counts), rank, number(found.elbow)


def _again(trained: Trained, command: Sequence[str]) -> Iterator[Block]:
    yield Heading(2, "How this was made")
    yield Facts(tuple(_about(trained)))
    yield Paragraph("The rules of the verdicts:")
    yield Facts(
        (
            ("the same, differs", "A number that follows from definitions, compared with what the report prints."),
            ("agrees", "The report's number lies within our 95 % interval: over trainings (Student's t), or over "
             "images where there is one training."),
            ("close", "It does not, but ours is no farther from it than the distance that is named."),
            ("holds, does not hold, undecided", "Something that is said in words, as a number above a limit: the whole "
             "interval lies above it, below it, or on both sides."),
            (NOT_SEEN, "Ours is shown, but the training was too short for the comparison to mean anything."),
            ("source", "; ".join(f"{key}: {words}" for key, words in SOURCES.items())),
        )
    )  # fmt: skip
    yield Paragraph("The page again, with the runs where they lie:")
    yield Code((shlex.join(command),))


def _about(trained: Trained) -> Iterator[tuple[str, str]]:
    yield "Versions", ", ".join(f"{name} {version}" for name, version in software().items())
    for name, runs in trained.runs.items():
        title = "Conv-2, redrawn classifier" if name == REDRAWN else NETWORKS[name].title
        spec = runs[0].spec
        widths = "" if not NETWORKS.get(name) or spec.net.widths is None else f", units {_widths(spec.net.widths)}"
        yield (
            title,
            (
                f"{counted(len(runs), 'training')} on {data_set(spec.data.name).title}, "
                f"{counted(spec.iterations or 0, 'iteration')} of batch {spec.batch_size}{widths}, "
                f"{spec.optimiser.name} {spec.optimiser.learning_rate:g}, "
                f"weight decay {spec.optimiser.weight_decay:g}, PyTorch's initialisation, images in a fixed order"
            ),
        )
    if trained.images is not None:
        yield "Images", f"What changes cost was measured on the first {trained.images:,} test images, but for LeNet."


def _widths(widths: Sequence[int]) -> str:
    return "-".join(map(str, widths))
