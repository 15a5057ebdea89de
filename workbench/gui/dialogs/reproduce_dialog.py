"""Which figures of the report are rebuilt, and at which scale."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from workbench.experiments.report.catalogue import ALL, TITLES
from workbench.experiments.report.numbers import Scale  # noqa: TC001  (read by the form)
from workbench.figures.controls import setting
from workbench.gui.dialogs.work_dialog import WorkDialog
from workbench.gui.widgets.forms.rows import form_of_rows, rows_of, values_in

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


@dataclass(frozen=True)
class Reproducing:
    """What is asked for."""

    figure: str = setting("all", "Which figure of the report", label="Figure", choices={ALL: "All figures", **TITLES})
    scale: Scale = setting("quick", "How long each network is trained", label="Scale", choices=SCALES)


class ReproduceDialog(WorkDialog):
    """A figure and a scale; then how far the work is."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Rebuild the figures of the report", "Choose a folder…", parent)
        self.fields = rows_of(Reproducing)
        form = form_of_rows(self.fields.values())
        form.setContentsMargins(0, 0, 0, 0)
        self.form.setLayout(form)
        self.status.setText(WHAT)

    @property
    def wanted(self) -> Reproducing:
        """What the form says."""
        return values_in(Reproducing, self.fields)

    def words(self, folder: Path) -> list[str]:
        """The words of the command that does it."""
        return ["reproduce", self.wanted.figure, f"--scale={self.wanted.scale}", f"--out={folder}"]
