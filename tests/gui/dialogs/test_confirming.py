"""*This is right* in the window: where the doubt is shown, and beside *Network and data…*."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import torch
from open_dialogs import naming

from tests.gui.windows import opened
from workbench.evaluation import run_evaluators
from workbench.importing.plan import Wanted, plan_of
from workbench.importing.run import import_run
from workbench.nets.architectures.building import build

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from workbench.gui.window.main_window import MainWindow


@pytest.fixture
def window(blank: MainWindow) -> MainWindow:
    return blank


@pytest.fixture
def guessed(tmp_path: Path) -> Iterator[Path]:
    """A run whose network only its shapes name."""
    torch.manual_seed(0)
    torch.save(build("lenet", (1, 8, 8), 10, (8, 4)).state_dict(), tmp_path / "net.pt")
    for _ in import_run(plan_of(Wanted((tmp_path / "net.pt",), data="digits")), tmp_path / "run.h5"):
        pass
    yield tmp_path / "run.h5"
    run_evaluators.forget()


@pytest.mark.parametrize("name", ["pruning", "low_rank"])
@pytest.mark.thinned(2)
def test_a_guess_is_confirmed_where_it_is_doubted_and_taken_back_in_the_dialog(
    qtbot: QtBot, window: MainWindow, guessed: Path, name: str
) -> None:
    opened(qtbot, window, guessed)
    panel, kept = window.panels[name], guessed.with_name("run.identity.json")
    window.docks[name].raise_()
    doubted = lambda: panel.complete and "is taken for LeNet" in panel.line.text()  # noqa: E731
    qtbot.waitUntil(doubted)
    qtbot.waitUntil(panel.right.isVisible)
    panel.right.click()
    qtbot.waitUntil(lambda: panel.complete and not panel.right.isVisible())
    qtbot.waitUntil(lambda: not doubted() and "LeNet" not in panel.line.text())
    assert kept.exists()
    said = window.run_panel.line.text
    qtbot.waitUntil(lambda: "on digits, confirmed with data digits, 1 snapshot" in said())
    assert window.notices.shown[-1].message == "Confirmed, and stored in run.identity.json next to the run."
    window.data_actions.name_network()
    dialog = naming(qtbot, window)
    assert dialog.right.isVisible()
    assert dialog.right.isChecked()
    dialog.right.click()
    dialog.accept()
    qtbot.waitUntil(lambda: doubted() and panel.right.isVisible())
    assert not kept.exists()
    qtbot.waitUntil(lambda: "on digits, not confirmed, 1 snapshot" in said())
