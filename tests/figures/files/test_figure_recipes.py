"""A figure's file carries what it was made of, and gives it back; what strangers put there does no harm."""

from __future__ import annotations

import io
import struct
import zlib
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PdfReader, PdfWriter

from workbench.figures.drawing import Drawing, check_run, recipe_of, save
from workbench.figures.files.embedding import embedded, recipe_from
from workbench.figures.files.reading import recipe_in
from workbench.figures.kinds import KINDS, figure, figure_from
from workbench.figures.page import FORMATS, Page
from workbench.figures.recipe import FilmPlan, Recipe, RecipeError, RunKey, View
from workbench.figures.style import Style
from workbench.runs.run import open_run

if TYPE_CHECKING:
    from pathlib import Path

    from workbench.runs.run import Run

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
numbers = st.floats(allow_nan=False, allow_infinity=False)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | numbers | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)
keys = st.builds(RunKey, texts, texts, st.integers(0, 10_000), texts)
views = st.builds(
    View,
    st.sampled_from(list(KINDS)) | texts,
    keys,
    st.none() | texts,
    st.integers(-100, 100),
    st.lists(st.integers(0, 5000), max_size=4).map(tuple),
    st.dictionaries(texts, values, max_size=4),
    st.lists(st.tuples(numbers, numbers), max_size=3).map(tuple),
)
styles = st.builds(
    Style,
    st.floats(30, 1200),
    st.none() | st.floats(20, 1200),
    st.floats(4, 48),
    st.integers(50, 1200),
    st.sampled_from(["print", "dark"]),
)
counts = st.integers(-(2**31), 2**31)
plans = st.builds(
    FilmPlan, counts, counts, st.tuples(counts, counts), st.none() | numbers, numbers, counts, st.booleans()
)
recipes = st.builds(
    Recipe,
    st.lists(views, min_size=1, max_size=3).map(tuple),
    styles,
    st.none() | st.integers(1, 4),
    st.dictionaries(texts, texts, max_size=3),
    film=st.none() | plans,
)


@pytest.fixture(scope="module")
def files() -> dict[str, bytes]:
    """A small file of each format, without a recipe."""
    from workbench.figures.training import training_figure

    page = Page((training_figure("x", {"train": ([0, 1], [1, 0])}, {}),))  # type: ignore[dict-item]
    return {kind: page.bytes(kind) for kind in FORMATS}


@settings(deadline=None, max_examples=40)
@given(recipe=recipes)
def test_recipes_come_back_from_json(recipe: Recipe) -> None:
    assert Recipe.from_json(recipe.to_json()) == recipe


@pytest.mark.parametrize("kind", FORMATS)
@settings(deadline=None, max_examples=8)
@given(recipe=recipes)
def test_recipes_come_back_from_every_format(kind: Any, recipe: Recipe, files: dict[str, bytes]) -> None:
    assert recipe_from(embedded(files[kind], kind, recipe)) == recipe


@settings(deadline=None)
@given(st.binary(max_size=300) | texts.map(str.encode))
def test_bytes_that_are_no_recipe_are_refused_in_a_sentence(text: bytes) -> None:
    with pytest.raises(RecipeError):
        Recipe.from_json(text)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"format": 2}, "format 2"),
        ({"views": []}, "1 to 12 views"),
        ({"style": {"width": 1e9}}, "out of range"),
        ({"style": {"dpi": 1_000_000}}, "out of range"),
        ({"views": [{"kind": 3}]}, "kind"),
        ({"views": [{"kind": "graph", "run": "x"}]}, "run"),
    ],
)
def test_a_recipe_that_makes_no_sense_says_what_is_wrong(change: dict[str, Any], said: str) -> None:
    import json

    good = {"views": [{"kind": "graph", "run": {"run_id": "a", "content": "b", "snapshots": 1, "file": "c"}}]}
    Recipe.from_json(json.dumps({**good, "unknown": 1}).encode())
    with pytest.raises(RecipeError, match=said):
        Recipe.from_json(json.dumps({**good, **change}).encode())


def test_a_file_with_deep_brackets_is_refused() -> None:
    with pytest.raises(RecipeError):
        Recipe.from_json(b'{"views":' + b"[" * 200_000)


@pytest.mark.parametrize("kind", FORMATS)
def test_a_file_without_a_recipe_says_so(kind: Any, files: dict[str, bytes], tmp_path: Path) -> None:
    path = tmp_path / f"other.{kind}"
    path.write_bytes(files[kind])
    with pytest.raises(RecipeError, match="no recipe"):
        recipe_in(path)


