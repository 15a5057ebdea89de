"""A film as a file: MP4 (H.264, plays everywhere), or a folder of PNG pictures. Whole, or not at all."""

from __future__ import annotations

import os
import shutil
from contextlib import contextmanager
from fractions import Fraction
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from workbench.figures.files.embedding import embedded, film_comment
from workbench.figures.files.saving import check_place
from workbench.figures.progress import Event, Progress, Written
from workbench.films.frames import Frame, frames, kind_of
from workbench.films.recipe import recipe_at
from workbench.runs.files.whole_files import whole_file
from workbench.runs.pace import Pace
from workbench.runs.saying import counted, naming

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator
    from os import PathLike

    from workbench.figures.recipe import Recipe
    from workbench.films.film import Film

QUALITY = "18"  # x264's constant rate factor: no loss that is seen in lines and text
STARTING, PREPARING, SAVING = "starting", "preparing", "saving"  # kinds of work besides those of the frames
COSTS = {STARTING: 0.0, PREPARING: 1.0, "page": 0.5, "moving": 0.15, "resting": 0.08, SAVING: 0.5}
BT709, LIMITED = 1, 1  # how players take the colours of video of this size
_FORMAT: dict[str, Any] = {"format": "yuv420p", "dst_colorspace": "ITU709", "dst_color_range": "MPEG"}


def animate(film: Film, path: str | PathLike[str]) -> Generator[Event, None, None]:
    """Write a film to `path`, an .mp4 file or else a folder for PNG pictures, telling how far it is.

    Closing the generator gives up, and nothing is left behind. An earlier film of that name is replaced, a run or a
    folder that holds anything never. FileExistsError, FileNotFoundError, OSError: it cannot be written there;
    otherwise as `frames`.
    """
    target = Path(path)
    video = target.suffix.lower() == ".mp4"
    if not video and target.suffix:
        raise ValueError(f"{target.name}: an animation is saved as .mp4, or into a folder as PNG pictures")
    recipe, reported, pace = None, -1, _pace_of(film)
    with (_video if video else _pictures)(film, target) as take:
        for event in frames(film):
            if isinstance(event, Frame):
                if recipe is None or event.snapshot != reported:
                    recipe, reported = recipe_at(film, event.page, event.snapshot), event.snapshot
                take(event, recipe)
                doing, following = f"drawing frame {event.number + 1:,} of {film.frames:,}", event.number + 1
            else:
                doing, following = f"preparing snapshot {event.done:,} of {event.total:,}", 0
            pace.count()
            is_prepared = isinstance(event, Frame) or event.done == event.total
            pace.enter(_kind_at(film, following) if is_prepared else PREPARING)
            yield Progress.of(doing, pace.estimate())
    width, height = film.even_size
    length = f"{film.frames / film.rate:.3g} s at {counted(film.rate, 'frame')} a second" if video else "PNG pictures"
    yield Written((str(target),), f"{counted(film.frames, 'frame')} of {width}×{height} pixels, {length}")


def _pace_of(film: Film) -> Pace:
    """The pace of a film: each snapshot is prepared, then each frame drawn. What is slow once, comes with the first."""
    pace = Pace()
    kinds = [STARTING, *[PREPARING] * (len(film.snapshots) - 1), *(_kind_at(film, each) for each in range(film.frames))]
    for kind in (*kinds, SAVING):
        pace.expect(kind, 1.0, COSTS[kind])
    pace.enter(STARTING)
    return pace


def _kind_at(film: Film, number: int) -> str:
    """The kind of work that a frame is; behind the last one the film is saved."""
    return kind_of(film, number) if number < film.frames else SAVING


class Take(Protocol):
    """Takes the frames one by one, each with the recipe of what it shows."""

    def __call__(self, frame: Frame, recipe: Recipe) -> None: ...


@contextmanager
def _video(film: Film, target: Path) -> Iterator[Take]:
    import av

    check_place(target)
    options = {"movflags": "+faststart"}
    with whole_file(target) as unfinished, av.open(str(unfinished), "w", format="mp4", options=options) as container:
        stream = _stream(container, film)

        def take(frame: Frame, recipe: Recipe) -> None:
            if frame.number == 0:  # the head of the file is written with the first of them
                container.metadata["comment"] = film_comment(recipe)
            picture = av.VideoFrame.from_ndarray(frame.pixels, format="rgb24").reformat(**_FORMAT)
            picture.pts, picture.time_base = frame.number, Fraction(1, film.rate)
            container.mux(stream.encode(picture))

        yield take
        container.mux(stream.encode())


def _stream(container: Any, film: Film) -> Any:
    try:
        stream = container.add_stream("libx264", rate=film.rate, options={"crf": QUALITY, "preset": "fast"})
    except ValueError as error:
        raise OSError("this installation of PyAV has no H.264 encoder: write PNG pictures into a folder") from error
    stream.width, stream.height = film.even_size
    stream.pix_fmt = "yuv420p"
    stream.time_base = Fraction(1, film.rate)
    about = stream.codec_context
    about.colorspace = about.color_primaries = about.color_trc = BT709
    about.color_range = LIMITED
    return stream


@contextmanager
def _pictures(_film: Film, target: Path) -> Iterator[Take]:
    from matplotlib.image import imsave

    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise FileExistsError(f"{target} exists and is not an empty folder: choose another name")
    if not target.absolute().parent.is_dir():
        raise FileNotFoundError(f"{target}: there is no folder {target.absolute().parent}; make it first")
    unfinished = _beside(target)
    unfinished.mkdir()
    try:

        def take(frame: Frame, recipe: Recipe) -> None:
            picture = BytesIO()
            imsave(picture, frame.pixels, format="png", pil_kwargs={"compress_level": 4})
            path = unfinished / f"frame_{frame.number:06d}.png"
            path.write_bytes(embedded(picture.getvalue(), "png", recipe))

        with naming(target):
            yield take
            if target.exists():
                target.rmdir()
            os.replace(unfinished, target)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def _beside(target: Path) -> Path:
    """Where the film grows until it is whole."""
    return target.with_name(f".{target.name}.{os.getpid()}.part")
