"""The fields of a figure's look: size, font, resolution, theme, format."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QFormLayout, QSpinBox, QWidget

from workbench.figures.page import FORMATS
from workbench.figures.style import HEIGHTS, PRESETS, Style
from workbench.gui.widgets.forms.values import box_for, list_for, switch_for, whole_box_for

if TYPE_CHECKING:
    from collections.abc import Mapping

    from workbench.figures.page import Format

FREE = "free"
FORMAT_NAMES = {"pdf": "PDF (vector, text stays text)", "svg": "SVG (vector, text stays text)", "png": "PNG (pixels)"}


class FigureForm(QWidget):
    """`changed` follows every change of `style` or `columns`; the format does not change what is seen."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.preset = _list({**{key: each.title for key, each in PRESETS.items()}, FREE: "Free"}, "Size")
        self.width_mm, self.height_mm, self.font_size = (box_for(Style, name) for name in ("width", "height", "font"))
        self.dpi = whole_box_for(Style, "dpi")
        self.columns_box = QSpinBox()
        self.columns_box.setRange(0, 4)
        self.columns_box.setSpecialValueText("as fits")
        self.columns_box.setAccessibleName("Columns")
        self.theme = list_for(Style, "theme")
        self.format = _list({kind: FORMAT_NAMES[kind] for kind in FORMATS}, "Format")
        self.letters, self.titles = switch_for(Style, "letters"), switch_for(Style, "titles")
        self.csv = QCheckBox("Also as CSV")
        self.csv.setToolTip("The numbers of the figure, as a table next to it")
        self._arrange()
        self.set_style(Style())
        self._connect()

    def style_of_figure(self) -> Style:
        """The look that the fields say."""
        height = self.height_mm.value()
        return Style(
            width=self.width_mm.value(),
            height=None if height < HEIGHTS[0] else height,
            font=self.font_size.value(),
            dpi=self.dpi.value(),
            theme=self.theme.currentData(),
            titles=self.titles.isChecked(),
            letters=self.letters.isChecked(),
        )

    def set_style(self, style: Style) -> None:
        """Let the fields say this look."""
        self.width_mm.setValue(style.width)
        self.height_mm.setValue(HEIGHTS[0] - 1 if style.height is None else style.height)
        self.font_size.setValue(style.font)
        self.dpi.setValue(style.dpi)
        self.theme.setCurrentIndex(self.theme.findData(style.theme))
        self.titles.setChecked(style.titles)
        self.letters.setChecked(style.letters)
        self._show_preset()

    @property
    def columns(self) -> int | None:
        """Of the page; None: as many as fit."""
        return self.columns_box.value() or None

    @property
    def kind(self) -> Format:
        """The format of the file."""
        kind: Format = self.format.currentData()
        return kind

    def _arrange(self) -> None:
        form = QFormLayout(self)
        form.setContentsMargins(0, 0, 0, 0)
        for text, field in (
            ("Size", self.preset),
            ("Width", self.width_mm),
            ("Height", self.height_mm),
            ("Font", self.font_size),
            ("Columns", self.columns_box),
            ("Theme", self.theme),
            ("Format", self.format),
            ("Resolution", self.dpi),
            ("Letters", self.letters),
            ("", self.titles),
            ("", self.csv),
        ):
            form.addRow(text, field)

    def _connect(self) -> None:
        self.preset.activated.connect(self._on_preset_activated)
        for box in (self.width_mm, self.height_mm, self.font_size):
            box.valueChanged.connect(self._show_preset)
            box.valueChanged.connect(lambda _value: self.changed.emit())
        self.columns_box.valueChanged.connect(lambda _value: self.changed.emit())
        self.dpi.valueChanged.connect(lambda _value: self.changed.emit())
        self.theme.currentIndexChanged.connect(lambda _index: self.changed.emit())
        self.format.currentIndexChanged.connect(self._show_resolution)
        for switch in (self.letters, self.titles):
            switch.toggled.connect(lambda _on: self.changed.emit())
        self._show_resolution()

    def _show_resolution(self) -> None:
        self.dpi.setEnabled(self.kind == "png")

    def _show_preset(self) -> None:
        now = self.style_of_figure()
        size = (now.width, now.height, now.font)
        name = next((key for key, each in PRESETS.items() if (each.width, each.height, each.font) == size), FREE)
        self.preset.setCurrentIndex(self.preset.findData(name))

    def _on_preset_activated(self, _index: int) -> None:
        chosen = PRESETS.get(self.preset.currentData())
        if chosen is not None:
            self.blockSignals(True)  # one change, not three
            self.width_mm.setValue(chosen.width)
            self.height_mm.setValue(HEIGHTS[0] - 1 if chosen.height is None else chosen.height)
            self.font_size.setValue(chosen.font)
            self.blockSignals(False)
            self._show_preset()
            self.changed.emit()


def _list(texts: Mapping[Any, str], name: str) -> QComboBox:
    box = QComboBox()
    for key, text in texts.items():
        box.addItem(text, key)
    box.setAccessibleName(name)
    return box
