"""What is remembered between starts: recent runs, the last folders. No file is an obstacle, whatever it is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtCore import QSettings

from workbench.runs.files.regular_file import UnreadableFile, read

MOST_RECENT = 10
LARGEST = 4 << 20  # bytes
KIND = QSettings.Format.IniFormat


class Settings:
    """Typed access to the application's settings; values of a wrong type count as absent.

    Where their file cannot be read, `problem` says why: this start does without, and leaves the file alone.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._path = path or _usual_path()
        self.problem: OSError | None = None
        self._store: QSettings | _Forgotten
        try:
            read(self._path, LARGEST)  # Qt itself would wait for a FIFO, and read a device to its end
        except FileNotFoundError:  # the first start
            self._store = QSettings(str(self._path), KIND)
        except OSError as error:
            reason = error.problem if isinstance(error, UnreadableFile) else error.strerror
            advice = "the workbench starts without settings and saves none. Move the file away to save settings again"
            self._store, self.problem = _Forgotten(), OSError(f"The settings file {self._path} {reason}: {advice}.")
        else:
            self._store = QSettings(str(self._path), KIND)

    def recent(self) -> tuple[Path, ...]:
        """The runs opened last, newest first."""
        value = self._store.value("recent", [])
        texts = [value] if isinstance(value, str) else value
        if not isinstance(texts, list):
            return ()
        return tuple(Path(text) for text in texts if isinstance(text, str) and text)[:MOST_RECENT]

    def add_recent(self, path: Path) -> None:
        """Put a run at the head of the list."""
        others = [str(known) for known in self.recent() if known != path]
        self._store.setValue("recent", [str(path), *others][:MOST_RECENT])

    def forget_recent(self, path: Path) -> None:
        """Take a run that is gone off the list."""
        self._store.setValue("recent", [str(known) for known in self.recent() if known != path])

    def text(self, key: str, otherwise: str = "") -> str:
        """A remembered text."""
        value = self._store.value(key, otherwise)
        return value if isinstance(value, str) else otherwise

    def set_text(self, key: str, value: str) -> None:
        self._store.setValue(key, value)

    @property
    def last_session(self) -> Path:
        """Where the session is kept from one start to the next: beside the settings."""
        return self._path.with_name("last.workbench.json")

    def save(self) -> None:
        """Write what was changed."""
        self._store.sync()


class _Forgotten:
    """As much of `QSettings` as is used here, for this start only."""

    def __init__(self) -> None:
        self._values: dict[str, object] = {}

    def value(self, key: str, otherwise: object) -> Any:
        return self._values.get(key, otherwise)

    def setValue(self, key: str, value: object) -> None:
        self._values[key] = value

    def sync(self) -> None:
        pass


def _usual_path() -> Path:
    """Where Qt keeps the settings of this user; it is asked about others, for it reads those it is asked about."""
    others = QSettings(KIND, QSettings.Scope.UserScope, "workbench-place", "workbench-place")
    folder = Path(others.fileName()).parent.parent
    return folder / "workbench" / f"workbench{Path(others.fileName()).suffix}"
