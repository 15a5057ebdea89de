"""Controls for what is typed: a line of text, a number with its unit, a path."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QFileDialog, QHBoxLayout, QLineEdit, QPushButton, QWidget

from workbench.gui.widgets.forms.places import typed

if TYPE_CHECKING:
    from pathlib import Path

    from workbench.figures.controls import Amount, Line, Location


class TypedLine(QLineEdit):
    """A line of text that stands for a value."""

    def __init__(self, control: Line) -> None:
        super().__init__()
        self._control = control
        self.setPlaceholderText(control.empty)
        self.setAccessibleName(control.name)
        self.setToolTip(control.tip)

    def value(self) -> Any:
        """What the text means. A ValueError says in one sentence what is allowed."""
        return self._control.parse(self.text().strip())

    def set_value(self, value: Any) -> None:
        """Show a value as text."""
        self.setText(self._control.show(value))


class _Pair(QWidget):
    """A line of text and another control beside it, which act as one; `changed` follows every change of either."""

    changed = Signal()

    def __init__(self, other: QWidget) -> None:
        super().__init__()
        self.edit, self.other = QLineEdit(), other
        self.edit.textChanged.connect(self.changed)
        self.setFocusProxy(self.edit)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.edit, 1)
        row.addWidget(self.other)

    @property
    def parts(self) -> tuple[QWidget, QWidget]:
        """The two controls, in the order of the keyboard."""
        return self.edit, self.other

    def _name(self, control: Amount | Location, other: str) -> None:
        for widget, name in ((self.edit, control.name), (self.other, f"{other}: {control.name}")):
            widget.setAccessibleName(name)
            widget.setToolTip(control.tip)


class AmountBox(_Pair):
    """A number and its unit: the value is (unit, number)."""

    def __init__(self, control: Amount) -> None:
        self.unit = QComboBox()
        super().__init__(self.unit)
        self._units = control.units
        self.unit.addItems(list(control.units))
        self.unit.currentTextChanged.connect(self.changed)
        self._name(control, "Unit of")

    def value(self) -> tuple[str, Any]:
        """Unit and number. A ValueError says what numbers that unit allows."""
        unit = self.unit.currentText()
        return unit, self._units[unit](self.edit.text().strip())

    def set_value(self, value: tuple[str, Any]) -> None:
        """Show a unit and a number."""
        unit, number = value
        self.unit.setCurrentText(unit)
        self.edit.setText(f"{number:g}" if isinstance(number, float) else str(number))


class PathBox(_Pair):
    """A folder, or a file to be written; the value is None where nothing is typed."""

    def __init__(self, control: Location) -> None:
        self.choose = QPushButton("Choose…")
        super().__init__(self.choose)
        self._control = control
        self.choose.setAutoDefault(False)
        self.choose.clicked.connect(self._on_choose_clicked)
        self._name(control, "Choose")

    def value(self) -> Path | None:
        """The typed path. ValueError: no path can be that."""
        text = self.edit.text().strip()
        if "\0" in text:
            raise ValueError("a name cannot contain this character")
        return typed(text)

    def set_value(self, value: Path | None) -> None:
        """Show a path, its end in sight."""
        self.edit.setText("" if value is None else str(value))
        self.edit.setCursorPosition(len(self.edit.text()))

    def _on_choose_clicked(self) -> None:
        name, now = self._control.name, self.edit.text()
        if self._control.files:
            # The form itself says that a file is never replaced; the dialog need not ask.
            option = QFileDialog.Option.DontConfirmOverwrite
            chosen, _ = QFileDialog.getSaveFileName(self, name, now, self._control.files, options=option)
        else:
            chosen = QFileDialog.getExistingDirectory(self, name, now)
        if chosen:
            self.edit.setText(chosen)
