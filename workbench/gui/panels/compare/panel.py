"""Compare: two networks side by side: what changed, angles, units in the space, CKA, and the line between."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton

from workbench.figures.comparing.picture import Question, other_place
from workbench.figures.comparing.showing import ROWS, pictures_of
from workbench.figures.drawing import Drawing
from workbench.figures.settings import CompareSettings
from workbench.gui.background.errors import in_one_sentence, is_foreseen
from workbench.gui.panels.base import Panel
from workbench.gui.panels.compare.choices import Choices
from workbench.gui.panels.compare.help import COMPARE as HELP
from workbench.gui.panels.compare.plots import ChangesView, View
from workbench.gui.panels.compare.program import compare_program
from workbench.gui.panels.compare.views import VIEWS
from workbench.gui.panels.frame import Empty, place_with_layer
from workbench.gui.panels.kind import PanelKind
from workbench.gui.plots.legend import Legend
from workbench.gui.widgets.plain_text import literal, plain_label
from workbench.runs.collection.naming import short_name
from workbench.runs.errors import RunError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import ThreadPoolExecutor

    from workbench.figures.settings import Show
    from workbench.gui.state.session import Selection, Session
    from workbench.runs.place import Place

CANCEL, COMPUTE = "Cancel", "Compute"
CANCELED = "Canceled: nothing is computed for this snapshot until you ask for it."


@dataclass(frozen=True)
class Nothing:
    """Why the chosen run cannot be compared with the selected place."""

    place: Place
    other: str  # the id of its run
    reason: str


@dataclass(frozen=True)
class Coming:
    """How far a picture is."""

    question: Question
    words: str


class ComparePanel(Panel):
    """Two networks side by side."""

    kind = PanelKind(
        name="compare",
        title="Compare",
        help=HELP,
        settings=CompareSettings,
        shortcut="Ctrl+Shift+8",
        slow=True,
        next_to="low_rank",
        one_run="It compares two networks: choose one run of the group, and another as the one to compare with.",
        patience_ms=150,
        asks_data=True,
    )

    def __init__(self, session: Session, pool: ThreadPoolExecutor) -> None:
        super().__init__(session, pool)
        self.choices = Choices(session)
        self.choices.setParent(self)
        self.legend = Legend()
        self.changes = ChangesView()
        self._views: dict[str, View] = {"changes": self.changes}
        self._picture: Any = None  # on screen, whatever is computed meanwhile
        self.reason = plain_label("", wrap=True)  # why there is no picture; the controls, which can change that, stay
        self.reason.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.button = QPushButton(CANCEL)
        self.button.setVisible(False)
        self.button.clicked.connect(self._on_button_clicked)
        self.keep("show", self.choices.show)
        with session.compared.untouched():  # by the defaults: a run may be compared with before the panel is made
            self.keep("other", self.choices.setting_of_other(), "compared with")
            self.keep("when", self.choices.when)
        self.choices.follow()
        self.keep("other_layer", self.choices.setting_of_layer(), "other layer")
        self.keep("rank", self.choices.rank)
        self.keep("unrelated", self.choices.setting_of_unrelated(), "another seed")
        self.keep("part", self.choices.part)
        self.choices.changed.connect(self._on_choices_changed)
        for control in (*self.choices.widgets, self.button):
            self.controls.addWidget(control)
        self.picture.addWidget(self.legend)
        self.picture.addWidget(self.reason, 1)
        self.picture.addWidget(self.changes, 1)
        self.choices.fit()
        self._show_view("")

    # --- what is asked, and how it is answered ---

    def needs(self, selection: Selection) -> object:
        place = place_with_layer(selection)
        if isinstance(place, Empty):
            return place
        shown, run = self.choices.shown, self.choices.other_run(place.run)
        row = ROWS[shown]
        if not row.of_layer:
            place = replace(place, layer="")
        if run is not None and not run.snapshots:
            return Nothing(place, run.run_id, f"{short_name(run)} has no snapshot yet.")
        try:
            other = row.other(place, run, self.choices.when.currentData(), self.choices.other_layer(place))
        except RunError:
            assert run is not None
            return Nothing(place, run.run_id, f"{short_name(run)} has no layer {place.layer}.")
        unrelated = self._unrelated(place, other.layer) if row.unrelated else None
        return Question(place, other, self.choices.rank.value(), shown, unrelated, self.choices.images)

    def _unrelated(self, place: Place, layer: str) -> Place | None:
        run = self.choices.unrelated_run(place.run)
        if run is None or not run.snapshots:
            return None
        try:
            return other_place(place, run, "same", layer)
        except RunError:  # it has no such layer
            return None

    def place(self, needs: Any) -> object:
        if isinstance(needs, Nothing):
            return needs.place.subject, needs.other
        return needs.place.subject, needs.other.subject, needs.show

    @staticmethod
    def compute(needs: Question | Nothing) -> Iterator[Any]:
        if isinstance(needs, Nothing):
            yield needs
            return
        try:
            for found in pictures_of(needs):
                yield Coming(needs, found) if isinstance(found, str) else found
        except Exception as error:
            if not is_foreseen(error):
                raise
            yield Nothing(needs.place, needs.other.run.run_id, in_one_sentence(error))

    @staticmethod
    def enough(result: Any) -> bool:
        return not isinstance(result, Coming)

    # --- what is shown ---

    def draw(self, result: Any) -> None:
        if isinstance(result, Coming):
            self._show_coming(result)
            return
        self._show_button("")
        if isinstance(result, Nothing):
            self._forget_picture()
            self._show_view(literal(result.reason))
            self._show_button(COMPUTE if ROWS[self.choices.shown].images else "")
            self.line.setText(f"{result.place.words}: not compared")
            return
        self._picture = result
        self._show_view("")
        view, figure = self.make_view(self.choices.shown), result.figure()
        view.show_figure(figure)
        self.legend.set_entries(view.entries(figure))
        self.line.setText(result.words)

    def _on_late_timeout(self) -> None:
        if isinstance(self.shown_result, Coming) and self._question != self._shown:  # how far it was is no picture
            self.line.setText(self.awaited(self._question))
        else:
            super()._on_late_timeout()

    def _show_coming(self, coming: Coming) -> None:
        """Say how far it is; an older picture of the same networks stays until then."""
        self._show_button(CANCEL)
        if self._picture is None:
            self._show_view(coming.words)
        self.line.setText(f"{coming.question.place.words}: {coming.words}")

    def clear(self) -> None:
        self._show_button("")
        self._forget_picture()
        self._show_view("")

    def _forget_picture(self) -> None:
        self._picture = None
        for view in self._views.values():
            view.forget()
        self.legend.set_entries(())

    def make_view(self, shown: Show) -> View:
        """One of the views, made when it is needed first."""
        if shown not in self._views:
            self._views[shown] = VIEWS[shown]()
            self.picture.addWidget(self._views[shown], 1)
        return self._views[shown]

    def _show_view(self, reason: str) -> None:
        """Show the view, or why there is nothing in it."""
        here = self.make_view(self.choices.shown)
        self.reason.setText(reason)
        self.reason.setVisible(bool(reason))
        for view in self._views.values():
            view.setVisible(view is here and not reason)

    def _show_button(self, text: str) -> None:
        self.button.setText(text or CANCEL)
        self.button.setVisible(bool(text))

    # --- what goes out ---

    def _answer(self) -> Any:
        """The picture, where it answers what is asked now."""
        shown = self.shown_result
        return None if shown is None or isinstance(shown, (Coming, Nothing)) else shown

    def drawing(self) -> Drawing | None:
        shown = self._answer()
        if shown is None:
            return None
        question, selection = shown.question, self.session.selection
        place = question.place
        if not place.layer and selection.place is not None:
            place = replace(place, layer=selection.place.layer)
        settings = self.settings()
        settings["other_layer"] = question.other_layer or ""
        settings["unrelated"] = "none" if question.unrelated is None else question.unrelated.run.run_id
        units, group = tuple(sorted(selection.units)), tuple(dict.fromkeys(question.others))
        return Drawing(shown.figure(), place, units, settings, group=group)

    def as_python(self) -> str | None:
        shown = self._answer()
        return None if shown is None else compare_program(shown.question)

    # --- slots ---

    def _on_choices_changed(self) -> None:
        self.choices.fit()
        self.settings_changed.emit()
        self.refresh()

    def _on_button_clicked(self) -> None:
        if self.button.text() == COMPUTE:
            self.retry()
            return
        self._latest.drop()
        self._shown = self._completed = self._question  # as far as it goes
        self._forget_picture()
        self._show_view(CANCELED)
        self._show_button(COMPUTE)
        self.line.setText(CANCELED)
