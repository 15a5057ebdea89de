"""Sliders with a name, a number that can be typed, and named ticks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QRect, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QValidator
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QApplication,
    QDoubleSpinBox,
    QHBoxLayout,
    QLabel,
    QSlider,
    QSpinBox,
    QStyle,
    QStyleOptionSlider,
    QWidget,
)

from workbench.figures.controls import SliderScale
from workbench.gui.state import theme

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

STEPS = 1000
DIGITS = 40  # decimals of a number that is as small as it likes
BETWEEN = 6  # pixels from the name of one tick to the next
NARROWEST = 30  # pixels: sliders give way, so that names and numbers beside them are whole


def beside_one_another(places: Sequence[int], widths: Sequence[int], room: int) -> list[int]:
    """Where names of these widths begin, each under its place as far as those beside it allow; places ascend.

    Where not all have room, the last ones are beyond it.
    """
    ends, end = list[int](), room
    for place, width in zip(reversed(places), reversed(widths), strict=True):
        ends.append(min(place - width // 2 + width, end))
        end = ends[-1] - width - BETWEEN
    found, start = list[int](), 0
    for right, width in zip(reversed(ends), widths, strict=True):
        found.append(max(right - width, start))
        start = found[-1] + width + BETWEEN
    return found


class TickedSlider(QSlider):
    """A horizontal slider with named ticks under its groove."""

    def __init__(self) -> None:
        super().__init__(Qt.Orientation.Horizontal)
        self.ticks: tuple[tuple[float, str], ...] = ()
        self.setRange(0, STEPS)

    def set_ticks(self, ticks: tuple[tuple[float, str], ...]) -> None:
        """Name places of the slider, each at a fraction from 0 to 1 of its range."""
        self.ticks = ticks
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        hint = super().sizeHint()
        return QSize(hint.width(), hint.height() + (self.fontMetrics().height() if self.ticks else 0))

    def minimumSizeHint(self) -> QSize:
        """As the names of the ticks need beside one another; without any as little as a hand needs."""
        measure = self.fontMetrics().horizontalAdvance
        names = sum(measure(name) for _, name in self.ticks) + BETWEEN * max(len(self.ticks) - 1, 0)
        return QSize(max(names, NARROWEST), super().minimumSizeHint().height())

    def _handle(self) -> int:
        return self.style().pixelMetric(QStyle.PixelMetric.PM_SliderLength, None, self)

    def initStyleOption(self, option: QStyleOptionSlider) -> None:
        super().initStyleOption(option)
        if self.ticks:  # groove and handle keep to the upper part, the names stand below
            option.rect = self.rect().adjusted(0, 0, 0, -self.fontMetrics().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        option = QStyleOptionSlider()
        self.initStyleOption(option)
        if theme.current().dark:
            self._paint_groove(option)
        if not self.ticks:
            return
        handle = self._handle()
        painter = QPainter(self)
        painter.setPen(self.palette().windowText().color())
        room, ticks = self.width() - handle, sorted(self.ticks)
        places = [handle // 2 + round(fraction * room) for fraction, _ in ticks]
        widths = [self.fontMetrics().horizontalAdvance(name) for _, name in ticks]
        for x, left, (_, name) in zip(places, beside_one_another(places, widths, self.width()), ticks, strict=True):
            painter.drawLine(x, option.rect.bottom() - 4, x, option.rect.bottom() + 1)
            shown = self.fontMetrics().elidedText(name, Qt.TextElideMode.ElideRight, self.width() - left)
            painter.drawText(left, self.height() - self.fontMetrics().descent(), shown)

    def _paint_groove(self, option: QStyleOptionSlider) -> None:
        """The rest of the way, which the style leaves nearly black on black."""
        part = QStyle.SubControl.SC_SliderHandle
        handle = self.style().subControlRect(QStyle.ComplexControl.CC_Slider, option, part, self)
        QPainter(self).fillRect(
            QRect(handle.right() + 1, handle.center().y(), self.width() - handle.right() - 3, 2),
            theme.current().faint,
        )


def fit_box(box: QAbstractSpinBox, widest: str) -> None:
    """Make a box for numbers as wide as the widest of them, in the application's font."""
    box.setFixedWidth(QFontMetrics(QApplication.font()).horizontalAdvance(widest) + 14)


def _lay_out(row: QWidget, name: str, tip: str, slider: QSlider, box: QAbstractSpinBox) -> QLabel:
    """Put a name, a slider and a box in a row; the name, which is returned, belongs to both controls."""
    label = QLabel(name)
    label.setBuddy(box)
    for control in (slider, box):
        control.setAccessibleName(name)
        control.setToolTip(tip)
    across = QHBoxLayout(row)
    across.setContentsMargins(0, 0, 0, 0)
    across.setSpacing(4)
    across.addWidget(label)
    across.addWidget(slider, 1)
    across.addWidget(box)
    return label


