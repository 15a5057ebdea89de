"""Text from files is shown literally in every corner of the real window: HTML, mnemonics, control characters."""

from __future__ import annotations

import gc
import re
from typing import TYPE_CHECKING

import pytest
import sound
from PySide6.QtCore import QEvent, QSettings
from PySide6.QtWidgets import QLabel, QMenu, QPushButton, QTabBar
from shown_texts import shown_texts

from workbench.gui.dialogs.train_dialog import TrainDialog
from workbench.gui.state import theme
from workbench.gui.window.main_window import MainWindow
from workbench.runs.layout import LayerInfo, plan
from workbench.runs.spec import DataSpec, NetSpec, RunSpec

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot
    from shown_texts import Shown

PROBE = re.compile(r"hostile(\d+)")
AFTER = "<i>&x &amp; "
OF_MANY_LINES = ("QPlainTextEdit", "Findings", "tool tip of ElidedLabel")
BAD_CHARACTERS = "\u202e\u2066\x1b\x07\n\r\t"


def hostile(number: int) -> str:
    """A name that HTML, mnemonics, line breaks and the direction of writing would each change."""
    return f"<b><img src=file:secret.png>hostile{number}<i>&x &amp; \u202egnp.exe\x1b[31m\a\n{'<ul>' * 20}"


def literally(text: str) -> bool:
    """Whether every such name in `text` is shown as it is, or cut short."""
    for found in PROBE.finditer(text):
        before, after = text[: found.start()], text[found.end() :]
        whole_before = before.endswith(("<b><img src=file:secret.png>", "…"))
        shown, cut, _ = after[: len(AFTER) + 1].partition("…")
        whole_after = after.startswith(AFTER) or (bool(cut) and AFTER.startswith(shown))
        if not (whole_before and whole_after):
            return False
    return not any(character in text for character in BAD_CHARACTERS)


@pytest.fixture
def window(qtbot: QtBot, qapp: object, tmp_path: Path) -> Iterator[MainWindow]:
    """The window, with settings of its own; gone at the end."""
    QSettings.setDefaultFormat(QSettings.Format.IniFormat)
    QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, str(tmp_path / "settings"))
    theme.apply(qapp)  # type: ignore[arg-type]
    shown = MainWindow()
    shown.play_when_opened = False
    shown.show()
    yield shown
    with qtbot.waitSignal(shown.closed, timeout=20_000):
        shown.close()
    shown.deleteLater()
    qapp.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)  # type: ignore[attr-defined]
    gc.collect()


@pytest.fixture
def hostile_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A run in which every text that a file can hold is hostile, the file's own name included."""
    names = [hostile(number) for number in range(3)]
    layers = tuple(
        LayerInfo(name, "linear", layer.units, layer.inputs, layer.order)
        for name, layer in zip(names, sound.LAYERS, strict=True)
    )
    parameters = {f"{layer.name}.weight": ((layer.units, layer.inputs), "float32") for layer in layers}
    parameters |= {f"{layer.name}.bias": ((layer.units,), "float32") for layer in layers}
    monkeypatch.setattr(sound, "LAYERS", layers)
    monkeypatch.setattr(sound, "PLAN", plan(layers, parameters, 10))
    net, data = NetSpec(hostile(10)), DataSpec(hostile(11))
    spec = RunSpec(net, data, initialiser=hostile(12), epochs=3.0, recipe=hostile(13), command=hostile(14))
    path = tmp_path / f"{hostile(20).replace('/', '')}.h5"
    sound.make(path, title=hostile(21) + "<ul>" * 7000, spec=spec)
    return path


def fine(text: str) -> bool:
    return literally(text) and len(text) <= 4000


def pieces(shown: Shown) -> list[str]:
    """The log, the findings of layers and a line's tool tip with its note have many lines; nothing else may."""
    return shown.text.split("\n") if shown.where.startswith(OF_MANY_LINES) else [shown.text]


def complaints() -> str:
    """Where a hostile name is not shown literally, and what is shown."""
    texts = [shown for shown in shown_texts() if PROBE.search(shown.text) or shown.pictures]
    wrong = {(s.where, s.text[:150]) for s in texts if s.pictures or not all(map(fine, pieces(s)))}
    return "\n".join(f"{where}: {text!r}" for where, text in sorted(wrong))


def open_in(qtbot: QtBot, window: MainWindow, path: Path) -> None:
    window.open(path)
    qtbot.waitUntil(lambda: bool(window.session.runs) and window.is_settled(), timeout=60_000)


def test_every_panel_menu_and_tool_tip_shows_names_literally(
    qtbot: QtBot, window: MainWindow, hostile_run: Path
) -> None:
    open_in(qtbot, window, hostile_run)
    seen: set[str] = set()
    for layer in window.session.runs[0].layers:
        window.session.select(layer=layer.name, snapshot=2, units=frozenset({0, 1}))
        for dock in window.docks.values():
            dock.show()
            dock.raise_()
            qtbot.waitUntil(window.is_settled, timeout=60_000)
        for menu in window.findChildren(QMenu):
            menu.aboutToShow.emit()
        assert complaints() == ""
        seen |= {shown.where for shown in shown_texts() if PROBE.search(shown.text)}
    assert any(where.startswith("title of MainWindow") for where in seen)
    assert any("QTreeWidget" in where for where in seen)
    assert any("action of QMenu" in where for where in seen), "the recent runs"


def test_the_start_page_shows_recent_names_literally(qtbot: QtBot, window: MainWindow, hostile_run: Path) -> None:
    open_in(qtbot, window, hostile_run)
    window.close_run()
    assert window.start_page.isVisible()
    assert any("RunCard" in shown.where for shown in shown_texts() if PROBE.search(shown.text))
    assert complaints() == ""


def test_the_dialogs_show_names_literally(qtbot: QtBot, window: MainWindow, hostile_run: Path) -> None:
    open_in(qtbot, window, hostile_run)
    dialog = TrainDialog(window.settings, window)
    dialog.show()
    qtbot.wait(50)
    assert complaints() == ""
    dialog.reject()
    dialog.deleteLater()
    window.train_actions.retrain()  # which it cannot: the network is not of the catalogue
    assert "only networks of the catalogue" in window.notices.shown[-1].message
    assert complaints() == ""


def test_a_refusal_shows_names_literally(qtbot: QtBot, window: MainWindow, hostile_run: Path) -> None:
    content = bytearray(hostile_run.read_bytes())
    place = content.rindex(b"linear\0" if b"linear\0" in content else b"linear")
    content[place : place + 3] = b"odd"
    hostile_run.write_bytes(content)
    window.open(hostile_run)
    qtbot.waitUntil(lambda: bool(window.notices.shown), timeout=20_000)
    assert "hostile" in window.notices.shown[-1].message
    said = window.notices.shown[-1].message
    assert not any(character in said for character in BAD_CHARACTERS)
    texts = [shown.text for shown in shown_texts() if shown.text == said]
    assert texts, "as it is, not made into something else"
    assert complaints() == ""


def test_the_scan_sees_what_is_wrong(qtbot: QtBot) -> None:
    label, button, tabs = QLabel(hostile(1)), QPushButton(hostile(2)), QTabBar()
    tabs.addTab("fine")
    tabs.setTabToolTip(0, hostile(3))
    for widget in (label, button, tabs):
        qtbot.addWidget(widget)
    found = [line.partition(":")[0] for line in complaints().splitlines()]
    assert found == ["QLabel", "QPushButton", "tool tip in QTabBar"]
