"""The controls of the weight graph that are not in sight, behind one button."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QFormLayout, QMenu, QPushButton, QWidget, QWidgetAction

from workbench.figures.graph.similarities import SIMILARITIES, has_least_weight
from workbench.figures.settings import GraphSettings
from workbench.gui.widgets.sliders import NumberSlider

if TYPE_CHECKING:
    from workbench.figures.graph.similarities import SimilarityName

# Field of `Forces`, slider's name, range, decimals.
FORCES = (
    ("gravity", "Gravity", 0.0, 0.3, 3),
    ("link_distance", "Link distance", 1.0, 200.0, 0),
    ("link_strength", "Link strength", 0.0, 3.0, 2),
    ("collision_radius", "Collision radius", 0.0, 40.0, 0),
    ("collision_strength", "Collision strength", 0.0, 1.0, 2),
    ("charge_nearest", "Charge: nearest distance", 1.0, 100.0, 0),
    ("charge_farthest", "Charge: farthest distance", 10.0, 2000.0, 0),
)
AT_FIRST = GraphSettings()
WIDEST = 380  # pixels of the page


class AdvancedGraph(QPushButton):
    """The button; the controls are in its menu."""

    def __init__(self) -> None:
        super().__init__("Advanced")
        self.similarity = QComboBox()
        self.similarity.setAccessibleName("Similarity")
        self.similarity.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        for name, row in SIMILARITIES.items():
            self.similarity.addItem(row.title, name)
            self.similarity.setItemData(self.similarity.count() - 1, row.words, Qt.ItemDataRole.ToolTipRole)
        self.similarity.currentIndexChanged.connect(self._on_similarity_changed)
        self.least = NumberSlider(
            "Least edge weight", 0.0, 1.0, AT_FIRST.least_weight, 2,
            "Edges weigh at least this, in place of the cut-off; 0: the cut-off counts",
        )  # fmt: skip
        self.variance = NumberSlider(
            "Kernel σ²", 0.05, 2.0, AT_FIRST.variance, 2, "An edge weighs exp(−(1 − cosine)/σ²)"
        )
        self.forces = {
            field: NumberSlider(name, low, high, getattr(AT_FIRST, field), digits)
            for field, name, low, high, digits in FORCES
        }
        self.again, self.whole, self.defaults = map(QPushButton, ("Lay out again", "Show all", "Defaults"))
        page = QWidget()
        form = QFormLayout(page)
        form.addRow("Similarity", self.similarity)
        for each in (self.least, self.variance, *self.forces.values(), self.again, self.whole, self.defaults):
            each.setMinimumWidth(WIDEST)
            form.addRow(each)
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

    def settings(self) -> dict[str, tuple[QWidget, str]]:
        """The controls by the name of their setting, each with what people call it."""
        chosen: dict[str, tuple[QWidget, str]] = {
            "similarity": (self.similarity, "similarity"),
            "least_weight": (self.least, "least edge weight"),
            "variance": (self.variance, "kernel σ²"),
        }
        return chosen | {field: (self.forces[field], name.lower()) for field, name, *_ in FORCES}

    def force_values(self) -> dict[str, Any]:
        """The fields of `Forces` that are set here."""
        return {field: slider.value() for field, slider in self.forces.items()}

    def restore(self) -> None:
        """Set everything as at first."""
        self.similarity.setCurrentIndex(self.similarity.findData(AT_FIRST.similarity))
        self.least.set_value(AT_FIRST.least_weight)
        self.variance.set_value(AT_FIRST.variance)
        for field, slider in self.forces.items():
            slider.set_value(getattr(AT_FIRST, field))

    def _on_similarity_changed(self, _index: int = 0) -> None:
        """Only what weighs the edges of this similarity can be set."""
        least = has_least_weight(self.similarity_name)
        self.least.setEnabled(least)
        self.variance.setEnabled(not least)
