"""The weight graph under the mouse: the card, lit neighbours, menus, and a legend that selects."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from graph_driving import panel, run, shown
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QGuiApplication
from PySide6.QtWidgets import QMenu, QWidget

from workbench.analysis.layout import forces
from workbench.figures.graph.card import AboutUnit, UnitCards, picture_of
from workbench.figures.graph.groups import DEAD_UNITS, ISOLATED_UNITS, STILL_UNITS
from workbench.gui.panels.frame import UNIT_PAGE
from workbench.gui.plots.graph import nodes
from workbench.gui.plots.graph.card import Card, Shown
from workbench.gui.plots.graph.item import GraphLook
from workbench.gui.plots.graph.view import GraphView

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from workbench.gui.panels.graph.panel import GraphPanel
    from workbench.gui.state.session import Session
    from workbench.runs.run import Run


def cosines_of(run: Run, snapshot: int = 1) -> np.ndarray:
    weights = run.layer("fc1").weights(snapshot).astype(float)
    lengths = np.linalg.norm(weights, axis=1)
    unit = weights / np.where(lengths > 0, lengths, 1)[:, None]
    angles = unit @ unit.T
    np.fill_diagonal(angles, -2.0)
    return angles


def at_rest(qtbot: QtBot, panel: GraphPanel, session: Session, run: Run) -> GraphPanel:
    shown(qtbot, panel, session, run)
    qtbot.waitUntil(lambda: panel.complete)
    panel.view.settle()
    return panel


def entries_of(panel: GraphPanel) -> dict[str, bool]:
    menu = panel.looking.menu
    assert menu is not None
    return {action.text(): action.isEnabled() for action in menu.actions() if action.text()}


def take(panel: GraphPanel, text: str) -> None:
    menu = panel.looking.menu
    assert menu is not None
    next(action for action in menu.actions() if action.text() == text).trigger()
    menu.close()


def test_a_card_says_what_brute_force_says_of_the_unit(
    qtbot: QtBot, panel: GraphPanel, session: Session, run: Run
) -> None:
    at_rest(qtbot, panel, session, run)
    panel.view.hover(3)
    card = panel.looking.card
    assert card.isVisible(), "at once, without what must be read"
    norm = np.linalg.norm(run.layer("fc1").weights(1)[3])
    assert card.shown.lines[:3] == ("unit 3", f"norm {norm:.3g}", "5 edges, component of 6")
    qtbot.waitUntil(lambda: card.shown.history is not None)
    angles = cosines_of(run)[3]
    nearest = np.argsort(-angles)[:3]
    assert card.shown.lines[-3:] == tuple(f"nearest: unit {each}, cosine {angles[each]:.3f}" for each in nearest)
    activity = [run.layer("fc1").activity(snapshot)[3] for snapshot in range(run.snapshots)]  # type: ignore[index]
    np.testing.assert_array_equal(card.shown.history, activity)
    assert card.shown.now == 1
    assert panel.view.rect().contains(card.geometry())
    panel.view.hover(-1)
    assert not card.isVisible()


def test_a_card_on_screen_follows_the_timeline(qtbot: QtBot, panel: GraphPanel, session: Session, run: Run) -> None:
    at_rest(qtbot, panel, session, run)
    panel.view.hover(3)
    card = panel.looking.card
    qtbot.waitUntil(lambda: card.shown.history is not None)
    shown(qtbot, panel, session, run, snapshot=0)
    assert card.shown.lines[1] == f"norm {np.linalg.norm(run.layer('fc1').weights(0)[3]):.3g}"
    qtbot.waitUntil(lambda: card.shown.history is not None)
    assert card.shown.now == 0


@pytest.mark.parametrize("size", [(600, 400), (260, 700)])
def test_a_card_lies_inside_the_plot_and_not_on_its_node(qtbot: QtBot, size: tuple[int, int]) -> None:
    plot = QWidget()
    qtbot.addWidget(plot)
    plot.resize(*size)
    card = Card(plot)
    for x in range(10, size[0], 40):
        for y in range(10, size[1], 40):
            card.show_beside(Shown(("unit 3", "nearest: unit 147, cosine 0.948")), QPoint(x, y), 6)
            assert plot.rect().contains(card.geometry())
            assert not card.geometry().contains(x, y)


def test_units_too_large_to_compare_are_compared_by_their_edges(
    qtbot: QtBot, panel: GraphPanel, session: Session, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    result = at_rest(qtbot, panel, session, run).result
    assert result is not None
    whole = UnitCards().card(AboutUnit(result.needs, 3), result).nearest
    monkeypatch.setattr("workbench.figures.graph.card.MOST_BYTES", 0)
    by_edges = UnitCards().card(AboutUnit(result.needs, 3), result).nearest
    assert [unit for unit, _ in by_edges] == [unit for unit, _ in whole]
    assert [cosine for _, cosine in by_edges] == pytest.approx([cosine for _, cosine in whole], abs=1e-6)
    assert picture_of(result.needs.place, 3) is None, "400 inputs are no image of this network"


def test_the_neighbours_of_a_hovered_unit_are_lit_and_the_others_dimmed(
    qtbot: QtBot, panel: GraphPanel, session: Session, run: Run
) -> None:
    at_rest(qtbot, panel, session, run)
    panel.view.stop_timer()
    item = panel.view.item
    near = np.flatnonzero(cosines_of(run)[0] >= panel.cutoff.value())
    np.testing.assert_array_equal(item.look.neighbours(0), near)
    far = next(unit for unit in (6, 7, 8, 9) if unit not in near)
    before = panel.view.grab().toImage()
    panel.view.hover(0)
    panel.looking.card.hide()
    after = panel.view.grab().toImage()

    def strength(picture: object, unit: int) -> int:
        """How coloured the middle of a node is."""
        colour = picture.pixelColor(panel.view.place_of(unit))  # type: ignore[attr-defined]
        channels = (colour.red(), colour.green(), colour.blue())
        return max(channels) - min(channels)

    assert strength(after, int(near[0])) == strength(before, int(near[0])) > 100
    assert strength(after, far) < 0.4 * strength(before, far)
    panel.view.hover(-1)
    assert panel.view.grab().toImage() == before


def test_the_menu_of_a_unit_selects_and_copies(qtbot: QtBot, panel: GraphPanel, session: Session, run: Run) -> None:
    at_rest(qtbot, panel, session, run)
    place = panel.view.place_of(2)
    qtbot.mouseMove(panel.view.viewport(), place)
    qtbot.mouseClick(panel.view.viewport(), Qt.MouseButton.RightButton, pos=place)
    assert list(entries_of(panel))[:2] == ["Unit 2", "Select"]
    near = frozenset(np.flatnonzero(cosines_of(run)[2] >= panel.cutoff.value()).tolist())
    take(panel, "Select with neighbours")
    assert session.selection.units == near | {2}
    panel.view.menu_requested.emit(2, QPoint())
    assert "6 selected units" in entries_of(panel)
    assert entries_of(panel)["Select components"] is False, "they are all of them"
    take(panel, "Copy 6 unit numbers")
    assert QGuiApplication.clipboard().text() == "0,1,2,3,4,5"
    panel.view.menu_requested.emit(7, QPoint())
    take(panel, "Select component")
    assert session.selection.units == {6, 7, 8, 9}
    panel.view.menu_requested.emit(7, QPoint())
    take(panel, "Take unit 7 out of the selection")
    assert session.selection.units == {6, 8, 9}
    panel.view.menu_requested.emit(12, QPoint())
    take(panel, "Add to the selection")
    assert session.selection.units == {6, 8, 9, 12}
    panel.view.menu_requested.emit(-1, QPoint())
    take(panel, "Select 1 hardly moved unit")
    assert session.selection.units == {15}
    panel.view.menu_requested.emit(-1, QPoint())
    take(panel, "Select none")
    assert not session.selection.units


def test_a_double_click_opens_the_page_of_a_unit_and_elsewhere_shows_all(
    qtbot: QtBot, panel: GraphPanel, session: Session, run: Run
) -> None:
    at_rest(qtbot, panel, session, run)
    asked: list[str] = []
    panel.panel_requested.connect(asked.append)
    viewport = panel.view.viewport()
    qtbot.mouseDClick(viewport, Qt.MouseButton.LeftButton, pos=panel.view.place_of(3))
    qtbot.mouseRelease(viewport, Qt.MouseButton.LeftButton, pos=panel.view.place_of(3))
    assert (asked, session.selection.units) == ([UNIT_PAGE], {3})
    panel.view.menu_requested.emit(4, QPoint())
    take(panel, "Open unit page")
    assert (len(asked), session.selection.units) == (2, {4})
    panel.view.show_ranges((0.0, 5.0), (0.0, 5.0))
    qtbot.mouseDClick(viewport, Qt.MouseButton.LeftButton, pos=QPoint(2, 2))
    qtbot.mouseRelease(viewport, Qt.MouseButton.LeftButton, pos=QPoint(2, 2))
    assert panel.view.box.viewRect().contains(panel.view.item.boundingRect())


def test_a_click_on_the_legend_selects_what_it_names(
    qtbot: QtBot, panel: GraphPanel, session: Session, run: Run
) -> None:
    at_rest(qtbot, panel, session, run)
    legend, result = panel.legend, panel.result
    assert result is not None
    names = [entry.text for entry in legend.shown]
    for number, name in enumerate(names):
        if not legend.shown[number].clickable:
            continue
        units = panel.looking._named[number]
        wanted = {
            "isolated": result.groups == ISOLATED_UNITS, "hardly moved": result.groups == STILL_UNITS,
            "dead": result.groups == DEAD_UNITS,
        }.get(name)  # fmt: skip
        if wanted is not None:
            assert units == frozenset(np.flatnonzero(wanted).tolist())
    first = panel.looking._named[0]
    assert first == {0, 1, 2, 3, 4, 5}
    qtbot.mouseClick(legend, Qt.MouseButton.LeftButton, pos=QPoint(8, 8))
    assert session.selection.units == first
    second = sum(legend._width(entry) for entry in legend.shown[:1]) + 8
    qtbot.mouseClick(legend, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ControlModifier, QPoint(second, 8))
    assert session.selection.units == first | {6, 7, 8, 9}
    assert legend.entry_at(QPointF(-5, 5)) == -1
    legend.menu_requested.emit(0, QPoint())
    take(panel, "Take out of the selection")
    assert session.selection.units == {6, 7, 8, 9}


def test_the_colours_are_chosen_in_the_menu_and_the_graph_stays(
    qtbot: QtBot, panel: GraphPanel, session: Session, run: Run
) -> None:
    at_rest(qtbot, panel, session, run)
    assert panel.result is not None
    graph, positions = panel.result.graph, panel.view.item.positions.copy()
    panel.view.menu_requested.emit(-1, QPoint())
    menu = panel.looking.menu
    assert menu is not None
    (colours,) = menu.findChildren(QMenu)
    choices = {action.text(): action for action in colours.actions()}
    assert choices["Communities, else components"].isChecked()
    choices["Repeated units (cosine ≥ 0.95)"].trigger()
    menu.close()
    assert panel.settings()["colouring"] == "repeated"
    qtbot.waitUntil(lambda: panel.complete)
    assert panel.result.graph is graph, "it is not computed again"
    np.testing.assert_array_equal(panel.view.item.positions, positions)
    assert panel.result.partition.word == "repeated group"


@pytest.mark.parametrize("shape", ["disc", "cross", "diamond"])
def test_nodes_are_four_pixels_wide_however_small_the_scale(qtbot: QtBot, shape: nodes.Shape) -> None:
    view = GraphView()
    qtbot.addWidget(view)
    view.resize(200, 200)
    colour = QColor("#ff0000")
    no_edges = np.zeros((0, 2), np.int32), np.zeros(0)
    look = GraphLook(*no_edges, np.full(2, 3.0), (colour,), np.zeros(2, np.int32), {0: shape})
    view.show_graph(look, forces.links(*no_edges, 2), afresh=True)
    view.show_at(np.array([[-4000, 0], [4000, 0]], np.float32))
    picture = view.grab().toImage()
    red = np.array(
        [
            [picture.pixelColor(x, y).red() - picture.pixelColor(x, y).green() for x in range(100)]
            for y in range(picture.height())
        ]
    )
    assert np.ptp(np.flatnonzero((red > 20).any(axis=0))) + 1 >= 4
    assert np.ptp(np.flatnonzero((red > 20).any(axis=1))) + 1 >= 4
    ring = nodes.ring_radii(np.zeros(1), shape, colour)
    assert ring[0] >= nodes.radii_seen(np.zeros(1), shape, colour)[0] + nodes.AROUND, "the shape is seen in its ring"
    view.clear()


@pytest.mark.parametrize("shape", ["disc", "cross", "diamond"])
def test_the_label_of_a_block_clears_the_rings_of_its_nodes(shape: nodes.Shape) -> None:
    for reach in (0.5, 3.0, 20.0):
        for colour in (nodes.HOLLOW, QColor("red")):
            (ring,) = nodes.ring_radii(np.array([reach]), shape, colour)
            assert nodes.above_ring(reach) >= ring + nodes.RING / 2


def test_stamps_look_like_what_they_stand_for(qapp: object) -> None:
    from PySide6.QtGui import QImage, QPainter

    pictures = []
    for many in (10_000, 0):
        picture = QImage(60, 60, QImage.Format.Format_RGB32)
        picture.fill(Qt.GlobalColor.white)
        painter = QPainter(picture)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(nodes, "MANY", many)
            nodes.draw_nodes(painter, np.full((1, 2), 30.5), np.array([8.0]), "disc", QColor("#0072B2"))
        painter.end()
        pictures.append(np.frombuffer(picture.constBits(), np.uint8).reshape(60, 60, 4).astype(int))
    assert np.abs(pictures[0] - pictures[1]).mean() < 2.0
    assert pictures[0].min() < 50
