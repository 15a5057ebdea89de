"""Figures drawn by matplotlib show the numbers they were made from, whole and inside the page."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import numpy as np
import pytest
from matplotlib.collections import EllipseCollection, LineCollection
from matplotlib.legend import Legend
from pypdf import PdfReader

from workbench.evaluation.questions import low_rank as ask_low_rank
from workbench.figures.figure import Table
from workbench.figures.graph.figure import TOO_LARGE, GraphFigure, graph_figure, settled
from workbench.figures.graph.needs import GraphNeeds
from workbench.figures.graph.picture import Graphs
from workbench.figures.kinds import KINDS
from workbench.figures.kinds import figure as wb_figure
from workbench.figures.page import UNUSED, Page
from workbench.figures.process.wire import packed
from workbench.figures.pruning.lines import reach
from workbench.figures.spectrum.figure import spectrum_figure
from workbench.figures.spectrum.picture import Question, picture_of
from workbench.figures.style import Style
from workbench.figures.timeline.figure import accuracies_figure
from workbench.figures.training import training_of
from workbench.reports.sheets import Sheets
from workbench.runs.place import place_in

if TYPE_CHECKING:
    from typing import Any

    from workbench.figures.figure import Figure
    from workbench.runs.run import Run


def graph_of(run: Run, snapshot: int | None = None) -> GraphFigure:
    at = run.snapshots - 1 if snapshot is None else snapshot
    *_, result = Graphs().results(GraphNeeds(place_in(run, "fc1", at), 0.55 if "lenet" in str(run.path) else 0.25, 0.5))
    return graph_figure(result, settled(result), frozenset({1, 2}))


def all_of(run: Run) -> tuple[Figure, ...]:
    last = run.snapshots - 1
    picture = picture_of(Question(place_in(run, "fc1", last), None))
    assert picture is not None
    return graph_of(run), spectrum_figure(picture), training_of(run, last), accuracies_figure(run, last)


def parts_of(canvas: Any, count: int) -> list[Any]:
    return [part for part in canvas.subfigs if part.axes][:count]


def test_a_spectrum_has_bars_laws_and_outliers_where_the_panel_has_them(sample: Run) -> None:
    picture = picture_of(Question(place_in(sample, "fc1", sample.snapshots - 1), None))
    assert picture is not None
    figure = spectrum_figure(picture)
    canvas = Page((figure,)).drawn()
    (axes,) = canvas.axes
    stairs = axes.patches[0]
    np.testing.assert_array_equal(stairs.get_data().values, picture.density)
    np.testing.assert_array_equal(stairs.get_data().edges, picture.edges)
    drawn = {line.get_label(): line for line in axes.lines}
    x, y = picture.curves["entries"]
    np.testing.assert_allclose(drawn["MP, σ² entries"].get_xdata(), 10.0**x if picture.scale == "log" else x)
    np.testing.assert_array_equal(drawn["MP, σ² entries"].get_ydata(), y)
    assert axes.get_xscale() == picture.scale
    if len(picture.rug):
        ticks = next(each for each in axes.collections if isinstance(each, LineCollection))
        places = [segment[0][0] for segment in ticks.get_segments()]
        np.testing.assert_allclose(places, picture.result.eigenvalues[: len(picture.rug)])


def test_only_outliers_that_are_seen_are_labelled(run: Run) -> None:
    part = {"x": [4.0, 9.0], "y": [[0.0, 0.5]]}
    (axes,) = Page((wb_figure("spectrum", run, "fc1", view=part, scale="log").figure,)).drawn().axes
    eigenvalues = run.layer("fc1").eigenvalues(-1)
    assert [text.get_text() for text in axes.texts] == [f"{value:.3g}" for value in eigenvalues if 4 < value < 9]


@pytest.mark.parametrize("kind", ["graph", "spectrum", "pruning", "low_rank", "training"])
def test_what_was_zoomed_to_on_other_axes_is_not_shown(run: Run, kind: str) -> None:
    less = {"pruning": {"orders": ("max_mag",)}}.get(kind, {})
    part = {"x": [1.0, 2.0], "y": [[0.0, 0.5]] * (1 + (kind == "training"))}
    whole = packed(wb_figure(kind, run, "fc2", **less).figure)
    assert packed(wb_figure(kind, run, "fc2", view={**part, "of": "others"}, **less).figure) == whole
    assert packed(wb_figure(kind, run, "fc2", view=part, **less).figure) != whole


def test_a_graph_has_a_disc_for_each_unit_and_a_line_for_each_edge(run: Run) -> None:
    figure = graph_of(run)
    (axes,) = Page((figure,)).drawn().axes
    discs = [each for each in axes.collections if isinstance(each, EllipseCollection)]
    lines = [each for each in axes.collections if isinstance(each, LineCollection)]
    places = np.concatenate([each.get_offsets() for each in discs[:-1]])  # the last are the rings
    assert sorted(map(tuple, places)) == sorted(map(tuple, figure.positions))
    assert sum(len(each.get_segments()) for each in lines) == len(figure.edges)
    assert len(discs[-1].get_offsets()) == 2


def test_the_legend_of_a_graph_draws_norms_at_the_scale_of_its_discs(sample: Run) -> None:
    figure = graph_of(sample)
    canvas = Page((figure,)).drawn()
    (axes,), (part,) = canvas.axes, parts_of(canvas, 1)
    discs = [each for each in axes.collections if isinstance(each, EllipseCollection)]
    left, right = axes.transData.transform([(0, 0), (1, 0)])[:, 0]
    widest = max(float(each.get_widths().max()) for each in discs[:-1]) * (right - left)  # in points at 72 dpi
    samples = {
        text.get_text(): handle.get_markersize()
        for handle, text in zip(part.legends[0].legend_handles, part.legends[0].get_texts(), strict=True)
        if text.get_text().startswith("norm")
    }
    assert samples[f"norm {figure.norms.max():.3g}"] == pytest.approx(widest, rel=1e-6)
    assert any("cut-off" in text.get_text() for text in part.legends[0].get_texts())


def test_a_training_has_the_curves_of_the_run(sample: Run) -> None:
    figure = training_of(sample, 3)
    loss, accuracy = Page((figure,)).drawn().axes
    known = np.isfinite(sample.test_accuracy)
    line = next(line for line in accuracy.lines if line.get_label() == "test")
    np.testing.assert_array_equal(line.get_ydata(), sample.test_accuracy[known])
    np.testing.assert_array_equal(line.get_xdata(), sample.iterations[known])
    assert loss.lines[-1].get_xdata()[0] == sample.iterations[3]


@pytest.mark.parametrize("style", [Style(), Style(width=174), Style(width=254, height=142.875, font=14, theme="dark")])
@pytest.mark.thinned(2)
def test_nothing_is_cut_off_and_no_axes_lie_on_another(sample: Run, style: Style) -> None:
    canvas = Page(all_of(sample), style).drawn()
    whole = canvas.bbox.padded(0.5)
    drawn = [*canvas.axes, *canvas.findobj(Legend), *(text for part in canvas.subfigs for text in part.texts)]
    for each in drawn:
        box = each.get_tightbbox()
        assert whole.x0 <= box.x0, each
        assert box.x1 <= whole.x1, each
        assert whole.y0 <= box.y0, each
        assert box.y1 <= whole.y1, each
    boxes = [axes.get_window_extent() for axes in canvas.axes]
    assert not any(a.overlaps(b) for number, a in enumerate(boxes) for b in boxes[:number])


def test_pages_have_the_size_that_was_asked_for(run: Run) -> None:
    content = Page(all_of(run)[1:2], Style(width=84, height=60)).bytes("pdf")
    box = PdfReader(io.BytesIO(content)).pages[0].mediabox
    assert float(box.width) == pytest.approx(84 / 25.4 * 72, abs=0.01)
    assert float(box.height) == pytest.approx(60 / 25.4 * 72, abs=0.01)


def test_the_same_figure_gives_the_same_file(run: Run) -> None:
    page = Page((training_of(run),))
    for kind in ("pdf", "svg", "png"):
        assert page.bytes(kind) == page.bytes(kind)  # type: ignore[arg-type]


def test_pages_in_one_pdf_share_their_fonts_and_look_as_they_do_alone(run: Run) -> None:
    pages = [Page((figure,), Style(width=84.0)) for figure in all_of(run)[:2]]
    sheets = Sheets()
    assert [sheets.add(page) for page in pages] == [page.bytes("svg") for page in pages]
    shared = PdfReader(io.BytesIO(sheets.pdf())).pages
    for page, sheet in zip(pages, shared, strict=True):
        alone = PdfReader(io.BytesIO(page.bytes("pdf"))).pages[0]
        assert sheet.mediabox == alone.mediabox
        assert sheet.extract_text() == alone.extract_text()
    fonts = [sheet["/Resources"]["/Font"].get_object() for sheet in shared]
    assert fonts[0] == fonts[1]


def test_fonts_in_a_pdf_have_no_tables_that_its_readers_never_read(run: Run) -> None:
    from fontTools.ttLib import TTFont

    pdf = PdfReader(io.BytesIO(Page((training_of(run),)).bytes("pdf")))
    objects = (pdf.get_object(number) for number in range(1, len(pdf.xref[0]) + 1))
    (file,) = (each["/FontFile2"] for each in objects if isinstance(each, dict) and "/FontFile2" in each)
    tables = TTFont(io.BytesIO(file.get_data())).keys()
    assert {"glyf", "cmap"} <= set(tables)
    assert not set(UNUSED) & set(tables)


def test_text_in_a_table_that_looks_like_a_formula_is_quoted() -> None:
    table = Table(("=name", "value"), (("@cmd", -1.5), ("plain", float("nan")), ("-x", None)))
    assert table.text() == "'=name,value\n'@cmd,-1.5\nplain,\n'-x,\n"


@pytest.mark.parametrize("kind", KINDS)
def test_no_two_columns_of_a_table_have_the_same_name(run: Run, kind: str) -> None:
    columns = wb_figure(kind, run, "fc2").figure.table().columns
    assert len(set(columns)) == len(columns)


def test_a_page_without_room_is_refused_in_a_sentence(run: Run) -> None:
    with pytest.raises(ValueError, match="no room"):
        Page(all_of(run), Style(width=60, height=40, font=20)).bytes("pdf")


def test_the_legend_of_a_small_layer_does_not_grow_over_itself(run: Run) -> None:
    figure = wb_figure("graph", run, "conv1").figure
    canvas = Page((figure,)).drawn()
    (part,) = parts_of(canvas, 1)
    assert max(handle.get_markersize() for handle in part.legends[0].legend_handles) <= 2 * TOO_LARGE + 1e-9


def test_bands_of_pruning_curves_are_whole(run: Run) -> None:
    figure = wb_figure("pruning", run, "fc2", quantity="loss", orders=["random"]).figure
    (axes,) = Page((figure,)).drawn().axes
    (curve,) = figure.curves  # type: ignore[attr-defined]
    assert axes.get_ylim()[1] >= curve.high.max()
    np.testing.assert_array_equal(axes.lines[0].get_ydata(), curve.mean)


def test_low_ranks_are_drawn_with_accuracies_and_elbows_as_computed(run: Run) -> None:
    figure = wb_figure("low_rank", run, "fc2").figure
    (axes,) = Page((figure,)).drawn().axes
    drawn = {line.get_label(): line for line in axes.lines}
    np.testing.assert_allclose(drawn["residual ‖W − Wₖ‖²"].get_ydata()[0], 100.0)
    low, spectrum = ask_low_rank(run, "fc2"), run.layer("fc2").eigenvalues(-1)
    np.testing.assert_allclose(drawn["test accuracy"].get_ydata(), low.curve.accuracy)
    assert drawn[f"Kneedle {low.spectrum.kneedle}"].get_xdata()[0] == low.spectrum.kneedle
    rows = figure.table().rows
    assert rows[0][1] == pytest.approx(spectrum.sum())
    assert len(rows) == len(spectrum) + 1


def test_dead_and_unmoved_units_have_shapes_of_their_own(sample: Run) -> None:
    figure = graph_of(sample, 12)
    canvas = Page((figure,)).drawn()
    (axes,), (part,) = canvas.axes, parts_of(canvas, 1)
    discs = [each for each in axes.collections if isinstance(each, EllipseCollection)]
    corners = {
        dict(figure.group_names)[group]: len(each.get_paths()[0].vertices)
        for group, each in zip(np.unique(figure.groups).tolist(), discs, strict=False)
    }
    assert corners.pop("dead") == 4  # the ends of a cross
    assert corners.pop("hardly moved") == 5  # a closed diamond
    assert corners
    assert min(corners.values()) > 10  # discs
    legend = zip(part.legends[0].get_texts(), part.legends[0].legend_handles, strict=True)
    markers = {text.get_text(): handle.get_marker() for text, handle in legend}
    assert (markers["dead"], markers["hardly moved"], markers["isolated"]) == ("x", "D", "o")


def test_the_legend_of_pruning_curves_says_how_many_units_can_go(run: Run) -> None:
    figure = wb_figure("pruning", run, "fc1", orders=["max_mag", "random"]).figure
    found: Any = figure
    gone = [reach(curve.mean, "accuracy") for curve in found.curves]
    for width, texts, title in (
        (
            60.0,
            [f"max_mag {gone[0]}", f"random (95 % interval) {gone[1]}", "first 26 dead", "chance"],
            "units that can go within a point",
        ),
        (
            174.0,
            [
                f"smallest norm first (max_mag): {gone[0]} can go within a point",
                f"random with its 95 % interval: {gone[1]} can go within a point",
                "the first 26 removed are the dead units",
                "chance",
            ],
            "",
        ),
    ):
        (legend,) = Page((figure,), Style(width=width)).drawn().findobj(Legend)
        assert [text.get_text() for text in legend.get_texts()] == texts
        assert legend.get_title().get_text() == title
