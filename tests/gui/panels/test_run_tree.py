"""The run tree lists what is left of each layer at the chosen snapshot."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import torch
from torch import nn

import workbench as wb
from workbench.gui.panels.run import RunPanel
from workbench.resource import resource
from workbench.runs.place import place_in

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor

    from PySide6.QtWidgets import QLabel
    from pytestqt.qtbot import QtBot

    from workbench.gui.state.session import Session

FORBIDDEN = "QTreeWidgetItem" + "Iterator"


def whole_height(label: QLabel) -> int:
    """The height that all of its text takes at its width."""
    return label.heightForWidth(label.width())


def test_layers_are_listed_with_units_left_of_units_stored(
    qtbot: QtBot, session: Session, pool: ThreadPoolExecutor, tmp_path: Path
) -> None:
    net = nn.Sequential(nn.Linear(4, 6), nn.LayerNorm(6), nn.Linear(6, 2))
    with wb.record(tmp_path / "run.h5", net, snapshots=1, steps=1) as recorder:
        with torch.no_grad():
            net[0].weight[2:] = 0.0
        recorder.step()
    panel = RunPanel(session, pool)
    qtbot.addWidget(panel)
    panel.show()
    with wb.open_run(tmp_path / "run.h5") as run:
        session.add(run)
        session.select(snapshot=1)

        def rows() -> list[list[str]]:
            top = panel.tree.topLevelItem(0)
            return [[top.child(at).text(column) for column in range(4)] for at in range(2)] if top else []

        qtbot.waitUntil(lambda: rows() == [["0", "2 of 6", "4", "2"], ["2", "2", "6", "3"]], timeout=60_000)
        said = "4 units of 0 removed; which layers take their outputs is not known, so all inputs are counted"
        assert panel.doubt.text() == said
        panel.resize(240, 400)  # however narrow the panel is, it is read whole
        qtbot.waitUntil(lambda: panel.doubt.isVisible() and panel.doubt.height() >= whole_height(panel.doubt))
        assert panel.doubt.height() > 2 * panel.doubt.fontMetrics().height()
        top = panel.tree.topLevelItem(0)
        top.setExpanded(False)
        session.select(snapshot=0)
        qtbot.waitUntil(lambda: rows()[0] == ["0", "6", "4", "0.667"], timeout=60_000)
        assert panel.tree.topLevelItem(0) is top
        assert not top.isExpanded()
        assert not panel.doubt.isVisible()
        session.remove(run)


def test_no_tree_is_walked_with_an_iterator_of_qt() -> None:
    """A tree of two levels that was walked so crashes in PySide6 6.10 when it is cleared."""
    folders = (Path(wb.__file__).parent, Path(__file__).parent)
    named = [path.name for folder in folders for path in folder.rglob("*.py") if FORBIDDEN in path.read_text("utf-8")]
    assert named == []


def test_the_selected_row_is_marked_however_often_the_tree_is_filled(
    qtbot: QtBot, session: Session, pool: ThreadPoolExecutor
) -> None:
    panel = RunPanel(session, pool)
    qtbot.addWidget(panel)
    with (
        wb.open_run(resource("sample_runs/digits_conv.h5")) as one,
        wb.open_run(resource("sample_runs/digits_lenet.h5")) as other,
    ):
        for count in range(60):
            run = (one, other)[count % 2]
            place = place_in(run, run.layers[count % len(run.layers)].name)
            panel.clear()
            panel.draw(next(panel.compute(((one, other), place))))
            item = panel.tree.currentItem()
            assert (item.parent().text(0), item.text(0)) == (run.path.name, place.layer)
        panel.clear()
