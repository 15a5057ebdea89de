"""Films of the timeline: every snapshot is there as its figure, and what lies between is motion and nothing else."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import av
import numpy as np
import pytest
from matplotlib.image import imread

from workbench.figures.page import Page
from workbench.figures.progress import Progress, Written, event_in, line_of
from workbench.figures.style import Style
from workbench.films.animation import animate
from workbench.films.figures import FilmFigures
from workbench.films.film import Film, Scene
from workbench.films.frames import Frame, frames
from workbench.films.pixels import Pixels, raster, redrawn
from workbench.runs.errors import RunError

if TYPE_CHECKING:
    from pathlib import Path

    from workbench.runs.run import Run

SMALL = (480, 300)
CODEC = 2.0  # mean difference of a channel of 255 that compression and halved colour may make


def film_of(run: Run, *kinds: str, **how: object) -> Film:
    options = {"layer": "fc1", "size": SMALL, "rate": 10, "seconds": 0.4, "first": 22, "last": 25, **how}
    return Film(run, tuple(Scene(kind) for kind in kinds), **options)  # type: ignore[arg-type]


def played(path: Path) -> tuple[list[Pixels], float, float]:
    """The frames of a video, its duration in seconds and its frames a second."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        assert stream.codec_context.name == "h264"
        assert stream.codec_context.pix_fmt == "yuv420p"
        pictures = [frame.to_ndarray(format="rgb24") for frame in container.decode(stream)]
        assert container.duration is not None
        assert stream.average_rate is not None
        return pictures, container.duration / av.time_base, float(stream.average_rate)


def alone(film: Film, *snapshots: int) -> list[Pixels]:
    """The pages of snapshots drawn by themselves, where the film's layout has them."""
    film_figures = FilmFigures(film)
    list(film_figures.prepare())
    return [redrawn(raster(film_figures.drawn(film_figures.page(snapshot)))) for snapshot in snapshots]


def difference(one: Pixels, other: Pixels) -> float:
    """The mean difference over what both hold, of 255."""
    rows, columns = (min(a, b) for a, b in zip(one.shape[:2], other.shape[:2], strict=True))
    return float(np.abs(one[:rows, :columns].astype(float) - other[:rows, :columns]).mean())


@pytest.mark.lengthy
def test_a_video_plays_every_snapshot_as_its_figure(run: Run, tmp_path: Path) -> None:
    film, path = film_of(run, "graph", "spectrum", units=(1, 2), last=24), tmp_path / "film.mp4"
    *_, last = animate(film, path)
    assert last == Written((str(path),), "12 frames of 480×300 pixels, 1.2 s at 10 frames a second")
    pictures, seconds, rate = played(path)
    assert (len(pictures), pictures[0].shape, seconds, rate) == (12, (300, 480, 3), 1.2, 10.0)
    pages = alone(film, 22, 23, 24)
    for number, page in ((0, 0), (4, 1), (8, 2), (11, 2)):
        far = [difference(pictures[number], each) for each in pages]
        assert far[page] < CODEC
        assert all(each > 2.0 * far[page] for at, each in enumerate(far) if at != page), far
    drawn = [frame for frame in frames(film) if isinstance(frame, Frame)]
    assert [frame.exact for frame in drawn] == [True, True, False, False] * 2 + [True] * 4
    different = [drawn[at].pixels for at in (0, 2, 3, 4, 6, 7, 8)]
    assert all((a != b).any() for a, b in pairwise(different))
    for picture, frame in zip(pictures, drawn, strict=True):
        assert difference(picture, frame.pixels) < CODEC


def test_a_figure_with_one_layout_is_in_the_film_what_it_is_on_its_page(run: Run) -> None:
    film = film_of(run, "spectrum", first=27, last=28)
    drawn = [frame for frame in frames(film) if isinstance(frame, Frame)]
    from workbench.figures.kinds import figure

    page = Page((figure("spectrum", run, "fc1", 28).figure,), film.style)
    expected = redrawn(raster(page.drawn(film.style.dpi)))
    assert difference(drawn[-1].pixels, expected) < 0.5  # axes are whole pixels apart at most


