"""One function says which panel a command without a panel of its own is about."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from workbench.gui.window.main_window import MainWindow


@pytest.mark.parametrize("name", ["spectrum", "graph"])
def test_export_copy_and_help_choose_the_panel_under_the_mouse(
    shared: MainWindow, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    window, asked = shared, []
    panel = window.panels[name]
    for each, dock in window.docks.items():
        monkeypatch.setattr(dock, "underMouse", lambda each=each: each == name)
    window.panels["timeline"].setFocus()
    assert window.dock_area.looked_at() == name
    monkeypatch.setattr(window.exporter, "_ask", asked.append)
    monkeypatch.setattr(panel, "as_python", lambda: asked.append(name))
    window.exporter.export()
    window.help_actions.copy_as_python()
    window.exporter.export(way="python")
    assert asked == [name] * 3


def test_without_mouse_and_keyboard_it_is_the_first_panel_with_a_picture(
    shared: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    for dock in shared.docks.values():
        monkeypatch.setattr(dock, "underMouse", lambda: False)
    monkeypatch.setattr(shared.dock_area, "focusWidget", lambda: None)
    drawings = {name: panel.drawing for name, panel in shared.panels.items()}
    shown = [name for name in shared.panels if shared.dock_area.in_sight(name)]
    pictures = [name for name in shown if name != "run" and drawings[name]() is not None]
    assert shared.dock_area.looked_at() == pictures[0]
    monkeypatch.setattr(shared.panels[pictures[0]], "drawing", lambda: None)
    assert shared.dock_area.looked_at() == pictures[1]


def test_a_unit_that_is_opened_in_the_table_has_its_page_in_front(shared: MainWindow) -> None:
    shared.panels["units"].view.opened.emit(3)  # type: ignore[attr-defined]  # a UnitsPanel
    assert shared.dock_area.in_sight("unit")
    assert shared.session.selection.units == {3}
