"""Rebuilding figures of the report: train what is missing, measure, draw, and write the page and the table."""

from __future__ import annotations

from contextlib import ExitStack, closing
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.experiments.making import made, missing_data
from workbench.experiments.report.document import compose
from workbench.experiments.report.figures import chosen, needed
from workbench.experiments.report.numbers import COLUMNS, judged
from workbench.experiments.report.trainings import NETWORKS, Asked, opened
from workbench.experiments.report.words import summary
from workbench.figures.drawing import save
from workbench.figures.figure import Table
from workbench.figures.progress import Progress, Written
from workbench.figures.style import Style
from workbench.reports.binding import bound, drawn
from workbench.runs.files.whole_files import write_whole_folder
from workbench.runs.pace import Pace
from workbench.runs.saying import counted
from workbench.training.recipes import recipe

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping, Sequence
    from os import PathLike

    from workbench.experiments.making import Training
    from workbench.experiments.report.drawings import Plate
    from workbench.experiments.report.figures import ReportFigure
    from workbench.experiments.report.numbers import Row, Scale
    from workbench.experiments.report.trainings import Trained
    from workbench.figures.progress import Event

RUNS, PICTURES, PAGE, PDF, TABLE = "runs", "figures", "report.html", "report.pdf", "table.csv"
QUICK_IMAGES = 1_000  # on which changes are measured at the quick scale
MEASURING, DRAWING, WRITING = 8.0, 4.0, 20.0  # seconds for a figure's numbers, for a picture, for the page


def reproduce(
    name: str,
    folder: str | PathLike[str],
    scale: Scale = "quick",
    repeats: int | None = None,
    networks: Sequence[str] | None = None,
    should_stop: Callable[[], bool] = lambda: False,
    command: Sequence[str] = (),
) -> Generator[Event, None, tuple[Row, ...]]:
    """Rebuild a figure of the report, or "all", into a folder: the page, the table, the pictures; and return the rows.

    Runs are kept in `folder`/runs: those that are there are used, and one that was interrupted goes on. Data sets lie
    where WORKBENCH_DATA says; the bundled digits stand in for those that are missing. Without one of `networks` (None:
    all) its rows are not measured. Closing the generator, or
    `should_stop`, gives up: the training under way keeps its last snapshot. ValueError: no such figure, or a file
    there holds another training.
    """
    figures, target = chosen(name), Path(folder)
    names = needed(figures)
    data = {recipe(known.recipe).data.name for network, known in NETWORKS.items() if network in names}
    asked = Asked(scale, repeats, missing_data(data), frozenset(networks or NETWORKS))
    trainings = list(asked.trainings(names, target / RUNS))
    plan = _Plan(trainings, asked, figures)
    yield plan.begin("training", "training", plan.seconds)
    longest_first = sorted(trainings, key=lambda each: -asked.seconds(each.name))  # else it is alone at the end
    with closing(made(longest_first, should_stop)) as steps:
        for training, share in steps:
            yield plan.trained(training, share)
    if should_stop():
        return ()
    with ExitStack() as stack:
        trained = opened(trainings, asked, QUICK_IMAGES if scale == "quick" else None, stack)
        rows = yield from _measured(figures, trained, plan)
        plates = yield from _pictures(figures, trained, plan)
        yield plan.begin("writing", "writing the page")
        files = _written(target, figures, rows, plates, trained, command)
    made_of = f"{counted(len(trainings), 'run')}, {counted(sum(map(len, plates.values())), 'figure')}"
    yield Written(files, f"{made_of}. {summary(rows)}")
    return rows


class _Plan:
    """How far the work is."""

    def __init__(self, trainings: Sequence[Training], asked: Asked, figures: Mapping[str, ReportFigure]) -> None:
        self._pace, self._kind, self._left = Pace(), "", 0.0
        self._seconds = {each.path: asked.seconds(each.name) for each in trainings}
        self._shares = dict.fromkeys(self._seconds, 0.0)
        self._pace.expect("training", self.seconds, 1.0)
        self._pace.expect("measuring", len(figures), MEASURING, absolute=True)
        pictures = sum(len(each.pictures) for each in figures.values())
        self._pace.expect("drawing", pictures, DRAWING, absolute=True)
        self._pace.expect("writing", 1, WRITING, absolute=True)

    def begin(self, kind: str, doing: str, work: float = 1.0) -> Progress:
        """Something begins; what was under way is done."""
        if self._left > 0.0:
            self._pace.count(self._left)
        self._kind, self._left = kind, work
        self._pace.enter(kind, work)
        return Progress.of(doing, self._pace.estimate())

    def more(self, doing: str, work: float) -> Progress:
        """So much of it is done."""
        step = min(work, self._left)
        if step > 0.0:
            self._pace.count(step)
            self._left -= step
            self._pace.enter(self._kind, self._left)
        return Progress.of(doing, self._pace.estimate())

    @property
    def seconds(self) -> float:
        """About how long all trainings take."""
        return sum(self._seconds.values())

    def trained(self, training: Training, share: float) -> Progress:
        """So much of a training is done, 0…1."""
        more = max(share - self._shares[training.path], 0.0)
        self._shares[training.path] += more
        done = sum(each == 1.0 for each in self._shares.values())
        doing = f"training {training.title}: {share:.0%} ({done} of {len(self._shares)} trainings done)"
        return self.more(doing, more * self._seconds[training.path])


def _measured(
    figures: Mapping[str, ReportFigure], trained: Trained, plan: _Plan
) -> Generator[Event, None, tuple[Row, ...]]:
    rows: list[Row] = []
    for name, figure in figures.items():
        yield plan.begin("measuring", f"measuring {figure.title}")
        for number in figure.numbers:
            network = number.network or figure.needs[0]
            ours = number.measure(trained)
            rows.append(judged(name, number, ours, trained.asked.scale, trained.same_data(network)))
            yield plan.more(f"measuring {figure.title}: {number.what}", 1.0 / (len(figure.numbers) + 1))
    return tuple(rows)


def _pictures(
    figures: Mapping[str, ReportFigure], trained: Trained, plan: _Plan
) -> Generator[Event, None, dict[str, list[Plate]]]:
    plates: dict[str, list[Plate]] = {}
    for name, figure in figures.items():
        for wanted in figure.pictures:
            yield plan.begin("drawing", f"drawing {wanted.name}")
            plate = wanted.plate(trained)
            if plate is not None:
                plates.setdefault(name, []).append(plate)
    return plates


def _written(
    target: Path,
    figures: Mapping[str, ReportFigure],
    rows: Sequence[Row],
    plates: Mapping[str, Sequence[Plate]],
    trained: Trained,
    command: Sequence[str],
) -> tuple[str, ...]:
    pictures = target / PICTURES
    pictures.mkdir(parents=True, exist_ok=True)
    for plate in (each for group in plates.values() for each in group):
        save((plate.drawing,), pictures / f"{plate.name}.svg", Style(width=84.0))
    document = compose(figures, rows, plates, trained, command)
    files = bound(document, drawn(document), (PAGE, PDF))
    files[TABLE] = Table(COLUMNS, tuple(row.cells() for row in rows)).text().encode()
    return tuple(map(str, write_whole_folder(target, files)))
