"""The two buttons in a dock's title, in the colour of its text: the icons of the style are made for a light ground."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QPointF, Qt
from PySide6.QtGui import QColor, QGuiApplication, QIcon, QPainter, QPalette, QPen, QPixmap
from PySide6.QtWidgets import QAbstractButton

if TYPE_CHECKING:
    from PySide6.QtWidgets import QDockWidget

SIZE, SHARPNESS = 10, 4  # of an icon: units across, and pixels a unit
# Lines from point to point: a cross, and a sheet over another one.
SHAPES = {
    "qt_dockwidget_closebutton": (((2, 2), (8, 8)), ((8, 2), (2, 8))),
    "qt_dockwidget_floatbutton": (((1, 4), (6, 4), (6, 9), (1, 9), (1, 4)), ((4, 4), (4, 1), (9, 1), (9, 6), (6, 6))),
}


class TitleButtons(QObject):
    """Draws the buttons of a dock's title anew whenever Qt gave them the style's icons, or the colours changed."""

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
