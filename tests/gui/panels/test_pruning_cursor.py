"""The pruning panel's cursor, the cost of units selected elsewhere, and what it says where there is nothing to show."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from pruning_driving import LAST, check, choose, curve, first_of, on_one_thread, panel, place_of, run, show, twin
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QMouseEvent

from workbench.analysis.matrices import frame_potential
from workbench.analysis.orders import RANDOM_SEEDS, random_order
from workbench.figures.pruning.lines import Line
from workbench.figures.pruning.question import Question
from workbench.runs.spec import DataSpec

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytestqt.qtbot import QtBot

    from workbench.gui.panels.pruning import PruningPanel
    from workbench.gui.state.session import Session
    from workbench.runs.run import Run

    Show = Callable[..., None]


# --- the cursor ---


def test_a_click_selects_the_units_removed_up_to_there_by_the_first_order(
    panel: PruningPanel, show: Show, run: Run, session: Session, qtbot: QtBot
) -> None:
    show(run, layer="fc1", snapshot=LAST)
    qtbot.mouseClick(panel.plot.viewport(), Qt.MouseButton.LeftButton, pos=place_of(panel, 30))
    level = panel.plot.level
    assert abs(level - 30) <= 1
    assert session.selection.units == frozenset(first_of(run, "fc1", LAST, "max_mag", level))
    assert panel.plot.cursor_line.value() == level
    assert [entry.text for entry in panel.legend.entries[:2]] == [
        f"smallest norm first (max_mag): {curve(panel, 'max_mag')[level]:.1f} %",
        f"smallest frame potential first (max_fp): {curve(panel, 'max_fp')[level]:.1f} %",
    ]


def test_dragging_reads_the_curves_and_computes_nothing(
    panel: PruningPanel, show: Show, run: Run, session: Session, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    show(run, layer="fc1", snapshot=LAST)
    monkeypatch.setattr(panel.known, "pictures", _not_again)
    asked = panel.question
    viewport = panel.plot.viewport()
    qtbot.mousePress(viewport, Qt.MouseButton.LeftButton, pos=place_of(panel, 10))
    seen = []
    for level in range(10, 90, 5):
        panel.plot.mouseMoveEvent(_moved(panel, level))
        seen.append(panel.plot.level)
        assert session.selection.units == frozenset(first_of(run, "fc1", LAST, "max_mag", panel.plot.level))
    qtbot.mouseRelease(viewport, Qt.MouseButton.LeftButton, pos=place_of(panel, 85))
    assert np.abs(np.array(seen) - np.arange(10, 90, 5)).max() <= 1
    assert panel.question == asked
    qtbot.wait(panel.kind.patience_ms + 50)
    assert panel.line.text().startswith("digits_conv · fc1, epoch 40: 33 of 100 can go within a point")


def _not_again(*_: object) -> None:
    raise AssertionError("measured again")


def _moved(panel: PruningPanel, level: int) -> Any:
    place = QPointF(place_of(panel, level))
    none, held = Qt.MouseButton.NoButton, Qt.MouseButton.LeftButton
    return QMouseEvent(QEvent.Type.MouseMove, place, place, none, held, Qt.KeyboardModifier.NoModifier)


def test_the_arrow_keys_move_the_cursor_and_it_stays_inside(
    panel: PruningPanel, show: Show, run: Run, session: Session, qtbot: QtBot
) -> None:
    show(run, layer="conv2", snapshot=LAST)
    for key, expected in (
        (Qt.Key.Key_Right, 1),
        (Qt.Key.Key_PageUp, 11),
        (Qt.Key.Key_PageUp, 16),
        (Qt.Key.Key_Left, 15),
        (Qt.Key.Key_Home, 0),
        (Qt.Key.Key_Left, 0),
        (Qt.Key.Key_End, 16),
    ):
        qtbot.keyClick(panel.plot, key)
        assert (panel.plot.level, len(session.selection.units)) == (expected, expected)


def test_the_marked_units_follow_the_order_to_another_snapshot_and_to_another_first_order(
    panel: PruningPanel, show: Show, run: Run, session: Session, qtbot: QtBot
) -> None:
    show(run, layer="fc1", snapshot=LAST)
    panel.plot.scrubbed.emit(20)
    show(snapshot=10)
    assert session.selection.units == frozenset(first_of(run, "fc1", 10, "max_mag", 20))
    check(panel, qtbot, "max_fp", "random")
    assert session.selection.units == frozenset(first_of(run, "fc1", 10, "max_fp", 20))
    show(layer="fc2")
    assert (session.selection.units, panel.plot.level) == (frozenset(), 0)


# --- the legend ---


def test_the_legend_says_how_many_can_go_and_a_tick_where_the_dead_units_end(
    panel: PruningPanel, show: Show, run: Run
) -> None:
    panel.resize(900, 600)
    show(run, layer="fc1", snapshot=LAST)
    activity = run.layer("fc1").activity(LAST)
    assert activity is not None
    title = {"max_mag": "smallest norm first (max_mag)", "max_fp": "smallest frame potential first (max_fp)"}
    ends, brief = [], []
    for entry, name in zip(panel.legend.entries, ("max_mag", "max_fp", "random"), strict=False):
        values = curve(panel, name)
        gone = next(level for level in range(101) if values[level] < values[0] - 1 - 1e-9) - 1
        assert entry.text == f"{title.get(name, name)}: {gone} can go within a point"
        brief.append(f"{name} {gone}")
        if name != "random":
            units = first_of(run, "fc1", LAST, name, 100)
            ends.append(next(level for level, unit in enumerate(units) if activity[unit] > 0))
    assert len(set(ends)) == 1
    assert panel.legend.entries[3].text == f"the first {ends[0]} removed are the dead units"
    places = [(point.pos().x(), point.pos().y()) for point in panel.plot.dead_ends.points()]
    assert places == [(ends[0], pytest.approx(curve(panel, name)[ends[0]])) for name in title]
    assert panel.legend.shown == panel.legend.entries
    panel.resize(400, 260)  # where there is little room, few words
    texts = [entry.text for entry in panel.legend.shown]
    assert texts == [*brief, "can go within a point", f"first {ends[0]} dead"]
    assert not any("±" in text for text in (*texts, panel.line.text(), panel.plot.toolTip()))


# --- units selected elsewhere ---


@pytest.mark.parametrize("orders", [("max_mag", "random"), ("max_mag",)])
def test_units_selected_elsewhere_stand_beside_as_many_random_ones(
    panel: PruningPanel, show: Show, run: Run, qtbot: QtBot, orders: tuple[str, ...]
) -> None:
    show(run, layer="fc1", snapshot=LAST)
    check(panel, qtbot, *orders)
    units = list(range(40, 52))
    show(units=frozenset(units))
    start, cost = twin(run, "fc1", LAST, []), twin(run, "fc1", LAST, units)
    drawn = np.array([twin(run, "fc1", LAST, random_order(100, seed)[:12].tolist()) for seed in RANDOM_SEEDS])
    change = f"{cost - start:+.1f}".replace("-", "−")
    assert panel.line.text() == (
        f"digits_conv · fc1, epoch 40: 12 selected units removed: {cost:.1f} % ({change}); "
        f"12 random: {drawn.mean():.1f} %, SD {drawn.std(ddof=1):.1f} (360 test images, 0.28 points each)"
    )
    points = [(point.pos().x(), point.pos().y()) for point in panel.plot.points.points()]
    assert points == [pytest.approx((12, cost), abs=1e-4), pytest.approx((12, drawn.mean()), abs=1e-4)]
    assert panel.plot.level == 12
    show(units=frozenset())
    assert not panel.plot.points.isVisible()
    kept = len(panel.plot.points.fragmentAtlas)
    for value in (60.0, 70.0):
        panel.plot.show_points(12, value, value)
    assert len(panel.plot.points.fragmentAtlas) == kept  # no picture of a symbol is made twice
    assert panel.plot.level == 0
    assert "can go within a point" in panel.line.text()


def test_selected_units_have_a_frame_potential_too(panel: PruningPanel, show: Show, run: Run, qtbot: QtBot) -> None:
    show(run, layer="fc1", snapshot=LAST)
    choose(panel, qtbot, quantity="potential")
    show(units=frozenset(range(50)))
    gram = run.layer("fc1").gram(LAST)
    assert f"50 selected units removed: {frame_potential(gram[50:, 50:]):,.1f} (" in panel.line.text()


# --- where there is nothing to show ---


def test_a_hidden_panel_computes_nothing(panel: PruningPanel, show: Show, run: Run, session: Session) -> None:
    panel.hide()
    show(run, layer="fc1", snapshot=LAST)
    session.select(units=frozenset({3}))
    assert panel.shown is None
    assert not isinstance(panel.question, Question)
    panel.show()
    show()
    assert panel.shown is not None


def test_missing_data_are_named_with_what_to_type_and_the_frame_potential_is_offered(
    panel: PruningPanel, show: Show, run: Run, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("WORKBENCH_DATA", raising=False)
    elsewhere = replace(run, run_id="elsewhere", spec=replace(run.spec, data=DataSpec("mnist")))
    show(elsewhere, layer="fc1", snapshot=LAST)
    assert panel.shows_message
    assert "WORKBENCH_DATA" in panel.message
    assert panel.instead.isVisible()
    qtbot.mouseClick(panel.instead, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: panel.complete)
    assert not panel.shows_message
    assert curve(panel, "max_mag")[0] == pytest.approx(frame_potential(run.layer("fc1").gram(LAST)))


def test_a_run_of_an_unknown_network_says_so(panel: PruningPanel, show: Show, small_run: Run) -> None:
    show(small_run, layer="fc1", snapshot=4)  # its two layers are no LeNet
    assert panel.shows_message
    assert "lenet" in panel.message
    assert panel.retry_button.isVisible()


def test_no_run_is_said(panel: PruningPanel, session: Session) -> None:
    assert "No run is open" in panel.message
    assert not panel.instead.isVisible()


def test_a_band_over_seeds_is_no_wider_than_what_was_measured() -> None:
    line = Line("random", np.array([[98.0, 90.0], [98.0, 92.0]]), 10, 10)
    np.testing.assert_allclose(line.mean, [98.0, 91.0])
    assert line.over_seeds.low[0] == line.over_seeds.high[0] == 98.0
