"""Every panel explains itself and gives away a program that finds what it shows."""

from __future__ import annotations

import contextlib
import io
import re
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QGuiApplication, QTextDocument

from tests.gui.recorded_weights import planted, record_weights
from tests.gui.windows import opened
from workbench.gui.panels.kind import Help
from workbench.gui.state import samples
from workbench.gui.window.docks import PANELS
from workbench.gui.window.guide_window import PAGES

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from workbench.gui.window.main_window import MainWindow

pytestmark = pytest.mark.usefixtures("lasting_cache")
NAMES = [row.kind.name for row in PANELS]


@pytest.fixture
def window(shared: MainWindow) -> MainWindow:
    return shared


def test_every_panel_is_explained_with_a_formula_and_the_place_in_the_report(window: MainWindow) -> None:
    for name in NAMES:
        panel = window.panels[name]
        assert isinstance(panel.kind.help, Help)
        assert panel.kind.help.formulas, name
        assert re.search(r"[Ss]ection [1-4]", panel.kind.help.report), name

        panel.help_button.click()

        shown = window.help_actions.help_window
        assert shown is not None
        text = shown.page.toPlainText()
        assert text.startswith(panel.title)
        assert "<" not in re.sub(r" < ", "", text), f"{name}: a tag that is not closed, or no tag"
        for controlled, _ in panel.kind.help.controls:
            assert controlled in text, name


def test_every_control_in_sight_is_explained(qtbot: QtBot, window: MainWindow, path: Path) -> None:
    from PySide6.QtWidgets import QLabel, QPushButton

    opened(qtbot, window, path)
    for name, panel in window.panels.items():
        explained = panel.kind.page
        assert "Over a group of seeds" in explained
        for index in range(panel.controls.count()):
            widget = panel.controls.itemAt(index).widget()
            words = [widget.text()] if isinstance(widget, QPushButton) else []
            words += [child.text() for child in widget.children() if isinstance(child, QLabel)] if widget else []
            for word in words:
                assert word in explained, (name, word)


def test_the_key_explains_the_panel_with_the_focus(qtbot: QtBot, window: MainWindow, path: Path) -> None:
    opened(qtbot, window, path)
    window.panels["spectrum"].scale.setFocus()  # type: ignore[attr-defined]
    qtbot.waitUntil(window.panels["spectrum"].scale.hasFocus)  # type: ignore[attr-defined]
    qtbot.keyClick(window, Qt.Key.Key_F1)
    shown = window.help_actions.help_window
    assert shown is not None
    assert shown.list.currentItem().text() == window.panels[window.dock_area.looked_at()].title


def test_the_program_of_every_panel_runs(qtbot: QtBot, own_window: MainWindow) -> None:
    opened(qtbot, own_window, samples.listed()[0].path)
    own_window.session.select(layer="fc2", snapshot=20, units=frozenset({3, 5}))
    qtbot.waitUntil(lambda: all(own_window.panels[name].complete for name in NAMES))
    for name in NAMES:
        if own_window.panels[name].behind:  # some rest there
            own_window.docks[name].come()
            qtbot.waitUntil(lambda name=name: own_window.panels[name].complete)  # type: ignore[misc]
        runs(name, own_window)


def runs(name: str, window: MainWindow) -> None:
    panel = window.panels[name]
    window.help_actions.copy_as_python(name)
    program = QGuiApplication.clipboard().text()
    assert window.notices.shown == []
    assert program

    with contextlib.redirect_stdout(io.StringIO()) as out:
        exec(compile(program, name, "exec"), {})

    printed = out.getvalue()
    says = {
        "graph": str(panel.result.graph.isolated) if name == "graph" else "",  # type: ignore[attr-defined]
        "spectrum": panel.shown_result.result.words if name == "spectrum" else "",  # type: ignore[attr-defined]
        "group": "fc2, mean and 95 % interval over 1 training: dead 3;",
        "map": "units,group,",
        "cutoffs": "components at this cut-off",
        "directions": "4 clusters of directions",
        "compare": panel.shown_result.change.verdict if name == "compare" else "",  # type: ignore[attr-defined]
        "pruning": "units 2",
        "low_rank": "accuracy",
        "run": "fc2 32 100",
        "overview": "fc2 20 32 100 3",
        "units": "unit norm norm_change",
        "unit": "'accuracy_lost': ",
        "training": "workbench train",
        "timeline": "20 3 ",  # of snapshot 20, of which 3 units are dead
    }[name]
    assert says in printed, name


def test_what_comes_from_a_file_is_data_in_a_program(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    odd = tmp_path / 'run"); import os; os.abort(); ("\'.h5'
    record_weights(odd, {"fc'1\") + x": planted(8, 16, 2)}).close()
    opened(qtbot, window, odd)
    for name in ("run", "graph", "spectrum", "timeline", "training"):
        program = window.panels[name].as_python()
        assert program is not None
        with contextlib.redirect_stdout(io.StringIO()) as out:
            exec(compile(program, name, "exec"), {})
        assert out.getvalue()


def test_an_empty_panel_has_no_program_and_says_so(own_window: MainWindow) -> None:
    own_window.help_actions.copy_as_python("graph")
    assert "nothing to copy" in own_window.notices.shown[0].message


def test_the_guide_opens_and_its_links_turn_the_pages(qtbot: QtBot, window: MainWindow) -> None:
    window.help_actions.open_guide()
    guide = window.help_actions.guide_window
    assert guide is not None
    qtbot.waitUntil(lambda: guide.list.count() == len(PAGES))
    assert guide.list.item(0).text() == "The window"
    assert guide.page.toPlainText().startswith("The window")
    guide.page.anchorClicked.emit(QUrl("panels.md"))
    assert guide.list.currentItem().text() == "The panels"
    assert guide.page.document().resource(QTextDocument.ResourceType.ImageResource, QUrl("../pictures/panel-graph.png"))
    guide.page.anchorClicked.emit(QUrl("https://example.org/elsewhere.md"))
    assert guide.list.currentItem().text() == "The panels"
