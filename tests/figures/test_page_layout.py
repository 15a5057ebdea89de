"""Several figures on one page: what is written stands apart, and every picture has its room."""

from __future__ import annotations

import io
from functools import cache
from itertools import combinations
from typing import TYPE_CHECKING, Any

import pytest
from matplotlib import rc_context
from matplotlib.legend import Legend

from workbench.figures.figure import POINTS
from workbench.figures.kinds import KINDS
from workbench.figures.kinds import figure as wb_figure
from workbench.figures.labels import shorter_and_shorter
from workbench.figures.page import Page
from workbench.figures.style import Style
from workbench.resource import resource
from workbench.runs.run import open_run

if TYPE_CHECKING:
    from matplotlib.transforms import Bbox

    from workbench.figures.figure import Figure

PAGES = {
    "graph,spectrum,timeline": ("graph", "spectrum", "timeline"),
    "graph,pruning": ("graph", "pruning"),
    "training,timeline": ("training", "timeline"),
    "all": tuple(KINDS),
    "eight": tuple(
        name for name in KINDS if name not in ("compare", "cutoffs", "directions", "map")
    ),  # what a film has room for
}
OF_FOUR = ("pairs", "pairs (%)", "(%)", "", "components", "largest norm", "largest")  # small plots side by side
COLUMN, WIDE = Style(width=84.0), Style(width=174.0)
SLIDE, FILM = Style(254.0, 142.9, 14.0), Style(254.0, 136.4, 7.0)
CASES = [(name, style) for name in PAGES if name != "eight" for style in (COLUMN, WIDE)]
CASES += [(name, SLIDE) for name in PAGES if name not in ("all", "eight")]
CASES += [("graph,spectrum,timeline", Style(254.0, 134.6, 9.0)), ("eight", FILM)]


@cache
def figure_of(kind: str) -> Figure:
    """The figure of layer fc1 of sample run A at its last snapshot; computed once."""
    with open_run(resource("sample_runs/digits_conv.h5")) as run:
        return wb_figure(kind, run, "fc1").figure


@cache
def drawn(name: str, style: Style) -> Any:
    return page(name, style).drawn()


def page(name: str, style: Style) -> Page:
    return Page(tuple(figure_of(kind) for kind in PAGES[name]), style)


def written(canvas: Any) -> list[tuple[str, Bbox]]:
    """What is written beside the data: letters, legends, labels and numbers of the axes, lines of tables."""
    found = [(f"legend {each.get_texts()[0].get_text()}", each) for each in canvas.findobj(Legend)]
    found += [(text.get_text(), text) for part in canvas.subfigs for text in part.texts]
    for axes in canvas.axes:
        if axes.axison:
            for axis in (axes.xaxis, axes.yaxis):
                ticks = [label for label in axis.get_ticklabels() if label.get_text() and label.get_visible()]
                low, high = sorted(axis.get_view_interval())
                shown = [label for label, at in zip(ticks, axis.get_ticklocs(), strict=False) if low <= at <= high]
                found += [(label.get_text(), label) for label in (axis.label, *shown)]
        else:
            found += [(text.get_text(), text) for text in axes.texts]  # of a table
    return [(words, each.get_window_extent()) for words, each in found if words]


def test_a_file_is_drawn_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A layout engine that only holds its place would have matplotlib draw each file twice."""
    name, style = CASES[0]
    with rc_context(style.settings()):
        canvas, drawings = drawn(name, style), []
        draw = type(canvas).draw
        monkeypatch.setattr(type(canvas), "draw", lambda self, renderer: (drawings.append(1), draw(self, renderer)))
        canvas.savefig(io.BytesIO(), format="svg")
    assert len(drawings) == 1


@cache
def words_of(name: str, style: Style) -> list[tuple[str, Bbox]]:
    """What is written on a page, and where."""
    with rc_context(style.settings()):  # how many numbers an axis has depends on its font
        canvas = drawn(name, style)
        canvas.draw_without_rendering()  # labels find their places beside the numbers
        return written(canvas)


@pytest.mark.parametrize(("name", "style"), CASES)
@pytest.mark.thinned(3)
def test_nothing_that_is_written_touches_anything_else(name: str, style: Style) -> None:
    for (words, box), (others, place) in combinations(words_of(name, style), 2):
        across = min(box.x1, place.x1) - max(box.x0, place.x0)
        down = min(box.y1, place.y1) - max(box.y0, place.y0)
        assert min(across, down) <= 0.0, f"{words!r} and {others!r}"


@pytest.mark.parametrize(("name", "style"), CASES)
@pytest.mark.thinned(3)
def test_nothing_that_is_written_is_cut_off(name: str, style: Style) -> None:
    whole = drawn(name, style).bbox.padded(0.5)
    for words, box in words_of(name, style):
        assert whole.x0 <= box.x0 <= box.x1 <= whole.x1, words
        assert whole.y0 <= box.y0 <= box.y1 <= whole.y1, words


@pytest.mark.parametrize(("name", "style"), CASES)
@pytest.mark.thinned(3)
def test_every_picture_has_room(name: str, style: Style) -> None:
    for axes in (each for each in drawn(name, style).axes if each.axison and each.get_label() != "<colorbar>"):
        box = axes.get_window_extent()
        assert box.height >= 3.5 * style.font, axes.get_ylabel()
        assert box.width >= (9.0 if axes.get_ylabel() in OF_FOUR else 12.0) * style.font, axes.get_ylabel()


def test_a_flat_figure_that_is_alone_in_the_last_row_takes_all_of_it() -> None:
    *_, timeline = page("graph,spectrum,timeline", WIDE).parts(drawn("graph,spectrum,timeline", WIDE))
    assert timeline.bbox.width == pytest.approx(174.0 / 25.4 * POINTS, rel=0.01)
    *_, spectrum = Page((*map(figure_of, ("graph", "timeline", "spectrum")),), WIDE).parts(
        Page((*map(figure_of, ("graph", "timeline", "spectrum")),), WIDE).drawn()
    )
    assert spectrum.bbox.width == pytest.approx(87.0 / 25.4 * POINTS, rel=0.01)


@pytest.mark.parametrize(
    ("count", "size", "grid"),
    [(2, (84.0, None), (2, 1)), (3, (174.0, None), (2, 2)), (1, (254.0, 143.0), (1, 1)), (2, (254.0, 143.0), (1, 2)),
     (4, (254.0, 143.0), (2, 2)), (6, (254.0, 143.0), (2, 3)), (7, (254.0, 143.0), (3, 3)),
     (2, (84.0, 120.0), (2, 1))],
)  # fmt: skip
def test_figures_stand_so_that_each_is_large(
    count: int, size: tuple[float, float | None], grid: tuple[int, int]
) -> None:
    assert Page((figure_of("timeline"),) * count, Style(*size)).grid == grid


def test_a_shorter_label_ends_with_no_word_that_leads_on() -> None:
    assert list(shorter_and_shorter("density per unit of λ")) == [
        "density per unit of λ",
        "density per unit",
        "density",
    ]
    assert list(shorter_and_shorter("accuracy (%)")) == ["accuracy (%)", "(%)"]
