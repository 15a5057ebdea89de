"""A slider for whole numbers whose range may change, with a box for typing."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSlider, QSpinBox, QWidget

from workbench.gui.widgets.sliders import NARROWEST, fit_box

WIDEST = "00000"


class WholeSlider(QWidget):
    """A name, a slider and a spin box that show the same whole number. `changed(value)` follows the user's hand."""

    changed = Signal(int)

    def __init__(self, name: str, tip: str = "") -> None:
        super().__init__()
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setMinimumWidth(NARROWEST)
        self.box = QSpinBox()
        self.box.setKeyboardTracking(False)
        self.box.setButtonSymbols(QSpinBox.ButtonSymbols.NoButtons)
        fit_box(self.box, WIDEST)
        label = QLabel(name)
        label.setBuddy(self.box)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        row.addWidget(label)
        row.addWidget(self.slider, 1)
        row.addWidget(self.box)
        for control in (self.slider, self.box):
            control.setAccessibleName(name)
            control.setToolTip(tip)
            control.valueChanged.connect(self._on_control_value_changed)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            fit_box(self.box, WIDEST)

    def value(self) -> int:
        return self.box.value()

    def show_value(self, value: int, highest: int) -> None:
        """Show a number of 0…highest; `changed` does not follow."""
        for control in (self.slider, self.box):
            control.blockSignals(True)
            control.setRange(0, highest)
            control.setValue(value)
            control.blockSignals(False)

    def _on_control_value_changed(self, value: int) -> None:
        self.show_value(value, self.box.maximum())
        self.changed.emit(value)
