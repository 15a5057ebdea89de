"""The dialogs of experiments that end in a page: the figures of the report, rebuilt, and its open questions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QComboBox

from workbench.experiments.questions.catalogue import FEWEST_TRAININGS, MOST_REPEATS, REPEATS
from workbench.experiments.questions.catalogue import TITLES as QUESTIONS
from workbench.experiments.report.catalogue import ALL, TITLES
from workbench.experiments.report.numbers import Scale  # noqa: TC001  (read by the form)
from workbench.figures.controls import setting
from workbench.gui.dialogs.work_dialog import WorkDialog
from workbench.gui.widgets.forms.rows import form_of_rows, rows_of, values_in
from workbench.runs.saying import counted

if TYPE_CHECKING:
    from pathlib import Path

    from PySide6.QtWidgets import QWidget

SCALES = {
    "quick": "quick: about a quarter of an hour for all",
    "half": "half: half of the report's iterations",
    "full": "full: as in the report",
}
WHAT = (
    "Trains the networks, draws each figure as the report does, and puts each of its numbers beside ours, on an HTML "
    "page and a PDF. Runs are kept in the folder: choose the same one again to go on. Without MNIST and CIFAR-10 the "
    "bundled digits stand in."
)
ASKED = (
    "{trainings} on the bundled digits, some minutes on two processor cores; then an HTML page, a PDF and a table with "
    "the answer that the data support. Runs are kept in the folder: choose the same one again to go on."
)


@dataclass(frozen=True)
class Reproducing:
    """What is rebuilt."""

    figure: str = setting("all", "Which figure of the report", label="Figure", choices={ALL: "All figures", **TITLES})
    scale: Scale = setting("quick", "How long each network is trained", label="Scale", choices=SCALES)


@dataclass(frozen=True)
class Asking:
    """What is asked."""

    question: str = setting("elbow", "Which open question of the report", label="Question", choices=QUESTIONS)
    repeats: int = setting(
        REPEATS["elbow"], "How many seeds", "The more seeds, the narrower the intervals", label="Seeds",
        low=1, high=MOST_REPEATS, step=1,
    )  # fmt: skip


class ExperimentDialog(WorkDialog):
    """A form; then how far the work is."""

    stopped = "Stopped. The runs so far are kept: choose the same folder to go on."
    form_of: type  # the dataclass of its form

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(title, "Choose a folder…", parent)
        self.fields = rows_of(self.form_of)
        for box in (row.control for row in self.fields.values() if isinstance(row.control, QComboBox)):
            box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)  # whole questions in sight
        form = form_of_rows(self.fields.values())
        form.setContentsMargins(0, 0, 0, 0)
        self.form.setLayout(form)

    @property
    def purpose(self) -> str:
        """What is done, in a word that tells its folder from others."""
        raise NotImplementedError

    def words(self, folder: Path) -> list[str]:
        """The words of the command that does it."""
        raise NotImplementedError


class ReproduceDialog(ExperimentDialog):
    """A figure and a scale."""

    form_of = Reproducing

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Rebuild the figures of the report", parent)
        self.status.setText(WHAT)

    @property
    def purpose(self) -> str:
        return "report"

    def words(self, folder: Path) -> list[str]:
        wanted = values_in(Reproducing, self.fields)
        return ["reproduce", wanted.figure, f"--scale={wanted.scale}", f"--out={folder}"]


class QuestionDialog(ExperimentDialog):
    """A question and how many seeds."""

    form_of = Asking

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Ask an open question of the report", parent)
        self.fields["question"].changed.connect(self._on_question_changed)
        self.fields["repeats"].changed.connect(self._say)
        self._say()

    @property
    def purpose(self) -> str:
        return values_in(Asking, self.fields).question

    def words(self, folder: Path) -> list[str]:
        wanted = values_in(Asking, self.fields)
        return ["ask", wanted.question, f"--repeats={wanted.repeats}", f"--out={folder}"]

    def _on_question_changed(self) -> None:
        self.fields["repeats"].set_value(REPEATS[self.purpose])
        self._say()

    def _say(self) -> None:
        wanted = values_in(Asking, self.fields)
        trainings = counted(FEWEST_TRAININGS[wanted.question] * wanted.repeats, "training")
        self.status.setText(ASKED.format(trainings=trainings))