def test_between_snapshots_places_are_on_straight_lines(run: Run) -> None:
    from matplotlib.collections import EllipseCollection

    from workbench.films.motion import moves_of

    film = film_of(run, "graph", "spectrum", "timeline")
    film_figures = FilmFigures(film)
    list(film_figures.prepare())
    now, then = film_figures.page(23), film_figures.page(24)
    canvas, target = film_figures.drawn(now), film_figures.drawn(then)
    for number, (axes, other) in enumerate(zip(canvas.axes, target.axes, strict=True)):
        for move in moves_of(now.figures[number], then.figures[number], axes, other):
            move(0.25)
    graph, spectrum, timeline = canvas.axes
    before, after = now.figures[0], then.figures[0]
    discs = [each for each in graph.collections if isinstance(each, EllipseCollection)]
    places = np.concatenate([each.get_offsets() for each in discs])
    wanted = 0.75 * before.positions + 0.25 * after.positions  # type: ignore[attr-defined]
    assert sorted(map(tuple, places.round(6))) == sorted(map(tuple, wanted.round(6)))
    labels = [
        {label.split()[1]: place for label, place in each.labels()}  # type: ignore[attr-defined]
        for each in (before, after)
    ]
    assert "dead" in labels[0]
    for text in graph.texts:
        ends = [each[text.get_text().split()[1]] for each in labels]
        np.testing.assert_allclose(text.get_position(), 0.75 * np.array(ends[0]) + 0.25 * np.array(ends[1]))
    heights = spectrum.patches[0].get_data().values
    densities = [page.figures[1].density for page in (now, then)]  # type: ignore[attr-defined]
    np.testing.assert_allclose(heights, 0.75 * densities[0] + 0.25 * densities[1])
    assert timeline.lines[-1].get_xdata()[0] == 23.25


def test_fed_artists_are_drawn_as_the_whole_page_is(run: Run) -> None:
    from workbench.films.frames import _Stage

    film_figures = FilmFigures(film_of(run, "graph", "spectrum"))
    list(film_figures.prepare())
    stage, target = _Stage(film_figures, 23), _Stage(film_figures, 24)
    *_, fed = stage.pictures(target, [0.0, 0.5])
    for artist in stage.moving():
        artist.set_animated(False)
    assert difference(fed, redrawn(stage.canvas)) < 0.05


def test_the_layout_of_the_graph_starts_warm_from_snapshot_to_snapshot(run: Run) -> None:
    film_figures = FilmFigures(film_of(run, "graph"))
    list(film_figures.prepare())
    from workbench.figures.kinds import figure

    places = [film_figures.page(snapshot).figures[0].positions for snapshot in (24, 25)]  # type: ignore[attr-defined]
    anew = figure("graph", run, "fc1", 25).figure.positions  # type: ignore[attr-defined]
    way, other = (np.linalg.norm(places[0] - each, axis=1).mean() for each in (places[1], anew))
    assert way < 0.5 * other


def test_a_film_of_the_graph_shows_the_place_that_was_zoomed_to(run: Run) -> None:
    ends = {"x": (-40.0, 60.0), "y": ((-20.0, 30.0),)}
    for of, held in (("", True), (f"{run.run_id} fc1", True), (f"{run.run_id} fc2", False)):
        scene = Scene("graph", {"view": {**ends, "of": of}})
        film_figures = FilmFigures(replace(film_of(run, "graph"), scenes=(scene,)))
        list(film_figures.prepare())
        grounds = [film_figures.page(snapshot).figures[0].ground for snapshot in (22, 25)]  # type: ignore[attr-defined]
        assert grounds[0] == grounds[1]
        assert (grounds[0] == ((-40.0, -20.0), (60.0, 30.0))) is held
        (axes,) = film_figures.drawn(film_figures.page(25)).axes
        low, high = axes.get_xlim()
        assert (low <= -40.0 and high >= 60.0) or not held


def test_a_view_that_no_graph_has_ends_the_film_with_a_sentence(run: Run) -> None:
    scene = Scene("graph", {"view": {"x": (0.0, 1.0), "y": ((0.0, 1.0), (0.0, 1.0))}})
    with pytest.raises(ValueError, match="a view of 2 plots does not fit this figure"):
        list(frames(replace(film_of(run, "graph"), scenes=(scene,))))


def test_the_caption_names_the_snapshot_and_its_epoch(run: Run) -> None:
    from workbench.films.caption import Caption

    said = Caption(film_of(run, "graph")).words(25)
    assert said == f"digits_conv · fc1 · snapshot 25 of 28 · epoch {run.epochs[25]:.3g}"


@pytest.mark.parametrize("font", [9.0, 20.0, 30.0])
def test_nothing_in_the_caption_overlaps_or_is_cut_off(run: Run, font: float) -> None:
    from workbench.films.caption import NOTE, Caption

    caption = Caption(film_of(run, "graph", font=font))
    caption.drawn(25, 3.0)
    canvas = caption.canvas
    texts = [text for text in canvas.figure.texts if text.get_text()]
    boxes = [text.get_window_extent(canvas.get_renderer()) for text in texts]
    assert all(box.x0 >= 0 and box.x1 <= SMALL[0] for box in boxes)
    assert not any(one.overlaps(other) for one, other in pairwise(boxes))
    assert (NOTE in [text.get_text() for text in texts]) == (font == 9.0)


