"""A film carries its recipe in the head of its file, and strangers' films are read without looking at a picture."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import av
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.figures.files import reading
from workbench.figures.files.embedding import film_comment, recipe_from
from workbench.figures.files.mp4 import comment_in
from workbench.figures.recipe import FilmPlan, Recipe, RecipeError, RunKey, View
from workbench.films.animation import animate
from workbench.films.film import Film, Scene
from workbench.films.recipe import film_from

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from workbench.runs.run import Run

SMALL = {"size": (480, 300), "first": 27, "moving": False}
PLAN = FilmPlan(0, 1, (480, 300), None, 0.2, 25, moving=True)
RECIPE = Recipe((View("graph", RunKey("a", "b", 2, "rün \u2028 «.h5"), "fc1"),), film=PLAN)


def video(path: Path, comment: str, **options: str) -> bytes:
    """A film of two grey pictures with this comment."""
    with av.open(str(path), "w", format="mp4", options=options) as container:
        container.metadata["comment"] = comment
        stream = container.add_stream("libx264", rate=25)
        stream.width = stream.height = 32
        stream.pix_fmt = "yuv420p"
        for _ in range(2):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(np.full((32, 32, 3), 99, np.uint8), format="rgb24")))
        container.mux(stream.encode())
    return path.read_bytes()


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A small film that carries `RECIPE`."""
    return video(tmp_path_factory.mktemp("film") / "film.mp4", film_comment(RECIPE))


@pytest.mark.parametrize("flags", ["+negative_cts_offsets", "+faststart"])
def test_a_recipe_of_any_length_comes_back_wherever_the_head_of_the_film_is(tmp_path: Path, flags: str) -> None:
    view = View("graph", RunKey("a", "b", 2, "c"), positions=tuple((i / 3, -i / 7) for i in range(4096)))
    recipe = Recipe((view,), film=PLAN)
    content = video(tmp_path / "film.mp4", film_comment(recipe), movflags=flags)
    assert recipe_from(content) == recipe
    with av.open(str(tmp_path / "film.mp4")) as film:
        assert film.metadata["comment"] == film_comment(recipe)


def test_a_film_copied_by_another_program_keeps_its_recipe(tmp_path: Path, ours: bytes) -> None:
    (tmp_path / "ours.mp4").write_bytes(ours)
    with av.open(str(tmp_path / "ours.mp4")) as old, av.open(str(tmp_path / "copy.mp4"), "w") as new:
        new.metadata.update(old.metadata)
        stream = new.add_stream_from_template(old.streams.video[0])
        for packet in old.demux(video=0):
            if packet.dts is not None:
                packet.stream = stream
                new.mux(packet)
    assert reading.recipe_in(tmp_path / "copy.mp4") == RECIPE


