"""The weight graph panel against numpy and networkx, and under the mouse."""

from __future__ import annotations

from typing import TYPE_CHECKING

import networkx as nx
import numpy as np
from graph_driving import panel, run, shown
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QWidget

from workbench.analysis.graph import weight_graph
from workbench.analysis.layout import forces
from workbench.figures.drawing import recipe_of
from workbench.figures.graph.density import lines_of
from workbench.figures.graph.edges import SHADES
from workbench.figures.graph.known import SMALLEST_RADIUS
from workbench.figures.graph.layer import layer_graph
from workbench.figures.graph.words import dead_clause
from workbench.figures.kinds import figure_from
from workbench.figures.style import Style
from workbench.gui.plots.graph.item import GraphLook, WeightGraphItem
from workbench.gui.plots.graph.view import GraphView

if TYPE_CHECKING:
    import pytest
    from pytestqt.qtbot import QtBot

    from tests.gui.conftest import WriteRun
    from workbench.gui.panels.graph.panel import GraphPanel
    from workbench.gui.state.session import Session
    from workbench.runs.run import Run


def test_an_empty_panel_says_why(panel: GraphPanel) -> None:
    assert "No run is open" in panel.message


def test_edges_and_components_are_those_of_the_weights(
    qtbot: QtBot, panel: GraphPanel, session: Session, run: Run
) -> None:
    shown(qtbot, panel, session, run)
    weights = run.layer("fc1").weights(1).astype(float)
    lengths = np.linalg.norm(weights, axis=1)
    unit = weights / np.where(lengths > 0, lengths, 1)[:, None]
    close = np.triu(unit @ unit.T >= panel.cutoff.value(), 1)
    twin = nx.Graph()
    twin.add_nodes_from(range(19))  # the last one has no weights
    twin.add_edges_from(np.argwhere(close).tolist())
    assert panel.result is not None
    assert {tuple(edge) for edge in panel.result.graph.edges.tolist()} == set(twin.edges)
    sizes = sorted(map(len, nx.connected_components(twin)), reverse=True)
    assert panel.result.graph.component_sizes.tolist() == sizes
    assert "2 components (6, 4), 9 isolated, 0 dead" in panel.line.text()
    assert panel.line.text().endswith("; 1 unit of 20 with all weights zero left out")
    assert "fc1, epoch 1" in panel.line.text()


def test_one_isolated_unit_that_is_dead_is_not_told_of_as_all() -> None:
    weights = np.ones((20, 400)) + 0.1 * np.random.default_rng(0).normal(size=(20, 400))
    weights[-1] = -weights[0]
    graph = weight_graph(weights @ weights.T, 0.25)
    assert dead_clause(graph, np.arange(20) == 19) == " and dead"


def test_a_removed_unit_is_neither_drawn_nor_found_under_the_mouse(
    qtbot: QtBot, panel: GraphPanel, session: Session, run: Run
) -> None:
    shown(qtbot, panel, session, run)
    item = panel.view.item
    drawn = sorted(unit for *_, members in item.members for unit in members.tolist())
    assert drawn == list(range(19))
    here = QPointF(*item.positions[19].tolist())
    assert 19 not in item.units_inside(np.array([(-1e4, -1e4), (1e4, -1e4), (1e4, 1e4), (-1e4, 1e4)]))
    assert item.unit_at(here, 0.0) != 19
    before = item.positions.copy()
    panel.view.settle()
    moved = (panel.view.item.positions != before).any(axis=1)
    assert moved[:19].all()
    assert not moved[19], "it takes part in no force"


def test_units_that_hardly_moved_are_told_apart(qtbot: QtBot, panel: GraphPanel, session: Session, run: Run) -> None:
    drawn: list[list[int]] = []
    panel.drawn.connect(lambda: drawn.append(_still(panel)))
    session.add(run)
    session.select(snapshot=1)
    qtbot.waitUntil(lambda: panel.complete)
    assert drawn[-1] == [15]
    assert [] not in drawn, "a small layer is coloured at once"


def _still(panel: GraphPanel) -> list[int]:
    assert panel.result is not None
    return np.flatnonzero(panel.result.states.hardly_moved).tolist()


