"""Asking an open question: train what is missing, measure, and write the page and the table."""

from __future__ import annotations

import shlex
from contextlib import ExitStack, closing
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.experiments.making import made
from workbench.experiments.questions.catalogue import REPEATS, TITLES
from workbench.experiments.questions.rows import QUESTIONS
from workbench.figures.progress import Progress, Written
from workbench.figures.recipe import software
from workbench.reports.binding import bound, drawn
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

RUNS, PAGE, PDF, TABLE = "runs", "report.html", "report.pdf", "table.csv"
MEASURING = 20.0  # seconds for the page, about


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
    pace.expect("measuring", 1, MEASURING, absolute=True)
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
    pace.enter("measuring")
    yield Progress.of("measuring", pace.estimate())
    with ExitStack() as stack:
        runs: dict[str, tuple[Run, ...]] = {}
        for each in trainings:
            runs[each.name] = (*runs.get(each.name, ()), stack.enter_context(open_run(each.path)))
        answered = question.answer(runs)
        document = Document(TITLES[name], tuple(_blocks(name, question, answered, trainings, command)))
        files = bound(document, drawn(document), (PAGE, PDF))
    files[TABLE] = answered.table.text().encode()
    paths = write_whole_folder(target, files)
    yield Written(tuple(map(str, paths)), answered.verdict)
    return answered.verdict


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
