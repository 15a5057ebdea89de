"""Tables as CSV files, pictures of pages as PNG files, and both in the clipboard; written off the GUI thread."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QBuffer, QIODevice, QObject, Signal
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtWidgets import QFileDialog

from workbench.gui.dialogs.replacing import when_free

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from workbench.gui.work.workshop import Workshop


class TableFiles(QObject):
    """`save` asks for a file and writes a table there, `copy` puts it into the clipboard; `done` follows either.

    `save_picture` and `copy_picture` do the same with an image.
    """

    done = Signal()

    def __init__(self, shop: Workshop) -> None:
        super().__init__(shop.window)
        self._shop = shop

    def save(self, name: str, text: Callable[[], str]) -> None:
        """Ask for a place for the file of this name, and write it in the background."""
        self._ask("Save table", name, "csv", lambda: text().encode())

    def save_picture(self, name: str, image: QImage) -> None:
        """The same with a picture, as a PNG file."""
        self._ask("Save picture", name, "png", lambda: _png(image))

    def copy(self, text: Callable[[], str]) -> None:
        """Put a table into the clipboard."""

        def steps() -> Generator[str, None, None]:
            yield text()

        self._shop.jobs.start(steps(), self._on_written, self._shop.notices.tell_error)

    def copy_picture(self, image: QImage) -> None:
        """Put a picture into the clipboard."""
        QGuiApplication.clipboard().setImage(image)
        self.done.emit()

    def _ask(self, title: str, name: str, kind: str, content: Callable[[], bytes]) -> None:
        folder = Path(self._shop.settings.text("figure/folder", str(Path.home())))
        kinds = f"{kind.upper()} (*.{kind})"
        chosen, _ = QFileDialog.getSaveFileName(self._shop.window, title, str(folder / name), kinds)
        if not chosen:
            return
        path = Path(chosen)
        path = path if path.suffix.lower() == f".{kind}" else path.with_name(f"{path.name}.{kind}")
        self._shop.settings.set_text("figure/folder", str(path.parent))
        unasked = [path] if path != Path(chosen) else []
        when_free(self._shop.window, unasked, lambda: self._write(title, path, content))

    def _write(self, title: str, path: Path, content: Callable[[], bytes]) -> None:
        from workbench.figures.files.saving import write_whole

        def steps() -> Generator[Path, None, None]:
            write_whole({path: content()})
            yield path

        self._shop.jobs.start(steps(), self._on_saved, self._shop.notices.tell_error, title=title)

    def _on_written(self, text: str) -> None:
        QGuiApplication.clipboard().setText(text)
        self.done.emit()

    def _on_saved(self, path: Path) -> None:
        self._shop.notices.tell(f"Saved {path.name} in {path.parent}.")
        self.done.emit()


def _png(image: QImage) -> bytes:
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")  # type: ignore[call-overload]  # the stub knows no buffer
    return bytes(buffer.data().data())
