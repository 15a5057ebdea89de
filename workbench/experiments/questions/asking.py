"""Asking an open question: train what is missing, measure, and write the page and the table."""

from __future__ import annotations

import shlex
from contextlib import ExitStack, closing
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from workbench.experiments.making import made
from workbench.experiments.questions.catalogue import REPEATS, TITLES
from workbench.experiments.questions.rows import QUESTIONS
from workbench.figures.progress import Progress, Written
from workbench.figures.recipe import software
from workbench.reports.binding import Drawings, bound, pages
from workbench.reports.blocks import Code, Document, Facts, Heading, Paragraph
from workbench.reports.methods import METHOD
from workbench.runs.files.whole_files import write_whole_folder
from workbench.runs.pace import Pace
from workbench.runs.run import open_run
from workbench.runs.saying import counted

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Sequence
    from os import PathLike

    from workbench.experiments.making import Training
    from workbench.experiments.questions.rows import Answered, Question
    from workbench.figures.progress import Event
    from workbench.reports.blocks import Block
    from workbench.runs.run import Run

Result = TypeVar("Result")
RUNS, PAGE, PDF, TABLE = "runs", "report.html", "report.pdf", "table.csv"
WRITING = 2.0  # seconds for the page, about


def ask(
    name: str,
    folder: str | PathLike[str],
    repeats: int | None = None,
    iterations: int | None = None,
    should_stop: Callable[[], bool] = lambda: False,
    command: Sequence[str] = (),
) -> Generator[Event, None, str]:
    """Ask one of `catalogue.TITLES`: page and table in a folder, with the runs in it; returns the verdict.

    Runs that are there are used; `iterations` is the length of each training, if not its own. Closing the generator,
    or `should_stop`, gives up. ValueError: no such question.
    """
    if name not in QUESTIONS:
        raise ValueError(f"there is no question {name!r}: choose {', '.join(QUESTIONS)}")
    question, target = QUESTIONS[name], Path(folder)
    trainings = list(question.trainings(repeats or REPEATS[name], target / RUNS, iterations))
    pace = Pace()
    pace.expect("training", len(trainings), 2.0)
    measuring, drawing = question.seconds
    for kind, seconds in (("measuring", measuring * len(trainings)), ("drawing", drawing), ("writing", WRITING)):
        pace.expect(kind, 1.0, seconds, absolute=True)  # counted in parts
    shares = dict.fromkeys((each.path for each in trainings), 0.0)
    pace.enter("training", float(len(trainings)))
    with closing(made(trainings, should_stop)) as steps:
        for training, share in steps:
            more = max(share - shares[training.path], 0.0)
            shares[training.path] += more
            pace.count(more)
            pace.enter("training", len(trainings) - sum(shares.values()))
            done = sum(each == 1.0 for each in shares.values())
            yield Progress.of(f"training: {done} of {len(trainings)} done", pace.estimate())
    if should_stop():
        return ""
    page = _page(name, trainings, pace, command)
    with closing(page):
        while True:
            try:
                event = next(page)
            except StopIteration as end:
                answered, files = end.value
                break
            if should_stop():
                return ""
            yield event
    paths = write_whole_folder(target, files)
    yield Written(tuple(map(str, paths)), answered.verdict)
    return str(answered.verdict)


def _page(
    name: str, trainings: Sequence[Training], pace: Pace, command: Sequence[str]
) -> Generator[Progress, None, tuple[Answered, dict[str, bytes]]]:
    """What the runs answer, and the files that say so, with progress for each run and each picture."""
    question = QUESTIONS[name]
    with ExitStack() as stack:
        runs: dict[str, tuple[Run, ...]] = {}
        for each in trainings:
            runs[each.name] = (*runs.get(each.name, ()), stack.enter_context(open_run(each.path)))
        answered = yield from _counted("measuring", "measuring the runs", question.answer(runs), pace)
        document = Document(TITLES[name], tuple(_blocks(name, question, answered, trainings, command)))
        drawings = yield from _counted("drawing", "drawing the page", _drawn(document), pace)
        pace.enter("writing")
        yield Progress.of("writing the page", pace.estimate())
        files = bound(document, drawings, (PAGE, PDF))
    files[TABLE] = answered.table.text().encode()
    return answered, files


def _counted(
    kind: str, doing: str, parts: Generator[float, None, Result], pace: Pace
) -> Generator[Progress, None, Result]:
    """What `parts` returns, with progress whenever it says how far it is."""
    pace.enter(kind)
    yield Progress.of(doing, pace.estimate())
    done = 0.0
    while True:
        try:
            share = next(parts)
        except StopIteration as end:
            pace.skip(kind)
            result: Result = end.value
            return result
        pace.count(share - done)
        done = share
        yield Progress.of(f"{doing}: {round(100 * share)} %", pace.estimate())


def _drawn(document: Document) -> Generator[float, None, Drawings]:
    """The pictures of the page; yields after each which part of them is drawn."""
    drawings, wanted = Drawings(), pages(document)
    for number, (picture, page) in enumerate(wanted.items(), 1):
        drawings.add(picture, page)
        yield number / len(wanted)
    return drawings


def _blocks(
    name: str, question: Question, answered: Answered, trainings: Sequence[Training], command: Sequence[str]
) -> Iterator[Block]:
    yield Heading(1, TITLES[name])
    yield Paragraph(answered.verdict)
    yield Heading(2, "The question")
    yield Paragraph(f"An open question of {METHOD}: {question.report}")
    yield Heading(2, "The experiment")
    yield Paragraph(f"{question.method} {counted(len(trainings), 'training')}.")
    yield Heading(2, "What was found")
    yield from answered.blocks
    yield Heading(2, "How this was made")
    yield Facts((("Versions", ", ".join(f"{each} {version}" for each, version in software().items())),))
    yield Code((shlex.join(command),))
