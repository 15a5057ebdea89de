"""Tables as CSV files and in the clipboard, written off the GUI thread."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog

from workbench.gui.dialogs.replacing import when_free

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from workbench.gui.work.workshop import Workshop


class TableFiles(QObject):
    """`save` asks for a file and writes a table there, `copy` puts it into the clipboard; `done` follows either."""

    done = Signal()

    def __init__(self, shop: Workshop) -> None:
        super().__init__(shop.window)
        self._shop = shop

    def save(self, name: str, text: Callable[[], str]) -> None:
        """Ask for a place for the file of this name, and write it in the background."""
        folder = Path(self._shop.settings.text("figure/folder", str(Path.home())))
        chosen, _ = QFileDialog.getSaveFileName(self._shop.window, "Save table", str(folder / name), "CSV (*.csv)")
        if not chosen:
            return
        path = Path(chosen)
        path = path if path.suffix.lower() == ".csv" else path.with_name(f"{path.name}.csv")
        self._shop.settings.set_text("figure/folder", str(path.parent))
        unasked = [path] if path != Path(chosen) else []
        when_free(self._shop.window, unasked, lambda: self._write(path, text))

    def copy(self, text: Callable[[], str]) -> None:
        """Put a table into the clipboard."""

        def steps() -> Generator[str, None, None]:
            yield text()

        self._shop.jobs.start(steps(), self._on_written, self._shop.notices.tell_error)

    def _write(self, path: Path, text: Callable[[], str]) -> None:
        from workbench.figures.files.saving import write_whole

        def steps() -> Generator[Path, None, None]:
            write_whole({path: text().encode()})
            yield path

        self._shop.jobs.start(steps(), self._on_saved, self._shop.notices.tell_error, title="Save table")

    def _on_written(self, text: str) -> None:
        QGuiApplication.clipboard().setText(text)
        self.done.emit()

    def _on_saved(self, path: Path) -> None:
        self._shop.notices.tell(f"Saved {path.name} in {path.parent}.")
        self.done.emit()
