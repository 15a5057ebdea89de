"""The network that is compared stands beside the selected one in each panel of curves, and in its figures."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PySide6.QtGui import QContextMenuEvent, QGuiApplication
from PySide6.QtWidgets import QApplication, QMenu
from seeds import seeds

import workbench as wb
from tests.gui.recorded_weights import planted, record_weights
from tests.gui.windows import all_drawn
from workbench.figures.comparing.beside import BesideFigure, chosen_beside
from workbench.figures.kinds import KINDS, alone, chosen_settings, figure_from
from workbench.figures.recipe import Recipe
from workbench.gui.panels.timeline.asking import TrackAsker
from workbench.gui.state.figure_program import figure_call, names_of
from workbench.gui.window.menus import COMPARE_WITH
from workbench.runs.spec import DataSpec, NetSpec, OptimiserSpec, RunSpec

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from workbench.gui.panels.base import Panel
    from workbench.gui.panels.beside import BesideRow
    from workbench.gui.window.main_window import MainWindow

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support propagateSizeHints")
ALL_TRACKS = TrackAsker._answer  # before it is patched for windows that need no tracks
TINY = RunSpec(
    NetSpec("lenet", widths=(12, 6)), DataSpec("digits"), OptimiserSpec("adam", 1e-2), iterations=20, snapshots="log"
)
PANELS = ("spectrum", "low_rank", "pruning", "training", "timeline")


@pytest.fixture(scope="module")
def paths(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Two seeds."""
    return seeds(tmp_path_factory.mktemp("pair"), TINY, 2)


