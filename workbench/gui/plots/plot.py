"""A plot with labelled axes and a crosshair that reads values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import pyqtgraph as pg
from PySide6.QtCore import QCoreApplication, QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QFontMetricsF

from workbench.figures.labels import shorter_and_shorter
from workbench.figures.zoom import NARROWEST
from workbench.gui.plots.axes import Axis, fit_fonts, half_a_number, has_room_below, room_above
from workbench.gui.state import theme

if TYPE_CHECKING:
    from collections.abc import Callable

OUTDATED = 0.3  # opacity of what belongs to an earlier question
OVERHANG = 12  # pixels by which a label may be longer than its axis


def tidy(plot_item: Any) -> None:
    """Take away what only pyqtgraph's own users expect: context menu, auto-range button."""
    plot_item.setMenuEnabled(False)
    plot_item.hideButtons()


class Box(pg.ViewBox):  # type: ignore[misc]
    """A view box in which a single point lies in the middle of one unit, whatever was seen before.

    It moves what is in it as soon as the range changes. pyqtgraph does so only while it paints, and then paints again.
    """

    def setRange(self, rect: QRectF | None = None, xRange: Any = None, yRange: Any = None, **options: Any) -> None:
        super().setRange(rect, _widened(xRange), _widened(yRange), **options)
        if not any(self.state["autoRange"]):  # which is found in several steps, each by a paint
            self.updateMatrix()


def _widened(ends: Any) -> Any:
    """A range of no width made one unit wide; pyqtgraph would give it the width of the range before."""
    if ends is None or ends[0] != ends[1]:
        return ends
    half = max(0.5, NARROWEST * abs(ends[0]))  # beyond 10⁹ one unit is no width
    return [ends[0] - half, ends[1] + half]


class Curve(pg.PlotCurveItem):  # type: ignore[misc]
    """A curve for plots whose ranges are set and not found from the data.

    It takes all that is in view. pyqtgraph finds the bounds of the data and the size of a pixel again whenever the
    range changes, for every curve, which takes longer than it takes to draw the curves.
    """

    def boundingRect(self) -> QRectF:
        box = self.getViewBox()
        if self.xData is None or not len(self.xData) or box is None:
            return QRectF()
        seen: QRectF = box.viewRect()
        return seen

    def viewTransformChanged(self) -> None:
        self.prepareGeometryChange()