def test_only_the_beginning_of_a_long_film_is_read(
    tmp_path: Path, ours: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "long.mp4"
    with path.open("wb") as stream:
        stream.write(video(tmp_path / "short.mp4", film_comment(RECIPE), movflags="+faststart"))
        stream.truncate(reading.LARGEST_FILE + (1 << 20))  # a hole: takes no room
    assert reading.recipe_in(path) == RECIPE


def test_a_film_of_somebody_else_says_that_it_has_no_recipe(tmp_path: Path) -> None:
    for comment in ("", "holiday", "workbench-recipes {}", " workbench-recipe {}"):
        video(tmp_path / "other.mp4", comment)
        with pytest.raises(RecipeError, match=r"other\.mp4: it contains no recipe"):
            reading.recipe_in(tmp_path / "other.mp4")


def changed(content: bytes, name: bytes, length: int) -> bytes:
    """The file with another length of the first box of this name."""
    place = content.index(name) - 4
    return content[:place] + struct.pack(">I", length) + content[place + 4 :]


@pytest.mark.parametrize(
    ("spoiled", "said"),
    [
        (lambda film: film[: film.index(b"\xa9cmt") + 30], "cut off"),
        (lambda film: changed(film, b"moov", 0x7FFFFFFF), "cut off"),
        (lambda film: changed(film, b"udta", 3), "damaged"),
        (lambda film: changed(film, b"moov", 1), "cut off|damaged|no recipe"),
        (lambda film: changed(film, b"\xa9cmt", 9), "no recipe"),
        (lambda film: film.replace(b'"views"', b'"vIews"'), "cannot be read"),
        (lambda film: film[:16] + struct.pack(">I4s", 8, b"free") * 100_000, "no recipe"),
    ],
)
def test_a_damaged_film_is_refused_in_a_sentence(spoiled: Callable[[bytes], bytes], said: str, ours: bytes) -> None:
    with pytest.raises(RecipeError, match=said):
        recipe_from(spoiled(ours))


def long(name: bytes, inside: bytes) -> bytes:
    """A box that tells its length in 64 bits, as that of hours of pictures must."""
    return struct.pack(">I4sQ", 1, name, 16 + len(inside)) + inside


def test_boxes_of_every_kind_of_length_are_understood(ours: bytes) -> None:
    begin, at = ours[: struct.unpack_from(">I", ours)[0]], ours.index(b"moov") - 4
    head = ours[at + 8 : at + struct.unpack_from(">I", ours, at)[0]]
    to_the_end = struct.pack(">I4s", 0, b"moov")
    assert recipe_from(begin + long(b"mdat", bytes(100)) + long(b"moov", head)) == RECIPE
    assert recipe_from(begin + to_the_end + head) == RECIPE
    with pytest.raises(RecipeError, match="damaged"):
        recipe_from(begin + struct.pack(">I4sQ", 1, b"mdat", 15) + bytes(100))


@settings(deadline=None, max_examples=200)
@given(data=st.data())
def test_bytes_of_a_stranger_give_a_comment_or_a_sentence(data: st.DataObject, ours: bytes) -> None:
    content = bytearray(ours)
    head = content.index(b"moov") - 4
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(head, len(content) - 1))] = data.draw(st.integers(0, 255))
    try:
        found = comment_in(bytes(content[: data.draw(st.integers(0, len(content)))]))
    except RecipeError:
        return
    assert found is None or len(found) < len(content)


def test_every_picture_names_its_snapshot_and_the_film_is_made_again_from_it(run: Run, tmp_path: Path) -> None:
    view = {"x": [-40.0, 60.0], "y": [[-20.0, 30.0]]}
    scenes = (Scene("graph", {"cutoff": 0.4, "view": view}), Scene("spectrum", {"scale": "log"}))
    film = Film(run, scenes, "fc2", (1, 2), theme="dark", font=8.0, **SMALL)  # type: ignore[arg-type]
    list(animate(film, tmp_path / "film.mp4"))
    list(animate(film, tmp_path / "film"))
    whole = reading.recipe_in(tmp_path / "film.mp4")
    first, second = (reading.recipe_in(path) for path in sorted((tmp_path / "film").iterdir()))
    assert whole == first
    assert [view.snapshot for view in (*first.views, *second.views)] == [27, 27, 28, 28]
    assert first.views[0].positions != second.views[0].positions
    again = film_from(second, run)
    assert (again.snapshots, again.style, again.units) == (film.snapshots, film.style, (1, 2))
    graph = {"cutoffs": {"32x100": 0.4}, "view": view}
    assert [scene.settings for scene in again.scenes] == [graph, {"scale": "log"}]


def test_a_recipe_of_a_stranger_makes_a_film_only_where_it_makes_sense(run: Run) -> None:
    from dataclasses import replace

    key = RunKey(run.run_id, run.content(), run.snapshots, "x.h5")
    good = Recipe((View("spectrum", key, "fc1", settings={"later": 1}),), film=PLAN)
    assert film_from(good, run).scenes == (Scene("spectrum", {}),)
    bad = (
        (replace(good, film=None), "not of a film"),
        (replace(good, film=replace(PLAN, size=(10**6, 10**6))), "out of range"),
        (replace(good, film=replace(PLAN, rate=0)), "out of range"),
        (replace(good, views=(replace(good.views[0], kind="../x"),)), "no figure of kind"),
        (replace(good, views=(replace(good.views[0], run=replace(key, run_id="y")),)), "another run"),
    )
    for recipe, said in bad:
        with pytest.raises(ValueError, match=said):
            film_from(recipe, run)
