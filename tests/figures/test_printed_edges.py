"""In print, very many edges are one picture inside the figure, and nodes stay vectors."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from matplotlib.collections import EllipseCollection, LineCollection

import workbench as wb
from workbench.figures.graph import figure as module
from workbench.figures.graph.figure import GraphFigure, graph_figure, settled
from workbench.figures.graph.picture import Graphs
from workbench.figures.kinds import chosen_settings
from workbench.figures.page import Page
from workbench.figures.stacks.making import graph_result
from workbench.resource import resource
from workbench.runs.place import Place

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def drawn_graph() -> GraphFigure:
    with wb.open_run(resource("sample_runs/digits_conv.h5")) as run:
        result = graph_result(Graphs(), Place(run, "fc1", run.snapshots - 1), chosen_settings("graph", {}))
        return graph_figure(result, settled(result))


def test_many_edges_are_one_picture_where_the_lines_would_lie(
    drawn_graph: GraphFigure, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert len(drawn_graph.edges) > 300
    (axes,) = Page((drawn_graph,)).drawn().axes
    lines = [each for each in axes.collections if isinstance(each, LineCollection)]
    monkeypatch.setattr(module, "MOST_LINES", 300)
    (axes,) = Page((drawn_graph,)).drawn().axes
    assert not [each for each in axes.collections if isinstance(each, LineCollection)]
    (image,) = axes.images
    left, right, low, high = image.get_extent()
    alphas = np.asarray(image.get_array())[..., 3]
    height, width = alphas.shape
    middles = np.concatenate([np.mean(each.get_segments(), axis=1) for each in lines])
    columns = ((middles[:, 0] - left) / (right - left) * width).astype(int)
    rows = ((high - middles[:, 1]) / (high - low) * height).astype(int)
    near = [alphas[row - 1 : row + 2, column - 1 : column + 2].max() for row, column in zip(rows, columns, strict=True)]
    assert min(near) > 0.01, "there is some of each edge at its middle"
    assert (alphas == 0).mean() > 0.3
    discs = [each for each in axes.collections if isinstance(each, EllipseCollection)]
    assert sum(len(each.get_offsets()) for each in discs) == np.count_nonzero(drawn_graph.drawn)


@pytest.mark.parametrize("ending", ["pdf", "svg"])
def test_a_file_holds_the_edges_as_one_picture(
    drawn_graph: GraphFigure, ending: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_LINES", 300)
    target = tmp_path / f"graph.{ending}"
    Page((replace(drawn_graph, title="many"),)).drawn().savefig(target)
    found = re.findall(rb"/Subtype /Image" if ending == "pdf" else rb"<image", target.read_bytes())
    assert 1 <= len(found) <= 2, "in a PDF the opacities are a picture of their own"
