"""The plot of the timeline: tracks above one another over one time axis, and the handle that goes through them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QEvent, QPointF, Qt, Signal
from PySide6.QtGui import QColor, QGuiApplication, QHelpEvent, QPainterPath
from PySide6.QtWidgets import QGraphicsPathItem, QToolTip

from workbench.figures.looks import DEAD, HARDLY_MOVED
from workbench.figures.timeline.reading import PARTS
from workbench.gui.plots.axes import room_above
from workbench.gui.plots.mean_band import TrackRuns
from workbench.gui.plots.plot import Curve, Plot
from workbench.gui.plots.timeline_axes import BottomAxis, Corner, SideAxis, Words, held_path
from workbench.gui.state import theme
from workbench.gui.widgets.plain_text import as_tooltip, literal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QBrush, QContextMenuEvent, QMouseEvent

    from workbench.figures.timeline.tracks import Floats, Mark, Shown, Track

COLOURS = {"dead": DEAD, "hardly_moved": HARDLY_MOVED}  # of tracks; the others have the accent
PAD = 0.14  # of a track's height, above and below its curve
REACH = 7.0  # pixels from a mark within which it is under the mouse
SHADE = 45  # opacity of what a rule matches, of 255


class TimelinePlot(Plot):
    """Tracks over the snapshots; press or drag anywhere to go there. `marked(mark)` follows a click on a mark."""

    scrubbed = Signal(int)
    marked = Signal(object)
    least_height: ClassVar[int] = 96

    def __init__(self, tracks: Sequence[str] = ()) -> None:
        self.axis = BottomAxis()
        super().__init__("", "", self.axis)
        self.shown: Shown | None = None
        self._places: Floats = np.zeros((0, 2))  # of the marks
        self._dots: list[tuple[Floats, QBrush]] = []  # heights and colour of each curve that is drawn
        self._now = 0
        self.setMouseTracking(True)
        item = self.getPlotItem()
        item.vb.setMouseEnabled(False, False)
        self.names, self.values, self.corner = SideAxis("left"), SideAxis("right"), Corner()
        item.setAxisItems({"left": self.names, "right": self.values})
        item.layout.addItem(self.corner, 3, 0)
        for side in (self.names, self.values):
            side.setPen(None)
        self.shade = QGraphicsPathItem()
        self.shade.setZValue(-20)
        self.addItem(self.shade, ignoreBounds=True)
        self.between = Curve(connect="pairs")
        self.addItem(self.between, ignoreBounds=True)
        self.curves = {name: self.plot([], []) for name in (*tracks, *reversed(PARTS))}
        self.runs = TrackRuns(self)
        self.handle = pg.InfiniteLine(0)
        self.handle.setZValue(40)
        self.addItem(self.handle, ignoreBounds=True)
        self.damage = pg.VTickGroup(yrange=(0.0, 0.12), pen=pg.mkPen(theme.OKABE_ITO["vermillion"], width=2))
        self.marks = pg.ScatterPlotItem(size=8)
        self.points = pg.ScatterPlotItem(size=7, pen=None)
        for scattered in (self.damage, self.marks, self.points):
            self.addItem(scattered, ignoreBounds=True)
        self.reasons: list[pg.TextItem] = []
        self.dress(self._dress)
        self.setAccessibleName("Tracks over the snapshots")

    def _dress(self) -> None:
        self.axis.setHeight(self.fontMetrics().height() + 4)
        for name, curve in self.curves.items():
            curve.setPen(theme.accuracy_pen(name) if name in PARTS else theme.line(self.colour(name)))
        self.handle.setPen(theme.line(theme.current().accent))
        faint = QColor(theme.current().faint)
        faint.setAlpha(45)
        self.between.setPen(theme.line(faint))
        shade = QColor(theme.current().accent)
        shade.setAlpha(SHADE)
        self.shade.setPen(pg.mkPen(None))
        self.shade.setBrush(shade)
        for reason in self.reasons:
            reason.setColor(theme.current().faint)
        for side in (self.names, self.values):
            side.picture = None
            side.update()
        if self.shown is not None:
            self.show_tracks(self.shown)

    @staticmethod
    def colour(name: str) -> QColor | str:
        """The colour of a track or of a part of the data."""
        if name in PARTS:
            return theme.accuracy_pen(name).color()
        return COLOURS.get(name, theme.current().accent)

    # --- what is shown ---

    def show_tracks(self, shown: Shown) -> None:
        """Draw these tracks and nothing else."""
        self.shown = shown
        time, count = shown.time, max(len(shown.tracks), 1)
        self.axis.show_time(time)
        self.corner.say(time.words)
        self.getPlotItem().vb.setRange(xRange=time.ends(), yRange=(0.0, count), padding=0)
        self.least_height = max(type(self).least_height, self._needed(count))  # type: ignore[misc]
        self.updateGeometry()
        drawn = {key: (track, values) for track in shown.tracks for key, values in track.curves.items()}
        self._dots = []
        for name, curve in self.curves.items():
            if name in drawn:
                heights = self.heights(*drawn[name])
                self._dots.append((heights, theme.brush(self.colour(name))))
                curve.setData(time.places, heights, connect="finite")
            elif curve.xData is not None and len(curve.xData):
                curve.setData([], [])
        self.runs.show(shown, self.heights, self.colour)
        self.between.setData(np.tile(time.ends(), count - 1), np.repeat(np.arange(1.0, count), 2))
        self._write_sides()
        self._explain(shown)
        self._put_marks(shown)
        self.shade.setPath(held_path(shown))
        self.go_to(self._now)

    def _needed(self, tracks: int) -> int:
        """The pixels that so many tracks take, so that their names do not touch each other."""
        line: int = self.fontMetrics().height()
        return tracks * (line + 2) + line + 16 + room_above()

    def foot(self, track: Track) -> float:
        """The height at which a track begins."""
        assert self.shown is not None
        return float(len(self.shown.tracks) - 1 - self.shown.tracks.index(track))

    def heights(self, track: Track, values: Floats) -> Floats:
        """Where values of a track lie in the plot."""
        low, high = track.scale
        return self.foot(track) + PAD + (1.0 - 2.0 * PAD) * (values - low) / (high - low)

    def _write_sides(self) -> None:
        assert self.shown is not None
        names, widest = [], [self.corner.text]
        for track in self.shown.tracks:
            low, high = (track.write(end) for end in track.scale)
            known = bool(np.isfinite(track.main).any())
            span = f"{low.removesuffix(' %')} – {high}" if known else ""
            names.append(Words(self.foot(track) + 0.5, track.title, span))
            widest += [track.title, span]
        self.names.say(tuple(names))
        self.names.widen(tuple(widest), 0.35 * self.width())
        ends = [track.write(end) for track in self.shown.tracks for end in track.scale]
        self.values.widen((*ends, "–"), 0.25 * self.width())

    def _explain(self, shown: Shown) -> None:
        """Say in a track without a curve why there is none."""
        missing = [track for track in shown.tracks if track.reason]
        while len(self.reasons) < len(missing):
            self.reasons.append(text := pg.TextItem(color=theme.current().faint, anchor=(0.0, 0.5)))
            self.addItem(text, ignoreBounds=True)
            self.dress(lambda text=text: text.setFont(QGuiApplication.font()))  # type: ignore[misc]
        for number, text in enumerate(self.reasons):
            text.setVisible(number < len(missing))
            if number < len(missing):
                text.setText(missing[number].reason)
                text.setPos(shown.time.ends()[0], self.foot(missing[number]) + 0.5)

    def _put_marks(self, shown: Shown) -> None:
        tracks = {track.name: track for track in shown.tracks}
        spots = []
        for mark in shown.marks:
            track = tracks[mark.track]
            height = self.heights(track, track.main[mark.snapshot : mark.snapshot + 1])[0]
            spots.append((shown.time.places[mark.snapshot], height if np.isfinite(height) else self.foot(track) + 0.5))
        self._places = np.array(spots, np.float64).reshape(-1, 2)
        self.marks.setData(
            x=self._places[:, 0],
            y=self._places[:, 1],
            symbol=["d" if mark.diamond else "o" for mark in shown.marks],
            brush=[theme.brush(theme.current().background)] * len(spots),
            pen=[theme.outline(self.colour(mark.track)) for mark in shown.marks],
        )

    def go_to(self, snapshot: int) -> None:
        """Put the handle at a snapshot, and write the values there; of one that is not drawn yet there are none."""
        self._now = snapshot
        if self.shown is None or snapshot < 0:
            return
        places, tracks = self.shown.time.places, self.shown.tracks
        drawn = snapshot < len(places)
        here = float(places[snapshot]) if drawn else self.shown.time.ends()[1]
        self.handle.setPos(here)
        known = [
            (heights[snapshot], brush) for heights, brush in self._dots if drawn and np.isfinite(heights[snapshot])
        ]
        heights, brushes = [height for height, _ in known], [brush for _, brush in known]
        self.points.setData(x=[here] * len(known), y=heights, brush=brushes)
        values = (self.value_at(track, snapshot) if drawn else "–" for track in tracks)
        self.values.say(tuple(Words(self.foot(track) + 0.5, text) for track, text in zip(tracks, values, strict=True)))

    @staticmethod
    def value_at(track: Track, snapshot: int) -> str:
        """What is written of a track at a snapshot."""
        value = float(track.main[snapshot])
        return track.write(value) if np.isfinite(value) else "–"

    def mark_damage(self, snapshots: Sequence[int]) -> None:
        """A tick at the foot of the plot for each of these snapshots."""
        places = np.zeros(0) if self.shown is None else self.shown.time.places
        self.damage.setXVals([float(places[at]) for at in snapshots if at < len(places)])

    def forget(self) -> None:
        """Take away all that was shown."""
        self.shown, self._places = None, np.zeros((0, 2))
        self.runs.clear()
        for curve in self.curves.values():
            curve.setData([], [])
        self.points.setData([])
        self.marks.setData([])
        self.damage.setXVals([])
        self.shade.setPath(QPainterPath())
        for reason in self.reasons:
            reason.setVisible(False)
        self.names.say(())
        self.values.say(())
        self.axis.show_time(None)

    # --- the mouse ---

    def snapshot_at(self, place: float) -> int:
        """The snapshot that lies nearest to a place on the time axis."""
        return 0 if self.shown is None else self.shown.time.nearest(place)

    def place_of(self, snapshot: float) -> float:
        """Where a snapshot lies on the time axis, or a point between two."""
        places = np.zeros(1) if self.shown is None else self.shown.time.places
        beyond = snapshot - float(np.clip(snapshot, 0, len(places) - 1))
        return float(np.interp(snapshot, np.arange(len(places)), places)) + beyond

    def mark_at(self, position: QPointF) -> Mark | None:
        """The mark under a position of the widget; None: there is none."""
        here = self.data_position(position)
        return self.mark_near(here.x(), here.y())

    def mark_near(self, x: float, y: float) -> Mark | None:
        """The same of a place in the plot."""
        if self.shown is None or not len(self._places):
            return None
        wide, high = self.getPlotItem().vb.viewPixelSize()
        far = np.hypot((self._places[:, 0] - x) / wide, (self._places[:, 1] - y) / high)
        nearest = int(far.argmin())
        return self.shown.marks[nearest] if far[nearest] <= REACH else None

    def viewportEvent(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            mark = self.mark_at(QPointF(event.pos()))
            text = "" if mark is None else as_tooltip(literal(f"snapshot {mark.snapshot}: {mark.words}"))
            QToolTip.showText(event.globalPos(), text, self)
            return True
        return bool(super().viewportEvent(event))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton:
            mark = self.mark_at(event.position())
            if mark is None:
                self._scrub(event)
            else:
                self.marked.emit(mark)
                event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        # The crosshair follows. Nothing else here takes the mouse, and pyqtgraph would look for it at every move.
        self._on_scene_mouse_moved(self.mapToScene(event.position().toPoint()))
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._scrub(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        event.accept()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.mousePressEvent(event)  # there is nothing to zoom out of

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        event.ignore()  # nothing zooms: the panel's menu comes at once

    def wheelEvent(self, event: Any) -> None:
        event.ignore()

    def _scrub(self, event: QMouseEvent) -> None:
        self.scrubbed.emit(self.snapshot_at(self.data_position(event.position()).x()))
        event.accept()

    def _show_guides(self, shown: bool) -> None:
        self._guides[0].setVisible(shown)  # heights mean something else in each track
