"""What every panel is: it says what its picture depends on, how to compute it and how to draw it."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QEvent, Signal

from workbench.figures.controls import words_for
from workbench.gui.background.latest import Answer, Failure, Latest
from workbench.gui.background.paint_queue import Once
from workbench.gui.background.ticker import single_shot
from workbench.gui.panels.frame import Empty, PanelFrame, one_run_only, place_of
from workbench.gui.panels.sight import Sighted
from workbench.gui.plots.hand_zoom import HandZoom, Zoomable
from workbench.gui.widgets.forms.values import Kept
from workbench.gui.widgets.tab_order import tab_through, widgets_of
from workbench.runs.saying import in_words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from concurrent.futures import ThreadPoolExecutor

    from PySide6.QtGui import QShowEvent
    from PySide6.QtWidgets import QPushButton, QWidget

    from workbench.gui.state.session import Selection, Session
    from workbench.gui.widgets.forms.values import Value
    from workbench.gui.work.workshop import Workshop

LATE_MS = 400  # a picture that takes longer is said to be on its way
UNTIL_THEN = " Until then: "  # between what is on its way and what is on screen


class Panel(Sighted):
    """A dock panel: a slim row of controls that wraps, the picture, and one line that says what is shown and found.

    A subclass gives `needs`, `compute` and `draw`. A hidden panel computes nothing; an empty one says why; an error is
    shown in the panel and can be tried again. What a person can set in it is kept by name: `settings`, `restore`.
    `kind` says all else about it, and `as_python` is a program that finds the same.
    """

    _drawn: tuple[Any, ...] = ()  # the result on screen, if there is one
    others: Mapping[str, Panel] = MappingProxyType({})
    drawn = Signal()
    export_requested = Signal(str)  # "figure", "image", "data" or "python"
    help_requested = Signal()
    confirm_requested = Signal()  # that the network of the run is the one it was taken for
    settings_changed = Signal()
    panel_requested = Signal(str)  # the name of another one, which shows what was clicked

    def __init__(self, session: Session, pool: ThreadPoolExecutor, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.session = session
        self._question: object = None
        self._shown: object = None
        self._completed: object = None
        self._showing: object = None  # of what is on screen, picture or message
        self.kept = Kept(self.kind.defaults, self.settings_changed.emit)
        self._latest = Latest(self.compute, pool, self, urgent=self.kind.slow or self.kind.urgent, enough=self.enough)
        self._latest.answered.connect(self._on_latest_answered)
        self._latest.completed.connect(self._on_latest_completed)
        self._latest.failed.connect(self._on_latest_failed)
        self.rest = single_shot(self, self.kind.patience_ms, self._ask)
        self._saying_late = Once(self, self._on_late_timeout)  # one panel in a turn
        self._late = single_shot(self, LATE_MS, self._saying_late.ask)
        frame = self.frame = PanelFrame(self, self.kind.title, self.kind.figure)
        self.controls, self.picture, self.line = frame.controls, frame.picture, frame.line
        self.export, self.help_button, self.retry_button = frame.export, frame.help_button, frame.message_page.retry
        self.export.requested.connect(self.export_requested)
        self.help_button.clicked.connect(self.help_requested)
        self.retry_button.clicked.connect(self.retry)
        session.changed.connect(self._on_session_changed)

    # --- what a panel says ---

    def needs(self, selection: Selection) -> object:
        """All that the picture depends on, hashable: equal needs, equal picture. `Empty` says why there is none."""
        raise NotImplementedError

    def compute(self, needs: Any) -> Any:
        """The result for these needs, or an iterator of ever better ones. Runs off the GUI thread."""
        return needs

    def draw(self, result: Any) -> None:
        """Show a result."""
        raise NotImplementedError

    def place(self, needs: Any) -> object:
        """What a picture is of, apart from the snapshot. The picture of one place never stays while another is asked.

        Needs are a `Place` or have one. None: a picture of no single place, which may stay.
        """
        return place_of(needs).subject

    def awaited(self, needs: Any) -> str:
        """The panel's line until the first picture for these needs is there."""
        return f"{place_of(needs).words}: computing…"

    def meet(self, panels: Mapping[str, Panel]) -> None:
        """Get to know all panels by name, once they are made; for one that shows or sets what another one does."""
        self.others = panels

    # --- the same for every panel ---

    @classmethod
    def make(cls, shop: Workshop) -> Panel:
        """A panel of this kind. Panels that need more than the session and a pool have their own."""
        return cls(shop.session, shop.slow_pool if cls.kind.slow else shop.pool)

    @property
    def title(self) -> str:
        """What people call it."""
        return self.kind.title

    @property
    def settled(self) -> bool:
        """Whether the panel shows what the selection asks for (a hidden one has nothing to show)."""
        return not self.computes or (self.has_followed and (self._question == self._shown or self.kind.patience_ms > 0))

    @property
    def complete(self) -> bool:
        """Whether the best answer to what the selection asks for has been drawn."""
        if not self.computes:
            return True
        return self.has_followed and self._question == self._completed and self.beside_complete

    @property
    def preliminary(self) -> str | None:
        """What is still to come of a picture that is good enough to be taken; "" of none, None: it is not yet."""
        return "" if self.complete else None

    def refresh(self) -> None:
        """Ask for a new picture if the selection or a control asks for one."""
        if not self.computes:
            return
        self.line.leave_out(*self.session.selection.beginnings)
        needs = self._needs(self.session.selection)
        if needs == self._question:
            return
        self._question, self._completed = needs, None
        if isinstance(needs, Empty):
            self._forget()
            self._shown = self._completed = needs
            self._say(needs.reason)
            self.frame.message_page.offer(needs.run, self.session.choose_run)
            return
        if self.place(needs) != self._showing:
            self._forget()
            self._showing = self.place(needs)
            self.frame.show_picture()
            self.line.setText(self.awaited(needs))
        self._late.start()
        if self.kind.patience_ms:
            self.rest.start()
        else:
            self._ask()

    def _needs(self, selection: Selection) -> object:
        place = selection.place
        alone = place is None or place.group is None or self.kind.shows_groups
        return self.needs(selection) if place is None or alone else one_run_only(place, self.kind.one_run)

    def _forget(self) -> None:
        """Take what is drawn off the screen, and give up what is under way; not settled until it is drawn again."""
        self.rest.stop()
        self._late.stop()
        self._latest.drop()
        self._drawn, self._showing = (), None
        self._shown = self._completed = None
        self.clear()

    def keep(self, name: str, control: object, words: str = "") -> None:
        """Make a control's value one of the panel's settings; `control` may be a `Setting` of the panel's own.

        `words` is what people call it where its field does not say so.
        """
        self.kept.add(name, control, words or words_for(self.kind.settings, name))

    def keep_zoom(self, *plots: Zoomable) -> HandZoom:
        """Make what is zoomed to in these plots, which lie above one another, a setting: "view"."""
        zoom = HandZoom(self, *plots)
        self.keep("view", zoom.setting(self.settings_changed.emit), "zoom")
        return zoom

    def settings(self) -> dict[str, Value]:
        """All that a person can set in this panel, by name; only what JSON can hold."""
        return {name: setting.read() for name, setting in self.kept.items()}

    def restore(self, values: Mapping[str, object]) -> tuple[str, ...]:
        """Set what `settings` gave; what is not named stays. Sentences about values that mean nothing here."""
        problems = tuple(f"{self.title}, {problem}" for problem in self.kept.write(values))
        self.refresh()
        return problems

    @property
    def message(self) -> str:
        """What the panel says in the place of a picture."""
        return self.frame.message_page.message.text()

    @property
    def shows_message(self) -> bool:
        """Whether it says something in the place of a picture."""
        return self.frame.shows_message

    @property
    def shown_result(self) -> Any:
        """The result that is drawn; None where none is."""
        return self._drawn[0] if self._drawn else None

    @property
    def question(self) -> object:
        """What the selection and the controls ask for: needs, or an `Empty`."""
        return self._question

    def restore_places(self, positions: Sequence[tuple[float, float]]) -> None:
        """Put what is drawn next where it was; for panels in which things have places of their own."""

    def clear(self) -> None:
        """Take away all that was drawn; called when there is nothing to show, and when another place is asked for."""

    def retry(self) -> None:
        """Ask again for what failed, or may have another answer now."""
        self._question = self._shown = self._completed = None
        self.refresh()

    def shut(self) -> None:
        """End of the panel: nothing more is computed or drawn."""
        self.rest.stop()
        self._late.stop()
        self._latest.close()
        self.stop_following()
        self.shut_beside()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        # As it is read, not as it was made: subclasses add their controls after the buttons beside them.
        tab_through([*widgets_of(self.controls), *widgets_of(self.picture), *self.frame.header.buttons])
        self.refresh()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and self._drawn:  # what is coloured while it is drawn
            self.draw(*self._drawn)

    def _ask(self) -> None:
        self._latest.ask(self._question)

    def add_to_message(self, button: QPushButton) -> None:
        """Put a button under the message that says why there is no picture."""
        self.frame.message_page.add(button)

    def _say(self, text: str, can_retry: bool = False) -> None:
        self.frame.say(text, can_retry)
        self.drawn.emit()

    def _on_session_changed(self, _old: Selection, new: Selection) -> None:
        self.refresh_soon() if self.computes and isinstance(self._question, Empty) else self.refresh()
        if not self.computes and self._showing is not None:
            needs = self._needs(new)
            if isinstance(needs, Empty) or self.place(needs) != self._showing:
                self._question = None
                self._forget()  # a hidden panel holds and measures nothing of another place

    def _on_latest_answered(self, answer: Answer) -> None:
        if isinstance(self._question, Empty) or not self.wants(answer.question):
            return
        self.frame.show_picture()
        self._drawn, self._showing = (answer.value,), self.place(answer.question)
        try:
            self.draw(answer.value)
        except Exception as error:  # said here, so that the panel does not wait forever; the hook reports the rest
            self._forget()
            self._shown = self._completed = answer.question
            self._say(f"the figure cannot be drawn: {in_words(error)}", can_retry=True)
            raise
        self._shown = answer.question
        self.drawn.emit()

    def wants(self, question: Any) -> bool:
        """Whether a picture for this question still tells the truth, though a newer one may be on its way."""
        return bool(question == self._question)

    def _on_late_timeout(self) -> None:
        """Say that the picture is an older one, where the new one takes its time."""
        if not self._drawn or self._showing is None or self._question == self._shown:
            return
        message, line = self.awaited(self._question), self.line.text().rpartition(UNTIL_THEN)[2]
        self.line.setText(f"{message}{UNTIL_THEN}{line}")

    def _on_latest_completed(self, question: object) -> None:
        if question == self._question == self._shown:  # else another was asked, or the same one again
            self._completed = self._question

    def _on_latest_failed(self, failure: Failure) -> None:
        if failure.question == self._question:
            self._forget()  # what a failed answer leaves is neither exported nor drawn again
            self._shown = self._completed = self._question
            self._say(failure.words, can_retry=True)
