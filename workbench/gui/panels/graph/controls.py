"""The controls of the weight graph that are not in sight, behind one button."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QHBoxLayout, QMenu, QPushButton, QWidget, QWidgetAction

from workbench.evaluation.similarity.table import SIMILARITIES, kernel_of
from workbench.figures.settings import GraphSettings
from workbench.gui.widgets.forms.values import Setting, form_of, list_for, slider_for, switch_for, whole_box_for

if TYPE_CHECKING:
    from workbench.analysis.layout.forces import Force
    from workbench.evaluation.similarity.table import SimilarityName

FORCES = (
    "charge_nearest", "charge_farthest", "link_distance", "link_strength", "gravity", "gravity_up", "collision_radius",
    "collision_strength", "centring", "velocity_kept", "alpha_decay",
)  # fmt: skip
ROUNDS = ("link_iterations", "collision_iterations")
SWITCHES: dict[Force, str] = {
    "charge": "Charge", "links": "Links", "gravity": "Gravity", "collision": "Collision", "centre": "Centre",
}  # fmt: skip
WIDEST = 380  # pixels of the page


class AdvancedGraph(QPushButton):
    """The button; the controls are in its menu. `forces_changed` follows every change of a force."""

    forces_changed = Signal()

    def __init__(self) -> None:
        super().__init__("Advanced")
        self.similarity = list_for(GraphSettings, "similarity")
        self.colouring = list_for(GraphSettings, "colouring")
        self.variance, self.distance = (slider_for(GraphSettings, name) for name in ("variance", "mean_distance"))
        self.forces = {name: slider_for(GraphSettings, name) for name in FORCES}
        self.springs = list_for(GraphSettings, "springs")
        self.arrows, self.pairs = list_for(GraphSettings, "arrows"), switch_for(GraphSettings, "pairs")
        self.rounds = {name: whole_box_for(GraphSettings, name) for name in ROUNDS}
        self.switches = {name: QCheckBox(title) for name, title in SWITCHES.items()}
        left: dict[str, QWidget] = {
            "colouring": self.colouring, "similarity": self.similarity, "variance": self.variance,
            "mean_distance": self.distance, "arrows": self.arrows, "pairs": self.pairs, "springs": self.springs,
            **self.rounds,
        }  # fmt: skip
        self.chosen: dict[str, Any] = {**left, **self.forces, "off": self._switching()}
        self._connect()
        names = ("Lay out again", "Reheat", "Show all", "Defaults")
        self.again, self.reheat, self.whole, self.defaults = map(QPushButton, names)
        self.reheat.setToolTip("Let the layout move on from where it is")
        for choice in (self.similarity, self.colouring):
            choice.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        for at, row in enumerate(SIMILARITIES.values()):
            self.similarity.setItemData(at, row.words, Qt.ItemDataRole.ToolTipRole)
        self.similarity.currentIndexChanged.connect(self._on_similarity_changed)
        page = QWidget()
        columns = QHBoxLayout(page)
        form, sliders = form_of(GraphSettings, left), form_of(GraphSettings, self.forces)
        for column in (form, sliders):
            columns.addLayout(column)
        for button in (self.again, self.reheat, self.whole, self.defaults):
            form.addRow(button)
        switches = QHBoxLayout()
        for switch in self.switches.values():
            switch.setToolTip("Whether this force acts; its numbers stay")
            switches.addWidget(switch)
        sliders.addRow(switches)
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
        numbers: dict[str, Any] = {**self.forces, **self.rounds}
        found: dict[str, Any] = {field: each.value() for field, each in numbers.items()}
        return found | {"springs": self.springs.currentData(), "off": tuple(self._off())}

    def _off(self) -> list[str]:
        return [name for name, switch in self.switches.items() if not switch.isChecked()]

    def _switching(self) -> Setting:
        return Setting(self._off, self._switch_off, self.switches["charge"])

    def _switch_off(self, names: object) -> None:
        """Switch these forces off, and all others on. ValueError: one is none."""
        if not isinstance(names, list | tuple) or not all(isinstance(each, str) and each in SWITCHES for each in names):
            raise ValueError(f"{names!r} are not forces: {', '.join(SWITCHES)}")
        for name, switch in self.switches.items():
            switch.setChecked(name not in names)

    def _connect(self) -> None:
        for slider in self.forces.values():
            slider.changed.connect(lambda _value: self.forces_changed.emit())
        for box in self.rounds.values():
            box.valueChanged.connect(lambda _value: self.forces_changed.emit())
        self.springs.currentIndexChanged.connect(lambda _at: self.forces_changed.emit())
        for switch in self.switches.values():
            switch.toggled.connect(lambda _on: self.forces_changed.emit())

    def _on_similarity_changed(self, _index: int = 0) -> None:
        """Only what weighs the edges of this similarity can be set."""
        code = kernel_of(self.similarity_name) == "code"
        self.distance.setEnabled(code)
        self.variance.setEnabled(not code)
