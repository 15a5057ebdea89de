"""The strip below the frames of a film: which snapshot is shown, and where on the timeline the film is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.figures.figure import text_width
from workbench.figures.style import MILLIMETRES, POINTS
from workbench.films.pixels import raster, redrawn
from workbench.runs.collection.naming import moment, short_name

if TYPE_CHECKING:
    from workbench.films.film import Film
    from workbench.films.pixels import Pixels

NOTE = "between snapshots only the picture moves"
MARGIN = 0.5  # times the font's size, at both sides
LINE, TEXT = 0.22, 0.65  # heights in the strip


class Caption:
    """Made once for a film and fed for each frame: a text, and a timeline with a tick for every snapshot."""

    def __init__(self, film: Film) -> None:
        from matplotlib import rc_context
        from matplotlib.figure import Figure as Canvas

        style = film.style
        self._film, colours = film, style.colours
        with rc_context(style.settings()):
            size = (style.width / MILLIMETRES, film.caption_height / MILLIMETRES)
            drawn = Canvas(figsize=size, dpi=style.dpi)
            side = MARGIN * style.font / (size[0] * POINTS)
            width = (1.0 - 2.0 * side) * size[0] * POINTS
            longest = text_width(max(map(self.words, film.snapshots), key=len), style.font)
            fitting = style.font * min(1.0, width / longest)
            self._text = drawn.text(side, TEXT, "", va="center", parse_math=False, fontsize=fitting)
            beside = longest + text_width(NOTE, 0.8 * style.font) + 2.0 * style.font <= width
            if beside and film.moving and film.frames_each > 1:
                note: Any = {"va": "center", "ha": "right", "color": colours.faint, "fontsize": 0.8 * style.font}
                drawn.text(1.0 - side, TEXT, NOTE, **note)
            axes = drawn.add_axes((side, 0.0, 1.0 - 2.0 * side, 2.0 * LINE))
            axes.set_axis_off()
            last = max(len(film.snapshots) - 1, 1)
            axes.set(xlim=(-0.002 * last, 1.002 * last), ylim=(-1.0, 1.0))
            axes.hlines(0.0, 0.0, last, color=colours.faint, linewidth=0.6 * style.line)
            axes.vlines(np.arange(len(film.snapshots)), -0.35, 0.35, color=colours.faint, linewidth=0.6 * style.line)
            mark: Any = {"marker": "o", "color": colours.accent, "markersize": 0.55 * style.font, "clip_on": False}
            (self._cursor,) = axes.plot([0.0], [0.0], **mark)
        self.canvas = raster(drawn)

    def drawn(self, snapshot: int, place: float) -> Pixels:
        """The strip at a snapshot, with the mark at a place among those of the film; 3.5 is after the fourth."""
        self._text.set_text(self.words(snapshot))
        self._cursor.set_data([place], [0.0])
        return redrawn(self.canvas)

    def words(self, snapshot: int) -> str:
        """What is shown: "digits_conv · fc1 · snapshot 3 of 28 · epoch 0.5"."""
        film, run = self._film, self._film.run
        layer = [film.layer] if film.layer is not None else []
        place = f"snapshot {snapshot} of {run.snapshots - 1}"
        return " · ".join([short_name(run), *layer, place, moment(run, snapshot, digits=3)])
