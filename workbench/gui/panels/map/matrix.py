"""The similarities of all pairs as an image, made off the GUI thread; clicks select units."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtWidgets import QVBoxLayout

from workbench.evaluation.similarity.table import similarity
from workbench.figures.graph.groups import COLOURS, ISOLATED_UNITS, NOT_DRAWN
from workbench.figures.map.figure import DIVERGING, STRIP
from workbench.gui.panels.map.view import MapView, entries_of_groups
from workbench.gui.plots.legend import Entry
from workbench.gui.plots.plot import Plot
from workbench.gui.state import theme

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from workbench.figures.map.picture import MatrixPicture

LEVELS = 255
DARK = (38, 40, 44)  # the colour of 0 on a dark ground
SHARP = 2.0  # pixels of a cell: smaller ones are smoothed, so that none is left out


@dataclass(frozen=True, eq=False)
class MatrixImage:
    """A matrix as an image for a light and for a dark window, and the colours of its groups beside it."""

    picture: MatrixPicture
    light: QImage
    dark: QImage
    strip: QImage

    @property
    def image(self) -> QImage:
        """The one for the window as it is now."""
        return self.dark if theme.current().dark else self.light

    @property
    def question(self) -> Any:
        """What it answers."""
        return self.picture.question

    @property
    def words(self) -> str:
        """What is shown, in one line."""
        return self.picture.words


def image_of(picture: MatrixPicture) -> MatrixImage:
    """The images of a matrix. For worker threads."""
    values = picture.found.values
    steps = np.empty(values.shape, np.uint8)
    scale = np.float32(LEVELS / (2.0 * picture.limit))
    for rows in np.array_split(np.arange(len(values)), max(len(values) // 256, 1)):  # never another whole matrix
        shares = (values[rows] + np.float32(picture.limit)) * scale
        steps[rows] = np.clip(np.rint(shares), 0, LEVELS)
    groups = [_rgb(group) for group in picture.groups.tolist()]
    strip = np.array(groups, np.uint32).reshape(-1, 1)
    light, dark = (_image(_table(middle)[steps]) for middle in (DIVERGING[1], DARK))
    return MatrixImage(picture, light, dark, _image(strip))


def _image(pixels: NDArray[np.uint32]) -> QImage:
    pixels = np.ascontiguousarray(pixels)
    height, width = pixels.shape
    data: Any = pixels.data
    return QImage(data, width, height, 4 * width, QImage.Format.Format_ARGB32_Premultiplied).copy()


def _table(around: tuple[int, int, int]) -> NDArray[np.uint32]:
    """The colours from −limit to limit, with this one at 0."""
    places = np.linspace(-1.0, 1.0, LEVELS + 1)
    low, middle, high = (np.array(colour, np.float64) for colour in (DIVERGING[0], around, DIVERGING[2]))
    share = np.abs(places)[:, None]
    channels = np.rint(middle + share * (np.where(places[:, None] < 0.0, low, high) - middle)).astype(np.uint32)
    table = 0xFF000000 | channels[:, 0] << 16 | channels[:, 1] << 8 | channels[:, 2]
    return np.asarray(table, np.uint32)


def _rgb(group: int) -> int:
    """The colour of a group; isolated units, which are hollow, have none."""
    return 0 if group in (ISOLATED_UNITS, NOT_DRAWN) else QColor(COLOURS[group]).rgba()


class ImageItem(pg.GraphicsObject):  # type: ignore[misc]
    """An image at a place of the plot."""

    def __init__(self) -> None:
        super().__init__()
        self._image, self._area = QImage(), QRectF()

    def show_image(self, image: QImage, area: QRectF) -> None:
        """Show an image there."""
        self.prepareGeometryChange()
        self._image, self._area = image, area
        self.update()

    def boundingRect(self) -> QRectF:
        return self._area

    def paint(self, painter: QPainter, _option: object = None, _widget: object = None) -> None:
        if not self._image.isNull():
            cell = abs(painter.worldTransform().m11())
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, cell < SHARP)
            painter.drawImage(self._area, self._image)


class MatrixPlot(Plot):
    """The first unit is in the upper left corner."""

    def __init__(self) -> None:
        super().__init__("units, ordered by component", "")
        plot = self.getPlotItem()
        plot.vb.invertY(True)
        plot.vb.setAspectLocked(True)
        plot.hideAxis("left")
        plot.getAxis("bottom").setStyle(showValues=False, tickLength=0)
        self.image, self.strip = ImageItem(), ImageItem()
        self.marks = pg.PlotCurveItem(connect="pairs")  # a tick above the column and beside the row of each unit
        for item in (self.image, self.strip, self.marks):
            self.addItem(item, ignoreBounds=True)
        self.cells = 0
        self.dress(self._dress)

    def show_all(self) -> None:
        """The whole matrix, and the strip of colours."""
        box, beside = self.getPlotItem().vb, 2.5 * STRIP * max(self.cells, 1)
        box.setRange(xRange=(-beside, self.cells + beside), yRange=(-beside, self.cells), padding=0)

    def _dress(self) -> None:
        self.marks.setPen(theme.line(theme.current().foreground))


class MatrixView(MapView):
    """A click selects the two units of a cell, with Shift all from the last cell on; on the strip a component."""

    def __init__(self) -> None:
        super().__init__()
        self.plot = MatrixPlot()
        self.shown: MatrixImage | None = None
        self._anchor = (0, 0)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.plot)
        self.plot.dress(self._dress)
        self.plot.scene().sigMouseClicked.connect(self._on_scene_clicked)
        self.plot.pointed.connect(self._on_plot_pointed)
        self.plot.left.connect(lambda: self.said.emit(""))

    def show_picture(self, picture: MatrixImage) -> None:
        cells = picture.light.width()
        fresh = self.shown is None or self.plot.cells != cells
        self.shown, self.plot.cells = picture, cells
        width = STRIP * cells
        self.plot.image.show_image(picture.image, QRectF(0, 0, cells, cells))
        self.plot.strip.show_image(picture.strip, QRectF(-2.0 * width, 0, width, cells))
        if fresh:
            self.plot.show_all()

    def _dress(self) -> None:
        if self.shown is not None:
            self.show_picture(self.shown)

    def mark(self, units: frozenset[int]) -> None:
        if self.shown is None:
            return
        found, result = self.shown.picture.found, self.shown.picture.result
        chosen = np.zeros(result.graph.units, np.bool_)
        chosen[list(result.nodes_of(units))] = True
        places = np.unique(found.bins_of(np.flatnonzero(chosen[found.order]))) + 0.5
        near, far = np.full(len(places), -0.1), np.full(len(places), -0.9)
        width = STRIP * self.plot.cells
        above = np.stack((places, width * near, places, width * far), axis=1).reshape(-1, 2)
        beside = np.stack((width * near, places, width * far, places), axis=1).reshape(-1, 2)
        self.plot.marks.setData(*np.concatenate((above, beside)).T)

    def entries(self, picture: MatrixImage) -> list[tuple[Entry, frozenset[int]]]:
        shown = picture.picture
        name = similarity(shown.question.needs.similarity).cosine
        low, _, high = (QColor(*colour) for colour in DIVERGING)
        ends = [Entry(f"{name} {shown.limit:.2g}", high, "box")]
        if float(shown.found.values.min(initial=0.0)) < 0.0:
            ends.append(Entry(f"−{shown.limit:.2g}", low, "box"))
        return [*((entry, frozenset[int]()) for entry in ends), *entries_of_groups(shown.result, 0)]

    def forget(self) -> None:
        self.shown = None
        self.plot.cells = 0
        self.plot.image.show_image(QImage(), QRectF())
        self.plot.strip.show_image(QImage(), QRectF())
        self.plot.marks.setData([], [])

    def _units(self, nodes: Iterable[int]) -> frozenset[int]:
        assert self.shown is not None
        return self.shown.picture.result.units_of(nodes)

    def _cell_at(self, x: float, y: float) -> tuple[int, int] | None:
        """Row and column; a column of −1 is the strip. None beside both."""
        cells = self.plot.cells
        if self.shown is None or not 0 <= y < cells or not -2.0 * STRIP * cells <= x < cells:
            return None
        return int(y), (int(x) if x >= 0 else -1)

    def _on_scene_clicked(self, click: Any) -> None:
        box = self.plot.getPlotItem().vb
        if click.button() is not Qt.MouseButton.LeftButton or not box.sceneBoundingRect().contains(click.scenePos()):
            return
        place = box.mapSceneToView(click.scenePos())
        self.click_at(place.x(), place.y(), click.modifiers())

    def click_at(self, x: float, y: float, modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        """Select what lies at this place, in cells."""
        cell = self._cell_at(x, y)
        adding = bool(modifiers & Qt.KeyboardModifier.ControlModifier)
        if cell is None or self.shown is None:
            self.chosen.emit(frozenset(), adding)
            return
        found, graph = self.shown.picture.found, self.shown.picture.result.graph
        row, column = cell
        if column < 0:
            of = graph.component[found.units_in(row, row)]
            self.chosen.emit(self._units(np.flatnonzero(np.isin(graph.component, of) & graph.present).tolist()), adding)
            return
        first = self._anchor if modifiers & Qt.KeyboardModifier.ShiftModifier else cell
        if first is cell:
            self._anchor = cell
        nodes = (*found.units_in(first[0], row).tolist(), *found.units_in(first[1], column).tolist())
        self.chosen.emit(self._units(nodes), adding)

    def _on_plot_pointed(self, x: float, y: float) -> None:
        cell = self._cell_at(x, y)
        if cell is None or self.shown is None or cell[1] < 0:
            self.said.emit("")
            return
        found, result = self.shown.picture.found, self.shown.picture.result
        first, second = (found.units_in(each, each).tolist() for each in cell)
        name = similarity(self.shown.question.needs.similarity).cosine
        value = float(found.values[cell])
        if found.binned:
            both = f"{len(first)} × {len(second)} units, such as {result.name_of(first[0])} and {second[0]}"
            self.said.emit(f"{both}: mean {name} {value:.3f}")
        elif cell[0] == cell[1]:
            self.said.emit(result.name_of(first[0]))
        else:
            self.said.emit(f"{result.name_of(first[0])} and {result.name_of(second[0])}: {name} {value:.3f}")
