"""Controls made from the fields of a dataclass; and the value of one of any kind: how it is read, written, watched."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QAbstractButton, QCheckBox, QComboBox, QDoubleSpinBox, QFormLayout, QSpinBox

from workbench.figures.controls import Amount, Control, Line, Location, control_in
from workbench.gui.widgets.forms.sliders import NumberSlider
from workbench.gui.widgets.forms.typed import AmountBox, PathBox, TypedLine

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from PySide6.QtWidgets import QWidget

# What JSON can hold, so that a session, a recipe or a program can.
Value: TypeAlias = "bool | int | float | str | list[Value] | dict[str, Value] | None"
Made = TypeVar("Made", bound="QWidget")


@dataclass(frozen=True)
class Setting:
    """One thing that a person has set and may want back.

    `write` takes what `read` gave, also from a file of a stranger: ValueError where it means nothing here.
    """

    read: Callable[[], Any]  # a `Value` where a session or a recipe holds it
    write: Callable[[Any], None]
    control: QWidget | None = None  # which shows it, if one does
    options: tuple[str | int, ...] = ()  # what can be written, where that is known
    switches: Callable[[], Sequence[QAction]] = tuple  # what can be in a list, each with its name as data


class Kept(dict[str, Setting]):
    """What a person can set in a panel, by name, with its defaults; `changed` follows every change of a control."""

    def __init__(self, defaults: Mapping[str, Value], changed: Callable[[], None]) -> None:
        super().__init__()
        self.words: dict[str, str] = {}  # what people call each
        self._defaults, self._changed = defaults, changed

    def add(self, name: str, control: object, words: str = "") -> None:
        """Keep the value of a control; it may be a `Setting` already. Without `words`, people call it by its name."""
        self.words[name] = words or name.replace("_", " ")
        self[name] = control if isinstance(control, Setting) else setting_of(control, self._changed)
        self[name].write(self._defaults[name])

    def write(self, values: Mapping[str, object]) -> Iterator[str]:
        """Set these; yields what is wrong with those that mean nothing here."""
        for name, value in values.items():
            try:
                if name not in self:
                    raise ValueError("there is no such setting")
                self[name].write(value)
            except ValueError as problem:
                yield f"{name}: {problem}"


def control_for(settings: type, name: str) -> QWidget:
    """The control of a field, of the kind that the field declares."""
    control, default = control_in(settings, name)
    for kind, make in _TYPED:
        if isinstance(control, kind):
            typed = make(control)
            typed.set_value(default)
            return typed
    if control.choices:
        return list_for(settings, name)
    if isinstance(default, bool):
        return switch_for(settings, name)
    if control.unit or control.step:
        return whole_box_for(settings, name) if isinstance(default, int) else box_for(settings, name)
    return slider_for(settings, name)


_TYPED: tuple[tuple[type[Control], Callable[[Any], TypedLine | AmountBox | PathBox]], ...] = (
    (Line, TypedLine),
    (Amount, AmountBox),
    (Location, PathBox),
)


def slider_for(settings: type, name: str) -> NumberSlider:
    """The slider of a field that is a number."""
    control, default = control_in(settings, name)
    return NumberSlider(control.name, control.low, control.high, default, control.digits, control.tip)


def box_for(settings: type, name: str) -> QDoubleSpinBox:
    """The box of a field that is a number to be typed."""
    control, default = control_in(settings, name)
    box = QDoubleSpinBox()
    box.setDecimals(control.digits)
    _limit(box, control, default, float)
    return _named(box, control)


def whole_box_for(settings: type, name: str) -> QSpinBox:
    """The box of a field that is a whole number to be typed."""
    control, default = control_in(settings, name)
    box = QSpinBox()
    _limit(box, control, default, int)
    return _named(box, control)


def _limit(box: Any, control: Control, default: Any, number_type: type[int | float]) -> None:
    """Give a box the range, the unit and the default of its control; one step below the range it shows `nothing`."""
    step = number_type(control.step or 1)
    lowest = number_type(control.low) - (step if control.nothing else 0)
    box.setRange(lowest, number_type(control.high))
    box.setSingleStep(step)
    box.setSuffix(control.unit)
    box.setSpecialValueText(control.nothing)
    box.setValue(lowest if default is None else default)


def list_for(settings: type, name: str) -> QComboBox:
    """The list of a field that is one of some values, which are the data of its entries."""
    control, default = control_in(settings, name)
    box = QComboBox()
    box.setEditable(control.free)
    for key, text in control.texts.items():
        box.addItem(text, key)
    box.setCurrentIndex(box.findData(default))
    return _named(box, control)


def switch_for(settings: type, name: str) -> QCheckBox:
    """The box to tick of a field that is true or false."""
    control, default = control_in(settings, name)
    switch = QCheckBox(control.name)
    switch.setChecked(default)
    return _named(switch, control)


def _named(widget: Made, control: Control) -> Made:
    widget.setAccessibleName(control.name)
    widget.setToolTip(control.tip)
    return widget


def form_of(settings: type, controls: Mapping[str, QWidget]) -> QFormLayout:
    """A form of the controls of these fields; those without a name of their own have it beside them."""
    form = QFormLayout()
    for name, widget in controls.items():
        if isinstance(widget, QComboBox | QDoubleSpinBox | QSpinBox):
            form.addRow(control_in(settings, name)[0].name, widget)
        else:
            form.addRow(widget)
    return form


def setting_of(control: object, changed: Callable[[], None]) -> Setting:
    """The setting that a control is; `changed()` follows every change of it. TypeError: an unknown kind."""
    for kind, make in _KINDS:
        if isinstance(control, kind):
            return make(control, changed)
    raise TypeError(f"{type(control).__name__} is not a control with a value")


def number(value: object) -> float:
    """A finite number. ValueError: it is none."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not isfinite(value):
        raise ValueError(f"{value!r} is not a number")
    return float(value)


