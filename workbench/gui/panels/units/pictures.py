"""Pictures on the page of a unit: its weights, and the images that activate it."""

from __future__ import annotations

from math import ceil, sqrt
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QEvent, QRectF, QSize, Qt
from PySide6.QtGui import QHelpEvent, QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from workbench.gui.state import theme
from workbench.gui.widgets.plain_text import as_tooltip

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from workbench.figures.overview.one_unit import WeightPicture
    from workbench.figures.overview.unit_measures import StrongImage

    Pixels = NDArray[np.uint8]

SIDE = 120  # pixels: the height of a picture of weights
STRIP = 36  # pixels: the height of one line of weights
MOST_IN_LINE = 400  # weights in one line of a strip
THUMBNAIL, GAP = 52, 8  # pixels
NEGATIVE, ZERO, POSITIVE = (33, 102, 172), (247, 247, 247), (178, 24, 43)  # of the weights, as in most papers


def coloured(weights: NDArray[np.float32], largest: float) -> Pixels:
    """Weights as colours from −largest (blue) over 0 (white) to largest (red), (…, 3); what is not finite is grey."""
    shares = np.nan_to_num(weights / (largest or 1.0), nan=0.0, posinf=1.0, neginf=-1.0)[..., None].clip(-1.0, 1.0)
    ends = np.where(shares < 0.0, np.array(NEGATIVE), np.array(POSITIVE))
    pixels: Pixels = np.rint(np.array(ZERO) + np.abs(shares) * (ends - np.array(ZERO))).astype(np.uint8)
    return pixels


def pixels_of(picture: WeightPicture) -> Pixels:
    """A picture of weights, (height, width, 4): what lies between maps is transparent.

    Of three channels red, green and blue, grey where the weight is 0.
    """
    weights, largest = picture.weights, picture.largest
    if picture.form == "image":
        if len(weights) == 3:
            return _opaque(np.rint(127.5 + 127.5 * weights.transpose(1, 2, 0) / (largest or 1.0)).astype(np.uint8))
        return _opaque(coloured(weights[0], largest))
    if picture.form == "strip":
        lines = ceil(len(weights) / MOST_IN_LINE)
        across = ceil(len(weights) / lines)
        cells = np.zeros((lines * across, 4), np.uint8)
        cells[: len(weights)] = _opaque(coloured(weights[None], largest))[0]
        return cells.reshape(lines, across, 4)
    return _tiled(_opaque(coloured(weights, largest)))


def _tiled(maps: Pixels) -> Pixels:
    """Maps next to and below one another, (maps, height, width, 4) -> one picture with gaps of one pixel."""
    count, height, width, _ = maps.shape
    across = ceil(sqrt(count * 1.8))
    down = ceil(count / across)
    picture = np.zeros((down * (height + 1) - 1, across * (width + 1) - 1, 4), np.uint8)
    for at, each in enumerate(maps):
        top, left = at // across * (height + 1), at % across * (width + 1)
        picture[top : top + height, left : left + width] = each
    return picture


def _opaque(pixels: Pixels) -> Pixels:
    return np.concatenate([pixels, np.full((*pixels.shape[:-1], 1), 255, np.uint8)], axis=-1)


def image_of(pixels: Pixels) -> QImage:
    """Pixels, (height, width, 3 or 4), as an image of its own memory."""
    height, width, channels = pixels.shape
    form = QImage.Format.Format_RGB888 if channels == 3 else QImage.Format.Format_RGBA8888
    return QImage(np.ascontiguousarray(pixels).tobytes(), width, height, channels * width, form).copy()


class WeightView(QWidget):
    """The weights of a unit as colours, with the scale below them."""

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName("Weights of the unit")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.image = QImage()
        self._picture: WeightPicture | None = None

    def show_picture(self, picture: WeightPicture) -> None:
        """Show these weights."""
        self._picture, self.image = picture, image_of(pixels_of(picture))
        self.setToolTip(as_tooltip(f"{picture.words}; weights from −{picture.largest:.3g} to {picture.largest:.3g}"))
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        strip = self._picture is not None and self._picture.form == "strip"
        lines = self.image.height() if strip else 1
        high = max(STRIP, min(6 * lines, SIDE)) if strip else SIDE
        return QSize(200, high + 2 * self.fontMetrics().height() + 8)

    def minimumSizeHint(self) -> QSize:
        return QSize(80, self.sizeHint().height())

    def paintEvent(self, _event: QPaintEvent) -> None:
        if self._picture is None:
            return
        painter, line = QPainter(self), self.fontMetrics().height()
        area = QRectF(0, 0, self.width(), self.height() - 2 * line - 8)
        if self._picture.form != "strip":
            scale = min(area.width() / self.image.width(), area.height() / self.image.height())
            area = QRectF(0, 0, scale * self.image.width(), scale * self.image.height())
        painter.drawImage(area, self.image)
        painter.setPen(theme.line(theme.current().faint))
        if self._picture.form == "image":
            painter.drawRect(area.adjusted(0, 0, -1, -1))
        painter.setPen(theme.current().foreground)
        colours = "grey is 0" if len(self._picture.weights) == 3 and self._picture.form == "image" else "blue −, red +"
        below = QRectF(0, area.bottom() + 4, self.width(), line)
        painter.drawText(below, Qt.AlignmentFlag.AlignLeft, self._picture.words)
        painter.drawText(
            below.translated(0, line), Qt.AlignmentFlag.AlignLeft, f"{colours}, largest {self._picture.largest:.3g}"
        )


class ImageStrip(QWidget):
    """Images side by side, on several lines where they need it, each with the unit's output on it below."""

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName("Test images that activate the unit most")
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.images: tuple[StrongImage, ...] = ()
        self._drawn: tuple[QImage, ...] = ()

    def show_images(self, images: tuple[StrongImage, ...]) -> None:
        """Show these, the strongest first."""
        self.images, self._drawn = images, tuple(image_of(each.pixels) for each in images)
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(4 * (THUMBNAIL + GAP), self.heightForWidth(max(self.width(), THUMBNAIL)))

    def minimumSizeHint(self) -> QSize:
        return QSize(THUMBNAIL, THUMBNAIL)

    def heightForWidth(self, width: int) -> int:
        lines = ceil(len(self.images) / self._across(width))
        return lines * self._pitch

    @property
    def _pitch(self) -> int:
        return THUMBNAIL + self.fontMetrics().height() + GAP

    def _across(self, width: int) -> int:
        return max(1, (width + GAP) // (THUMBNAIL + GAP))

    def _place(self, at: int) -> QRectF:
        across = self._across(self.width())
        return QRectF(at % across * (THUMBNAIL + GAP), at // across * self._pitch, THUMBNAIL, THUMBNAIL)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setPen(theme.current().foreground)
        for at, (each, image) in enumerate(zip(self.images, self._drawn, strict=True)):
            place = self._place(at)
            painter.drawImage(place, image)
            below = QRectF(place.left() - GAP / 2, place.bottom() + 1, THUMBNAIL + GAP, self.fontMetrics().height())
            painter.drawText(below, Qt.AlignmentFlag.AlignHCenter, f"{each.output:.3g}")

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            found = [each for at, each in enumerate(self.images) if self._place(at).contains(event.pos())]
            text = (
                f"test image {found[0].number:,}, class {found[0].label}: output {found[0].output:.6g}" if found else ""
            )
            QToolTip.showText(event.globalPos(), as_tooltip(text) if text else "", self)
            return True
        return super().event(event)
