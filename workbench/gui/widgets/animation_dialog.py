"""What an animation of the timeline is to show, and for how long."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QComboBox, QDoubleSpinBox, QFormLayout, QListWidget, QListWidgetItem

from workbench.figures.film import SECONDS
from workbench.gui.widgets.figure_form import THEME_NAMES
from workbench.gui.widgets.work_dialog import WorkDialog

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from PySide6.QtWidgets import QWidget

ROLE = Qt.ItemDataRole.UserRole
RATE = 25  # frames a second
SIZES = {(1280, 720): "1280 × 720", (1920, 1080): "1920 × 1080", (960, 540): "960 × 540", (720, 720): "720 × 720"}
FORMATS = {"mp4": "MP4 video (H.264)", "png": "PNG pictures in a folder"}

SHOWN = (
    "Each as its panel is set, with what is zoomed to. The graph is laid out from the first snapshot on: its nodes may "
    "leave the place that is zoomed to."
)


class AnimationDialog(WorkDialog):
    """The figures by the names of their panels, seconds, size and format."""

    def __init__(self, offered: Mapping[str, str], chosen: str, snapshots: int, parent: QWidget | None = None) -> None:
        super().__init__("Export animation", "Save as…", parent)
        self._snapshots = snapshots
        self.list = QListWidget()
        self.list.setAccessibleName("Figures side by side")
        self.list.setToolTip(SHOWN)
        for name, title in offered.items():
            item = QListWidgetItem(title)
            item.setData(ROLE, name)
            item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
            item.setCheckState(Qt.CheckState.Checked if name == chosen else Qt.CheckState.Unchecked)
            self.list.addItem(item)
        self.list.setFixedHeight(self.list.sizeHintForRow(0) * (len(offered) + 1))
        self.seconds = QDoubleSpinBox()
        self.seconds.setRange(1.0 / RATE, SECONDS[1])
        self.seconds.setDecimals(2)
        self.seconds.setSingleStep(0.1)
        self.seconds.setValue(0.2)
        self.seconds.setSuffix(" s for each snapshot")
        self.seconds.setAccessibleName("Seconds for each snapshot")
        self.motion = QCheckBox("Motion between snapshots")
        self.motion.setChecked(True)
        self.motion.setToolTip("Nodes, bars and curves go in straight lines from one snapshot to the next")
        self.size_box = _list(SIZES, "Size in pixels")
        self.theme = _list(THEME_NAMES, "Theme")
        self.format = _list(FORMATS, "Format")
        form = QFormLayout(self.form)
        form.setContentsMargins(0, 0, 0, 0)
        for text, field in (("Figures", self.list), ("Time", self.seconds), ("", self.motion), ("Size", self.size_box),
                            ("Theme", self.theme), ("Format", self.format)):  # fmt: skip
            form.addRow(text, field)
        self.list.itemChanged.connect(lambda _item: self._say_length())
        self.seconds.valueChanged.connect(lambda _value: self._say_length())
        self._say_length()

    @property
    def figures(self) -> list[str]:
        """The names of the panels that are to be shown."""
        rows = (self.list.item(row) for row in range(self.list.count()))
        return [row.data(ROLE) for row in rows if row.checkState() is Qt.CheckState.Checked]

    def _say_length(self) -> None:
        self.begin_button.setEnabled(bool(self.figures))
        length = f"{self._snapshots} snapshots, {self._snapshots * self.seconds.value():.3g} s"
        self.status.setText(length if self.figures else "Choose a figure.")


def _list(texts: Mapping[Any, str], name: str) -> QComboBox:
    box = QComboBox()
    for key, text in texts.items():
        box.addItem(text, key)
    box.setAccessibleName(name)
    return box
