"""One row says all about a panel; a package adds one by one file and one name, and a broken one costs one message."""

from __future__ import annotations

import inspect
from importlib.metadata import EntryPoint
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PySide6.QtGui import QAction

from tests.gui.windows import opened
from workbench.figures.kinds import KINDS
from workbench.figures.process import wire
from workbench.gui.panels.base import Panel
from workbench.gui.window import docks
from workbench.gui.window.docks import PANELS, available_panels
from workbench.gui.window.main_window import MainWindow
from workbench.gui.window.menus import panel_switches

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot

ENTRIES = (
    EntryPoint("norms", "norms_panel:NormsPanel", docks.ENTRY_POINTS),
    EntryPoint("gone", "norms_panel:Gone", docks.ENTRY_POINTS),
    EntryPoint("none", "dataclasses:dataclass", docks.ENTRY_POINTS),
    EntryPoint("taken", "workbench.gui.panels.graph.panel:GraphPanel", docks.ENTRY_POINTS),
)


@pytest.fixture
def plugged(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A package with a panel, and three that are none."""
    monkeypatch.syspath_prepend(str(__file__).rpartition("/")[0])
    monkeypatch.setattr(docks, "entry_points", lambda group: [each for each in ENTRIES if each.group == group])
    available_panels.cache_clear()
    yield
    available_panels.cache_clear()


def test_defaults_live_in_the_settings_of_the_kind_alone(window: MainWindow) -> None:
    for panel in window.panels.values():
        defaults = panel.kind.defaults
        assert panel.settings() == {name: defaults[name] for name in panel.settings()}
        if panel.kind.figure:  # a figure of this kind takes what the panel has set, from the same defaults
            of_figure = KINDS[panel.kind.name].settings()
            assert {name: defaults[name] for name in panel.settings() if hasattr(of_figure, name)} == {
                name: value for name, value in wire_plain(of_figure).items() if name in panel.settings()
            }


def wire_plain(settings: object) -> dict[str, object]:
    """As JSON holds them."""
    import msgspec

    plain: dict[str, object] = msgspec.json.decode(msgspec.json.encode(settings))
    return plain


def test_the_rows_of_panels_and_figures_have_the_same_names() -> None:
    assert {panel.kind.name for panel in PANELS if panel.kind.figure} == set(KINDS)
    assert len({panel.kind.shortcut for panel in PANELS}) == len(PANELS)


def test_the_rows_say_what_the_kinds_say() -> None:
    """What menus and layouts know of a panel before it is loaded is what it says of itself."""
    for row in PANELS:
        kind = row.kind
        assert (row.name, row.title, row.shortcut) == (kind.name, kind.title, kind.shortcut)
        assert (row.next_to, row.way) == (kind.next_to, kind.way), row.name


def test_what_a_panel_needs_changes_nothing(qtbot: QtBot, window: MainWindow, path: Path) -> None:
    """Asked twice it says the same, and no control, picture or message has changed."""
    opened(qtbot, window, path)
    for panel in window.panels.values():
        qtbot.waitUntil(lambda panel=panel: panel.settled, timeout=30_000)  # type: ignore[misc]
        before = panel.settings(), panel.line.text(), panel.message
        selection = window.session.selection
        assert panel.needs(selection) == panel.needs(selection)
        assert (panel.settings(), panel.line.text(), panel.message) == before


def test_no_constructor_of_a_panel_calls_what_its_kinds_override() -> None:
    """The base class is complete before a panel begins: it overrides nothing that the base constructor calls."""
    called = {"frame", "keep", "add_to_message"}
    for row in PANELS:
        assert not called & set(vars(row.panel)), row
    assert "self.needs" not in inspect.getsource(Panel.__init__)


def test_a_package_adds_a_panel_by_one_file_and_one_row(
    qtbot: QtBot, plugged: None, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    window = MainWindow()
    window.play_when_opened = False
    try:
        window.show()
        told = [notice.message for notice in window.notices.shown]  # they go after a while
        opened(qtbot, window, path)
        panel, dock = window.panels["norms"], window.docks["norms"]
        assert panel.settings() == {"sorted": True}
        dock.come()
        qtbot.waitUntil(lambda: panel.settled and panel.isVisible(), timeout=30_000)
        place = window.session.selection.place
        assert place is not None
        norms = place.layer_view.norms(place.snapshot)
        assert panel.line.text() == f"{place.words}: largest norm {norms.max():.3g}"
        np.testing.assert_allclose(panel.curve.getData()[1], np.sort(norms))  # type: ignore[attr-defined]
        assert "Norms" in [action.text() for action in window.menus["&View"].actions()]
        window.exporter.export("norms")
        assert window.notices.shown[-1].message == "The panel Norms has no figure to export."
        assert [action.text() for action in panel.export.menu().actions()] == ["Copy as Python"]
        assert window.sessions.capture(path.parent).settings["norms"] == {"sorted": True}
        assert "Panels of installed packages cannot be used: gone, none, taken." in told
    finally:
        window.asks_before_closing = False
        with qtbot.waitSignal(window.closed, timeout=30_000):
            window.close()
        window.deleteLater()


def test_a_panel_that_cannot_be_loaded_says_why(plugged: None) -> None:
    available = available_panels()
    assert list(available.panels) == [*(panel.kind.name for panel in PANELS), "norms"]
    assert "AttributeError" in available.broken["gone"]
    assert "must be a workbench.gui.panels.base.Panel" in available.broken["none"]
    assert "a panel called 'graph' already exists" in available.broken["taken"]


def test_a_figure_that_the_drawing_process_does_not_know_is_named() -> None:
    from norms_panel import NormsSettings

    with pytest.raises(wire.UnknownFigure, match="does not know NormsSettings"):
        wire.packed((NormsSettings(),))


def test_the_key_of_a_panel_stays_its_own(qtbot: QtBot) -> None:
    """Of two actions with one key Qt would start neither: what comes from a package has to do without."""
    keys = {"units": "Ctrl+9", "theirs": "Ctrl+9", "others": "Ctrl+Alt+9", "none": ""}
    window: Any = SimpleNamespace(
        panels=SimpleNamespace(rows={name: SimpleNamespace(shortcut=key) for name, key in keys.items()}),
        docks={name: SimpleNamespace(switch=QAction(name)) for name in keys},
        log_dock=SimpleNamespace(switch=lambda: QAction("log")),
    )
    found = [switch.shortcut().toString() for switch in panel_switches(window)]
    assert found == ["Ctrl+9", "", "Ctrl+Alt+9", "", ""]
