"""Pictures of the real window, taken without a screen when everything has been drawn."""

from __future__ import annotations

import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QBuffer, QIODevice, qInstallMessageHandler

from workbench import signals
from workbench.gui.app import application
from workbench.gui.docks import DOCKS
from workbench.gui.main_window import MainWindow
from workbench.gui.panels.graph import GraphPanel
from workbench.gui.settings import Settings
from workbench.gui.waiting import close, rest, wait_until
from workbench.runs.whole_files import write_whole_folder

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PySide6.QtCore import QMessageLogContext, QtMsgType
    from PySide6.QtWidgets import QWidget

DRAWN = "draw its panels"
NAMES = ("window.png", *(f"panel-{row.name}.png" for row in DOCKS))
NOTHING_TO_DO = "This plugin does not support propagateSizeHints()"  # Qt without a screen, at every window


def take_pictures(
    run: Path, layer: str | None, snapshot: int, folder: Path, size: tuple[int, int], dark: bool = False
) -> list[Path]:
    """Open `run` in the window, choose layer and snapshot, and write PNG files of the window and of each panel.

    `size` is that of the window in points; the scale of the screen says how many pixels each is. Returns their paths,
    the window's first. RuntimeError if the run cannot be opened or the panels do not settle.
    """
    with signals.noted(), _quiet_about(NOTHING_TO_DO):
        return _taken(run, layer, snapshot, folder, size, dark)


def places(folder: Path) -> tuple[Path, ...]:
    """Where in a folder the pictures are put: the window's first, then that of each panel."""
    return tuple(folder / name for name in NAMES)


def _taken(run: Path, layer: str | None, snapshot: int, folder: Path, size: tuple[int, int], dark: bool) -> list[Path]:
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
        wait_until(lambda: window.session.selection.run is not None or bool(failures), "open the run")
        if failures:
            raise failures[0]
        window.session.select(snapshot=snapshot, **({"layer": layer} if layer else {}))
        pictures = _pictures(window)
    finally:
        close(window)
        window.deleteLater()
        own.cleanup()
    return list(write_whole_folder(folder, pictures))


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


def _pictures(window: MainWindow) -> dict[str, bytes]:
    """The PNG files of the window and its panels, by name."""
    graph = window.panels["graph"]
    assert isinstance(graph, GraphPanel)
    wait_until(lambda: _complete(window) and graph.result is not None, DRAWN)
    graph.view.settle()
    rest(400)  # the status bar has followed
    whole, *others = NAMES
    pictures = {whole: _png(window)}
    for row, name in zip(DOCKS, others, strict=True):
        panel = window.panels[row.name]
        if not window.desk.in_sight(row.name):
            window.docks[row.name].come()
            wait_until(lambda: _complete(window), DRAWN)
            rest(100)  # it has its size
        pictures[name] = _png(panel)
    return pictures


def _complete(window: MainWindow) -> bool:
    return all(panel.complete for panel in window.panels.values())


def _png(widget: QWidget) -> bytes:
    """What the widget shows, as a PNG file's bytes."""
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    if not widget.grab().save(buffer, "PNG"):
        raise RuntimeError(f"the picture of {widget.windowTitle() or type(widget).__name__} cannot be made")
    return bytes(buffer.data().data())