@pytest.fixture(scope="module")
def tracks(only_accuracies_in_timeline: None) -> Iterator[None]:
    """The timeline computes all of its tracks."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TrackAsker, "_answer", ALL_TRACKS)
        yield


@pytest.fixture(scope="module")
def lasting_run(tracks: None, module_bot: QtBot, lasting_window: MainWindow, paths: list[Path]) -> MainWindow:
    """The window with both runs open, the first one selected."""
    lasting_window.session.add(wb.open_run(paths[1]))
    compare: Any = lasting_window.panels["compare"]
    compare.make_view("angles")  # what is made later would be left by a test
    return all_drawn(module_bot, lasting_window, paths[0])


@pytest.fixture
def pair(shared: MainWindow) -> Iterator[MainWindow]:
    """The window, which compares with the second run."""
    theirs, ours = shared.session.runs
    shared.session.select(source=ours, layer="fc1", snapshot=ours.snapshots - 1)
    shared.session.compared.choose(theirs)
    yield shared
    shared.session.compared.choose(None)


def _row(panel: Panel) -> BesideRow:
    assert panel.beside is not None
    return panel.beside


def _drawn(qtbot: QtBot, window: MainWindow, name: str) -> Panel:
    """The panel in front, with what stands beside drawn."""
    window.docks[name].come()
    panel = window.panels[name]
    qtbot.waitUntil(lambda: panel.complete and _row(panel).figure is not None, timeout=60_000)
    return panel


def _lines(panel: Panel) -> list[tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]]:
    found = [item.getData() for items in _row(panel).items for item in items]
    return [(x, y) for x, y in found if x is not None and len(x)]


@pytest.mark.parametrize("name", PANELS)
@pytest.mark.thinned(3)
def test_a_panel_and_its_figure_show_both(qtbot: QtBot, pair: MainWindow, name: str) -> None:
    theirs, ours = pair.session.runs
    panel = _drawn(qtbot, pair, name)
    drawing, own = panel.whole_drawing(), panel.drawing()
    assert drawing is not None
    assert own is not None
    figure: Any = drawing.figure
    assert isinstance(figure, BesideFigure)
    assert figure.figure.table().text() == own.figure.table().text()
    there: Any = pair.session.compared.beside(name, drawing.place)
    assert there.run is theirs
    # What stands beside is the other network's own figure with the same settings.
    expected = alone(name, there, chosen_beside(name, own.figure, chosen_settings(name, own.settings)))
    assert figure.other.table().text() == expected.table().text()
    named = [entry.text for entry in _row(panel).legend.entries]
    if name in ("training", "timeline"):  # of no moment
        assert named == [drawing.place.name, there.name]
    else:
        assert named == [drawing.place.words_with(""), there.words_with("")]
    assert _row(panel).isVisible()
    drawn = [line for line in figure.curves if line.axes == 0]
    assert len(_lines(panel)) == len(drawn) > 0
    if name != "timeline":  # which draws its tracks above one another also where there is one
        for (_, y), line in zip(_lines(panel), drawn, strict=True):
            np.testing.assert_array_equal(y, line.y)
    assert {row[0] for row in figure.table().rows} == {figure.name, figure.other_name}
    # It is made again from its recipe, and from Python.
    names = names_of([drawing])
    again: dict[str, Any] = {}
    exec(f"made = {figure_call(drawing, names)}", {"wb": wb, "run": ours, "run_2": theirs}, again)
    assert again["made"].figure.table().text() == figure.table().text()
    recipe = Recipe.from_json(Recipe((drawing.view(),)).to_json())
    assert figure_from(recipe.views[0], ours, (theirs,)).figure.table().text() == figure.table().text()


def test_python_prints_the_numbers_of_both(qtbot: QtBot, pair: MainWindow, capsys: pytest.CaptureFixture[str]) -> None:
    panel = _drawn(qtbot, pair, "low_rank")
    drawing = panel.whole_drawing()
    assert drawing is not None
    pair.help_actions.copy_as_python("low_rank")
    exec(compile(QGuiApplication.clipboard().text(), "copied", "exec"), {})
    assert capsys.readouterr().out.strip() == drawing.figure.table().text().strip()


def test_an_older_curve_is_pale_and_not_exported(
    qtbot: QtBot, pair: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    panel = _drawn(qtbot, pair, "spectrum")
    row, may_go = _row(panel), threading.Event()

    def waits(*given: Any) -> Any:
        may_go.wait(30)
        return alone(*given)

    monkeypatch.setattr("workbench.gui.panels.beside.alone", waits)
    pair.session.select(snapshot=1)
    qtbot.waitUntil(lambda: not row.fresh and panel.settled)
    (item,) = row.items[0]
    assert item.opacity() < 1.0
    assert not isinstance(panel.whole_drawing().figure, BesideFigure)  # type: ignore[union-attr]
    assert not panel.complete
    may_go.set()
    qtbot.waitUntil(lambda: panel.complete and row.fresh)
    assert item.opacity() == 1.0
    assert isinstance(panel.whole_drawing().figure, BesideFigure)  # type: ignore[union-attr]


def test_the_figure_is_saved_and_dropped_back(qtbot: QtBot, pair: MainWindow, tmp_path: Path) -> None:
    drawing = _drawn(qtbot, pair, "spectrum").whole_drawing()
    assert drawing is not None
    drawing.save(tmp_path / "both.svg", csv=True)
    assert (tmp_path / "both.csv").read_text().startswith("network,")
    assert "seed1, " in (tmp_path / "both.svg").read_text()
    pair.session.compared.choose(None)
    with qtbot.waitSignal(pair.restorer.restored, timeout=60_000):
        pair.restorer.restore(tmp_path / "both.svg")
    assert pair.session.compared.run is pair.session.runs[0]


def test_one_click_ends_it_in_every_panel(qtbot: QtBot, pair: MainWindow) -> None:
    panels = [_drawn(qtbot, pair, name) for name in ("spectrum", "timeline", "low_rank")]
    top = panels[0].plot._top  # type: ignore[attr-defined]
    _row(panels[0]).stop.click()
    assert pair.session.compared.run is None
    qtbot.waitUntil(lambda: not any(_row(panel).isVisible() for panel in panels))
    for panel in panels:
        assert _lines(panel) == []
        assert not isinstance(panel.whole_drawing().figure, BesideFigure)  # type: ignore[union-attr]
    assert panels[0].plot._top <= top  # type: ignore[attr-defined]


def test_the_menu_lists_the_runs_and_none(qtbot: QtBot, pair: MainWindow) -> None:
    theirs, _ = pair.session.runs
    menu = pair.menus[COMPARE_WITH]
    menu.aboutToShow.emit()
    assert [(action.text(), action.isChecked()) for action in menu.actions()] == [
        ("None", False),
        ("seed1.h5", True),
    ]
    menu.actions()[0].trigger()
    assert pair.session.compared.run is None
    deed = next(deed for deed in pair.commands.deeds() if deed.text == "Compare with: seed1.h5")
    deed.do()
    assert pair.session.compared.run is theirs
    pair.panels["compare"].restore({"other": ""})
    assert pair.session.compared.run is None


def test_the_menu_of_a_run_compares_it(qtbot: QtBot, pair: MainWindow) -> None:
    theirs, ours = pair.session.runs
    pair.session.compared.choose(None)
    pair.docks["run"].come()
    panel: Any = pair.panels["run"]
    qtbot.waitUntil(lambda: panel.settled)
    item = next(item for item in panel._items.values() if item.text(0) == "seed1.h5")
    panel.tree.scrollToItem(item)
    at = panel.tree.viewport().mapToGlobal(panel.tree.visualItemRect(item).center())
    asked = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, panel.mapFromGlobal(at), at)
    QApplication.sendEvent(panel, asked)
    (menu,) = (each for each in panel.findChildren(QMenu) if each.isVisible())
    compare = pair.menus[COMPARE_WITH]
    assert compare.menuAction() in menu.actions()
    compare.aboutToShow.emit()
    next(action for action in compare.actions() if action.text() == "seed0.h5").trigger()
    menu.hide()
    assert pair.session.selection.run is theirs
    assert pair.session.compared.run is ours


def test_a_layer_of_another_shape_is_said_and_the_first_is_drawn_alone(
    qtbot: QtBot, pair: MainWindow, tmp_path: Path
) -> None:
    other = record_weights(tmp_path / "other.h5", {"fc1": planted(9, 64, 3), "fc9": planted(6, 12, 3)}, title="other")
    _, ours = pair.session.runs
    pair.session.add(other)
    pair.session.select(source=ours, layer="fc1", snapshot=ours.snapshots - 1)
    pair.session.compared.choose(other)
    panel = pair.panels["spectrum"]
    said = {"fc1": "fc1 of other has 9 of 64, not 12 units of 64 inputs", "fc2": "other has no layer fc2"}
    for layer, reason in said.items():
        pair.session.select(layer=layer)
        qtbot.waitUntil(lambda: panel.complete and panel.settled)
        qtbot.waitUntil(lambda reason=reason: _row(panel).note.text() == f"{reason}: only seed0 is shown")  # type: ignore[misc]
        assert _row(panel).isVisible()
        assert _lines(panel) == []
        assert not isinstance(panel.whole_drawing().figure, BesideFigure)  # type: ignore[union-attr]
        made = wb.figure("spectrum", ours, layer, beside=other)
        assert made.notes == (f"{reason}: only seed0 is drawn",)
        assert not isinstance(made.figure, BesideFigure)
    # The tracks of a layer need no shape, and the accuracy no layer.
    timeline = wb.figure("timeline", ours, "fc1", beside=other, tracks=["accuracy", "outliers"])
    assert isinstance(timeline.figure, BesideFigure)


def test_an_open_run_of_another_seed_stands_beside_the_angles(qtbot: QtBot, pair: MainWindow) -> None:
    theirs, ours = pair.session.runs
    pair.session.compared.choose(None)
    pair.docks["compare"].come()
    panel = pair.panels["compare"]
    panel.restore({"show": "angles", "other": "", "when": "first", "rank": 3})
    qtbot.waitUntil(lambda: panel.complete)
    last = ours.snapshots - 1
    there = f"{theirs.path}@{theirs.snapshots - 1}"
    found = wb.principal_angles(f"{ours.path}@{last}", f"{ours.path}@0", "fc1", 3, unrelated=there)
    drawing: Any = panel.drawing()
    np.testing.assert_array_equal(drawing.figure.unrelated, found.unrelated)
    assert drawing.group == (theirs,)
    made: Any = figure_from(drawing.view(), ours, (theirs,)).figure
    assert made.table() == drawing.figure.table()


def test_what_cannot_stand_beside_is_refused(pair: MainWindow) -> None:
    theirs, ours = pair.session.runs
    with pytest.raises(ValueError, match="shows no other network beside"):
        wb.figure("run", ours, beside=theirs)
    view = wb.figure("training", ours, beside=theirs).view()
    with pytest.raises(ValueError, match="are given"):
        figure_from(view, ours)
    with pytest.raises(ValueError, match="has no snapshot 99"):
        figure_from(replace(view, settings={"beside": {"run": theirs.run_id, "snapshot": 99}}), ours, (theirs,))
    assert set(PANELS) <= set(KINDS)
