"""The menu *Select*: units of the layer by their state, by the weight graph or by a rule."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QAction, QKeySequence

from workbench.cached import cached_property
from workbench.gui.background.latest import Latest
from workbench.gui.window.at_hand.selection_cost import SelectionCost

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from workbench.figures.overview.choosing import Choice, Chooser, Chosen, Way
    from workbench.gui.background.latest import Answer, Failure
    from workbench.gui.state.session import Selection
    from workbench.gui.window.main_window import MainWindow

NO_UNITS = "No unit is selected yet: click one in the weight graph first."
NONE_SELECTED = "No unit is selected."


@dataclass(frozen=True)
class Row:
    """One entry of the menu."""

    way: Way
    text: str
    key: str
    tip: str
    from_units: bool = False  # it starts from what is selected


ROWS: tuple[Row | None, ...] = (
    Row("dead", "&Dead units", "Ctrl+D", "Those that fire on none of the images"),
    Row("isolated", "&Isolated units", "Ctrl+Shift+D", "Those without an edge in the weight graph, at its cut-off"),
    Row("hardly_moved", "&Hardly moved units", "Ctrl+H", "Those that still point where they did at snapshot 0"),
    Row("repeated", "&Repeated units", "Ctrl+R", "Those that point nearly the same way as another unit"),
    None,
    Row("component", "This &component", "Ctrl+G", "All units that edges connect with the selected ones", True),
    Row("neighbours", "&Neighbours too", "Ctrl+J", "Add the units that an edge joins to the selected ones", True),
    None,
    Row("rule", "By r&ule…", "Ctrl+F", "Those that fit a rule such as norm < .5 and dead"),
    Row("others", "In&vert the selection", "Ctrl+Shift+V", "The units that are not selected"),
)


class Selecting(QObject):
    """Selects units off the GUI thread. `found(chosen)` follows each selection made here."""

    found = Signal(object)

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window, self._session = window, window.session
        self.chosen: Chosen | None = None  # what was selected here last
        self._asker = Latest(lambda choice: self._chooser.find(choice), window.pool, self)
        self._asker.answered.connect(self._on_asker_answered)
        self._asker.failed.connect(self._on_asker_failed)
        self._asked: Choice | None = None  # whose answer is still wanted
        self.by_way: dict[Way, QAction] = {}
        self.none = self._action("N&one", "Escape", self._on_none_triggered)
        self._session.changed.connect(self._on_session_changed)
        self._session.runs_changed.connect(self._forget)
        window.filling.changed.connect(self.enable)
        self.cost = SelectionCost(window, self.kind_of)

    @cached_property
    def _chooser(self) -> Chooser:
        from workbench.figures.overview.choosing import Chooser

        return Chooser()

    def _forget(self) -> None:
        if "_chooser" in vars(self):
            self._chooser.forget()

    def actions(self) -> Iterator[QAction]:
        """The entries of the menu."""
        for row in ROWS:
            if row is None:
                line = QAction(self._window)
                line.setSeparator(True)
                yield line
                continue
            ask = self.ask_for_rule if row.way == "rule" else partial(self.select, row.way)
            self.by_way[row.way] = self._action(row.text, row.key, ask)
            yield self.by_way[row.way]
        yield self.none
        self.enable()

    def select(self, way: Way, rule: str = "") -> None:
        """Select these units of the layer as soon as they are known."""
        choice = self._choice(way, rule)
        if isinstance(choice, str):
            self._window.notices.tell(choice)
        else:
            self._want(choice)
            self._asker.ask(choice)

    def ask_for_rule(self) -> None:
        """Ask for a rule, and select the units that fit it."""
        from workbench.gui.dialogs.rule_dialog import RuleDialog

        choice = self._choice("rule", "")
        if isinstance(choice, str):
            self._window.notices.tell(choice)
            return
        settings = self._window.settings
        last = settings.text("select/rule")
        dialog = RuleDialog(choice, last, self._chooser.find, self._window.slow_pool, self._window)
        dialog.accepted.connect(lambda: settings.set_text("select/rule", dialog.rule))
        dialog.accepted.connect(lambda: self.select("rule", dialog.rule))
        dialog.finished.connect(dialog.shut)
        dialog.open()

    def kind_of(self, selection: Selection) -> str:
        """What the selected units are called where they were selected here: "26 dead units"; else ""."""
        chosen = self.chosen
        if chosen is None or selection.place != chosen.choice.place or selection.units != chosen.units:
            return ""
        return f"{len(chosen.units):,} {chosen.kind}"

    def enable(self) -> None:
        """Offer what can be selected now; of the rest a tip says why not."""
        choice = self._choice("others", "")
        for row in ROWS:
            if row is not None and row.way in self.by_way:
                why = _why_not(row, choice)
                self.by_way[row.way].setEnabled(not why)
                self.by_way[row.way].setToolTip(why or row.tip)
        selected, fills = bool(self._session.selection.units), self._window.filling.name is not None
        asked = self._asked is not None
        self.none.setEnabled(selected or asked or fills)  # Escape also takes back the panel that fills the window
        self.none.setToolTip("Select no unit" if selected or asked else NONE_SELECTED)

    def shut(self) -> None:
        self._asker.close()
        self.cost.shut()

    def _action(self, text: str, key: str, do: Callable[[], object]) -> QAction:
        action = QAction(text, self._window)
        action.setShortcut(QKeySequence(key))
        action.triggered.connect(lambda: do())
        return action

    def _choice(self, way: Way, rule: str) -> Choice | str:
        """What is asked for at the selected place; else why nothing can be selected there."""
        selection = self._session.selection
        if selection.run is None:
            return selection.no_run
        from workbench.figures.graph.needs import GraphNeeds
        from workbench.figures.overview.choosing import Choice, sets_at
        from workbench.gui.panels.frame import Empty

        graph = self._window.panels["graph"].needs(selection)
        if isinstance(graph, GraphNeeds):
            kept = self._window.panels["graph"].settings().get("sets")
            return Choice(way, graph, selection.units, rule, tuple(sets_at(kept, graph.place).items()))
        assert isinstance(graph, Empty)
        return graph.reason

    def _on_none_triggered(self) -> None:
        """Escape: select nothing; where nothing is or will be selected, take back the panel that fills the window."""
        if self._session.selection.units or self._asked is not None:
            self._want(None)
            self._session.select(units=frozenset())
        else:
            self._window.filling.end()

    def _want(self, choice: Choice | None) -> None:
        self._asked = choice
        if choice is None:
            self._asker.drop()
        self.enable()

    def _on_session_changed(self, _old: Selection, _new: Selection) -> None:
        self._want(None)  # what was selected since is newer than what was asked for before

    def _on_asker_answered(self, answer: Answer) -> None:
        if answer.question is not self._asked:
            return  # something else was selected meanwhile, or nothing
        self._want(None)
        chosen: Chosen = answer.value
        if not chosen.units:
            self._window.notices.tell(chosen.nothing)
            return
        self.chosen = chosen
        self._session.select(units=chosen.units)
        self.found.emit(chosen)

    def _on_asker_failed(self, failure: Failure) -> None:
        if failure.question is self._asked:
            self._want(None)
            self._window.notices.tell(failure.words)


def _why_not(row: Row, choice: Choice | str) -> str:
    """Why an entry cannot be used where this is asked for, or nothing can be; "": it can."""
    if isinstance(choice, str):
        return choice
    return NO_UNITS if row.from_units and not choice.units else ""
