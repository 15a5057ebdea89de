"""A figure of a group, made from a panel or without a window, brings back the group it shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.gui.panels.groups.chosen import place_of
from workbench import figure
from workbench.cli import main
from workbench.figures.drawing import save
from workbench.figures.files.reading import recipe_in

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from workbench.gui.window.main_window import MainWindow


@pytest.mark.parametrize("kind", ["spectrum", "training"])
@pytest.mark.thinned(2)
def test_a_figure_of_a_group_brings_the_group_back(
    kind: str, qtbot: QtBot, grouped: MainWindow, tmp_path: Path
) -> None:
    place, path = place_of(grouped), tmp_path / "group.svg"
    figure(kind, place.runs[1], "fc1", 2, group=(place.runs[0], place.runs[2])).save(path)
    grouped.session.choose_run(place.runs[2])
    with qtbot.waitSignal(grouped.restorer.restored, timeout=20_000):
        grouped.restorer.restore(path)
    assert place_of(grouped).group == place.group
    assert (place_of(grouped).layer, place_of(grouped).snapshot) == ("fc1", 2)
    assert grouped.panels[kind].isVisible()


@pytest.mark.lengthy
def test_a_page_of_panels_of_a_group_is_made_again_from_its_file(
    qtbot: QtBot, whole_timeline: None, own_grouped: MainWindow, tmp_path: Path
) -> None:
    own_grouped.session.select(layer="fc1", snapshot=2)
    place, drawings = place_of(own_grouped), []
    for name in ("spectrum", "training", "timeline"):
        own_grouped.docks[name].come()
        panel = own_grouped.panels[name]
        qtbot.waitUntil(lambda panel=panel: panel.complete, timeout=30_000)
        drawings.append(panel.whole_drawing())
    old, new = tmp_path / "old.svg", tmp_path / "new.svg"
    save([drawing for drawing in drawings if drawing is not None], old)
    views = recipe_in(old).views
    assert [(view.kind, len(view.group)) for view in views] == [("spectrum", 2), ("training", 2), ("timeline", 2)]
    assert main(["figure", "--from", str(old), *(str(run.path) for run in place.runs), "--out", str(new)]) == 0
    assert new.read_bytes() == old.read_bytes()
