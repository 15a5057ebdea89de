"""The window shows no history of a single checkpoint and no outline of an initialisation that a run does not hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import torch

from tests.gui.windows import opened
from workbench.gui.dialogs.retrain_dialog import RetrainDialog
from workbench.gui.panels.graph.help import GRAPH as OF_GRAPH
from workbench.gui.panels.help import SPECTRUM as OF_SPECTRUM
from workbench.gui.panels.help import TIMELINE as OF_TIMELINE
from workbench.gui.panels.spectrum import NO_INITIALISATION, OUTLINE
from workbench.importing.plan import Wanted, plan_of
from workbench.importing.run import import_run
from workbench.nets.architectures.building import build

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from workbench.gui.window.main_window import MainWindow


@pytest.fixture
def window(blank: MainWindow) -> MainWindow:
    return blank


def series(folder: Path, *steps: int) -> Path:
    (folder / "series").mkdir()
    for step in steps:
        torch.manual_seed(step)
        torch.save(build("lenet", (1, 8, 8), 10, (8, 4)).state_dict(), folder / "series" / f"step_{step}.pt")
    for _ in import_run(plan_of(Wanted((folder / "series",), data="digits")), folder / "run.h5"):
        pass
    return folder / "run.h5"


@pytest.mark.parametrize("steps", [(0, 100), (50, 100), (50,)], ids=str)
@pytest.mark.thinned(3)
def test_what_a_series_does_not_hold_is_not_shown(
    qtbot: QtBot, window: MainWindow, tmp_path: Path, steps: tuple[int, ...]
) -> None:
    opened(qtbot, window, series(tmp_path, *steps))
    window.commands.ask()
    palette = window.commands.palette
    assert palette is not None
    assert "or “iteration 12”" in palette.line.placeholderText()
    palette.reject()
    holds, one = steps[0] == 0, len(steps) == 1
    spectrum, low_rank, timeline = (window.panels[name] for name in ("spectrum", "low_rank", "timeline"))
    for panel, name in ((spectrum, "spectrum"), (low_rank, "low_rank"), (timeline, "timeline")):
        window.docks[name].raise_()
        qtbot.waitUntil(lambda panel=panel: panel.complete and panel.isVisible())
    assert (spectrum.initial.isEnabled(), spectrum.initial.toolTip()) == (
        (True, OUTLINE) if holds else (False, NO_INITIALISATION)
    )
    assert ("initial" in [entry.text for entry in spectrum.legend.entries]) == holds
    history = "This run was imported from one checkpoint, so it has no history."
    assert timeline.shows_message == one
    assert (timeline.message == history) == one
    assert (timeline.drawing() is None) == one
    assert low_rank.advanced.over_time.isEnabled() is not one
    assert (low_rank.advanced.over_time.toolTip() == history) == one
    dialog = RetrainDialog(window.session.selection, window.pool)
    qtbot.addWidget(dialog)
    tip = dialog.fields["snapshot"].control.toolTip()
    assert tip.startswith("0 is the initialisation" if holds else "0 is the first")


def test_no_help_calls_snapshot_0_the_initialisation_of_every_run() -> None:
    for help_of in (OF_GRAPH, OF_SPECTRUM, OF_TIMELINE):
        for sentence in help_of.shows.split(". "):
            assert "initialisation" not in sentence or "if the run contains" in sentence


def test_the_legend_of_low_ranks_names_no_accuracy_where_there_is_none(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    torch.save({"a.weight": torch.randn(8, 9), "b.weight": torch.randn(4, 8)}, tmp_path / "net.pt")
    for _ in import_run(plan_of(Wanted((tmp_path / "net.pt",))), tmp_path / "run.h5"):
        pass
    opened(qtbot, window, tmp_path / "run.h5")
    panel = window.panels["low_rank"]
    window.docks["low_rank"].raise_()
    qtbot.waitUntil(lambda: panel.problem.text().startswith("No accuracies."))
    assert [entry.text for entry in panel.elbows.legend.entries] == ["residual"]
