"""What is zoomed to by hand is a setting: it leaves with the figure, comes back with it, and is taken back."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication

from tests.gui.windows import opened, unpainted
from workbench.figures.drawing import recipe_of, save
from workbench.figures.kinds import figure, figure_from
from workbench.figures.page import Page
from workbench.figures.process.wire import packed, unpacked
from workbench.figures.style import Style
from workbench.gui.panels.graph.panel import GraphPanel
from workbench.gui.panels.training import TrainingPanel
from workbench.gui.work.sessions.layouts import Layout, column, row
from workbench.gui.work.sessions.layouts import panel as panel_of
from workbench.resource import resource
from workbench.runs.run import open_run

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from workbench.gui.panels.base import Panel
    from workbench.gui.plots.plot import Plot
    from workbench.gui.window.main_window import MainWindow
    from workbench.runs.run import Run

pytestmark = pytest.mark.usefixtures("lasting_cache")
LONG = 180_000
ZOOMING = ("graph", "spectrum", "pruning", "low_rank", "training")
_ABOVE, _BELOW = (row(*map(panel_of, names)) for names in (ZOOMING[:2], ZOOMING[2:]))
ALL_IN_SIGHT = Layout(column(_ABOVE, _BELOW, panel_of("timeline", "run")))


@pytest.fixture
def full(qtbot: QtBot, window: MainWindow) -> MainWindow:
    """The window with the sample run, everything drawn."""
    with unpainted(window):
        opened(qtbot, window, resource("sample_runs/digits_conv.h5"))
        window.dock_area.arrange(ALL_IN_SIGHT)
        window.session.select(layer="fc1", snapshot=12)
        at_rest(qtbot, window)
    window.history.clear()
    return window


@pytest.fixture
def run() -> Iterator[Run]:
    """Sample run A."""
    with open_run(resource("sample_runs/digits_conv.h5")) as opened_run:
        yield opened_run


def at_rest(qtbot: QtBot, window: MainWindow) -> None:
    panels = window.panels.values()
    qtbot.waitUntil(lambda: window.is_settled() and all(panel.complete for panel in panels), timeout=LONG)
    window.panels["graph"].view.settle()  # type: ignore[attr-defined]


def plots_of(panel: Panel) -> list[Plot]:
    if isinstance(panel, GraphPanel):
        return [panel.view]  # type: ignore[list-item]
    return [panel.loss if isinstance(panel, TrainingPanel) else panel.plot]  # type: ignore[attr-defined]


def wheel(plot: Plot, steps: int = 1) -> None:
    """Turn the wheel over the middle of a plot."""
    where = QPointF(plot.viewport().rect().center())
    keys = Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False
    for _ in range(steps):
        turned = QWheelEvent(where, QPointF(plot.mapToGlobal(where)), QPoint(), QPoint(0, 120), *keys)
        QApplication.sendEvent(plot.viewport(), turned)


def seen(panel: Panel) -> Any:
    return np.array([plot.ranges() for plot in plots_of(panel)])


def printed(panel: Panel) -> Any:
    """The ranges of the axes of the panel's figure."""
    drawing = panel.drawing()
    assert drawing is not None
    part = Page((unpacked(packed(drawing.figure)),), Style()).drawn()
    return np.array([(axes.get_xlim(), axes.get_ylim()) for axes in part.axes])


def test_a_figure_shows_what_was_zoomed_to_and_brings_it_back(qtbot: QtBot, full: MainWindow) -> None:
    for panel in (full.panels[name] for name in ZOOMING):
        whole, first = seen(panel), panel.settings()
        assert first["view"] is None
        wheel(plots_of(panel)[0], 3)
        wheel(plots_of(panel)[-1], 2)
        near = seen(panel)
        assert (np.diff(near)[:, 0] < 0.8 * np.diff(whole)[:, 0]).all()
        np.testing.assert_allclose(printed(panel)[: len(near)], near, rtol=1e-6, atol=1e-6)
        drawing = panel.drawing()
        assert drawing is not None
        view = recipe_of([drawing], Style()).views[0]
        assert packed(figure_from(view, drawing.place.run).figure) == packed(drawing.figure)

        plots_of(panel)[0].mouseDoubleClickEvent(_Accepted())
        qtbot.waitUntil(lambda panel=panel, whole=whole: np.allclose(seen(panel), whole), timeout=LONG)
        assert panel.settings() == first
        assert panel.restore(json.loads(json.dumps(view.settings))) == ()
        at_rest(qtbot, full)
        np.testing.assert_allclose(seen(panel), near, rtol=1e-6, atol=1e-6)


class _Accepted:
    """A double click beside everything that is drawn."""

    def accept(self) -> None:
        """As of an event."""

    def position(self) -> QPointF:
        return QPointF(-1.0, -1.0)


def test_turning_the_wheel_is_one_step_that_is_taken_back_and_done_again(qtbot: QtBot, full: MainWindow) -> None:
    panel, stack = full.panels["spectrum"], full.history.stack
    whole = seen(panel)
    for _ in range(12):
        wheel(plots_of(panel)[0])
    near = seen(panel)
    assert stack.count() == 1
    assert stack.undoText() == "zoom"
    stack.undo()
    np.testing.assert_allclose(seen(panel), whole)
    stack.redo()
    np.testing.assert_allclose(seen(panel), near)


