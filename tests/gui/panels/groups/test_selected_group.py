"""A group of runs that differ only by seed, chosen in the run tree: every panel shows it or says that it cannot."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.gui.panels.groups.chosen import place_of
from workbench.figures.groups.overview import group_overview
from workbench.gui.panels.group.dots import DOTS
from workbench.gui.panels.group.panel import GroupPanel
from workbench.gui.panels.low_rank.panel import LowRankPanel
from workbench.gui.panels.run import ROLE
from workbench.gui.state.session import GROUP
from workbench.gui.work.sessions.file import load
from workbench.runs.collection.groups import RunGroup
from workbench.runs.place import Place
from workbench.runs.run import open_run

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from PySide6.QtWidgets import QTreeWidgetItem
    from pytestqt.qtbot import QtBot

    from workbench.gui.window.main_window import MainWindow

CANNOT = "this panel shows one run at a time"


def below(item: QTreeWidgetItem) -> Iterator[QTreeWidgetItem]:
    for row in range(item.childCount()):
        yield item.child(row)
        yield from below(item.child(row))


def test_a_group_is_a_row_with_its_layers_and_runs(qtbot: QtBot, grouped: MainWindow) -> None:
    tree, place = grouped.run_panel.tree, place_of(grouped)
    assert [run.spec.seed for run in place.runs] == [0, 1, 2]
    assert place.group is not None
    assert tree.topLevelItem(0).text(0) == place.group.name == "seed0 and 2 others"
    rows = [tree.topLevelItem(0).child(row).text(0) for row in range(tree.topLevelItem(0).childCount())]
    assert rows == [layer.name for layer in place.run.layers] + ["seed0.h5", "seed1.h5", "seed2.h5"]
    tree.setCurrentItem(tree.topLevelItem(0).child(1))
    assert (place_of(grouped).layer, place_of(grouped).group) == (rows[1], place.group)
    grouped.session.select(source=place.runs[1], layer="fc1")
    qtbot.waitUntil(lambda: tree.currentItem().data(0, ROLE) == place_of(grouped).subject)
    subjects = [item.data(0, ROLE) for item in below(tree.invisibleRootItem())]
    assert len(subjects) == len(set(subjects)) == 5 * (1 + len(rows[:-3]))


def test_every_panel_shows_the_group_or_says_that_it_cannot(qtbot: QtBot, grouped: MainWindow) -> None:
    grouped.session.select(layer="fc1", snapshot=2)
    place = place_of(grouped)
    visible = {name: panel for name, panel in grouped.panels.items() if panel.isVisible()}
    assert visible
    for name, panel in visible.items():
        grouped.docks[name].come()
        qtbot.waitUntil(lambda panel=panel: panel.settled, timeout=30_000)
        said = panel.message if not panel.line.isVisible() else panel.line.text()
        assert (CANNOT in said) is not panel.kind.shows_groups, (name, said)
    mean = np.mean([run.test_accuracy[2] for run in place.runs])
    assert grouped.timeline.line.text().startswith("seed0 and 2 others · fc1: ")
    assert f"mean test {mean:.2f} %" in grouped.timeline.line.text()
    assert grouped.status.selection.text() == f"seed0 and 2 others · fc1 · snapshot 2 of {place.snapshots - 1}"
    assert "seed0 and 2 others" in grouped.windowTitle()
    grouped.timeline.step(1)
    assert place_of(grouped).snapshot == 3


def test_the_group_panel_shows_means_intervals_and_runs(qtbot: QtBot, grouped: MainWindow) -> None:
    grouped.session.select(layer="fc1", snapshot=2)
    grouped.docks["group"].come()
    panel = grouped.panels["group"]
    assert isinstance(panel, GroupPanel)
    qtbot.waitUntil(lambda: panel.complete and panel.table.rowCount() > 0)
    runs = place_of(grouped).runs
    numbers = {each.name: each for each in group_overview(runs, all_snapshots=True).numbers if each.layer == "fc1"
               and each.snapshot == 2}  # fmt: skip
    dead, ranks = numbers["dead"], numbers["stable_rank"]
    shown = {panel.table.item(row, 0).text(): row for row in range(panel.table.rowCount())}
    assert {"Dead", "Stable rank", "Elbow", "Isolated"} <= set(shown)
    for head, number, most in (("Dead", dead, 12), ("Stable rank", ranks, 12)):
        row, over = shown[head], number.over
        assert over is not None
        assert panel.table.item(row, 1).text() == f"{float(over.mean):.3g}"
        assert panel.table.item(row, 2).text() == f"{float(over.low):.3g} to {float(over.high):.3g}"
        dots = panel.table.item(row, 3).data(DOTS)
        assert dots.values == pytest.approx([float(value or 0) / most for value in number.values])
        assert "seed2: " in panel.table.item(row, 0).toolTip()
    assert panel.line.text().startswith("seed0 and 2 others · fc1")
    panel.grab()  # the dots are painted
    grouped.session.choose_run(runs[0])
    qtbot.waitUntil(lambda: panel.shows_message)
    assert "Choose a group in the Run panel" in panel.message


def test_another_layer_of_the_group_stays_at_its_snapshot(qtbot: QtBot, grouped: MainWindow) -> None:
    grouped.session.select(layer="fc1", snapshot=2)
    tree = grouped.run_panel.tree
    qtbot.waitUntil(lambda: tree.currentItem().data(0, ROLE) == place_of(grouped).subject)
    tree.setCurrentItem(tree.topLevelItem(0).child(1))
    assert (place_of(grouped).layer, place_of(grouped).snapshot) == (tree.currentItem().text(0), 2)


def test_the_mean_comes_and_goes_with_the_group(qtbot: QtBot, grouped: MainWindow) -> None:
    """Also between the group and its first run, whose own curve stays the same."""
    group = place_of(grouped).source
    panel = grouped.panels["low_rank"]
    assert isinstance(panel, LowRankPanel)
    first = place_of(grouped).run
    grouped.session.select(source=first, layer="fc1", snapshot=2)
    qtbot.waitUntil(lambda: panel.settled and panel.line.text().startswith(f"{Place(first, 'fc1', 2).words}: "))
    grouped.session.select(source=group)
    qtbot.waitUntil(lambda: "mean of 3 trainings (seeds 0, 1, 2)" in panel.line.text())
    grouped.session.select(source=first)
    qtbot.waitUntil(lambda: panel.line.text().startswith(f"{Place(first, 'fc1', 2).words}: "))
    assert "mean of" not in panel.line.text()


def test_what_is_of_one_run_asks_for_one(grouped: MainWindow) -> None:
    acts = grouped.train_actions.retrain, grouped.data_actions.name_network, grouped.publisher.ask_for_animation
    for act in (*acts, grouped.data_actions.confirm, grouped.resuming.resume_selected):
        shown = len(grouped.notices.shown)
        act()
        assert GROUP in grouped.notices.shown[-1].message
        assert len(grouped.notices.shown) >= shown


def test_a_group_is_undone_saved_and_closed(qtbot: QtBot, own_grouped: MainWindow, tmp_path: Path) -> None:
    own_grouped.session.select(layer="fc1", snapshot=2)
    place = place_of(own_grouped)
    own_grouped.session.choose_run(place.runs[1])
    own_grouped.history.stack.undo()
    assert place_of(own_grouped).group == place.group
    kept = own_grouped.sessions.capture(tmp_path)
    assert kept.selection.group
    path = tmp_path / "group.workbench.json"
    own_grouped.sessions.write(path)
    assert load(path).selection.group
    own_grouped.session.choose_run(place.runs[2])
    with qtbot.waitSignal(own_grouped.sessions.restored):
        own_grouped.sessions.open(path)
    assert isinstance(place_of(own_grouped).source, RunGroup)
    assert (place_of(own_grouped).layer, place_of(own_grouped).snapshot) == ("fc1", 2)
    own_grouped.close_run()
    assert [run.path.name for run in own_grouped.session.runs] == ["seed3.h5"]
    assert place_of(own_grouped).group is None


def test_a_member_that_is_read_again_stays_in_the_group(own_grouped: MainWindow) -> None:
    place = place_of(own_grouped)
    again = open_run(place.runs[1].path)
    own_grouped.session.renew(place.runs[1], again)
    assert place_of(own_grouped).runs[1] is again
    own_grouped.session.remove(again)
    assert place_of(own_grouped).group is None
