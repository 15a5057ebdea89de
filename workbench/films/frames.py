"""The frames of a film: a page is drawn once for each snapshot, and in between its artists are fed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from workbench.films.caption import Caption
from workbench.films.figures import FilmFigures, Prepared
from workbench.films.motion import data_artists, limit_moves, moves_of
from workbench.films.pixels import pixels_of, raster, redrawn

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workbench.figures.page import Page
    from workbench.films.film import Film
    from workbench.films.motion import Move
    from workbench.films.pixels import Pixels

Kind = Literal["page", "moving", "resting"]
RESTS = 0.3  # of a snapshot's time, before the picture moves on


@dataclass(frozen=True, eq=False)
class Frame:
    """One picture of a film."""

    number: int
    snapshot: int  # that is shown, or was shown last
    exact: bool  # it is the snapshot's figure; else the picture is moving on
    pixels: Pixels
    page: Page  # of the snapshot


def frames(film: Film) -> Iterator[Prepared | Frame]:
    """The frames of a film one by one, after an event for each snapshot that is prepared.

    RunError: a snapshot is not finite; ValueError and DataMissing as `run_evaluators.figure`.
    """
    film_figures, caption = FilmFigures(film), Caption(film)
    yield from film_figures.prepare()
    parts = [_way(number / film.frames_each) for number in range(film.frames_each)]
    following = _Stage(film_figures, film.snapshots[0])
    number = 0
    for index, snapshot in enumerate(film.snapshots):
        stage = following
        if snapshot == film.snapshots[-1]:
            parts = [0.0] * film.frames_each
        else:
            following = _Stage(film_figures, snapshot + 1)
        for part, picture in zip(parts, stage.pictures(following, parts), strict=True):
            strip = caption.drawn(snapshot, index + part)
            yield Frame(number, snapshot, part == 0.0, _joined(film, picture, strip), stage.page)
            number += 1


def kind_of(film: Film, number: int) -> Kind:
    """What a frame costs: a page that is drawn, artists that move, or nothing new."""
    index, within = divmod(number, film.frames_each)
    if not within:
        return "page"
    is_last = index == len(film.snapshots) - 1
    return "resting" if is_last or _way(within / film.frames_each) == 0.0 else "moving"


def _way(time: float) -> float:
    """How far the picture has moved at this part of a snapshot's time: it rests, then goes gently."""
    moving = max(time - RESTS, 0.0) / (1.0 - RESTS)
    return moving * moving * (3.0 - 2.0 * moving)


class _Stage:
    """A snapshot's page, drawn."""

    def __init__(self, film_figures: FilmFigures, snapshot: int) -> None:
        self.page = film_figures.page(snapshot)
        self._drawn = film_figures.drawn(self.page)
        self._parts = self.page.parts(self._drawn)
        self.canvas = raster(self._drawn)

    def pictures(self, target: _Stage, parts: list[float]) -> Iterator[Pixels]:
        """The page this part of the way to `target`, again and again; 0 is the page as it is."""
        whole = redrawn(self.canvas)
        moves: list[Move] | None = None
        limits: list[Move] = []
        background: Any = None
        for part in parts:
            if part == 0.0:
                yield whole
                continue
            if moves is None:
                moves, limits = self._moves_to(target)
                background = None if limits else self._background()
            for move in (*moves, *limits):
                move(part)
            yield redrawn(self.canvas) if background is None else self._over(background)

    def _moves_to(self, target: _Stage) -> tuple[list[Move], list[Move]]:
        """What moves inside the axes, and the axes' own limits."""
        moves: list[Move] = []
        limits: list[Move] = []
        pages = self.page.figures, target.page.figures
        for figure, other, part, place in zip(*pages, self._parts, target._parts, strict=True):
            for now, then in zip(part.axes, place.axes, strict=True):
                moves += moves_of(figure, other, now, then)
                limits += limit_moves(now, then)
        return moves, limits

    def _background(self) -> Any:
        """All that does not move."""
        for artist in self.moving():
            artist.set_animated(True)
        self.canvas.draw()
        return self.canvas.copy_from_bbox(self._drawn.bbox)

    def _over(self, background: Any) -> Pixels:
        self.canvas.restore_region(background)
        renderer = self.canvas.get_renderer()
        for artist in self.moving():
            artist.draw(renderer)
        return pixels_of(self.canvas)

    def moving(self) -> list[Any]:
        return [artist for part in self._parts for axes in part.axes for artist in data_artists(axes)]


def _joined(film: Film, picture: Pixels, caption: Pixels) -> Pixels:
    """Page and caption as one picture of the film's size."""
    width, height = film.even_size
    joined = np.empty((height, width, 3), np.uint8)
    joined[:] = picture[0, 0]
    joined[-len(caption) :, : caption.shape[1]] = caption[:, :width]
    rows = min(height - len(caption), len(picture))
    joined[:rows, : picture.shape[1]] = picture[:rows, :width]
    return joined
