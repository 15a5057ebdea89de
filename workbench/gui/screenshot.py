"""Pictures of the real window, taken without a screen when everything has been drawn."""

from __future__ import annotations

import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import qInstallMessageHandler

from workbench.gui.app import application
from workbench.gui.docks import DOCKS
from workbench.gui.main_window import MainWindow
from workbench.gui.panels.graph import GraphPanel
from workbench.gui.settings import Settings
from workbench.gui.waiting import close, rest, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PySide6.QtCore import QMessageLogContext, QtMsgType
    from PySide6.QtWidgets import QWidget

DRAWN = "draw its panels"
NOTHING_TO_DO = "This plugin does not support propagateSizeHints()"  # Qt without a screen, at every window


def take_pictures(
    run: Path, layer: str | None, snapshot: int, folder: Path, size: tuple[int, int], dark: bool = False
) -> list[Path]:
    """Open `run` in the window, choose layer and snapshot, and write PNG files of the window and of each panel.

    `size` is that of the window in points; the scale of the screen says how many pixels each is. Returns their paths,
    the window's first. RuntimeError if the run cannot be opened or the panels do not settle.
    """
    with _quiet_about(NOTHING_TO_DO):
        return _taken(run, layer, snapshot, folder, size, dark)


def places(folder: Path) -> tuple[Path, ...]:
    """Where in a folder the pictures are put: the window's first, then that of each panel."""
    return folder / "window.png", *(folder / f"panel-{row.name}.png" for row in DOCKS)


def _taken(run: Path, layer: str | None, snapshot: int, folder: Path, size: tuple[int, int], dark: bool) -> list[Path]:
    application()
    folder.mkdir(parents=True, exist_ok=True)
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
        return _pictures(window, folder)
    finally:
        close(window)
        own.cleanup()


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


def _pictures(window: MainWindow, folder: Path) -> list[Path]:
    graph = window.panels["graph"]
    assert isinstance(graph, GraphPanel)
    wait_until(lambda: _complete(window) and graph.result is not None, DRAWN)
    graph.view.settle()
    rest(400)  # the status bar has followed
    whole, *others = places(folder)
    pictures = [_save(window, whole)]
    for row, place in zip(DOCKS, others, strict=True):
        panel = window.panels[row.name]
        if not window.desk.in_sight(row.name):
            window.docks[row.name].come()
            wait_until(lambda: _complete(window), DRAWN)
            rest(100)  # it has its size
        pictures.append(_save(panel, place))
    return pictures


def _complete(window: MainWindow) -> bool:
    return all(panel.complete for panel in window.panels.values())


def _save(widget: QWidget, path: Path) -> Path:
    if not widget.grab().save(str(path)):
        raise OSError(f"{path}: the picture cannot be written there; choose another folder")
    return path
