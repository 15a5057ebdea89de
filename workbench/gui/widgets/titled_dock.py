"""A dock whose title, and the two buttons in it, follow the font and the colours of the application."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QPointF, Qt, Signal
from PySide6.QtGui import QAction, QColor, QGuiApplication, QIcon, QMouseEvent, QPainter, QPalette, QPen, QPixmap
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QDockWidget,
    QStyle,
    QStyleOptionDockWidget,
    QStyleOptionFrame,
    QStylePainter,
)

if TYPE_CHECKING:
    from PySide6.QtGui import QPaintEvent
    from PySide6.QtWidgets import QMainWindow

SIZE, SHARPNESS = 10, 4  # of an icon: units across, and pixels a unit
# Lines from point to point: a cross, and a sheet over another one.
SHAPES = {
    "qt_dockwidget_closebutton": (((2, 2), (8, 8)), ((8, 2), (2, 8))),
    "qt_dockwidget_floatbutton": (((1, 4), (6, 4), (6, 9), (1, 9), (1, 4)), ((4, 4), (4, 1), (9, 1), (9, 6), (6, 6))),
}


class TitleButtons(QObject):
    """Redraws the buttons of a dock's title whenever Qt gave them the style's icons, or the colours changed."""

    def __init__(self, dock: QDockWidget) -> None:
        super().__init__(dock)
        self._dock = dock
        # Kept by colour and name: of every new icon Qt keeps a picture for a while, and docks are shown often.
        self._icons: dict[tuple[int, str], QIcon] = {}
        dock.installEventFilter(self)
        dock.topLevelChanged.connect(self._draw)
        self._draw()

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.Polish, QEvent.Type.Show):
            self._draw()
        return False

    def _draw(self) -> None:
        colour = QGuiApplication.palette().color(QPalette.ColorRole.WindowText)
        for name, lines in SHAPES.items():
            button = self._dock.findChild(QAbstractButton, name)
            if button is not None:
                key = colour.rgb(), name
                if key not in self._icons:
                    self._icons[key] = _icon(lines, colour)
                button.setIcon(self._icons[key])


def _icon(lines: tuple[tuple[tuple[int, int], ...], ...], colour: QColor) -> QIcon:
    pixmap = QPixmap(SIZE * SHARPNESS, SIZE * SHARPNESS)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.scale(SHARPNESS, SHARPNESS)
    painter.setPen(QPen(colour, 1))
    for points in lines:
        painter.drawPolyline([QPointF(*point) for point in points])
    painter.end()
    return QIcon(pixmap)


class TitledDock(QDockWidget):
    """A dock whose title follows the application's font; Qt keeps the size it had when the dock was made.

    `in_front` says whether no other tab lies before it where it is shown; `switch` brings it there or closes it. A
    double click on the title of one that does not float is only told: Qt would let it float.
    """

    title_double_clicked = Signal()
    about_to_come = Signal()

    def __init__(self, title: str, parent: QMainWindow | None = None) -> None:
        super().__init__(title, parent)
        self.in_front = True
        self.switch = QAction(title, self)
        self.switch.setCheckable(True)
        self.switch.triggered.connect(self._on_switch_triggered)
        self.visibilityChanged.connect(self._on_visibility_changed)
        TitleButtons(self)

    def come(self) -> None:
        """Be shown, in front of others."""
        self.about_to_come.emit()
        self.show()
        self.raise_()

    def lie(self, in_front: bool) -> None:
        """Know whether it is in front, where Qt has not said so."""
        self.in_front = in_front
        self.switch.setChecked(in_front)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.MouseButtonDblClick and not self.isFloating() and isinstance(event, QMouseEvent):
            panel = self.widget()
            if panel is None or not panel.geometry().contains(event.position().toPoint()):
                self.title_double_clicked.emit()
                event.accept()
                return True
        return super().event(event)

    def _on_switch_triggered(self, wanted: bool) -> None:
        (self.come if wanted else self.close)()

    def _on_visibility_changed(self, seen: bool) -> None:
        self.switch.setChecked(seen)
        if self.isVisible():  # else it is closed, or the window hidden
            self.in_front = seen

    def paintEvent(self, event: QPaintEvent) -> None:
        panel = self.widget()
        if panel is not None and panel.geometry().contains(event.rect()):
            return  # the panel lies over it: whenever one paints itself, its dock is asked to paint beneath
        painter, option = QStylePainter(self), QStyleOptionDockWidget()
        self.initStyleOption(option)
        if self.isFloating():
            framed = QStyleOptionFrame()
            framed.initFrom(self)
            framed.lineWidth = self.style().pixelMetric(QStyle.PixelMetric.PM_DockWidgetFrameWidth, framed, self)
            painter.drawPrimitive(QStyle.PrimitiveElement.PE_FrameDockWidget, framed)
        painter.setFont(QApplication.font())
        option.fontMetrics = painter.fontMetrics()
        painter.drawControl(QStyle.ControlElement.CE_DockWidgetTitle, option)
