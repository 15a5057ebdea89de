"""The sizes of the clusters over the snapshots, on top of one another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QVBoxLayout

from workbench.figures.looks import NO_GROUP
from workbench.figures.map.figure import ISOLATED, band_colour, number_at
from workbench.figures.map.picture import NAMED
from workbench.gui.panels.map.view import MapView
from workbench.gui.plots.axes import Axis
from workbench.gui.plots.legend import Entry
from workbench.gui.plots.plot import Plot
from workbench.gui.state import theme
from workbench.runs.collection.naming import moment
from workbench.runs.saying import counted

if TYPE_CHECKING:
    from workbench.figures.map.picture import SizesPicture

PALE = 0.35  # of the colour: of isolated units


class Steps(Axis):
    """An axis over the snapshots in equal steps, with their numbers."""

    numbers: Any = np.zeros(0)

    def tickStrings(self, values: Any, scale: float, spacing: float) -> list[str]:
        return [number_at(self.numbers, value) for value in values]


class Bands(Plot):
    """One band for each cluster, then the smaller ones, then the isolated units; a line where one looks."""

    def __init__(self) -> None:
        self.steps = Steps("bottom", 1.0)
        super().__init__("snapshot", "units", self.steps)
        self.bands = [pg.PlotCurveItem(fillLevel=0) for _ in range(NAMED + 2)]
        self.now = pg.InfiniteLine(angle=90, movable=False)
        for number, item in enumerate(self.bands):
            item.setZValue(-number)  # the lower ones lie over the higher ones, which reach down to 0
            self.addItem(item)
        self.addItem(self.now, ignoreBounds=True)
        self.tops: Any = np.zeros((0, 0))  # (bands, T)
        self.named = 0
        self.dress(self._dress)

    def show_sizes(self, picture: SizesPicture) -> None:
        """The bands of a picture."""
        word, numbers = picture.axis
        bands = [sizes for _, sizes in picture.bands]
        self.named, self.steps.numbers = min(len(bands), NAMED), numbers
        self.tops = np.cumsum([*bands, picture.isolated], axis=0)
        self._dress()
        for number, item in enumerate(self.bands):
            item.setVisible(number < len(self.tops))
            if number < len(self.tops):
                item.setData(np.arange(len(numbers)), self.tops[number])
        self.now.setValue(min(picture.question.needs.place.snapshot, len(numbers) - 1))
        self.set_x_label(word)
        self.show_all()

    def show_all(self) -> None:
        """All snapshots and all units."""
        if len(self.tops):
            ends = 0.0, self.tops.shape[1] - 1.0
            top = max(float(self.tops[-1].max()), 1.0)
            self.getPlotItem().vb.setRange(xRange=ends, yRange=(0.0, top), padding=0)

    def band_at(self, x: float, y: float) -> tuple[int, int]:
        """The band and the snapshot under a place; a band of −1: none."""
        if not len(self.tops):
            return -1, 0
        snapshot = min(max(round(x), 0), self.tops.shape[1] - 1)
        band = int(np.searchsorted(self.tops[:, snapshot], y, side="right"))
        return (band if y >= 0.0 and band < len(self.tops) else -1), snapshot

    def forget(self) -> None:
        """Take everything away."""
        self.tops = np.zeros((0, 0))
        for item in self.bands:
            item.setData([], [])

    def _dress(self) -> None:
        colours = theme.current()
        for number, item in enumerate(self.bands):
            last = number == len(self.tops) - 1
            colour = NO_GROUP if last else band_colour(number, self.named)
            shade = PALE if last else 1.0
            item.setBrush(theme.mixed(colours.background, pg.mkColor(colour), shade))
            item.setPen(theme.line(colours.background))
        self.now.setPen(theme.line(colours.foreground))


class SizesView(MapView):
    """A click on a band selects the units that are in it at the snapshot under the mouse."""

    def __init__(self) -> None:
        super().__init__()
        self.plot = Bands()
        self.shown: SizesPicture | None = None
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.plot)
        self.plot.scene().sigMouseClicked.connect(self._on_scene_clicked)
        self.plot.pointed.connect(self._on_plot_pointed)
        self.plot.left.connect(lambda: self.said.emit(""))

    def show_picture(self, picture: SizesPicture) -> None:
        self.shown = picture
        self.plot.show_sizes(picture)

    def mark(self, units: frozenset[int]) -> None:
        """Bands have no marks: they are of all snapshots."""

    def entries(self, picture: SizesPicture) -> list[tuple[Entry, frozenset[int]]]:
        named = min(len(picture.bands), NAMED)
        rows = [
            (Entry(name, band_colour(number, named), "box"), frozenset[int]())
            for number, (name, _) in enumerate(picture.bands)
        ]
        pale = theme.mixed(theme.current().background, pg.mkColor(NO_GROUP), PALE)
        return [*rows, (Entry(ISOLATED, pale, "box"), frozenset())]

    def forget(self) -> None:
        self.shown = None
        self.plot.forget()

    def units_of(self, band: int, snapshot: int) -> frozenset[int]:
        """The units in a band at a snapshot; none of the last band, of isolated units."""
        if self.shown is None or not 0 <= band < len(self.shown.bands):
            return frozenset()
        tracks = self.shown.tracks
        wanted = tracks.by_size[band : band + 1] if band < NAMED else tracks.by_size[NAMED:]
        return frozenset(np.flatnonzero(np.isin(tracks.labels[snapshot], wanted)).tolist())

    def _on_scene_clicked(self, click: Any) -> None:
        box = self.plot.getPlotItem().vb
        if click.button() is Qt.MouseButton.LeftButton and box.sceneBoundingRect().contains(click.scenePos()):
            place = box.mapSceneToView(click.scenePos())
            units = self.units_of(*self.plot.band_at(place.x(), place.y()))
            self.chosen.emit(units, bool(click.modifiers() & Qt.KeyboardModifier.ControlModifier))

    def _on_plot_pointed(self, x: float, y: float) -> None:
        band, snapshot = self.plot.band_at(x, y)
        if self.shown is None or band < 0:
            self.said.emit("")
            return
        size = int(np.diff(self.plot.tops[:, snapshot], prepend=0)[band])
        name = ISOLATED if band == len(self.shown.bands) else self.shown.bands[band][0]
        at = moment(self.shown.question.needs.place.run, snapshot)
        self.said.emit(f"{at}: {counted(size, 'unit')} ({name})")