class _Box(QDoubleSpinBox):
    """A number as its scale writes it; small ones have an exponent."""

    def __init__(self, scale: SliderScale) -> None:
        super().__init__()
        self.scale = scale
        self.setKeyboardTracking(False)
        self.setButtonSymbols(QDoubleSpinBox.ButtonSymbols.NoButtons)

    def textFromValue(self, value: float) -> str:
        return self.scale.text(value)

    def valueFromText(self, text: str) -> float:
        return float(text.replace(",", ""))

    def validate(self, text: str, position: int) -> object:
        try:
            inside = self.minimum() <= self.valueFromText(text) <= self.maximum()
        except ValueError:
            inside = False
        whole = QValidator.State.Acceptable if inside else QValidator.State.Intermediate
        return whole if all(each in "0123456789.,eE+-" for each in text) else QValidator.State.Invalid, text, position

    def fixup(self, text: str) -> str:
        try:
            return self.textFromValue(min(max(self.valueFromText(text), self.minimum()), self.maximum()))
        except ValueError:
            return self.textFromValue(self.value())

    def stepBy(self, steps: int) -> None:
        if self.scale.kind == "linear":
            super().stepBy(steps)
        else:
            self.setValue(self.scale.value(self.scale.fraction(self.value()) + steps / 100.0))


class NumberSlider(QWidget):
    """A name, a slider and a spin box that show the same number. `changed(value)` follows every change."""

    changed = Signal(float)

    def __init__(self, name: str, low: float, high: float, value: float, decimals: int = 2, tip: str = "") -> None:
        super().__init__()
        self.slider = TickedSlider()
        self.box = _Box(SliderScale(low, high, decimals))
        self.label = _lay_out(self, name, tip, self.slider, self.box)
        self._use(self.box.scale)
        self.set_value(value)
        self.slider.valueChanged.connect(self._on_slider_value_changed)
        self.box.valueChanged.connect(self._on_box_value_changed)

    def set_scale(self, scale: SliderScale, value: float) -> None:
        """Take numbers of another scale, and show one of them; `changed` does not follow."""
        if scale == self.box.scale:
            return
        self.box.blockSignals(True)
        self._use(scale)
        self.box.blockSignals(False)
        self._move_slider(self.box.value())
        self.blockSignals(True)
        self.set_value(value)
        self.blockSignals(False)

    def _use(self, scale: SliderScale) -> None:
        self.box.scale = scale
        self.box.setDecimals(DIGITS if scale.digits is None else scale.digits)
        self.box.setRange(scale.low, scale.high)
        self.box.setSingleStep(10.0 ** -(scale.digits or 0) * (1 if scale.digits else 5))
        self._fit()

    def _fit(self) -> None:
        scale = self.box.scale
        fit_box(
            self.box, "0.00e-00" if scale.digits is None else max(map(scale.text, (scale.low, scale.high)), key=len)
        )

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._fit()

    def value(self) -> float:
        return self.box.value()

    def set_value(self, value: float) -> None:
        """Show a number; `changed` follows if it is another one."""
        self.box.setValue(value)
        self._move_slider(self.box.value())

    def set_ticks(self, ticks: Mapping[str, float]) -> None:
        """Name values on the slider; names of nearly the same place are joined, by "=" where it is the same."""
        joined: dict[float, tuple[float, str]] = {}
        for name, value in ticks.items():
            fraction = round(self.box.scale.fraction(value), 3)
            shown = round(value, self.box.decimals())
            near = next((known for known in joined if abs(known - fraction) < 0.02), fraction)
            other, names = joined.get(near, (shown, ""))
            sign = " = " if other == shown else " · "
            joined[near] = (shown, f"{names}{sign}{name}" if names else name)
        self.slider.set_ticks(tuple((place, names) for place, (_, names) in joined.items()))

    def set_tip(self, tip: str) -> None:
        """Say this at the slider and at the box."""
        for control in (self.slider, self.box):
            control.setToolTip(tip)

    def _move_slider(self, value: float) -> None:
        self.slider.blockSignals(True)
        self.slider.setValue(round(self.box.scale.fraction(value) * STEPS))
        self.slider.blockSignals(False)

    def _on_slider_value_changed(self, position: int) -> None:
        value, digits = self.box.scale.value(position / STEPS), self.box.scale.digits
        self.box.setValue(value if digits is not None else float(f"{value:.3g}"))

    def _on_box_value_changed(self, value: float) -> None:
        self._move_slider(value)
        self.changed.emit(value)


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
        _lay_out(self, name, tip, self.slider, self.box)
        for control in (self.slider, self.box):
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
