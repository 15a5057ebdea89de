"""The appearance a person chose: light, dark or as the system; and the size of the text. Both are remembered."""

from __future__ import annotations

from typing import TYPE_CHECKING, get_args

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QApplication

from workbench.gui.state import theme

if TYPE_CHECKING:
    from collections.abc import Iterable

    from PySide6.QtWidgets import QWidget

    from workbench.gui.state.settings import Settings

MODES: dict[theme.Mode, str] = {
    "system": "Theme: &system",
    "light": "Theme: l&ight",
    "dark": "Theme: &dark",
}
LARGEST = 24.0  # points
_THEME, _TEXT = "theme", "text_size"


class Appearance(QObject):
    """Applies the appearance to the application, at once and whenever it is changed."""

    def __init__(self, settings: Settings, window: QWidget) -> None:
        super().__init__(window)
        self._settings = settings
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        self._application = application
        self._group = QActionGroup(self)
        for mode, text in MODES.items():
            action = self._group.addAction(text)
            action.setCheckable(True)
            action.setData(mode)
            action.setChecked(mode == self.mode)
        self._group.triggered.connect(lambda action: self.choose(action.data()))
        application.styleHints().colorSchemeChanged.connect(self._on_style_hints_color_scheme_changed)
        self._apply()

    @property
    def mode(self) -> theme.Mode:
        """Which theme was chosen."""
        stored = self._settings.text(_THEME, "system")
        return next((mode for mode in get_args(theme.Mode) if mode == stored), "system")

    @property
    def points(self) -> float:
        """The size of the text that was chosen; 0: the system's."""
        try:
            stored = float(self._settings.text(_TEXT, "0"))
        except ValueError:
            return 0.0
        return min(max(stored, theme.LEAST_POINT_SIZE), LARGEST) if stored > 0 else 0.0

    def choose(self, mode: theme.Mode) -> None:
        """Take on this theme."""
        self._settings.set_text(_THEME, mode)
        for action in self._group.actions():
            action.setChecked(action.data() == mode)
        self._apply()

    def resize_text(self, by: float | None) -> None:
        """Make the text so many points larger; None: as large as the system has it. Never below 9 points."""
        now = self._application.font().pointSizeF()
        wanted = 0.0 if by is None else min(max(now + by, theme.LEAST_POINT_SIZE), LARGEST)
        self._settings.set_text(_TEXT, f"{wanted:g}")
        self._apply()

    def theme_actions(self) -> list[QAction]:
        """One for each theme; the one in force is checked."""
        return self._group.actions()

    def text_actions(self, parent: QObject) -> Iterable[QAction]:
        """Larger, smaller, and as it was."""
        rows = (
            ("&Larger text", QKeySequence.StandardKey.ZoomIn, 1.0),
            ("S&maller text", QKeySequence.StandardKey.ZoomOut, -1.0),
            ("S&ystem text size", "Ctrl+0", None),
        )
        for text, keys, by in rows:
            action = QAction(text, parent)
            action.setShortcut(QKeySequence(keys))
            action.triggered.connect(lambda _checked=False, by=by: self.resize_text(by))
            yield action

    def _apply(self) -> None:
        theme.apply(self._application, self.mode, self.points)

    def _on_style_hints_color_scheme_changed(self, _scheme: object) -> None:
        if self.mode == "system":
            self._apply()