@pytest.mark.parametrize("kind", FORMATS)
def test_a_file_that_is_cut_off_is_refused(kind: Any, files: dict[str, bytes], tmp_path: Path) -> None:
    path = tmp_path / f"cut.{kind}"
    path.write_bytes(files[kind][: len(files[kind]) // 8])
    with pytest.raises(RecipeError, match=path.name):
        recipe_in(path)


def test_an_svg_with_entities_is_refused(tmp_path: Path) -> None:
    bomb = '<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><svg>&b;</svg>'
    path = tmp_path / "bomb.svg"
    path.write_text(bomb)
    with pytest.raises(RecipeError, match="entities"):
        recipe_in(path)


def test_a_png_whose_recipe_was_tampered_with_is_refused(files: dict[str, bytes]) -> None:
    recipe = Recipe((View("graph", RunKey("a", "b", 1, "run.h5")),))
    with pytest.raises(RecipeError, match="damaged"):
        recipe_from(embedded(files["png"], "png", recipe).replace(b"run.h5", b"ran.h5"))


def test_a_png_chunk_that_claims_gigabytes_is_refused(files: dict[str, bytes]) -> None:
    body = struct.pack(">I", 0x7FFFFFFF) + b"iTXt" + b"x" * 20 + struct.pack(">I", zlib.crc32(b"x"))
    with pytest.raises(RecipeError, match="cut off"):
        recipe_from(files["png"][:33] + body)


def test_a_pdf_saved_by_another_program_keeps_its_recipe(files: dict[str, bytes]) -> None:
    recipe = Recipe((View("graph", RunKey("a", "b", 1, "rün.h5"), "fc1"),))
    writer = PdfWriter(clone_from=io.BytesIO(embedded(files["pdf"], "pdf", recipe)))
    writer.compress_identical_objects()
    stream = io.BytesIO()
    writer.write(stream)
    assert recipe_from(stream.getvalue()) == recipe


# --- figures of real runs ---

ASK_NO_NETWORK = [kind for kind in KINDS if kind not in ("pruning", "low_rank")]


@pytest.fixture(scope="module")
def drawings(run: Run) -> list[Drawing]:
    """A figure of each kind that asks no network."""
    chosen: dict[str, dict[str, Any]] = {"graph": {"cutoff": 0.4}, "spectrum": {"scale": "log"}}
    return [figure(kind, run, "fc1", 12, (3, 4), **chosen.get(kind, {})) for kind in ASK_NO_NETWORK]


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.thinned(3)
def test_a_figure_made_again_from_its_file_is_the_same_file(
    kind: str, run: Run, drawings: list[Drawing], tmp_path: Path
) -> None:
    """Each kind of figure in one of the formats: the recipe is the same in all."""
    first, again = tmp_path / f"first.{kind}", tmp_path / f"again.{kind}"
    save(drawings[list(FORMATS).index(kind) :: len(FORMATS)], first, Style(width=174, font=7))
    recipe = recipe_in(first)
    save([figure_from(view, run) for view in recipe.views], again, recipe.style, recipe.columns)
    assert again.read_bytes() == first.read_bytes()


def test_pruning_and_low_rank_are_made_again_from_their_settings(run: Run, tmp_path: Path) -> None:
    cases: dict[str, dict[str, Any]] = {
        "pruning": {"orders": ["max_mag", "random"], "removed": "zero", "part": "validation"},
        "low_rank": {"ranks": [[run.run_id, "fc1", "weights", 7]], "part": "validation"},
    }
    for kind, chosen in cases.items():
        made = figure(kind, run, "fc1", 5, **chosen)
        assert not made.notes
        made.save(tmp_path / "first.svg")
        figure_from(recipe_in(tmp_path / "first.svg").views[0], run).save(tmp_path / "again.svg")
        assert (tmp_path / "first.svg").read_bytes() == (tmp_path / "again.svg").read_bytes()


def test_a_recipe_names_the_run_by_what_is_in_it(run: Run, sample: Run, tmp_path: Path) -> None:
    view = recipe_of([figure("training", run)], Style()).views[0]
    copy = tmp_path / "copy.h5"
    copy.write_bytes(run.path.read_bytes())
    with open_run(copy) as copied:
        check_run(view.run, copied)
    if sample.run_id != run.run_id:
        with pytest.raises(ValueError, match="another run"):
            check_run(view.run, sample)


def test_text_in_pdf_and_svg_can_be_searched_and_edited(run: Run, drawings: list[Drawing]) -> None:
    written = {"graph", "spectrum", "training", "timeline"}
    shown = [drawing.figure for kind, drawing in zip(ASK_NO_NETWORK, drawings, strict=True) if kind in written]
    page = Page(tuple(shown), Style(width=174, titles=True))
    content, picture = page.bytes("pdf"), page.bytes("svg").decode()
    text = PdfReader(io.BytesIO(content)).pages[0].extract_text()
    fonts = {str(font) for font in content.split(b"/Subtype ") if font.startswith((b"/Type3", b"/Type0", b"/TrueType"))}
    assert fonts
    assert not any("Type3" in font for font in fonts)
    for words in ("eigenvalue λ of WW", "MP, σ² initialiser", "accuracy (%)", "cosine ≥ 0.4 (cut-off)", "digits_conv"):
        assert words in text, words
        assert words in picture, words
