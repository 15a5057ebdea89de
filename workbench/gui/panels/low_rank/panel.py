"""The low-rank panel: what is lost at every rank of a layer, and what the network still gets right."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from PySide6.QtGui import QGuiApplication

from workbench.evaluation.ranks.approximated import MATRICES, NO_START
from workbench.figures.drawing import Drawing
from workbench.figures.low_rank.costs import Cost, Costs, anywhere
from workbench.figures.low_rank.joint import joint_costs, joint_sentence
from workbench.figures.low_rank.over_snapshots import RankOverSnapshots
from workbench.figures.low_rank.picture import Picture, Question, coming_words, picture_of
from workbench.gui.panels.base import Panel
from workbench.gui.panels.beside import BesideRow
from workbench.gui.panels.frame import Empty, place_with_layer
from workbench.gui.panels.help import LOW_RANK as HELP
from workbench.gui.panels.kind import PanelKind
from workbench.gui.panels.low_rank.answers import Answers
from workbench.gui.panels.low_rank.controls import Advanced, ChosenRanks, LowRankPanelSettings, key_of
from workbench.gui.panels.low_rank.more import More
from workbench.gui.panels.low_rank.more_group import Group
from workbench.gui.panels.low_rank.more_layers import Asking, Together
from workbench.gui.panels.low_rank.shown import Shown
from workbench.gui.panels.programs import low_rank_program
from workbench.gui.panels.whole_matrix import WholeMatrixButton
from workbench.gui.plots.low_rank_view import LowRankView
from workbench.gui.widgets.forms.sliders import WholeSlider
from workbench.gui.widgets.forms.values import Setting, list_for

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor

    from workbench.gui.state.session import Selection, Session
    from workbench.gui.work.workshop import Workshop

FIRST = "Kneedle"  # the elbow that is shown until another rank is chosen
NO_UNITS = "No units are selected: Shift-drag around some in the weight graph, or choose W."


class LowRankPanel(Panel):
    """Residual and elbows follow the timeline at once; accuracies are asked for where it rests."""

    kind = PanelKind(
        name="low_rank",
        title="Low rank",
        help=HELP,
        settings=LowRankPanelSettings,
        shortcut="Ctrl+7",
        next_to="spectrum",
        shows_groups=True,
        asks_data=True,
    )

    @classmethod
    def make(cls, shop: Workshop) -> LowRankPanel:
        return cls(shop.session, shop.pool, shop.slow_pool)

    def __init__(self, session: Session, pool: ThreadPoolExecutor, slow_pool: ThreadPoolExecutor) -> None:
        super().__init__(session, pool)
        self._picture: Picture | None = None
        costs = Costs()
        self.answers = Answers(costs, slow_pool, self._shown_cost, self)
        self.answers.changed.connect(self._show)
        self.answers.failed.connect(self._show_problem)
        self._chosen = ChosenRanks()
        self._pointer: float | None = None
        self._make_picture()
        self._make_controls()
        asking = Asking(joint_costs, joint_sentence, RankOverSnapshots().ask, anywhere)
        group = Group(session, slow_pool, self.advanced.over_group, self)
        group.changed.connect(self._show)
        together = Together(asking, slow_pool, self.advanced, self)
        self.more = More(asking, slow_pool, self.advanced.over_time, group, together)
        self.more.pointed.connect(lambda words: self.line.setText(words) if words else self._show_line())
        self.picture.addWidget(self.more)
        self.beside = BesideRow(self, slow_pool, (self.plot,))

    # --- what is shown, from the eigenvalues ---

    def needs(self, selection: Selection) -> object:
        place = place_with_layer(selection)
        if isinstance(place, Empty):
            return place
        matrix = self.matrix.currentData()
        units = tuple(sorted(selection.units)) if matrix == "units" else ()
        if MATRICES[matrix].moved and not place.run.spec.holds_initialisation:
            return Empty(NO_START)
        return Question(replace(place, source=place.run), matrix, units)

    @staticmethod
    def compute(needs: Question) -> Picture | None:
        """None where no units are selected."""
        return None if needs.matrix == "units" and not needs.units else picture_of(needs)

    def wants(self, question: Any) -> bool:
        """Also an earlier snapshot while the timeline is dragged: the line names the epoch that is shown."""
        latest = self._question
        return isinstance(latest, Question) and self.place(question) == self.place(latest)

    def place(self, needs: Question) -> object:
        return needs.place.subject, needs.matrix

    def draw(self, result: Picture | None) -> None:
        self._picture = result
        self._pointer = None
        self.rank.setEnabled(result is not None)
        if result is None:
            self.clear()
            self.line.setText(NO_UNITS)
            return
        self.plot.show_residual(result.lost)
        self.zoom.show_for(result.question.axes)
        if self.answers.about != self._cost():
            self._forget_accuracies()
            self.answers.rest.start()
        self._show()

    def drawing(self) -> Drawing | None:
        if self._picture is None:
            return None
        about, group = self._picture.question, self.more.group
        figure = self._known().figure(self.rank.value(), self.answers.accuracy(), self.zoom.zoom)
        figure = self.more.added_to(figure)
        units = about.units or tuple(sorted(self.session.selection.units))
        return Drawing(figure, about.place, units, self.settings(), (), group.others())

    def as_python(self) -> str | None:
        if self._picture is None:
            return None
        over_time, joint = self.advanced.over_time.isChecked(), self.advanced.joint
        return low_rank_program(self._cost(self.rank.value()), self.more.group.runs(), over_time, joint)

    def clear(self) -> None:
        self._picture = None
        self.answers.rest.stop()
        self._forget_accuracies()
        self.view.forget()
        self.rank.setEnabled(False)
        self.more.show_for(None)

    def retry(self) -> None:
        self.clear()  # also the accuracies, whose question stays the same
        super().retry()

    def shut(self) -> None:
        super().shut()
        self.answers.shut()
        self.more.shut()

    def refresh(self) -> None:
        super().refresh()
        if self.in_sight and self._picture is not None and self.answers.about is None:
            self.answers.rest.start()

    # --- what the network says, and what is shown of it ---

    @property
    def complete(self) -> bool:
        done = self._picture is None or (self.answers.complete and self.more.group.complete)
        return super().complete and (done or not self.in_sight)

    @property
    def preliminary(self) -> str | None:
        if self.complete:
            return ""
        coming = self.answers.coming
        return None if coming is None or not self.more.group.complete else coming_words(coming)

    def _forget_accuracies(self) -> None:
        self.answers.forget()
        self.plot.accuracy.setData([], [])
        self._show_problem("")

    def _show_problem(self, text: str) -> None:
        """Why there are no accuracies."""
        self.view.show_problem(text)
        if self._picture is not None:
            self.view.show_legend(self.advanced.chosen_part())

    def _cost(self, rank: int | None = None) -> Cost:
        assert self._picture is not None
        return Cost(self._picture.question, self.advanced.chosen_part(), rank)

    def _shown_cost(self) -> Cost | None:
        return None if self._picture is None else self._cost(self.rank.value())

    def proposed_ranks(self) -> dict[str, int | None]:
        """By the name of each elbow."""
        return self._known().proposed

    def _known(self) -> Shown:
        assert self._picture is not None
        part, tolerance = self.advanced.chosen_part(), self.advanced.tolerance.value()
        return Shown(self._picture, self.more.group.mean, self.answers.curves, part, tolerance)

    def _show(self) -> None:
        """Bring everything up to what is known."""
        picture = self._picture
        if picture is None:
            return
        group, shown = self.more.group, self._known()
        proposed, mean, part = shown.proposed, shown.mean, shown.part
        rank = min(self._chosen.get(key_of(picture.question), proposed[FIRST] or 0), shown.ranks)
        self.rank.show_value(rank, shown.ranks)
        if mean is None or group.source is None:
            self.view.show_run(picture, self.answers.curves, part)
            self.view.show_rank(picture, rank, self.answers.accuracy())
            self.view.show_elbows(picture.lost, proposed, picture.result.no_edge)
        else:
            self.view.show_mean(mean, part, group.source, group.measured)
            self.view.show_rank_of_mean(mean, rank)
            self.view.show_elbows(mean.residual.over.mean, proposed)
        self.view.show_legend(part)
        self._show_line()
        self.more.show_for(self._cost(rank))

    def _show_line(self) -> None:
        if self._picture is None:
            return
        shown = self._known()
        self.right.show_for(shown.warnings)
        here = self.rank.value(), self.answers.accuracy()
        self.line.setText(shown.line(*here) if self._pointer is None else shown.pointed_at(self._pointer))

    # --- controls ---

    def _make_picture(self) -> None:
        view = self.view = LowRankView()
        self.elbows, self.problem, self.plot, self.right = view.elbows, view.problem, view.plot, view.right
        self.elbows.chosen.connect(self._on_elbow_chosen)
        self.plot.dragged.connect(self._on_rank_changed)
        self.plot.pointed.connect(self._on_plot_pointed)
        self.plot.left.connect(self._on_plot_left)
        self.right.clicked.connect(self.confirm_requested)
        self.picture.addLayout(view, 1)

    def _make_controls(self) -> None:
        self.rank = WholeSlider("Rank", "The rank k: W is replaced by its best approximation of this rank")
        self.rank.changed.connect(self._on_rank_changed)
        self.matrix = list_for(LowRankPanelSettings, "matrix")
        self.matrix.currentIndexChanged.connect(self.refresh)
        self.whole = WholeMatrixButton(self, self.matrix)
        self.advanced = Advanced()
        self.advanced.part.currentIndexChanged.connect(self._on_part_changed)
        self.advanced.tolerance.valueChanged.connect(lambda _points: self._show())
        self.advanced.copy.clicked.connect(self._on_copy_clicked)
        self.keep("ranks", Setting(self._chosen.value, self._set_ranks, self.rank), "rank")
        self.keep("matrix", self.matrix)
        self.zoom = self.keep_zoom(self.plot)
        for name in ("part", "tolerance", "energy", "all_layers", "over_time", "over_group"):
            self.keep(name, getattr(self.advanced, name))
        self.controls.addWidget(self.rank, 1)
        self.controls.addWidget(self.matrix)
        self.controls.addWidget(self.advanced)

    def _set_ranks(self, value: object) -> None:
        self._chosen.take(value)
        self.settings_changed.emit()
        self._show()
        self.answers.ask_rank()

    def _on_rank_changed(self, rank: int) -> None:
        if self._picture is None:
            return
        self._pointer = None
        self._chosen[key_of(self._picture.question)] = rank
        self.settings_changed.emit()
        self._show()
        self.answers.ask_rank()

    def _on_elbow_chosen(self, name: str) -> None:
        if self._picture is None or (rank := self.proposed_ranks()[name]) is None:
            return
        self._on_rank_changed(rank)
        if name == FIRST:  # from now on the rank follows this elbow again
            del self._chosen[key_of(self._picture.question)]
            self.settings_changed.emit()

    def _on_part_changed(self, _index: int) -> None:
        if self._picture is not None:
            self.draw(self._picture)

    def _on_copy_clicked(self) -> None:
        if self._picture is not None:
            QGuiApplication.clipboard().setText(self._known().table() + self.more.tables())

    def _on_plot_pointed(self, x: float, _y: float) -> None:
        self._pointer = x
        self._show_line()

    def _on_plot_left(self) -> None:
        self._pointer = None
        self._show_line()
