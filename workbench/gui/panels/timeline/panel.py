"""The timeline: one slider for all panels, over tracks of how the selected layer changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QPushButton

from workbench.figures.drawing import Drawing
from workbench.figures.overview.history import ACCURACY, TRACKS
from workbench.figures.timeline.answers import Question
from workbench.figures.timeline.figure import timeline_figure
from workbench.figures.timeline.reading import PARTS, shown_of, unknowable
from workbench.figures.training import missing_history
from workbench.gui.background.ticker import single_shot
from workbench.gui.panels.beside import BesideRow
from workbench.gui.panels.frame import Empty
from workbench.gui.panels.help import TIMELINE as HELP
from workbench.gui.panels.kind import PanelKind
from workbench.gui.panels.timeline.asking import TrackAsker
from workbench.gui.panels.timeline.controls import TracksMenu, rule_setting
from workbench.gui.panels.timeline.playing import PlayingPanel
from workbench.gui.panels.timeline.settings import TimelineSettings
from workbench.gui.panels.timeline.words import about_rule, accuracies, program_lines, where
from workbench.gui.plots.legend import Entry, Legend
from workbench.gui.plots.mean_band import mean_entries
from workbench.gui.plots.timeline_plot import TimelinePlot
from workbench.gui.state import theme
from workbench.gui.state.figure_program import group_table_program
from workbench.gui.state.program import program
from workbench.gui.widgets.forms.typed import TypedLine
from workbench.gui.widgets.forms.values import control_for
from workbench.runs.place import Place

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor

    from PySide6.QtGui import QShowEvent

    from workbench.figures.timeline.tracks import Mark
    from workbench.gui.state.layer_rows import LayerRows
    from workbench.gui.state.player import Player
    from workbench.gui.state.session import Selection, Session
    from workbench.gui.work.workshop import Workshop
    from workbench.runs.collection.groups import RunGroup
    from workbench.runs.run import Run

TYPING_MS = 500  # until a rule that is being typed is read


class TimelinePanel(PlayingPanel):
    """The slider over the snapshots, with a track for each number that was chosen, and marks where something happened.

    The accuracies are there at once; the tracks of the layer come where the selection rests.
    """

    kind = PanelKind(
        name="timeline",
        title="Timeline",
        help=HELP,
        settings=TimelineSettings,
        shortcut="Ctrl+5",
        shows_groups=True,
    )

    @classmethod
    def make(cls, shop: Workshop) -> TimelinePanel:
        return cls(shop.session, shop.pool, shop.player, shop.slow_pool, shop.rows)

    def __init__(
        self, session: Session, pool: ThreadPoolExecutor, player: Player, slow_pool: ThreadPoolExecutor, rows: LayerRows
    ) -> None:
        super().__init__(session, pool, player)
        self.layer_tracks = TrackAsker(rows, slow_pool, self)
        self.layer_tracks.changed.connect(self._on_layer_tracks_changed)
        self._typing = single_shot(self, TYPING_MS, self._follow_controls)
        self.plot = TimelinePlot([name for name in TRACKS if name != ACCURACY])
        self.plot.scrubbed.connect(self._on_plot_scrubbed)
        self.plot.marked.connect(self._on_plot_marked)
        self.plot.pointed.connect(self._on_plot_pointed)
        self.plot.left.connect(self._on_plot_left)
        self.legend = Legend()
        self._make_controls()
        self.controls.addWidget(self.legend, 1)
        self.picture.addWidget(self.plot)
        self.beside = BesideRow(self, slow_pool, (self.plot,))
        session.damage_noted.connect(self._on_session_damage_noted)

    def _make_controls(self) -> None:
        self.tracks_button = QPushButton("Tracks")
        self.tracks_button.setToolTip("Choose what is shown over time, and the time axis")
        self.menu = TracksMenu(self.tracks_button)
        self.tracks_button.setMenu(self.menu)
        rule = control_for(TimelineSettings, "rule")
        assert isinstance(rule, TypedLine)
        self.rule: TypedLine = rule
        self.rule.setMinimumWidth(190)
        self.controls.addWidget(self.tracks_button)
        self.controls.addWidget(self.rule)
        self.keep("tracks", self.menu.setting(self.settings_changed.emit), "tracks")
        self.keep("axis", self.menu.axis)
        self.keep("rule", rule_setting(self.rule, self.settings_changed.emit))
        self.menu.chosen.connect(self._follow_controls)
        self.rule.textChanged.connect(self._typing.start)
        self.rule.returnPressed.connect(self._follow_controls)

    def needs(self, selection: Selection) -> object:
        place = selection.place
        if place is None:
            return Empty("No run is open.")
        if place.snapshots == 0:
            return Empty("This run has no snapshot yet. If it is still training, wait for the first one.")
        if missing := missing_history(place.run):
            stored = accuracies(place.source, 0)
            return Empty(f"{missing}{f' Its stored accuracy: {stored}.' if stored else ''}")
        return place.source

    def draw(self, result: Run | RunGroup) -> None:
        self.follow.setVisible(not result.finished)
        self.layer_tracks.want(self._question_now())
        self._feed(result)

    def place(self, needs: Run | RunGroup) -> object:
        return Place(needs).subject

    def awaited(self, needs: Run | RunGroup) -> str:
        return f"{Place(needs).name}: computing…"

    def clear(self) -> None:
        self.layer_tracks.forget()
        self.plot.forget()
        self.legend.set_entries(())

    def retry(self) -> None:
        self.layer_tracks.forget()
        super().retry()

    def shut(self) -> None:
        self._typing.stop()
        self.layer_tracks.close()
        super().shut()

    @property
    def complete(self) -> bool:
        """Also all tracks are there."""
        return super().complete and (self.layer_tracks.finished or not self.isVisible())

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._follow_controls()  # the selection may have moved on meanwhile

    def drawing(self) -> Drawing | None:
        place, units, shown = self.session.selection.place, self.session.selection.units, self.plot.shown
        if place is None or shown is None or place.snapshot >= len(shown.time.places):
            return None
        notes = () if self.layer_tracks.finished else ("the tracks of the layer are still being computed",)
        made = timeline_figure(shown, place, self.rule.text().strip())
        return Drawing(made, place.alone, tuple(sorted(units)), self.settings(), notes, place.others)

    def as_python(self) -> str | None:
        run, place = self.session.selection.run, self.session.selection.place
        if run is None or place is None or run.snapshots == 0:
            return group_table_program(self.drawing())
        return program(run, *program_lines(place, self.menu.tracks))

    # --- the tracks ---

    def _question_now(self) -> Question | None:
        """What is to be known of the selected layer; None: nothing."""
        place, rule = self.session.selection.place, self.rule.text().strip()
        tracks = tuple(name for name in self.menu.tracks if name != ACCURACY)
        if place is None or unknowable(place) or not place.snapshots or not (tracks or rule):
            return None
        return Question(place.at(place.snapshots - 1), tracks, rule)

    def _follow_controls(self) -> None:
        """Show what the controls and the selection ask for."""
        self._typing.stop()
        source = self.shown_result
        if source is not None and self.isVisible():
            self.layer_tracks.want(self._question_now())
            self._feed(source)

    def _feed(self, source: Run | RunGroup) -> None:
        place, chosen = self.session.selection.place, self.menu.tracks
        if place is None or not place.same_source(Place(source)):
            return
        known, reason = self.layer_tracks.known, unknowable(place) or self.layer_tracks.problem
        shown = shown_of(source, chosen, self.menu.scale, self.rule.text().strip(), known, reason)
        self.plot.show_tracks(shown)
        parts = [part for part in PARTS if any(part in track.curves and not track.reason for track in shown.tracks)]
        self.legend.set_entries(
            [
                *(Entry(part, theme.accuracy_pen(part).color(), theme.accuracy_mark(part)) for part in parts),
                *mean_entries(source),
            ]
        )
        self._mark_damage(source)
        self.show_snapshot(self.session.selection)

    def _mark_damage(self, source: Run | RunGroup) -> None:
        """A tick at the foot of the plot for each snapshot that is not as it should be."""
        damaged = {at for run in Place(source).runs for at in self.session.damage(run)}
        self.plot.mark_damage(sorted(damaged))

    def show_snapshot(self, selection: Selection) -> None:
        place = selection.place
        if place is None or place.snapshot >= place.snapshots:
            return
        self.plot.go_to(place.snapshot)
        self._write_line(place.snapshot)

    def _write_line(self, snapshot: int, at: str = "", happened: str = "") -> None:
        """Say what the tracks are at a snapshot: the selected one, or `at` the mouse."""
        place = self.session.selection.place
        if place is None or not 0 <= snapshot < place.snapshots:
            return
        shown, rule = self.plot.shown, self.rule.text().strip()
        reason = unknowable(place) or self.layer_tracks.problem
        of_layer = () if shown is None else tuple(track for track in shown.tracks if track.name != ACCURACY)
        values = (f"{track.title} {track.reading(snapshot)}" for track in of_layer if not track.reason)
        problems = (self.session.damage(each).get(snapshot) for each in place.runs)
        parts = (
            where(place, snapshot, place.layer if of_layer or rule else "", at),
            happened,
            accuracies(place.source, snapshot),
            ", ".join(values) if at else "",
            *(str(problem) for problem in problems if problem is not None),
            about_rule(rule, self.layer_tracks.known, place.source, reason),
            "" if shown is None else shown.time.problem,
        )
        self.line.setText("; ".join(filter(None, parts)))

    # --- slots ---

    def _on_session_changed(self, old: Selection, new: Selection) -> None:
        super()._on_session_changed(old, new)
        if self.shown_result is not None and self.isVisible() and self.layer_tracks.want(self._question_now()):
            self._feed(self.shown_result)

    def _on_layer_tracks_changed(self) -> None:
        if self.shown_result is not None:
            self._feed(self.shown_result)

    def _on_session_damage_noted(self) -> None:
        place = self.session.selection.place
        if place is not None:
            self._mark_damage(place.source)
            self._write_line(place.snapshot)

    def _on_plot_pointed(self, x: float, y: float) -> None:
        place, mark = self.session.selection.place, self.plot.mark_near(x, y)
        if mark is not None:
            self._write_line(mark.snapshot, " under the mouse", mark.words)
        elif place is not None:
            self._write_line(min(self.plot.snapshot_at(x), place.snapshots - 1), " under the mouse")

    def _on_plot_left(self) -> None:
        place = self.session.selection.place
        if place is not None:
            self._write_line(place.snapshot)

    def _on_plot_scrubbed(self, snapshot: int) -> None:
        self.go_to(snapshot)

    def _on_plot_marked(self, mark: Mark) -> None:
        self.go_to(mark.snapshot, frozenset(mark.units) if mark.units else None)
