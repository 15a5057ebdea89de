"""A session as a program makes the very figures that the window shows."""

from __future__ import annotations

import runpy
from typing import TYPE_CHECKING

import pytest
from PySide6.QtWidgets import QFileDialog

from tests.gui.windows import opened
from workbench.evaluation.networks.named import Named, name, named
from workbench.figures.files.reading import recipe_in
from workbench.figures.kinds import figure, figure_from
from workbench.gui.state import samples
from workbench.gui.window.docks import PRESETS
from workbench.gui.work.sessions.file import script
from workbench.resource import resource
from workbench.runs.run import open_run

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from workbench.gui.window.main_window import MainWindow


@pytest.mark.usefixtures("whole_timeline")
@pytest.mark.lengthy
def test_the_program_makes_the_figures_of_all_panels_in_sight(
    qtbot: QtBot, window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened(qtbot, window, samples.listed()[0].path)
    window.dock_area.arrange(PRESETS[2].layout)
    window.session.select(layer="fc2", snapshot=20, units=frozenset({3, 5}))
    window.panels["graph"].restore({"charge": -80.0, "cutoffs": {"32x100": 0.35}})
    window.panels["spectrum"].restore({"scale": "log", "initial": False})
    window.panels["pruning"].restore({"removed": "zero", "orders": ["max_mag"]})
    window.panels["low_rank"].restore({"part": "validation"})
    qtbot.waitUntil(lambda: all(panel.complete for panel in window.panels.values()), timeout=60_000)
    window.panels["graph"].view.settle()  # type: ignore[attr-defined]
    target = tmp_path / "session.py"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(target), ""))

    window.sessions.save_script()
    runpy.run_path(str(target), run_name="__main__")

    shown = [panel for panel in window.panels.values() if panel.isVisible()]
    assert len(list(tmp_path.glob("*.pdf"))) == len(shown) == 5
    for panel in shown:
        drawing = panel.drawing()
        assert drawing is not None
        (file,) = tmp_path.glob(f"*{drawing.figure.kind}-20.pdf")
        (view,) = recipe_in(file).views
        wanted = drawing.view()
        for field in ("kind", "layer", "snapshot", "units", "positions"):
            assert getattr(view, field) == getattr(wanted, field)
        assert figure_from(view, drawing.place.run).figure.table().text() == drawing.figure.table().text()


def test_the_program_names_what_the_user_has_named(tmp_path: Path) -> None:
    with open_run(resource("sample_runs/digits_conv.h5")) as run:
        drawing = figure("pruning", run, "fc2", orders=("max_mag",))
        try:
            name(run, "digits_conv", "digits")
            (tmp_path / "session.py").write_text(script([drawing], tmp_path))
            name(run)
            runpy.run_path(str(tmp_path / "session.py"), run_name="__main__")
            assert named(run) == Named("digits_conv", "digits")
        finally:
            name(run)
    assert len(list(tmp_path.glob("*.pdf"))) == 1


def test_without_a_picture_there_is_no_program(window: MainWindow) -> None:
    window.sessions.save_script()
    assert "No panel shows a figure" in window.notices.shown[0].message
