"""Undo and redo of what was selected and set, one step for each gesture."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject
from PySide6.QtGui import QGuiApplication, QKeySequence, QUndoCommand, QUndoStack

from workbench.gui.background.ticker import single_shot

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PySide6.QtGui import QAction

    from workbench.gui.panels.base import Panel
    from workbench.gui.state.player import Player
    from workbench.gui.state.session import Selection, Session
    from workbench.gui.widgets.forms.values import Value
    from workbench.gui.work.sessions.made_panels import MadePanels
    from workbench.runs.place import Place

MOST_STEPS = 200
MOST_NAMED = 3  # settings in the words of a step
REST_MS = 500  # without a change a gesture has ended, unless the mouse button is down or the timeline plays
PLACE = ("run", "layer")
ONE_BY_ONE = (bool, str)  # switches and choices: each change of them is a gesture of its own


class Step(QUndoCommand):
    """Values of one panel, or fields of the selection, before and after a gesture."""

    def __init__(
        self, history: History, target: str, words: str, before: dict[str, Any], after: dict[str, Any]
    ) -> None:
        super().__init__(words)
        self._history = history
        self.target, self.before, self.after = target, before, after
        self._done = True  # the first redo is what the stack does when the step is pushed

    def undo(self) -> None:
        if not self.isObsolete():
            self._history.apply(self.target, self.before)

    def redo(self) -> None:
        if self._done:
            self._done = False
        else:
            self._history.apply(self.target, self.after)


class History(QObject):
    """Notes every change of the selection and of the panels' settings, and takes them back step by step.

    Changes that follow from others by themselves (`Session.adjust`) are no steps.
    """

    SELECTION = ""  # the target of steps of the selection; all others are names of panels

    def __init__(self, session: Session, panels: MadePanels[Panel], player: Player, parent: QObject) -> None:
        super().__init__(parent)
        self.stack = QUndoStack(self)
        self.stack.setUndoLimit(MOST_STEPS)
        self._session, self._panels, self._player = session, panels, player
        self._settings: dict[str, dict[str, Value]] = {}
        self._open: Step | None = None  # the step whose gesture is not finished
        self._applying = False
        self.rest = single_shot(self, REST_MS, self._on_rest_timeout)
        session.changed.connect(self._on_session_changed)
        player.toggled.connect(self._end_gesture)
        panels.when_made(self._on_panel_made)

    def actions(self) -> tuple[QAction, QAction]:
        """Undo and redo, named after what they take back."""
        undo = self.stack.createUndoAction(self, "&Undo")
        undo.setShortcut(QKeySequence(QKeySequence.StandardKey.Undo))
        redo = self.stack.createRedoAction(self, "&Redo")
        redo.setShortcuts([QKeySequence("Ctrl+Shift+Z"), QKeySequence("Ctrl+Y")])
        return undo, redo

    def clear(self) -> None:
        """Start again: earlier steps cannot be undone."""
        self._end_gesture()
        self.stack.clear()
        self._settings = {name: panel.settings() for name, panel in self._panels.made.items()}

    @contextmanager
    def one_step(self, words: str) -> Iterator[None]:
        """All that changes inside is one step of this name."""
        self._end_gesture()
        self.stack.beginMacro(words)
        try:
            yield
        finally:
            self._end_gesture()
            self.stack.endMacro()

    def apply(self, target: str, values: dict[str, Any]) -> None:
        """Bring back what a step holds, as far as it is still there."""
        self._end_gesture()
        self._player.stop()
        self._applying = True
        try:
            if target == self.SELECTION:
                self._select(values)
            else:
                self._panels[target].restore(values)
                self._settings[target] = self._panels[target].settings()
        finally:
            self._applying = False

    def _select(self, values: dict[str, Any]) -> None:
        # A run that grew was opened again since, and one that was closed is gone.
        fields = dict(values)
        source = self._session.opened(fields.pop("run"))
        if source is not None:
            self._session.select(source=source, **fields)

    # --- what happens ---

    def _on_session_changed(self, old: Selection, new: Selection) -> None:
        if self._applying or self._session.adjusting or old.place is None or new.place is None:
            return
        if self._session.opened(old.place.subject[0]) is None:
            return  # it was closed: nothing leads back
        before, after = _fields(old.place, old.units), _fields(new.place, new.units)
        changed = [name for name in after if before[name] != after[name]]
        if not changed:  # a run that grew
            return
        place = changed[0] in PLACE
        if not place:  # what did not change stays as it will be then; but it is of this run and layer
            before, after = ({name: each[name] for name in (*PLACE, *changed)} for each in (before, after))
        self._note(self.SELECTION, changed[0] if place else " and ".join(changed), before, after, not place)

    def _on_panel_made(self, name: str, panel: Panel) -> None:
        self._settings[name] = panel.settings()
        panel.settings_changed.connect(lambda: self._on_settings_changed(name))

    def _on_settings_changed(self, name: str) -> None:
        panel, known = self._panels[name], self._settings[name]
        now = self._settings[name] = panel.settings()
        changed = [setting for setting in now if now[setting] != known.get(setting)]
        if self._applying or not changed:
            return
        before, after = ({setting: each[setting] for setting in changed} for each in (known, now))
        words = " and ".join(panel.kept.words[setting] for setting in changed)
        words = words if len(changed) <= MOST_NAMED else f"settings of {panel.title}"
        self._note(name, words, before, after, not any(isinstance(value, ONE_BY_ONE) for value in after.values()))

    def _note(self, target: str, words: str, before: dict[str, Any], after: dict[str, Any], going_on: bool) -> None:
        """Extend the step of an unfinished gesture if this continues it; otherwise begin a new step."""
        step = self._open
        if going_on and step is not None and step.target == target and step.after.keys() == after.keys():
            step.after = after
            self.rest.start()
            if step.before == after:  # all of it was taken back by hand
                self._end_gesture()
                step.setObsolete(True)
                self.stack.undo()
        else:
            step = Step(self, target, words, before, after)
            self.stack.push(step)
            self._open = step if going_on else None
            self.rest.start()

    def _on_rest_timeout(self) -> None:
        if self._player.playing or QGuiApplication.mouseButtons().value:
            self.rest.start()
        else:
            self._end_gesture()

    def _end_gesture(self, _playing: bool = False) -> None:
        self.rest.stop()
        self._open = None


def _fields(place: Place, units: frozenset[int]) -> dict[str, Any]:
    """The selection, its runs by their locators: a run that has grown is another object."""
    locators, layer = place.subject
    return {"run": locators, "layer": layer, "snapshot": place.snapshot, "units": units}
