"""What an animation of the timeline is to show, and for how long."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QWidget,
)

from workbench.figures.controls import setting
from workbench.figures.recipe import FilmPlan
from workbench.figures.style import FONTS, THEMES
from workbench.films.film import RATES, SECONDS, frames_each
from workbench.gui.dialogs.work_dialog import WorkDialog
from workbench.gui.widgets.forms.rows import form_of_rows, rows_of, values_in
from workbench.runs.saying import counted

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

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


@dataclass(frozen=True)
class Animation:
    """What is asked of an animation, besides its figures."""

    first: int = setting(0, "First snapshot", label="Snapshots", step=1)
    last: int = setting(0, "Last snapshot", label="to", step=1)
    seconds: float = setting(
        0.2, "Seconds for each snapshot", label="Time", low=SECONDS[0], high=SECONDS[1], digits=3, step=0.1,
        unit=" s for each snapshot",
    )  # fmt: skip
    moving: bool = setting(True, "Motion between snapshots", MOTION)
    rate: int = setting(
        25, "Frames a second", label="Rate", low=RATES[0], high=RATES[1], step=1, unit=" frames a second"
    )
    size: tuple[int, int] = setting((1280, 720), "Size in pixels", label="Size", choices=SIZES)
    font: float | None = setting(
        None, "Font size", label="Font", low=FONTS[0], high=FONTS[1], digits=1, step=1, unit=" pt on a slide",
        nothing="automatic",
    )  # fmt: skip
    theme: ThemeName = setting("print", "Theme", choices={name: theme.title for name, theme in THEMES.items()})
    format: str = setting("mp4", "Format", choices=FORMATS)


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
        self.fields = rows_of(Animation)
        for name in ("first", "last"):
            self.fields[name].control.setMaximum(snapshots - 1)
        self.fields["last"].set_value(snapshots - 1)
        self._arrange()
        self._connect()
        self._say_length()

    @property
    def figures(self) -> list[str]:
        """The names of the panels that are to be shown."""
        return [row.data(ROLE) for row in self._rows() if row.checkState() is Qt.CheckState.Checked]

    @property
    def wanted(self) -> Animation:
        """What the form says."""
        return values_in(Animation, self.fields)

    @property
    def plan(self) -> FilmPlan:
        """How the film goes over the snapshots."""
        form = self.wanted
        return FilmPlan(form.first, form.last, form.size, form.font, round(form.seconds, 3), form.rate, form.moving)

    def offer_film(self, names: Sequence[str], plan: FilmPlan, theme: ThemeName, kind: str) -> None:
        """Let the fields say what a film was made with: these panels, in this order, in this theme and format."""
        for place, name in enumerate(dict.fromkeys(name for name in names if name in self._titles)):
            row = self.list.takeItem(self.list.row(self._row(name)))
            self.list.insertItem(place, row)
        for row in self._rows():
            row.setCheckState(Qt.CheckState.Checked if row.data(ROLE) in names else Qt.CheckState.Unchecked)
        sizes = self.fields["size"].control
        if sizes.findData(plan.size) < 0:
            sizes.addItem("{} × {}".format(*plan.size), plan.size)
        self.fields["first"].set_value(0)  # it keeps the last one from coming before it
        for each in ("last", "first", "seconds", "rate", "moving", "size", "font"):
            self.fields[each].set_value(getattr(plan, each))
        self.fields["theme"].set_value(theme)
        self.fields["format"].set_value(kind)

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
        first, last, *others = self.fields.values()
        for widget, stretch in ((first, 1), (last.label, 0), (last, 1)):
            row.addWidget(widget, stretch)
        form = form_of_rows(others, [(QLabel("Figures"), self.list), (first.label, ends)])
        form.setContentsMargins(0, 0, 0, 0)
        self.form.setLayout(form)

    def _connect(self) -> None:
        first, last = (self.fields[name].control for name in ("first", "last"))
        first.valueChanged.connect(last.setMinimum)
        last.valueChanged.connect(first.setMaximum)
        self.fields["moving"].control.toggled.connect(self.fields["seconds"].setEnabled)
        self.list.itemChanged.connect(lambda _item: self._say_length())
        for row in self.fields.values():
            row.changed.connect(self._say_length)

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
        video = self.wanted.format == "mp4"
        length = f"{frames / plan.rate:.3g} s" if video else counted(frames, "picture")
        said = f"Still computing: {', '.join(waiting)}." if waiting else f"{counted(snapshots, 'snapshot')}, {length}"
        self.status.setText(said if self.figures else "Choose a figure.")
