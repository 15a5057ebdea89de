"""A panel as a package brings it: one file, and a name in its entry points."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QCheckBox

from workbench.gui.panels.base import Panel
from workbench.gui.panels.frame import place_with_layer
from workbench.gui.panels.kind import Help, PanelKind
from workbench.gui.plots.plot import Plot

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor

    from workbench.gui.state.session import Selection, Session


@dataclass(frozen=True)
class NormsSettings:
    """What can be set, and its defaults."""

    sorted: bool = True


class NormsPanel(Panel):
    """The norms of all units."""

    kind = PanelKind(
        name="norms",
        title="Norms",
        help=Help(shows="The norm of each unit's weights.", formulas=(), controls=(), report="Section 3."),
        settings=NormsSettings,
        figure=False,
        shortcut="Ctrl+Alt+9",
        next_to="spectrum",
    )

    def __init__(self, session: Session, pool: ThreadPoolExecutor) -> None:
        super().__init__(session, pool)
        self.plot = Plot("unit", "norm of the weights")
        self.curve = self.plot.plot([], [])
        self.picture.addWidget(self.plot)
        self.sorted = QCheckBox("Sorted")
        self.sorted.toggled.connect(self.refresh)
        self.controls.addWidget(self.sorted)
        self.keep("sorted", self.sorted)

    def needs(self, selection: Selection) -> object:
        return place_with_layer(selection)  # or why there is none, which the panel says

    def compute(self, needs: Any) -> Any:
        return needs.words, needs.layer_view.norms(needs.snapshot)

    def draw(self, result: Any) -> None:
        words, norms = result
        self.curve.setData(sorted(norms) if self.sorted.isChecked() else norms)
        self.line.setText(f"{words}: largest norm {norms.max():.3g}")
