"""Pictures of the real window, taken without a screen when everything has been drawn."""

from __future__ import annotations

import sys
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QBuffer, QIODevice, qInstallMessageHandler

from workbench import signals
from workbench.gui.bench.waiting import close, rest, wait_until
from workbench.gui.panels.frame import UNIT_PAGE
from workbench.gui.panels.graph.panel import GraphPanel
from workbench.gui.state.settings import Settings
from workbench.gui.window.app import application
from workbench.gui.window.docks import available_panels
from workbench.gui.window.main_window import MainWindow
from workbench.runs.files.whole_files import write_whole_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from PySide6.QtCore import QMessageLogContext, QtMsgType
    from PySide6.QtWidgets import QWidget

WINDOW = "window.png"
NOTHING_TO_DO = "This plugin does not support propagateSizeHints()"  # Qt without a screen, at every window


@dataclass(frozen=True)
class Pictures:
    """The files that were written, the window's first, and what was still to come when they were taken."""

    paths: tuple[Path, ...]
    preliminary: tuple[str, ...]  # a sentence for each panel that was not complete


@dataclass(frozen=True)
class Patience:
    """How long the panels are waited for, and who hears what is waited for."""

    seconds: float = 60.0  # then a panel's preliminary answer does; one that has none yet is waited for all the same
    tell: Callable[[str], None] = lambda _text: None


def take_pictures(
    run: Path,
    layer: str | None,
    snapshot: int,
    folder: Path,
    size: tuple[int, int],
    dark: bool = False,
    patience: Patience = Patience(),
) -> Pictures:
    """Open `run` in the window, choose layer and snapshot, and write PNG files of the window and of each panel.

    `size` is that of the window in points; the scale of the screen says how many pixels each is. RuntimeError: the run
    cannot be opened.
    """
    with signals.noted(), _quiet_about(NOTHING_TO_DO):
        return _taken(run, layer, snapshot, folder, size, dark, patience)


def places(folder: Path) -> tuple[Path, ...]:
    """Where in a folder the pictures are put: the window's first, then that of each panel."""
    return tuple(folder / name for name in (WINDOW, *map(_file_of, available_panels().panels)))


def _file_of(panel: str) -> str:
    return f"panel-{panel}.png"


def _taken(
    run: Path, layer: str | None, snapshot: int, folder: Path, size: tuple[int, int], dark: bool, patience: Patience
) -> Pictures:
    application()
    own = tempfile.TemporaryDirectory()  # pictures are the same whatever the user's layout is, and leave it alone
    settings = Settings(Path(own.name) / "settings.ini")
    settings.set_text("theme", "dark" if dark else "light")
    window = MainWindow(settings)
    window.play_when_opened = False
    window.resize(*size)
    window.show()
    failures: list[Exception] = []
    window.opener.failed.connect(failures.append)
    window.open(run)
    try:
        wait_until(lambda: window.session.selection.place is not None or bool(failures), "open the run")
        if failures:
            raise failures[0]
        window.session.select(snapshot=snapshot)
        if layer:
            window.session.select(layer=layer)
        pictures, preliminary = _pictures(window, patience)
    finally:
        close(window)
        window.deleteLater()
        own.cleanup()
    sentences = tuple(f"{title}: {coming}" for title, coming in preliminary.items())
    return Pictures(tuple(write_whole_folder(folder, pictures)), sentences)


@contextmanager
def _quiet_about(words: str) -> Iterator[None]:
    """Qt's messages go to standard error, but for this one."""

    def tell(_kind: QtMsgType, _context: QMessageLogContext, text: str) -> None:
        if text != words:
            sys.stderr.write(f"{text}\n")

    before = qInstallMessageHandler(tell)
    try:
        yield
    finally:
        qInstallMessageHandler(before)


def _pictures(window: MainWindow, patience: Patience) -> tuple[dict[str, bytes], dict[str, str]]:
    """Return the PNG files of the window and its panels by name, and what is still to come of a panel by its title."""
    graph = window.panels["graph"]
    assert isinstance(graph, GraphPanel)
    preliminary = dict(_waited_for(window, patience))
    graph.view.settle()
    rest(400)  # the status bar has followed
    pictures = {WINDOW: _png(window)}
    for name in window.panels:
        if not window.dock_area.in_sight(name):
            window.docks[name].come()
            preliminary |= _waited_for(window, patience)
            rest(100)  # it has its size
        if name == UNIT_PAGE:
            with _unit_selected(window):
                preliminary |= _waited_for(window, patience)
                rest(100)
                pictures[_file_of(name)] = _png(window.docks[name])
        else:
            pictures[_file_of(name)] = _png(window.docks[name])
    return pictures, preliminary


@contextmanager
def _unit_selected(window: MainWindow) -> Iterator[None]:
    """The unit with the largest norm is selected, for a page of it."""
    place = window.session.selection.place
    largest = [] if place is None or not place.layer else [int(place.layer_view.norms(place.snapshot).argmax())]
    window.session.select(units=frozenset(largest))
    yield
    window.session.select(units=frozenset())


def _waited_for(window: MainWindow, patience: Patience) -> dict[str, str]:
    """Wait until every panel in sight is drawn, at least preliminarily; return what is still to come, by panel."""
    begun = time.monotonic()
    while True:
        panels = window.panels.made.values()
        coming = {panel.title: panel.preliminary for panel in panels if panel.preliminary != ""}
        if not coming:
            return {}
        if time.monotonic() - begun > patience.seconds and None not in coming.values():
            return {title: text for title, text in coming.items() if text is not None}
        patience.tell("; ".join(f"{title}: {text or 'working…'}" for title, text in coming.items()))
        rest(50)


def _png(widget: QWidget) -> bytes:
    """What the widget shows, as a PNG file's bytes."""
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    if not widget.grab().save(buffer, "PNG"):
        raise RuntimeError(f"the picture of {widget.windowTitle() or type(widget).__name__} cannot be made")
    return bytes(buffer.data().data())
