"""The rows of a form: each has the control of a field, the label beside it, and beneath it what is wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QCheckBox, QComboBox, QFormLayout, QGridLayout, QLabel, QVBoxLayout, QWidget

from workbench.figures.controls import control_in, controls_of
from workbench.gui.state import theme
from workbench.gui.widgets.forms.typed import AmountBox, PathBox
from workbench.gui.widgets.forms.values import control_for, setting_of
from workbench.gui.widgets.plain_text import literal, plain_label

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Values = TypeVar("Values")
FEWEST_LETTERS = 12  # that a list shows


class FormRow(QWidget):
    """The control of a field. `changed` follows every change of its value; `label` stands beside it."""

    changed = Signal()

    def __init__(self, settings: type, name: str) -> None:
        super().__init__()
        declared, _ = control_in(settings, name)
        self.control: Any = control_for(settings, name)  # of the kind that the field declares
        if isinstance(self.control, QComboBox):
            self.control.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
            self.control.setMinimumContentsLength(FEWEST_LETTERS)
        self._setting = setting_of(self.control, self.changed.emit)
        self.controls: tuple[QWidget, ...] = (self.control,)  # those that take the keyboard, in order
        if isinstance(self.control, AmountBox | PathBox):
            self.controls = self.control.parts
        beside = "" if isinstance(self.control, QCheckBox) else declared.label or declared.name
        self.label = QLabel(beside)
        self.label.setBuddy(self.controls[0])
        self.label.setMinimumHeight(self.control.sizeHint().height())  # on a line with the control, not the problem
        self._tip = declared.tip
        self._problem = _red_label()
        self.setFocusProxy(self.controls[0])
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(1)
        column.addWidget(self.control)
        column.addWidget(self._problem)

    @property
    def problem(self) -> str:
        """What is wrong, as it is shown; empty where nothing is."""
        return self._problem.text()

    def value(self) -> Any:
        """The value of the control. A ValueError says in one sentence what is allowed."""
        return self._setting.read()

    def set_value(self, value: Any) -> None:
        """Set the control. ValueError: the value is none of those that it allows."""
        self._setting.write(value)

    def complain(self, problem: str) -> None:
        """Show what is wrong; an empty text hides it."""
        self._problem.setText(literal(problem))
        self._problem.setVisible(bool(problem))
        for control in self.controls:
            control.setAccessibleDescription(problem or self._tip)

    def explain(self, tip: str) -> None:
        """Change the tip of the control."""
        self._tip = tip
        for control in self.controls:
            control.setToolTip(tip)


def rows_of(*settings: type) -> dict[str, FormRow]:
    """A row for each field with a control, by name."""
    return {name: FormRow(each, name) for each in settings for name in controls_of(each)}


def values_in(settings: type[Values], rows: Mapping[str, FormRow]) -> Values:
    """The dataclass with what its rows hold. ValueError: a row holds what it does not allow."""
    return settings(**{name: rows[name].value() for name in controls_of(settings)})


def form_of_rows(rows: Iterable[FormRow], above: Iterable[tuple[QLabel, QWidget]] = ()) -> QFormLayout:
    """The rows beneath one another, with their labels; `above` come first, also for the Tab key."""
    form = QFormLayout()
    for label, row in (*above, *((row.label, row) for row in rows)):
        form.addRow(label, row)
    return form


def grid_of_rows(rows: Iterable[FormRow]) -> QWidget:
    """The rows beneath one another in a column of a larger form, with their labels at their upper ends."""
    form = QWidget()
    grid = QGridLayout(form)
    grid.setContentsMargins(0, 0, 0, 0)
    grid.setColumnStretch(1, 1)
    for number, row in enumerate(rows):
        grid.addWidget(row.label, number, 0, Qt.AlignmentFlag.AlignTop)
        grid.addWidget(row, number, 1)
    return form


def _red_label() -> QLabel:
    label = plain_label("", wrap=True)
    label.setVisible(False)
    palette = label.palette()
    red = theme.OKABE_ITO["orange" if theme.current().dark else "vermillion"]
    palette.setColor(QPalette.ColorRole.WindowText, QColor(red))
    label.setPalette(palette)
    return label
