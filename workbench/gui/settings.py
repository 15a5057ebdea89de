"""What is remembered between starts: recent runs, the last folders. A damaged file is no obstacle."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QSettings

MOST_RECENT = 10


class Settings:
    """Typed access to the application's settings; values of a wrong type count as absent."""

    def __init__(self, path: Path | None = None) -> None:
        kind = QSettings.Format.IniFormat
        if path is None:
            self._store = QSettings(kind, QSettings.Scope.UserScope, "workbench", "workbench")
        else:
            self._store = QSettings(str(path), kind)

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
        return Path(self._store.fileName()).with_name("last.workbench.json")

    def save(self) -> None:
        """Write what was changed."""
        self._store.sync()