def test_a_large_layer_is_drawn_first_and_coloured_when_the_timeline_rests(
    qtbot: QtBot, panel: GraphPanel, session: Session, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("workbench.figures.graph.picture.READ_AT_ONCE", 0)
    drawn: list[int] = []
    panel.drawn.connect(lambda: drawn.append(int(panel.result.states.hardly_moved.sum())))  # type: ignore[union-attr]
    shown(qtbot, panel, session, run)
    qtbot.waitUntil(lambda: drawn[-2:] == [0, 1])


def test_the_cutoff_slider_decides_which_edges_are_drawn(
    qtbot: QtBot, panel: GraphPanel, session: Session, run: Run
) -> None:
    shown(qtbot, panel, session, run)
    panel.cutoff.box.setValue(1.0)
    qtbot.waitUntil(lambda: panel.settled)
    assert panel.result is not None
    assert len(panel.result.graph.edges) == 0
    assert "no two units are joined" in panel.line.text()


def test_the_similarity_and_the_cutoff_of_the_reports_code_can_be_chosen(
    qtbot: QtBot, panel: GraphPanel, session: Session, run: Run
) -> None:
    shown(qtbot, panel, session, run)
    more = panel.more
    assert (more.distance.isEnabled(), more.variance.isEnabled()) == (False, True)
    more.similarity.setCurrentIndex(more.similarity.findData("report-code"))
    assert (more.distance.isEnabled(), more.variance.isEnabled()) == (True, False)
    assert panel.restore({"least_weight": 0.9, "similarity": "report-code"}) == ()  # as sessions said it before
    qtbot.waitUntil(lambda: panel.settled)
    expected = layer_graph(run.layer("fc1"), 1, similarity="report-code", kernel_cutoff=0.9)
    assert panel.result is not None
    assert panel.result.graph.edges.tolist() == expected.edges.tolist()
    assert (panel.cutoff.unit, panel.cutoff.value()) == ("weight", 0.9)
    assert "weighed by the kernel of the report's code; cut off at weight 0.90" in panel.line.text()
    assert "cutoff=0.9" in str(panel.as_python())
    assert "similarity='report-code', cutoff_unit='weight')" in str(panel.as_python())
    assert panel.settings()["similarity"] == "report-code"
    drawing = panel.drawing()
    assert drawing is not None
    again = figure_from(recipe_of([drawing], Style()).views[0], run).figure
    assert getattr(again, "edges").tolist() == expected.edges.tolist()  # noqa: B009
    more.defaults.click()
    qtbot.waitUntil(lambda: panel.settled)
    assert panel.settings() == {**panel.settings(), "similarity": "weights", "cutoff_unit": "cosine", "cutoffs": {}}
    assert "report's code" not in panel.line.text()


def test_nodes_start_from_where_they_are_when_the_snapshot_changes(
    qtbot: QtBot, panel: GraphPanel, session: Session, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown(qtbot, panel, session, run, 0)
    panel.view.settle()
    before = panel.view.item.positions.copy()
    monkeypatch.setattr(forces, "is_compiled", lambda: False)  # so that they do not move on
    shown(qtbot, panel, session, run, 1)
    np.testing.assert_array_equal(panel.view.item.positions, before)
    assert panel.view.moving


def test_the_layout_comes_to_rest_by_itself(qtbot: QtBot, panel: GraphPanel, session: Session, run: Run) -> None:
    shown(qtbot, panel, session, run)
    qtbot.waitUntil(lambda: not panel.view.moving, timeout=20_000)


def test_the_view_closes_in_on_the_graph_and_stays(qtbot: QtBot, panel: GraphPanel, session: Session, run: Run) -> None:
    shown(qtbot, panel, session, run)
    view = panel.view
    qtbot.waitUntil(forces.is_compiled, timeout=60_000)  # until then the nodes wait where they are
    for _ in range(600):
        view.tick()
    assert not view.moving
    bounds, seen = view.item.boundingRect(), view.box.viewRect()
    assert seen.contains(bounds)
    assert min(seen.width() / bounds.width(), seen.height() / bounds.height()) < 1.1
    view.reheat(1.0)
    for _ in range(150):
        view.tick()
    bounds, seen = view.item.boundingRect(), view.box.viewRect()
    assert min(seen.width() / bounds.width(), seen.height() / bounds.height()) < 1.2


def test_hovering_a_node_says_what_is_known_of_it(qtbot: QtBot, panel: GraphPanel, session: Session, run: Run) -> None:
    shown(qtbot, panel, session, run)
    panel.view.settle()
    panel.view.hovered.emit(3)
    norm = np.linalg.norm(run.layer("fc1").weights(1)[3])
    assert panel.line.text() == (
        f"unit 3: norm {norm:.3g}, degree 5, active on 50.0 % of the images, in a component of 6"
    )
    panel.view.hovered.emit(-1)
    assert "components" in panel.line.text()


def test_clicked_units_are_selected_for_every_panel(
    qtbot: QtBot, panel: GraphPanel, session: Session, run: Run
) -> None:
    shown(qtbot, panel, session, run)
    panel.view.settle()
    for unit, modifier in ((2, Qt.KeyboardModifier.NoModifier), (5, Qt.KeyboardModifier.ControlModifier)):
        place = panel.view.item.positions[unit].tolist()
        pixel = panel.view.mapFromScene(panel.view.box.mapViewToScene(QPointF(*place)))
        qtbot.mouseClick(panel.view.viewport(), Qt.MouseButton.LeftButton, modifier, pixel)
    assert session.selection.units == {2, 5}
    assert panel.view.item.chosen == {2, 5}


def test_weights_that_are_not_finite_become_a_message(
    qtbot: QtBot, panel: GraphPanel, session: Session, write_run: WriteRun
) -> None:
    bad = np.random.default_rng(0).normal(size=(8, 12))
    bad[3, 4] = np.nan
    run = write_run({"fc1": [np.ones((8, 12)), bad]}, spectra={("fc1", 1): np.full(8, np.nan)})
    session.add(run)
    session.select(snapshot=1)
    qtbot.waitUntil(lambda: panel.settled)
    assert "diverged" in panel.message
    session.select(snapshot=0)
    qtbot.waitUntil(lambda: panel.settled and panel.result is not None)


def test_every_edge_is_drawn_and_the_strongest_last() -> None:
    units = 60
    edges = np.argwhere(np.triu(np.ones((units, units)), 1)).astype(np.int32)
    strengths = np.linspace(0.1, 1, len(edges))
    item = WeightGraphItem()
    item.set_look(GraphLook(edges, strengths, np.ones(units), (), np.zeros(units, np.int32)))
    drawn = np.concatenate([group.ends for group in item.groups])
    assert len(item.groups) <= SHADES
    assert np.array_equal(drawn, edges)


def test_very_many_edges_are_drawn_as_their_density_where_they_lie(qtbot: QtBot) -> None:
    around = QWidget()
    view = GraphView(around)
    qtbot.addWidget(around)
    view.resize(200, 200)
    edges = np.tile(np.array([[0, 1], [2, 3]], np.int32), (2000, 1))
    opacities = np.full(len(edges), 0.3)
    look = GraphLook(
        edges, opacities, np.ones(4), (QColor("#ff0000"),), np.zeros(4, np.int32), lines=lines_of(edges, opacities)
    )
    view.show_graph(look, forces.links(edges, opacities, 4), afresh=True)
    around.resize(200, 200)
    around.show()
    view.show_at(np.array([[-100, -40], [100, -40], [60, -100], [60, 100]], np.float32))
    assert view.moving, "the edges are not there yet"
    qtbot.waitUntil(lambda: not view.moving, timeout=60_000)
    picture, ground = view.grab().toImage(), view.box.viewRect()

    def grey(x: float, y: float) -> int:
        place = view.mapFromScene(view.box.mapViewToScene(QPointF(x, y)))
        return min(picture.pixelColor(place.x() + dx, place.y() + dy).red() for dx in (-1, 0, 1) for dy in (-1, 0, 1))

    assert ground.contains(QPointF(90, 90))
    assert max(grey(-50, -40), grey(60, 50)) < 100
    assert min(grey(-50, 40), grey(0, 50)) > 200
    view.show_ranges((-50.0, 50.0), (-90.0, 10.0))
    assert view.moving
    qtbot.waitUntil(lambda: not view.moving, timeout=60_000)
    picture = view.grab().toImage()
    assert grey(-20, -40) < 100 < 200 < grey(-20, 0)
    view.clear()
    assert not view.moving
    view.shut()


def test_the_smallest_node_is_seen_however_far_out_the_view_is_zoomed(qtbot: QtBot) -> None:
    view = GraphView()
    qtbot.addWidget(view)
    view.resize(200, 200)
    no_edges, red_ones = (np.zeros((0, 2), np.int32), np.zeros(0)), ((QColor("#ff0000"),), np.zeros(2, np.int32))
    look = GraphLook(*no_edges, np.full(2, SMALLEST_RADIUS), *red_ones)
    view.show_graph(look, forces.links(*no_edges, 2), afresh=True)
    view.show_at(np.array([[-4000, 0], [4000, 0]], np.float32))  # 0.08 pixels on the screen
    picture = view.grab().toImage()
    red = [
        picture.pixelColor(x, y).red() - picture.pixelColor(x, y).green()
        for x in range(picture.width())
        for y in range(picture.height())
    ]
    assert max(red) > 200
    view.clear()
