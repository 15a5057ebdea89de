"""What the selected units cost, in the line of the panel in which they were selected."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QObject

from workbench.gui.background.latest import Latest
from workbench.gui.background.ticker import single_shot
from workbench.runs.saying import counted

if TYPE_CHECKING:
    from collections.abc import Callable

    from workbench.figures.pruning.question import Question
    from workbench.gui.background.latest import Answer, Failure
    from workbench.gui.panels.base import Panel
    from workbench.gui.panels.pruning import PruningPanel
    from workbench.gui.state.session import Selection
    from workbench.gui.window.main_window import MainWindow

REST_MS = 200  # without another selection before the network is asked
OF_NO_UNITS = ("overview", "run", "training", "timeline")  # panels that show no units


class SelectionCost(QObject):
    """Asks what the selected units cost, as the pruning panel removes them, and keeps the answer for both."""

    def __init__(self, window: MainWindow, kind_of: Callable[[Selection], str]) -> None:
        """`kind_of` says what selected units are called, with their number; "" where no word does."""
        super().__init__(window)
        self._window, self._session, self._kind_of = window, window.session, kind_of
        self._name = ""  # of the panel in which the units were selected
        self._question: Question | None = None
        self._asker = Latest(lambda question: self._pruning.known.costs(question), window.slow_pool, self)
        self._asker.answered.connect(self._on_asker_answered)
        self._asker.failed.connect(self._on_asker_failed)
        self._resting = single_shot(self, REST_MS, self._ask)
        self._session.changed.connect(self._on_session_changed)
        window.panels.when_made(self._on_panel_made)

    @property
    def _pruning(self) -> PruningPanel:
        return cast("PruningPanel", self._window.panels["pruning"])

    @property
    def told(self) -> str:
        """What stands in the line of the panel."""
        return self._window.panels[self._name].line.lead if self._name else ""

    def shut(self) -> None:
        self._resting.stop()
        self._asker.close()

    def _on_panel_made(self, name: str, panel: Panel) -> None:
        if name == "pruning":
            panel.settings_changed.connect(self._begin)

    def _on_session_changed(self, old: Selection, new: Selection) -> None:
        if new.units != old.units:
            self._tell("")
            self._name = self._where() if new.units else ""
        self._begin()

    def _where(self) -> str:
        """The panel that is looked at; where no unit can be selected in it, the graph. The pruning panel says it."""
        name = self._window.dock_area.looked_at()
        return "" if name == "pruning" else "graph" if name in OF_NO_UNITS else name

    def _begin(self) -> None:
        """Say how many units are selected, and soon what they cost."""
        question = self._wanted()
        if question == self._question and question is not None:
            return
        self._question = question
        self._tell("" if question is None else f"{self._units} selected.")
        self._resting.stop()
        self._asker.drop()
        if question is not None:
            self._resting.start()

    def _wanted(self) -> Question | None:
        from workbench.figures.pruning.question import Question

        selection = self._session.selection
        if not self._name or not selection.units or selection.run is None:
            return None
        as_shown = self._pruning.needs(selection)
        if not isinstance(as_shown, Question):
            return None
        return Question(as_shown.place, (), as_shown.removed, as_shown.part, "accuracy", selection.units)

    @property
    def _units(self) -> str:
        """What the selected units are called, with their number."""
        selection = self._session.selection
        return self._kind_of(selection) or counted(len(selection.units), "unit")

    def _ask(self) -> None:
        if self._question is not None:
            self._asker.ask(self._question)

    def _tell(self, text: str) -> None:
        if self._name:
            self._window.panels[self._name].line.set_lead(text)

    def _on_asker_answered(self, answer: Answer) -> None:
        from workbench.figures.pruning.guessing import guess_of
        from workbench.figures.pruning.words import cost_in_brief

        question, found = self._question, answer.value
        if question is not None and answer.question == question:
            guess = guess_of(question.place.run, found.start, found.images)
            self._tell(f"{cost_in_brief(found, self._units, question.part, guess)}.")

    def _on_asker_failed(self, failure: Failure) -> None:
        if failure.question == self._question:
            self._tell(f"{self._units} selected; the cost is not known: {failure.words.removesuffix('.')}.")