class Plot(pg.PlotWidget):  # type: ignore[misc]
    """A plot. `pointed(x, y)` follows the mouse in data coordinates, `left` says it is gone.

    `zoomed` says that its ranges were changed by hand, `restored` that a double click shows all again.
    """

    pointed = Signal(float, float)
    left = Signal()
    zoomed = Signal()
    restored = Signal()
    least_height: ClassVar[int] = 64  # that it asks for; it gives way where the lines above and below it need more
    last_number: ClassVar[bool] = False  # whether a number at the right end has room in any case
    _dresses: tuple[Callable[[], object], ...] = ()

    def __init__(self, x_label: str, y_label: str, bottom: pg.AxisItem | None = None) -> None:
        axes = {"left": Axis("left"), "bottom": bottom or Axis("bottom")}
        super().__init__(viewBox=Box(enableMenu=False), axisItems=axes)
        item = self.getPlotItem()
        for side in ("bottom", "left", "top", "right"):
            item.getAxis(side).enableAutoSIPrefix(False)  # it would rewrite its label for every range
        tidy(item)
        self._fit_text()
        self.set_x_label(x_label)
        self._y_label = y_label
        item.setLabel("left", y_label)
        item.vb.sigResized.connect(self._fit_labels)
        item.vb.sigRangeChangedManually.connect(self._on_box_range_changed)
        self.setMinimumWidth(120)
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)  # the Tab key stops only where other keys do something
        self.setAccessibleName(f"{y_label} over {x_label}" if y_label else x_label)
        self._guides = tuple(pg.InfiniteLine(angle=angle, movable=False) for angle in (90, 0))
        for line in self._guides:
            line.setVisible(False)
            line.setZValue(50)
            self.addItem(line, ignoreBounds=True)
        self.dress(self._dress_guides)
        self.scene().sigMouseMoved.connect(self._on_scene_mouse_moved)
        self.scene().sigMouseClicked.connect(self._on_scene_mouse_clicked)

    def minimumSizeHint(self) -> QSize:
        return QSize(self.minimumWidth(), self.least_height)

    def _fit_text(self) -> None:
        fit_fonts(self.getPlotItem())
        beside = half_a_number() if self.last_number else 8
        self.getPlotItem().layout.setContentsMargins(0, room_above(), beside, 2)
        if self.last_number:
            self.getPlotItem().getAxis("bottom").setStyle(hideOverlappingLabels=beside)

    def set_x_label(self, text: str) -> None:
        """Label the bottom axis; a flat plot leaves the label away."""
        axis = self.getPlotItem().getAxis("bottom")
        if axis.labelText != text:
            axis.setLabel(text)
            axis.resizeEvent()  # puts it in the middle again
        self._fit_x_label()

    def _fit_labels(self) -> None:
        self._fit_x_label()
        self._fit_y_label()

    def _fit_x_label(self) -> None:
        axis = self.getPlotItem().getAxis("bottom")
        shown = bool(axis.labelText) and has_room_below(self.height())
        if axis.label.isVisible() != shown:
            axis.showLabel(shown)

    def set_y_label(self, text: str) -> None:
        """Label the left axis; where there is no room for all of it, with as much as there is room for."""
        self._y_label = text
        self._fit_y_label()

    def _fit_y_label(self) -> None:
        axis = self.getPlotItem().getAxis("left")
        room, measure = axis.geometry().height() + OVERHANG, QFontMetricsF(axis.label.font()).horizontalAdvance
        text = next((each for each in shorter_and_shorter(self._y_label) if measure(each) <= room), "")
        if axis.labelText != text:
            axis.setLabel(text)
        axis.resizeEvent()  # puts it in the middle again

    def dress(self, wear: Callable[[], object]) -> None:
        """Colour items, and write words in the application's font, now and whenever its appearance changes."""
        self._dresses = (*self._dresses, wear)
        wear()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if not self._dresses:  # it is still being made
            return
        if event.type() == QEvent.Type.PaletteChange:
            self._recolour()
        elif event.type() == QEvent.Type.FontChange:
            self._fit_text()
            self._fit_labels()
            for wear in self._dresses:  # what is written in the plot
                wear()

    def _recolour(self) -> None:
        self.setBackground("default")
        for side in ("bottom", "left"):
            axis = self.getPlotItem().getAxis(side)
            axis.setPen()
            axis.setTextPen()
        for wear in self._dresses:
            wear()

    def _dress_guides(self) -> None:
        for line in self._guides:
            line.setPen(theme.line(theme.current().faint, Qt.PenStyle.DotLine))

    def data_position(self, position: QPointF) -> QPointF:
        """The data coordinates under a position of the widget."""
        place: QPointF = self.getPlotItem().vb.mapSceneToView(self.mapToScene(position.toPoint()))
        return place

    def show_all(self) -> None:
        """Fit the axes to the data again."""
        self.getPlotItem().enableAutoRange()

    def ranges(self) -> tuple[tuple[float, float], tuple[float, float]]:
        """What is seen across and up, in the numbers that stand at the axes."""
        across, up = self.getPlotItem().vb.viewRange()
        return (float(across[0]), float(across[1])), (float(up[0]), float(up[1]))

    def show_ranges(self, across: tuple[float, float], up: tuple[float, float]) -> None:
        """Show this part. ValueError: these axes cannot."""
        self.getPlotItem().vb.setRange(xRange=across, yRange=up, padding=0)

    def mouseDoubleClickEvent(self, event: Any) -> None:
        self.show_all()
        self.restored.emit()
        event.accept()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """With the mouse a menu comes after a click: while the right button is held down, it zooms."""
        if event.reason() is QContextMenuEvent.Reason.Mouse:
            event.accept()
        else:
            event.ignore()  # the panel has the menu

    def _on_scene_mouse_clicked(self, click: Any) -> None:
        if click.button() is Qt.MouseButton.RightButton:
            here = self.mapFromGlobal(click.screenPos().toPoint())
            place = self.mapTo(self.parentWidget(), here), self.mapToGlobal(here)
            asked = QContextMenuEvent(QContextMenuEvent.Reason.Other, *place)
            QCoreApplication.sendEvent(self.parentWidget(), asked)

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self._show_guides(False)
        self.left.emit()

    def _on_box_range_changed(self, _by_axis: object) -> None:
        self.zoomed.emit()

    def _show_guides(self, shown: bool) -> None:
        for line in self._guides:
            line.setVisible(shown)

    def _on_scene_mouse_moved(self, position: QPointF) -> None:
        box = self.getPlotItem().vb
        inside = box.sceneBoundingRect().contains(position)
        if not inside and self._guides[0].isVisible():
            self.left.emit()
        self._show_guides(inside)
        if inside:
            point = box.mapSceneToView(position)
            self._guides[0].setPos(point.x())
            self._guides[1].setPos(point.y())
            self.pointed.emit(point.x(), point.y())
