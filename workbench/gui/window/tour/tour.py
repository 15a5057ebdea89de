"""The tour: a bubble that goes from panel to panel of sample A, while the window stays usable."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPoint, QRect, Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QWidget

from workbench.gui.background.ticker import Ticker, single_shot
from workbench.gui.state.samples import FIRST
from workbench.gui.state.session import Selection
from workbench.gui.window.tour.bubble import Bubble, Ring
from workbench.gui.window.tour.steps import STEPS

if TYPE_CHECKING:
    from workbench.gui.window.main_window import MainWindow
    from workbench.gui.window.tour.steps import Step
    from workbench.gui.work.opening import OpeningFailed
    from workbench.runs.run import Run

FOLLOW_MS, SOON_MS = 60, 20


@dataclass(frozen=True)
class Before:
    """What the window showed before the tour."""

    selection: Selection
    in_sight: tuple[str, ...]  # panels
    hidden: tuple[str, ...]
    filling: str | None


class Tour(QObject):
    """Opens sample A if it is not open, and goes through the steps. Afterwards panels and selection are as before."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window, self._session = window, window.session
        self.bubble: Bubble | None = None  # while it runs
        self._ring: Ring | None = None
        self._before: Before | None = None
        self._selected = Selection()  # when it was asked for
        self._number = 0
        self._wanted = False  # it begins when the sample is open
        self._ticker = Ticker(self._follow, FOLLOW_MS, self)
        self._opened = single_shot(self, SOON_MS, self._on_opened)  # after the window has begun to play it
        self._session.runs_changed.connect(self._on_session_runs_changed)
        window.opener.failed.connect(self._on_opener_failed)

    @property
    def step(self) -> Step:
        """What is shown, while it runs."""
        return STEPS[self._number]

    def begin(self) -> None:
        """Show the first step, as soon as sample A is open."""
        if self.bubble is None:
            self._selected = self._session.selection
        if (run := self._sample()) is not None:
            self._start(run)
            return
        try:
            path = FIRST.path
        except FileNotFoundError as error:
            self._window.notices.tell_error(error)
            return
        self._wanted = True
        self._window.open(path)

    def go_to(self, number: int) -> None:
        """Show a step, counted from 0, and bring its panel to the front; after the last one the tour ends."""
        if self.bubble is None:
            return
        if number >= len(STEPS):
            self.end()
            return
        self._number = max(number, 0)
        self.bubble.say(self.step, self._number + 1, len(STEPS))
        if not self._window.dock_area.in_sight(self.step.panel):
            self._window.dock_area.come(self.step.panel)
        self._follow()

    def end(self) -> None:
        """Take the bubble away, and show the panels and the run of before."""
        before, self._before, self._wanted = self._before, None, False
        if self.bubble is None:
            return
        self._ticker.stop()
        for part in (self.bubble, self._ring):
            if part is not None:
                part.hide()
                part.deleteLater()
        self.bubble = self._ring = None
        self._window.selecting.none.setShortcut(QKeySequence("Escape"))
        if before is not None and not self._window.closing:
            self._restore(before)

    def shut(self) -> None:
        self.end()

    def _start(self, run: Run) -> None:
        if self.bubble is not None:
            self.go_to(0)
            return
        self._before = self._now()
        self._window.player.stop()
        self._session.adjust(source=run, layer=FIRST.layer, snapshot=run.snapshots - 1)
        self._ring, self.bubble = Ring(self._window), Bubble(self._window)
        self.bubble.back.connect(lambda: self.go_to(self._number - 1))
        self.bubble.on.connect(lambda: self.go_to(self._number + 1))
        self.bubble.ended.connect(self.end)
        self._window.selecting.none.setShortcut(QKeySequence())  # meanwhile Escape ends the tour
        QShortcut(QKeySequence("Escape"), self.bubble).activated.connect(self.end)
        self._ticker.start()
        self.go_to(0)
        self.bubble.show()
        self.bubble.next_button.setFocus(Qt.FocusReason.TabFocusReason)

    def _sample(self) -> Run | None:
        """Sample A where it is open."""
        ends = ("sample_runs", f"{FIRST.stem}.h5")
        return next((run for run in self._session.runs if _ends(run) == ends), None)

    # --- before and after ---

    def _now(self) -> Before:
        area, filling = self._window.dock_area, self._window.filling.name
        self._window.filling.end()
        return Before(
            self._selected,
            tuple(name for name in area.docks if area.in_sight(name)),
            tuple(name for name, dock in area.docks.items() if dock.isHidden()),
            filling,
        )

    def _restore(self, before: Before) -> None:
        """Panels come to the front or go as they were; the run of before is selected, unless another one is now."""
        area = self._window.dock_area
        for name in {step.panel for step in STEPS} & set(before.hidden):
            area.docks[name].hide()
        for name in before.in_sight:
            if not area.docks[name].isHidden() and not area.in_sight(name):
                area.come(name)
        if before.filling is not None:
            self._window.filling.begin(before.filling)
        place, sample = before.selection.place, self._sample()
        shows_sample = sample is not None and self._session.selection.run is sample
        if place is None or not shows_sample or any(run not in self._session.runs for run in place.runs):
            return
        if all(run is not sample for run in place.runs):
            self._session.adjust(
                source=place.source, layer=place.layer, snapshot=place.snapshot, units=before.selection.units
            )

    # --- while it runs ---

    def _follow(self) -> None:
        """Lie where the controls are now."""
        if self.bubble is None or self._ring is None:
            return
        window, controls = self._window, self._controls()
        if not controls:
            self._ring.hide()
            self.bubble.lie_beside(None)
            return
        top, panel = controls[0].window(), window.panels[self.step.panel]
        place = QRect()
        for control in controls:
            place = place.united(_place_in(top, control))
        self._ring.go_around(place, top)
        if place.height() > panel.height() // 4:  # its header can still be read
            place = _place_in(top, panel)
        corner = window.mapFromGlobal(top.mapToGlobal(place.topLeft()))
        self.bubble.lie_beside(QRect(corner, place.size()))

    def _controls(self) -> list[QWidget]:
        """The controls of the step that are in sight, else its panel; nothing where that is not in sight."""
        panel = self._window.panels[self.step.panel]
        if not self._window.dock_area.in_sight(self.step.panel) or not panel.isVisible():
            return []
        named = [getattr(panel, name, None) for name in self.step.controls]
        found = [control for control in named if isinstance(control, QWidget) and control.isVisible()]
        return found or [panel]

    def _on_session_runs_changed(self) -> None:
        run = self._sample()
        if run is not None and self._wanted:
            self._wanted = False
            self._opened.start()
        elif run is None and self.bubble is not None:
            self.end()

    def _on_opened(self) -> None:
        """Begin when the panels have their places: before, it is not known which ones are in front."""
        run = self._sample()
        if run is not None and not self._window.dock_area.settled:
            self._opened.start()
        elif run is not None:
            self._start(run)

    def _on_opener_failed(self, failure: OpeningFailed) -> None:
        if self._wanted and failure.path.name == f"{FIRST.stem}.h5":
            self._wanted = False


def _ends(run: Run) -> tuple[str, str]:
    """Where it lies: the folder of the samples has one name in a checkout and another one when it is installed."""
    return run.path.parent.name.lstrip("_"), run.path.name


def _place_in(window: QWidget, widget: QWidget) -> QRect:
    return QRect(widget.mapTo(window, QPoint(0, 0)), widget.size())
