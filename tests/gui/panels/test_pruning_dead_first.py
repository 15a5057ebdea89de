"""Where the panel adds the order that removes dead units first, the copied program and the recipe name it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pruning_driving import LAST, check, on_one_thread, panel, run, show

from workbench.figures.kinds import figure
from workbench.figures.pruning.dead_first import as_shown

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest
    from pytestqt.qtbot import QtBot

    from workbench.gui.panels.pruning import PruningPanel
    from workbench.runs.run import Run

SHOWN = ["min_mag", "mean_activity", "random"]


def test_program_and_recipe_name_the_order_that_was_added(
    panel: PruningPanel, show: Callable[..., None], run: Run, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("workbench.figures.pruning.dead_first.ORDERS", ("min_mag",))  # the largest first: no dead one
    show(run, layer="fc1", snapshot=LAST)
    check(panel, qtbot, "min_mag", "random")
    drawing, program = panel.drawing(), panel.as_python()
    assert drawing is not None
    assert program is not None
    assert f"orders={tuple(SHOWN)}, " in program
    assert drawing.settings["orders"] == SHOWN
    made = figure("pruning", run, "fc1", LAST, **drawing.settings)
    assert [curve.name for curve in made.figure.curves] == SHOWN  # type: ignore[attr-defined]
    assert panel.orders.orders == ("min_mag", "random"), "what is checked stays"


def test_an_order_is_added_once_and_only_where_it_is_shown() -> None:
    usual = ("max_mag", "max_fp", "random")
    assert as_shown(usual, usual) == usual
    assert as_shown(("max_mag", "merged"), ("max_mag", "mean_activity")) == ("max_mag", "merged", "mean_activity")
    assert as_shown(SHOWN, SHOWN) == tuple(SHOWN)
    assert as_shown((), ()) == ()
