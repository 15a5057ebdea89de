"""Whether a panel can be seen, and so computes; and what waits for it meanwhile."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from PySide6.QtWidgets import QWidget

from workbench.gui.background.paint_queue import Once
from workbench.gui.state.figure_program import group_table_program

if TYPE_CHECKING:
    from workbench.figures.drawing import Drawing
    from workbench.gui.panels.beside import BesideRow
    from workbench.gui.panels.kind import PanelKind


class Sighted(QWidget):
    """A panel in a dock. For Qt also one behind another tab is visible: its dock says so with `lie`."""

    kind: ClassVar[PanelKind]
    beside: BesideRow | None = None  # the network that is compared, in panels that show one
    following: Once | None = None  # brings what is drawn in line with the selection, in panels where that takes a while
    _opening: Once | None = None  # shows the first picture in the place of a message
    _in_front = True
    _figure_wanted = False

    @property
    def in_sight(self) -> bool:
        """Whether a person can see it, or wants its figure."""
        return (self._in_front or self._figure_wanted) and self.isVisible()

    @property
    def behind(self) -> bool:
        """Whether it lies behind another tab."""
        return not self._in_front and self.isVisible()

    def want(self, wanted: bool) -> None:
        """Compute also behind another tab, as long as its figure is wanted."""
        self._figure_wanted = wanted
        if wanted:
            self.refresh()

    @property
    def computes(self) -> bool:
        """Whether it follows the selection: not while it is hidden, nor, if it asks the network, behind another tab."""
        return self.in_sight if self.kind.slow else self.isVisible()

    @staticmethod
    def enough(_result: Any) -> bool:
        """Whether, after this result of a panel that asks the network, work that steps aside may go on."""
        return True

    def lie(self, in_front: bool) -> None:
        """Know whether it is in front of the tabs that share its place."""
        before, self._in_front = self._in_front, in_front
        if in_front and not before and self.isVisible():
            self.refresh()
            if self.beside is not None:
                self.beside.follow()

    def drawing(self) -> Drawing | None:
        """What is shown, as a figure for print with all that makes it again; None where nothing is."""
        return None

    def whole_drawing(self) -> Drawing | None:
        """The same with the network that is compared, where the panel shows it."""
        return self.drawing() if self.beside is None else self.beside.put(self.drawing())

    def as_python(self) -> str | None:
        """A program of the public API that finds what is shown, and prints it; None where nothing is shown."""
        return None

    def whole_program(self) -> str | None:
        """The same, or with another network beside a program that prints the numbers of both."""
        beside = self.beside is not None and self.beside.fresh
        return group_table_program(self.whole_drawing()) if beside else self.as_python()

    @property
    def beside_complete(self) -> bool:
        """Whether nothing more comes of the network that is compared."""
        return self.beside is None or self.beside.complete

    def shut_beside(self) -> None:
        """Nothing more is asked about it."""
        if self.beside is not None:
            self.beside.shut()

    @property
    def has_followed(self) -> bool:
        """Whether nothing of what is drawn waits to follow the selection."""
        return not any(once is not None and once.waits for once in (self._opening, self.following))

    def refresh_soon(self) -> None:
        """Refresh in a turn of its own: to lay out a panel that had nothing to show takes a while."""
        if self._opening is None:
            self._opening = Once(self, self.refresh)
        self._opening.ask()

    def stop_following(self) -> None:
        """Do nothing of it any more."""
        for once in (self._opening, self.following):
            if once is not None:
                once.drop()

    def refresh(self) -> None:
        """Follow the selection."""
        raise NotImplementedError
