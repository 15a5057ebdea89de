"""The controls of the weight graph that are not in sight, behind one button."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QMenu, QPushButton, QWidget, QWidgetAction

from workbench.figures.graph.similarities import SIMILARITIES, kernel_of
from workbench.figures.settings import GraphSettings
from workbench.gui.widgets.forms.values import form_of, list_for, slider_for

if TYPE_CHECKING:
    from workbench.figures.graph.similarities import SimilarityName

FORCES = (
    "gravity", "link_distance", "link_strength", "collision_radius", "collision_strength", "charge_nearest",
    "charge_farthest",
)  # fmt: skip
WIDEST = 380  # pixels of the page


class AdvancedGraph(QPushButton):
    """The button; the controls are in its menu."""

    def __init__(self) -> None:
        super().__init__("Advanced")
        self.similarity = list_for(GraphSettings, "similarity")
        self.colouring = list_for(GraphSettings, "colouring")
        self.variance, self.distance = (slider_for(GraphSettings, name) for name in ("variance", "mean_distance"))
        self.forces = {name: slider_for(GraphSettings, name) for name in FORCES}
        self.chosen: dict[str, QWidget] = {
            "colouring": self.colouring,
            "similarity": self.similarity, "variance": self.variance, "mean_distance": self.distance, **self.forces,
        }  # fmt: skip
        self.again, self.whole, self.defaults = map(QPushButton, ("Lay out again", "Show all", "Defaults"))
        for choice in (self.similarity, self.colouring):
            choice.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        for at, row in enumerate(SIMILARITIES.values()):
            self.similarity.setItemData(at, row.words, Qt.ItemDataRole.ToolTipRole)
        self.similarity.currentIndexChanged.connect(self._on_similarity_changed)
        page = QWidget()
        form = form_of(GraphSettings, self.chosen)
        page.setLayout(form)
        for button in (self.again, self.whole, self.defaults):
            form.addRow(button)
        for each in (*self.forces.values(), self.again):
            each.setMinimumWidth(WIDEST)
        menu = QMenu(self)
        action = QWidgetAction(menu)
        action.setDefaultWidget(page)
        menu.addAction(action)
        self.setMenu(menu)
        self._on_similarity_changed()

    @property
    def similarity_name(self) -> SimilarityName:
        """The key of the chosen similarity."""
        name: SimilarityName = self.similarity.currentData()
        return name

    def choose_colouring(self, name: str) -> None:
        """Colour the nodes by this."""
        self.colouring.setCurrentIndex(self.colouring.findData(name))

    def force_values(self) -> dict[str, Any]:
        """The fields of `Forces` that are set here."""
        return {field: slider.value() for field, slider in self.forces.items()}

    def _on_similarity_changed(self, _index: int = 0) -> None:
        """Only what weighs the edges of this similarity can be set."""
        code = kernel_of(self.similarity_name) == "code"
        self.distance.setEnabled(code)
        self.variance.setEnabled(not code)