def truth(value: object) -> bool:
    """True or False. ValueError: it is neither."""
    if not isinstance(value, bool):
        raise ValueError(f"{value!r} is neither true nor false")
    return value


def names(value: object) -> list[str]:
    """A list of texts. ValueError: it is none."""
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise ValueError(f"{value!r} is not a list of names")
    return value


def _of_slider(slider: NumberSlider, changed: Callable[[], None]) -> Setting:
    slider.changed.connect(lambda _value: changed())
    return Setting(slider.value, lambda value: slider.set_value(number(value)), slider)


def _of_typed(control: TypedLine | AmountBox | PathBox, changed: Callable[[], None]) -> Setting:
    signal = control.textChanged if isinstance(control, TypedLine) else control.changed
    signal.connect(lambda *_: changed())
    return Setting(control.value, control.set_value, control)


def _of_box(box: QDoubleSpinBox | QSpinBox, changed: Callable[[], None]) -> Setting:
    """The number; None where the box says in words that there is none."""

    def nothing() -> bool:
        return bool(box.specialValueText()) and box.value() == box.minimum()

    def write(value: object) -> None:
        wanted = box.minimum() if value is None and box.specialValueText() else number(value)
        if isinstance(box, QSpinBox):
            box.setValue(int(wanted))
        else:
            box.setValue(wanted)

    box.valueChanged.connect(lambda _value: changed())
    return Setting(lambda: None if nothing() else box.value(), write, box)


def _of_list(box: QComboBox, changed: Callable[[], None]) -> Setting:
    """The key of the chosen entry where it has one, else its text; so too of an entry whose text is typed."""

    def key(index: int) -> Any:
        data = box.itemData(index)
        return box.itemText(index) if data is None else data

    def write(value: object) -> None:
        known = [key(index) for index in range(box.count())]
        if value in known:
            box.setCurrentIndex(known.index(value))
        elif box.isEditable():
            box.setEditText(str(value))
        else:
            raise ValueError(f"{value!r} is none of {', '.join(map(str, known))}")

    def read() -> Any:
        if not box.isEditable():
            return key(box.currentIndex())
        text = box.currentText().strip()
        index = box.findText(text, Qt.MatchFlag.MatchExactly | Qt.MatchFlag.MatchCaseSensitive)
        return text if index < 0 else key(index)

    chosen = box.currentTextChanged if box.isEditable() else box.currentIndexChanged
    chosen.connect(lambda _chosen: changed())
    return Setting(read, write, box, tuple(key(index) for index in range(box.count())))


def _of_switch(switch: QAbstractButton | QAction, changed: Callable[[], None]) -> Setting:
    switch.toggled.connect(lambda _checked: changed())
    return Setting(switch.isChecked, lambda value: switch.setChecked(truth(value)))


def _of_alternatives(group: QActionGroup, changed: Callable[[], None]) -> Setting:
    """The key of the one that is checked."""

    def write(value: object) -> None:
        for action in group.actions():
            if action.data() == value:
                action.trigger()
                return
        raise ValueError(f"{value!r} is none of {', '.join(str(action.data()) for action in group.actions())}")

    def read() -> Value:
        checked = group.checkedAction()
        return None if checked is None else str(checked.data())

    group.triggered.connect(lambda _action: changed())
    return Setting(read, write, None, tuple(str(action.data()) for action in group.actions()))


_KINDS: tuple[tuple[type | tuple[type, ...], Callable[[Any, Callable[[], None]], Setting]], ...] = (
    (NumberSlider, _of_slider),
    ((TypedLine, AmountBox, PathBox), _of_typed),
    ((QDoubleSpinBox, QSpinBox), _of_box),
    (QComboBox, _of_list),
    ((QAbstractButton, QAction), _of_switch),
    (QActionGroup, _of_alternatives),
)