@pytest.mark.lengthy
def test_another_layer_is_shown_whole_and_the_zoom_is_there_again_when_one_comes_back(
    qtbot: QtBot, full: MainWindow
) -> None:
    panels = [full.panels[name] for name in ("graph", "spectrum", "pruning", "low_rank")]

    def shown(**where: Any) -> list[Any]:
        full.session.select(**where)
        at_rest(qtbot, full)
        return [seen(panel) for panel in panels]

    whole = shown(layer="fc2", snapshot=13)
    shown(layer="fc1", snapshot=12)
    for panel in panels:
        wheel(plots_of(panel)[0], 4)
    near = [seen(panel) for panel in panels]
    for one, other in zip(near, shown(snapshot=13), strict=True):
        np.testing.assert_allclose(one, other)
    steps = full.history.stack.count()
    for one, other in zip(whole, shown(layer="fc2"), strict=True):
        np.testing.assert_allclose(one, other)
    assert full.history.stack.count() == steps + 1
    full.history.stack.undo()
    for one, other in zip(near[1:], shown()[1:], strict=True):
        np.testing.assert_allclose(one, other)
    # The view of the graph may have another height now, and keeps its scale: it shows what lies around as well.
    graph = seen(panels[0])
    assert (graph[..., 0] <= near[0][..., 0] + 1e-6).all()
    assert (graph[..., 1] >= near[0][..., 1] - 1e-6).all()
    assert (np.diff(graph) < 1.3 * np.diff(near[0])).all()


@pytest.mark.lengthy
def test_the_zoom_of_a_training_is_not_laid_over_another_training(qtbot: QtBot, full: MainWindow) -> None:
    panel, (first,) = full.panels["training"], full.session.runs
    wheel(plots_of(panel)[0], 4)
    near = seen(panel)
    opened(qtbot, full, resource("sample_runs/digits_lenet.h5"))
    qtbot.waitUntil(lambda: full.session.selection.run is not first, timeout=LONG)
    at_rest(qtbot, full)
    run = full.session.selection.run
    assert run is not None
    low, high = seen(panel)[-1, 0]
    assert low <= 0
    assert high >= run.iterations[-1]
    drawing = panel.drawing()
    assert drawing is not None
    view = recipe_of([drawing], Style()).views[0]
    assert packed(figure_from(view, drawing.place.run).figure) == packed(drawing.figure)
    full.session.choose_run(first)
    at_rest(qtbot, full)
    np.testing.assert_allclose(seen(panel), near)


WRONG: tuple[object, ...] = (
    7,
    {"x": [1.0, 0.0], "y": [[0.0, 1.0]]},
    {"x": [0.0, 1.0], "y": []},
    {"x": [0.0, 1.0], "y": [[0.0, 1.0], [0.0, 1.0], [0.0, 1.0]]},
    {"x": [0.0, 1e300], "y": [[0.0, 1.0]]},
    {"x": [5.0, 5.0 + 1e-12], "y": [[0.0, 1.0]]},
    {"x": ["0", "1"], "y": [[0.0, 1.0]]},
)


def test_a_view_that_no_plot_can_show_is_refused(qtbot: QtBot, window: MainWindow, path: Path) -> None:
    opened(qtbot, window, path)
    for name in ZOOMING:
        for view in WRONG:
            (problem,) = window.panels[name].restore({"view": view})
            assert "view" in problem
            assert window.panels[name].settings()["view"] is None


def test_the_graph_stands_still_under_a_hand_and_can_be_seen_whole_again(qtbot: QtBot, full: MainWindow) -> None:
    panel = full.panels["graph"]
    assert isinstance(panel, GraphPanel)
    view, whole = panel.view, seen(panel)
    for _ in range(30):
        wheel(view)
        view.box.translateBy(x=3.0, y=2.0)
        view.box.moved_by_hand.emit()
    near = seen(panel)
    for snapshot in (13, 14, 15):
        full.session.select(snapshot=snapshot)
        at_rest(qtbot, full)
    np.testing.assert_allclose(seen(panel), near)
    assert panel.settings()["view"] is not None
    panel.more.whole.click()
    assert panel.settings()["view"] is None
    full.session.select(snapshot=12)
    at_rest(qtbot, full)
    assert (np.diff(seen(panel)) > 0.5 * np.diff(whole)).all()


def test_a_figure_is_made_of_a_part_without_a_window(run: Run, tmp_path: Path) -> None:
    part = {"x": [0.1, 2.0], "y": [[0.0, 0.5]]}
    made = figure("spectrum", run, "fc1", 12, view=part, scale="log")
    (axes,) = Page((made.figure,)).drawn().axes
    assert (axes.get_xlim(), axes.get_ylim()) == ((0.1, 2.0), (0.0, 0.5))
    save([made], tmp_path / "part.pdf")
    with pytest.raises(ValueError, match="does not begin at -1"):
        Page((figure("spectrum", run, "fc1", view={**part, "x": [-1.0, 2.0]}, scale="log").figure,)).drawn()
    with pytest.raises(ValueError, match="which has 2"):
        Page((figure("training", run, view={**part, "y": [[0.0, 0.5]] * 3}).figure,)).drawn()
    upper, lower = Page((figure("training", run, view=part).figure,)).drawn().axes
    assert (upper.get_xlim(), upper.get_ylim(), lower.get_xlim()) == ((0.1, 2.0), (0.0, 0.5), (0.1, 2.0))
    with pytest.raises(ValueError, match="3 to 2 is not a range that a plot can show"):
        figure("spectrum", run, "fc1", view={**part, "x": [3.0, 2.0]})
