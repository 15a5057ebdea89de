"""What an animation of the timeline is to show, and for how long."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QFormLayout,
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QSpinBox,
    QWidget,
)

from workbench.figures.recipe import FilmPlan
from workbench.figures.style import FONTS, Style
from workbench.films.film import RATES, SECONDS, frames_each
from workbench.gui.dialogs.work_dialog import WorkDialog
from workbench.gui.widgets.plain_text import plain_label
from workbench.gui.widgets.values import list_for
from workbench.runs.saying import counted

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from workbench.figures.style import ThemeName

ROLE = Qt.ItemDataRole.UserRole
SIZES = {(1280, 720): "1280 × 720", (1920, 1080): "1920 × 1080", (960, 540): "960 × 540", (720, 720): "720 × 720"}
FORMATS = {"mp4": "MP4 video (H.264)", "png": "PNG pictures in a folder"}
SHOWN = (
    "Check the figures to show side by side; drag to change their order. "
    "Each has the settings and zoom of its panel. "
    "The graph is laid out from the first snapshot on, so nodes may leave the zoomed view."
)
MOTION = "Nodes, bars and curves move in straight lines between snapshots; otherwise each snapshot is one frame"


class AnimationDialog(WorkDialog):
    """The figures by the names of their panels, in the order of the film; which snapshots, how long, how large.

    `offered` are the titles of the panels, of which those `awaited` have nothing to show yet.
    """

    def __init__(
        self,
        offered: Mapping[str, str],
        chosen: str,
        snapshots: int,
        awaited: Sequence[str] = (),
        parent: QWidget | None = None,
    ) -> None:
        super().__init__("Export animation", "Save as…", parent)
        self._titles = dict(offered)
        self.awaited = set(awaited)
        self.list = self._panels(chosen)
        self.first, self.last = (_spin((0, snapshots - 1), name) for name in ("First snapshot", "Last snapshot"))
        self.last.setValue(snapshots - 1)
        self.seconds = QDoubleSpinBox()
        self.seconds.setRange(*SECONDS)
        self.seconds.setDecimals(3)
        self.seconds.setSingleStep(0.1)
        self.seconds.setValue(0.2)
        self.seconds.setSuffix(" s for each snapshot")
        self.seconds.setAccessibleName("Seconds for each snapshot")
        self.motion = QCheckBox("Motion between snapshots")
        self.motion.setChecked(True)
        self.motion.setToolTip(MOTION)
        self.rate = _spin(RATES, "Frames a second")
        self.rate.setValue(25)
        self.rate.setSuffix(" frames a second")
        self.size_box = _list(SIZES, "Size in pixels")
        self.font_size = QDoubleSpinBox()
        self.font_size.setRange(FONTS[0] - 1.0, FONTS[1])
        self.font_size.setDecimals(1)
        self.font_size.setSuffix(" pt on a slide")
        self.font_size.setSpecialValueText("automatic")
        self.font_size.setAccessibleName("Font size")
        self.theme = list_for(Style, "theme")
        self.format = _list(FORMATS, "Format")
        self._arrange()
        self._connect()
        self._say_length()

    @property
    def figures(self) -> list[str]:
        """The names of the panels that are to be shown."""
        return [row.data(ROLE) for row in self._rows() if row.checkState() is Qt.CheckState.Checked]

    @property
    def plan(self) -> FilmPlan:
        """What the fields say."""
        font = self.font_size.value()
        return FilmPlan(
            first=self.first.value(),
            last=self.last.value(),
            size=self.size_box.currentData(),
            font=None if font < FONTS[0] else font,
            seconds=round(self.seconds.value(), 3),
            rate=self.rate.value(),
            moving=self.motion.isChecked(),
        )

    def offer_film(self, names: Sequence[str], plan: FilmPlan, theme: ThemeName, kind: str) -> None:
        """Let the fields say what a film was made with: these panels, in this order, in this theme and format."""
        for place, name in enumerate(dict.fromkeys(name for name in names if name in self._titles)):
            row = self.list.takeItem(self.list.row(self._row(name)))
            self.list.insertItem(place, row)
        for row in self._rows():
            row.setCheckState(Qt.CheckState.Checked if row.data(ROLE) in names else Qt.CheckState.Unchecked)
        self.first.setValue(0)  # it keeps the last one from coming before it
        self.last.setValue(plan.last)
        self.first.setValue(plan.first)
        self.seconds.setValue(plan.seconds)
        self.rate.setValue(plan.rate)
        self.motion.setChecked(plan.moving)
        if self.size_box.findData(plan.size) < 0:
            self.size_box.addItem("{} × {}".format(*plan.size), plan.size)
        self.size_box.setCurrentIndex(self.size_box.findData(plan.size))
        self.font_size.setValue(self.font_size.minimum() if plan.font is None else plan.font)
        self.theme.setCurrentIndex(self.theme.findData(theme))
        self.format.setCurrentIndex(self.format.findData(kind))

    def answer(self, name: str, something: bool) -> None:
        """A panel has finished computing, with or without something to show."""
        self.awaited.discard(name)
        row = self._row(name)
        row.setText(self._titles[name] if something else f"{self._titles[name]} (nothing to show)")
        if something:
            row.setFlags(row.flags() | Qt.ItemFlag.ItemIsEnabled)
        else:
            row.setCheckState(Qt.CheckState.Unchecked)
        self._say_length()

    def _panels(self, chosen: str) -> QListWidget:
        panels = QListWidget()
        panels.setAccessibleName("Figures side by side")
        panels.setToolTip(SHOWN)
        panels.setDragDropMode(QAbstractItemView.DragDropMode.InternalMove)
        for name, title in self._titles.items():
            item = QListWidgetItem(f"{title} (still computing)" if name in self.awaited else title)
            item.setData(ROLE, name)
            item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
            if name in self.awaited:
                item.setFlags(item.flags() & ~Qt.ItemFlag.ItemIsEnabled)
            item.setCheckState(Qt.CheckState.Checked if name == chosen else Qt.CheckState.Unchecked)
            panels.addItem(item)
        panels.setFixedHeight(panels.sizeHintForRow(0) * (len(self._titles) + 1))
        return panels

    def _arrange(self) -> None:
        ends = QWidget()
        row = QHBoxLayout(ends)
        row.setContentsMargins(0, 0, 0, 0)
        for widget, stretch in ((self.first, 1), (plain_label("to"), 0), (self.last, 1)):
            row.addWidget(widget, stretch)
        form = QFormLayout(self.form)
        form.setContentsMargins(0, 0, 0, 0)
        for text, field in (
            ("Figures", self.list),
            ("Snapshots", ends),
            ("Time", self.seconds),
            ("", self.motion),
            ("Rate", self.rate),
            ("Size", self.size_box),
            ("Font", self.font_size),
            ("Theme", self.theme),
            ("Format", self.format),
        ):
            form.addRow(text, field)

    def _connect(self) -> None:
        self.first.valueChanged.connect(self.last.setMinimum)
        self.last.valueChanged.connect(self.first.setMaximum)
        self.motion.toggled.connect(self.seconds.setEnabled)
        self.list.itemChanged.connect(lambda _item: self._say_length())
        for changed in (
            *(box.valueChanged for box in (self.first, self.last, self.seconds, self.rate)),
            self.motion.toggled,
            self.format.currentIndexChanged,
        ):
            changed.connect(lambda _value: self._say_length())

    def _rows(self) -> list[QListWidgetItem]:
        return [self.list.item(number) for number in range(self.list.count())]

    def _row(self, name: str) -> QListWidgetItem:
        return next(row for row in self._rows() if row.data(ROLE) == name)

    def _say_length(self) -> None:
        waiting = [self._titles[name] for name in self.figures if name in self.awaited]
        self.allow(bool(self.figures) and not waiting)
        plan = self.plan
        snapshots = plan.last - plan.first + 1
        frames = snapshots * frames_each(plan.seconds, plan.rate, plan.moving)
        video = self.format.currentData() == "mp4"
        length = f"{frames / plan.rate:.3g} s" if video else counted(frames, "picture")
        said = f"Still computing: {', '.join(waiting)}." if waiting else f"{counted(snapshots, 'snapshot')}, {length}"
        self.status.setText(said if self.figures else "Choose a figure.")


def _spin(ends: tuple[int, int], name: str) -> QSpinBox:
    box = QSpinBox()
    box.setRange(*ends)
    box.setAccessibleName(name)
    return box


def _list(texts: Mapping[Any, str], name: str) -> QComboBox:
    box = QComboBox()
    for key, text in texts.items():
        box.addItem(text, key)
    box.setAccessibleName(name)
    return box
