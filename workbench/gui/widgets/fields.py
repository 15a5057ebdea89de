"""Fields of a form: a control, the value in it, and beneath it what is wrong with that, in plain words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction, QActionGroup, QColor, QPalette
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QMenu,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from workbench.gui.state import theme
from workbench.gui.widgets.places import typed
from workbench.gui.widgets.plain_text import as_action, as_tooltip, literal, plain_label

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from PySide6.QtGui import QMouseEvent


class Field(QWidget):
    """One field. `label` stands beside it; `value` is what it holds; `complain` shows what is wrong."""

    changed = Signal()

    def __init__(self, name: str, tip: str = "") -> None:
        super().__init__()
        self.name = name
        self.label: QLabel = QLabel(name)
        self._problem = plain_label("")
        self._problem.setWordWrap(True)
        self._problem.setVisible(False)
        palette = self._problem.palette()
        red = theme.OKABE_ITO["orange" if theme.current().dark else "vermillion"]
        palette.setColor(QPalette.ColorRole.WindowText, QColor(red))
        self._problem.setPalette(palette)
        self._row = QHBoxLayout()
        self._row.setContentsMargins(0, 0, 0, 0)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(1)
        column.addLayout(self._row)
        column.addWidget(self._problem)
        self._tip = tip

    @property
    def controls(self) -> tuple[QWidget, ...]:
        """The widgets that take the keyboard, in order."""
        return tuple(
            widget
            for index in range(self._row.count())
            if (item := self._row.itemAt(index)) is not None and (widget := item.widget()) is not None
        )

    @property
    def problem(self) -> str:
        """What is wrong, as it is shown; empty where nothing is."""
        return self._problem.text()

    def value(self) -> Any:
        """What the field holds; a ValueError says in one sentence why that cannot be."""
        raise NotImplementedError

    def set_value(self, value: Any) -> None:
        """Put a value into the field."""
        raise NotImplementedError

    def complain(self, problem: str) -> None:
        """Show what is wrong; nothing with an empty text."""
        self._problem.setText(literal(problem))
        self._problem.setVisible(bool(problem))
        for control in self.controls:
            control.setAccessibleDescription(problem or self._tip)

    def _take(self, control: QWidget, name: str = "", stretch: int = 0) -> None:
        control.setAccessibleName(name or self.name)
        control.setToolTip(self._tip)
        if self._row.count() == 0:
            self.label.setBuddy(control)
            self.label.setMinimumHeight(control.sizeHint().height())  # on a line with the control, not the problem
            self.setFocusProxy(control)
        self._row.addWidget(control, stretch)


class TextField(Field):
    """A line of text that `parse` turns into the value and `show` back into text."""

    def __init__(
        self,
        name: str,
        parse: Callable[[str], Any],
        show: Callable[[Any], str] = str,
        tip: str = "",
        empty: str = "",
    ) -> None:
        super().__init__(name, tip)
        self._parse, self._show = parse, show
        self.edit = QLineEdit()
        self.edit.setPlaceholderText(empty)
        self.edit.textChanged.connect(self.changed)
        self._take(self.edit, stretch=1)

    def value(self) -> Any:
        return self._parse(self.edit.text().strip())

    def set_value(self, value: Any) -> None:
        self.edit.setText(self._show(value))


class ChoiceField(Field):
    """One of some named values; with `free`, also any other text."""

    def __init__(self, name: str, options: Sequence[tuple[Any, str]], tip: str = "", free: bool = False) -> None:
        super().__init__(name, tip)
        self.combo = QComboBox()
        self.combo.setEditable(free)
        self.combo.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.combo.setMinimumContentsLength(12)
        for value, text in options:
            self.combo.addItem(text, value)
        self.combo.currentTextChanged.connect(self.changed)
        self._take(self.combo, stretch=1)

    def value(self) -> Any:
        return self.combo.currentText().strip() if self.combo.isEditable() else self.combo.currentData()

    def set_value(self, value: Any) -> None:
        index = self.combo.findData(value)
        if index >= 0:
            self.combo.setCurrentIndex(index)
        elif self.combo.isEditable():
            self.combo.setEditText(str(value))
        else:
            raise ValueError(f"{self.name} has no choice {value!r}")


class CheckField(Field):
    """Yes or no; the text stands beside the box."""

    def __init__(self, name: str, tip: str = "") -> None:
        super().__init__(name, tip)
        self.label.setText("")
        self.box = QCheckBox(name)
        self.box.toggled.connect(self.changed)
        self._take(self.box, stretch=1)

    def value(self) -> bool:
        return self.box.isChecked()

    def set_value(self, value: bool) -> None:
        self.box.setChecked(value)


class AmountField(Field):
    """A number and its unit: the value is (unit, number)."""

    def __init__(self, name: str, parsers: dict[str, Callable[[str], Any]], tip: str = "") -> None:
        super().__init__(name, tip)
        self._parsers = parsers
        self.edit = QLineEdit()
        self.edit.textChanged.connect(self.changed)
        self.unit = QComboBox()
        self.unit.addItems(list(parsers))
        self.unit.currentTextChanged.connect(self.changed)
        self._take(self.edit, stretch=1)
        self._take(self.unit, f"Unit of: {name}")

    def value(self) -> tuple[str, Any]:
        unit = self.unit.currentText()
        return unit, self._parsers[unit](self.edit.text().strip())

    def set_value(self, value: tuple[str, Any]) -> None:
        unit, number = value
        self.unit.setCurrentText(unit)
        self.edit.setText(f"{number:g}" if isinstance(number, float) else str(number))


class PathField(Field):
    """A folder, or a file to be written; the value is a Path, or None where nothing is typed."""

    def __init__(self, name: str, kinds: str | None = None, tip: str = "", empty: str = "") -> None:
        super().__init__(name, tip)
        self._kinds = kinds  # of files; None: a folder
        self.edit = QLineEdit()
        self.edit.setPlaceholderText(empty)
        self.edit.textChanged.connect(self.changed)
        self.choose = QPushButton("Choose…")
        self.choose.setAutoDefault(False)
        self.choose.clicked.connect(self._on_choose_clicked)
        self._take(self.edit, stretch=1)
        self._take(self.choose, f"Choose: {name}")

    def value(self) -> Path | None:
        text = self.edit.text().strip()
        if "\0" in text:
            raise ValueError("a name cannot contain this character")
        return typed(text)

    def set_value(self, value: Path | None) -> None:
        self.edit.setText("" if value is None else str(value))
        self.edit.setCursorPosition(len(self.edit.text()))

    def _on_choose_clicked(self) -> None:
        now = self.edit.text()
        if self._kinds is None:
            chosen = QFileDialog.getExistingDirectory(self, self.name, now)
        else:
            # The form itself says that a file is never replaced; the dialog need not ask.
            option = QFileDialog.Option.DontConfirmOverwrite
            chosen, _ = QFileDialog.getSaveFileName(self, self.name, now, self._kinds, options=option)
        if chosen:
            self.edit.setText(chosen)


class ChoiceMenu(QMenu):
    """Checkable entries that can be switched one after another with the mouse without the menu closing."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setToolTipsVisible(True)

    def add(self, key: str, text: str, tip: str = "", checked: bool = False) -> QAction:
        """One more entry; `key` is its data."""
        action = self.addAction(as_action(text))
        action.setData(key)
        action.setToolTip(as_tooltip(literal(tip or text)))  # without one the text is taken, and HTML in it rendered
        action.setCheckable(True)
        action.setChecked(checked)
        return action

    def add_alternatives(self, title: str, texts: Mapping[str, str]) -> QActionGroup:
        """Entries of which exactly one is checked, the first at the beginning; `texts` by key."""
        self.addSection(title)
        group = QActionGroup(self)
        for key, text in texts.items():
            group.addAction(self.add(key, text, checked=not group.actions()))
        return group

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        action = self.activeAction()
        if action is not None and action.isEnabled() and action.isCheckable():
            action.trigger()
            event.accept()
        else:
            super().mouseReleaseEvent(event)