@pytest.mark.parametrize("most", [40.0, 3000.0])
def test_the_numbers_below_a_timeline_do_not_overlap(run: Run, most: float) -> None:
    from workbench.figures.timeline.figure import PrintedTrack, TimelineFigure
    from workbench.figures.timeline.time_axis import TimeAxis

    epochs = np.linspace(0.0, most, 300)
    track = PrintedTrack("accuracy", "accuracy", "%", {"test": epochs}, (0.0, most), ("0 %", "most"))
    timeline = TimelineFigure("x", TimeAxis("epoch, equal steps", np.arange(300.0), epochs, "steps"), (track,), here=3)
    for width in (84.0, 254.0):
        (axes,) = Page((timeline,), Style(width, font=10.0)).drawn().axes
        labels = [label for label in axes.get_xticklabels() if label.get_text()]
        boxes = [label.get_window_extent() for label in labels]
        assert len(boxes) >= 3
        assert "e" not in "".join(label.get_text() for label in labels)
        assert not any(one.overlaps(other) for one, other in pairwise(boxes))


def test_pictures_are_whole_and_one_for_each_snapshot_without_motion(run: Run, tmp_path: Path) -> None:
    film = film_of(run, "timeline", layer=None, moving=False, size=(481, 301))
    *_, last = animate(film, tmp_path / "film")
    assert isinstance(last, Written)
    paths = sorted((tmp_path / "film").iterdir())
    assert [path.name for path in paths] == [f"frame_{number:06d}.png" for number in range(4)]
    drawn = [frame.pixels for frame in frames(film) if isinstance(frame, Frame)]
    for path, pixels in zip(paths, drawn, strict=True):
        np.testing.assert_array_equal((255 * imread(path)[..., :3]).round(), pixels)
    assert drawn[0].shape == (302, 482, 3)


@pytest.mark.parametrize("name", ["film.mp4", "film"])
def test_a_film_that_is_given_up_leaves_nothing(run: Run, tmp_path: Path, name: str) -> None:
    events = animate(film_of(run, "timeline", layer=None), tmp_path / name)
    for event in events:
        assert isinstance(event, Progress)
        if event.doing == "drawing frame 3 of 16":
            break
    assert not (tmp_path / name).exists()
    events.close()
    assert list(tmp_path.iterdir()) == []


def test_an_earlier_film_stays_until_the_new_one_is_whole(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    path.write_bytes(b"earlier")
    events = animate(film_of(run, "timeline", layer=None), path)
    for _ in range(8):
        next(events)
    events.close()
    assert path.read_bytes() == b"earlier"
    list(animate(film_of(run, "timeline", layer=None), path))
    assert len(played(path)[0]) == 16


def test_what_is_not_a_film_is_never_replaced(run: Run, tmp_path: Path) -> None:
    film = film_of(run, "timeline", layer=None)
    full, other = tmp_path / "full", tmp_path / "run.mp4"
    full.mkdir()
    (full / "mine.txt").write_text("mine")
    other.write_bytes(b"\x89HDF\r\n\x1a\n and so on")
    with pytest.raises(FileExistsError, match="not an empty folder"):
        list(animate(film, full))
    with pytest.raises(FileExistsError, match="never overwritten"):
        list(animate(film, other))
    with pytest.raises(FileNotFoundError, match="no folder"):
        list(animate(film, tmp_path / "nowhere" / "film.mp4"))
    with pytest.raises(ValueError, match=r"saved as \.mp4"):
        list(animate(film, tmp_path / "film.gif"))
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["full", "mine.txt", "run.mp4"]


def test_a_film_says_what_is_out_of_range(run: Run) -> None:
    for how, said in (
        ({"seconds": 0.0}, "seconds for a snapshot"),
        ({"rate": 100}, "frames a second"),
        ({"size": (100, 100)}, "pixels is out of range"),
        ({"first": 5, "last": 3}, "does not come after"),
        ({"seconds": 60.0, "rate": 60, "first": 0, "last": 28}, "too many"),
    ):
        with pytest.raises(ValueError, match=said):
            film_of(run, "graph", **how)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="no room"):
        list(frames(film_of(run, *["spectrum"] * 4, font=40.0)))


def test_a_snapshot_that_diverged_ends_the_film_with_a_sentence(run: Run, tmp_path: Path) -> None:
    class Broken:
        def __getattr__(self, name: str) -> object:
            return getattr(run.layer("fc1"), name)

        def eigenvalues(self, snapshot: int) -> object:
            if snapshot == 23:
                raise RunError(run.path, "holds undefined numbers at snapshot 23", "choose an earlier one", "here")
            return run.layer("fc1").eigenvalues(snapshot)

    layers: Any = tuple(Broken() if layer.name == "fc1" else layer for layer in run.layers)
    film = replace(film_of(run, "spectrum"), run=replace(run, layers=layers))
    with pytest.raises(RunError, match="snapshot 23"):
        list(animate(film, tmp_path / "film.mp4"))
    assert list(tmp_path.iterdir()) == []


def test_events_survive_the_way_through_a_pipe() -> None:
    known = Progress("drawing “x”", 0.25, None), Progress("y", 1.0, 3.5, 0.5, True), Written(("/a b.mp4",), "done")
    for event in known:
        assert event_in(line_of(event)) == event
