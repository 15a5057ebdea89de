"""A figure that is dropped on the window brings its view back, or says what it needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from full_window import at_rest, drawings_of, drop, graph_of, ready, saved, told
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QMessageBox

from tests.gui.windows import LONG
from workbench.figures.process.wire import packed
from workbench.films.animation import animate
from workbench.films.film import Film, Scene

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from workbench.figures.drawing import Drawing
    from workbench.gui.window.main_window import MainWindow


pytestmark = pytest.mark.usefixtures("lasting_cache")


def drawn_in_turn(qtbot: QtBot, window: MainWindow) -> dict[str, Drawing]:
    """The figures of all panels; pruning and low rank, of which one lies behind the other, each while it is seen."""
    found = {}
    for name in ("low_rank", "pruning"):
        window.docks[name].come()
        qtbot.waitUntil(lambda: ready(window), timeout=LONG)
        found[name] = window.panels[name].drawing()
    return {**drawings_of(window), **found}  # type: ignore[dict-item]


def test_a_dropped_figure_brings_its_view_back(full: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    window, graph = full, graph_of(full)
    window.session.select(units=frozenset({3, 4}))
    assert not graph.restore({"cutoffs": {"100x256": 0.4}, "charge": -60.0, "variance": 0.7})
    assert not window.panels["spectrum"].restore({"scale": "linear", "initial": False})
    assert not window.panels["pruning"].restore({"orders": ["max_mag"], "removed": "zero"})
    assert not window.panels["low_rank"].restore({"part": "validation", "tolerance": 2.0})
    at_rest(qtbot, window)
    before, names = drawn_in_turn(qtbot, window), ("graph", "spectrum", "pruning", "low_rank")
    for kind in ("pdf", "svg", "png"):
        saved(qtbot, window, [before[name] for name in names], tmp_path / f"figure.{kind}")
        window.session.select(layer="fc2", snapshot=3, units=frozenset())
        graph.restore({"cutoffs": {}, "charge": -30.0, "variance": 0.5})
        window.panels["spectrum"].restore({"scale": "auto", "initial": True})
        window.panels["pruning"].restore({"orders": ["random"], "removed": "bias"})
        window.panels["low_rank"].restore({"part": "test", "tolerance": 1.0})
        with qtbot.waitSignal(window.restorer.restored, timeout=LONG):
            drop(window, tmp_path / f"figure.{kind}")
        after, at = drawn_in_turn(qtbot, window), window.session.selection
        assert (at.place.layer, at.place.snapshot, at.units) == ("fc1", 12, frozenset({3, 4})), kind
        for name in names:
            assert after[name].settings == before[name].settings, (kind, name)
            assert packed(after[name].figure) == packed(before[name].figure), (kind, name)


@pytest.mark.parametrize("name", ["film.mp4", "frame_000001.png"])
def test_a_dropped_film_or_one_of_its_pictures_brings_its_view_back(
    full: MainWindow, qtbot: QtBot, tmp_path: Path, name: str
) -> None:
    run, scenes = full.session.runs[0], (Scene("spectrum", {"scale": "linear"}), Scene("graph", {"cutoff": 0.4}))
    film = Film(run, scenes, "fc2", (1, 2), first=27, size=(480, 300), moving=False)
    list(animate(film, tmp_path / ("film.mp4" if name == "film.mp4" else "pictures")))
    (path,) = tmp_path.rglob(name)
    with qtbot.waitSignal(full.restorer.restored, timeout=LONG) as restored:
        drop(full, path)
    selection, shown = full.session.selection, 27 if name == "film.mp4" else 28
    assert (selection.place.layer, selection.place.snapshot, selection.units) == ("fc2", shown, frozenset({1, 2}))
    assert full.panels["spectrum"].settings()["scale"] == "linear"
    assert full.panels["graph"].settings()["cutoffs"] == {"32x100": 0.4}
    qtbot.waitUntil(lambda: full.is_settled() and graph_of(full).complete, timeout=LONG)
    made = graph_of(full).drawing()
    assert made is not None
    np.testing.assert_allclose(made.view().positions, restored.args[0].recipe.views[1].positions, atol=1e-3)


def test_a_dropped_figure_that_is_gone_is_told_in_a_sentence(window: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    drop(window, tmp_path / "gone.pdf")
    qtbot.waitUntil(lambda: "gone.pdf does not exist (any more)" in told(window), timeout=LONG)
    assert "Errno" not in told(window)


def test_a_figure_whose_run_is_closed_finds_it_among_the_recent(full: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    path = tmp_path / "elsewhere" / "figure.svg"
    saved(qtbot, full, [drawings_of(full)["spectrum"]], path)
    full.close_run()
    assert not full.session.runs
    with qtbot.waitSignal(full.restorer.restored, timeout=LONG):
        drop(full, path)
    assert full.session.selection.place.snapshot == 12


def test_a_figure_whose_run_is_gone_says_which_it_needs_and_takes_the_file_that_is_shown(
    own_full: MainWindow, qtbot: QtBot, tmp_path: Path, sample: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "elsewhere").mkdir()
    path = tmp_path / "elsewhere" / "figure.png"
    saved(qtbot, own_full, [drawings_of(own_full)["timeline"]], path)
    own_full.close_run()
    (tmp_path / "hidden").mkdir()
    hidden = sample.rename(tmp_path / "hidden" / "other name.h5")
    drop(own_full, path)
    qtbot.waitUntil(lambda: bool(own_full.findChildren(QMessageBox)), timeout=LONG)
    box = own_full.findChildren(QMessageBox)[0]
    assert "sample.h5" in box.text()
    assert box.textFormat() is Qt.TextFormat.PlainText
    dialog = "workbench.gui.work.sessions.restoring.QFileDialog.getOpenFileName"
    monkeypatch.setattr(dialog, lambda *_: (str(hidden), ""))
    with qtbot.waitSignal(own_full.restorer.restored, timeout=LONG):
        box.buttons()[0].click()
    assert own_full.session.selection.run is not None
    assert own_full.session.selection.run.path == hidden


def test_a_dropped_picture_without_a_recipe_is_told(window: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    path = tmp_path / "holiday.png"
    QImage(8, 8, QImage.Format.Format_RGB32).save(str(path))
    drop(window, path)
    qtbot.waitUntil(lambda: "holiday.png" in told(window), timeout=LONG)
