"""The timeline: one slider for all panels, with the accuracy curve in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QCheckBox, QPushButton

from workbench.figures.controls import setting
from workbench.figures.drawing import Drawing
from workbench.figures.training import missing_history, timeline_figure
from workbench.gui.panels.base import Panel
from workbench.gui.panels.frame import Empty
from workbench.gui.panels.help import TIMELINE as HELP
from workbench.gui.panels.kind import PanelKind
from workbench.gui.plots.legend import Entry, Legend
from workbench.gui.plots.timeline_plot import PARTS, TimelinePlot
from workbench.gui.state import theme
from workbench.gui.state.player import SPEEDS, Player
from workbench.gui.state.program import program
from workbench.gui.widgets.forms.values import list_for, switch_for
from workbench.runs.collection.groups import RunGroup
from workbench.runs.collection.naming import moment_beside_number, moments
from workbench.runs.place import Place

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor

    from workbench.gui.state.session import Selection, Session
    from workbench.gui.work.workshop import Workshop
    from workbench.runs.run import Run


@dataclass(frozen=True)
class TimelineSettings:
    """How it plays."""

    speed: int = setting(
        10, "Playing speed in snapshots per second", "Snapshots per second", words="speed",
        choices={speed: f"{speed} / s" for speed in SPEEDS},
    )  # fmt: skip
    loop: bool = setting(False, "Loop")


class TimelinePanel(Panel):
    """The slider over the snapshots; it grows while the run is training and can follow its newest snapshot."""

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
        return cls(shop.session, shop.pool, shop.player)

    def __init__(self, session: Session, pool: ThreadPoolExecutor, player: Player) -> None:
        super().__init__(session, pool)
        self._player = player
        self.plot = TimelinePlot()
        self.plot.scrubbed.connect(self._on_plot_scrubbed)
        self.plot.pointed.connect(self._on_plot_pointed)
        self.plot.left.connect(self._on_plot_left)
        self.legend = Legend()
        self.play_button = QPushButton("Play")
        self.play_button.setIcon(theme.play_icon(playing=False))
        self.play_button.setToolTip("Play or pause (Space)")
        self.play_button.clicked.connect(player.toggle)
        self.speed = list_for(TimelineSettings, "speed")
        self.speed.currentIndexChanged.connect(self._on_speed_changed)
        self.loop = switch_for(TimelineSettings, "loop")
        self.loop.toggled.connect(self._on_loop_toggled)
        self.follow = QCheckBox("Follow newest")
        self.follow.setToolTip("Go to each new snapshot while the run is training")
        self.follow.setChecked(True)
        self.follow.toggled.connect(self._on_follow_toggled)
        for control in (self.play_button, self.speed, self.loop, self.follow):
            self.controls.addWidget(control)
        self.keep("speed", self.speed)
        self.keep("loop", self.loop)
        self.controls.addWidget(self.legend, 1)
        self.picture.addWidget(self.plot)
        player.toggled.connect(self._on_player_toggled)
        session.damage_noted.connect(self._on_session_damage_noted)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self.play_button.setIcon(theme.play_icon(self._player.playing))

    def needs(self, selection: Selection) -> object:
        place = selection.place
        if place is None:
            return Empty("No run is open.")
        if place.snapshots == 0:
            return Empty("This run has no snapshot yet. If it is still training, wait for the first one.")
        if missing := missing_history(place.run):
            stored = _accuracies(place.source, 0)
            return Empty(f"{missing}{f' Its stored accuracy: {stored}.' if stored else ''}")
        return place.source

    def draw(self, result: Run | RunGroup) -> None:
        counted, numbers = moments(result)
        self.plot.axis.set_epochs(numbers)
        self.plot.set_x_label(counted)
        index = np.arange(result.snapshots)
        shown = []
        for part in PARTS:
            accuracy = result.history(f"{part}_accuracy")
            self.plot.curves[part].setData(index, accuracy, connect="finite")
            if np.isfinite(accuracy).any():
                shown.append(Entry(part, theme.accuracy_pen(part).color(), theme.accuracy_mark(part)))
        self.legend.set_entries(shown)
        self.plot.getPlotItem().getAxis("left").setStyle(showValues=bool(shown))  # no numbers without a curve
        self._mark_damage(result)
        self.plot.setXRange(-0.5, result.snapshots - 0.5, padding=0)
        self.follow.setVisible(not result.finished)
        self._show_snapshot(self.session.selection)

    def place(self, needs: Run | RunGroup) -> object:
        return Place(needs).subject

    def awaited(self, needs: Run | RunGroup) -> str:
        return f"{Place(needs).name}: computing…"

    def clear(self) -> None:
        self.plot.forget()
        self.legend.set_entries(())

    def drawing(self) -> Drawing | None:
        run, place, units = self.session.selection.run, self.session.selection.place, self.session.selection.units
        if run is None or place is None or run.snapshots == 0 or missing_history(run):
            return None
        return Drawing(timeline_figure(run, place.snapshot), place, tuple(sorted(units)), self.settings())

    def as_python(self) -> str | None:
        run, place = self.session.selection.run, self.session.selection.place
        if run is None or place is None or run.snapshots == 0:
            return None
        return program(
            run,
            f"at = {place.snapshot}",
            "print(run.epochs[at], run.iterations[at])",
            "print(run.test_accuracy[at], run.validation_accuracy[at], run.train_accuracy[at])",
        )

    def _mark_damage(self, source: Run | RunGroup) -> None:
        """A tick at the foot of the plot for each snapshot that is not as it should be."""
        self.plot.damage.setXVals(sorted({at for run in Place(source).runs for at in self.session.damage(run)}))

    def step(self, by: int) -> None:
        """Move by some snapshots and stop playing."""
        if (place := self.session.selection.place) is not None:
            self.go_to(place.snapshot + by)

    def go_to(self, snapshot: int) -> None:
        """Go to a snapshot (clipped to what is there) and stop playing."""
        self._player.stop()
        self.session.select(snapshot=snapshot)
        place = self.session.selection.place
        if place is not None and not place.source.finished and place.snapshot < place.snapshots - 1:
            self.follow.setChecked(False)

    def go_to_last(self) -> None:
        """Go to the newest snapshot."""
        place = self.session.selection.place
        if place is not None:
            self.go_to(place.snapshots - 1)

    def _on_session_changed(self, old: Selection, new: Selection) -> None:
        super()._on_session_changed(old, new)
        place = new.place
        if place is None:
            return
        if not new.same_source(old) and not place.source.finished:
            self.follow.setChecked(True)  # a run that is opened while it trains is followed until one looks back
        grown = new.same_source(old) and old.place is not None and old.place.source != place.source
        if grown and self.follow.isChecked() and not self._player.playing:
            self.session.adjust(snapshot=place.snapshots - 1)
        else:
            self._show_snapshot(new)

    def _show_snapshot(self, selection: Selection) -> None:
        place = selection.place
        if place is None or place.snapshot >= place.snapshots:
            return
        run, now = place.source, place.snapshot
        self.plot.handle.setPos(now)
        points = [
            {"pos": (now, run.history(f"{part}_accuracy")[now]), "brush": theme.brush(theme.accuracy_pen(part).color())}
            for part in PARTS
            if np.isfinite(run.history(f"{part}_accuracy")[now])
        ]
        self.plot.points.setData(points)
        self._write_line(now)

    def _write_line(self, snapshot: int, at: str = "") -> None:
        """Say what the curves are at a snapshot: the selected one, or `at` the mouse."""
        place = self.session.selection.place
        if place is None or not 0 <= snapshot < place.snapshots:
            return
        run = place.source
        accuracies = _accuracies(run, snapshot)
        problems = (self.session.damage(each).get(snapshot) for each in place.runs)
        damage = "".join(f"; {problem}" for problem in problems if problem is not None)
        when = moment_beside_number(run, snapshot)
        self.line.setText(
            f"{place.name}{at}: {f'{when}, ' if when else ''}{_iteration(run, snapshot)}"
            f"snapshot {snapshot} of {run.snapshots - 1}{f'; {accuracies}' if accuracies else ''}{damage}"
        )

    def _on_session_damage_noted(self) -> None:
        place = self.session.selection.place
        if place is not None:
            self._mark_damage(place.source)
            self._write_line(place.snapshot)

    def _on_plot_pointed(self, x: float, _y: float) -> None:
        place = self.session.selection.place
        if place is not None:
            self._write_line(min(max(round(x), 0), place.snapshots - 1), " under the mouse")

    def _on_plot_left(self) -> None:
        place = self.session.selection.place
        if place is not None:
            self._write_line(place.snapshot)

    def _on_plot_scrubbed(self, snapshot: int) -> None:
        self.go_to(snapshot)

    def _on_speed_changed(self, index: int) -> None:
        self._player.speed = SPEEDS[index]

    def _on_loop_toggled(self, loop: bool) -> None:
        self._player.loop = loop

    def _on_follow_toggled(self, following: bool) -> None:
        place = self.session.selection.place
        if following and place is not None and not place.source.finished:
            self._player.stop()
            self.session.select(snapshot=place.snapshots - 1)

    def _on_player_toggled(self, playing: bool) -> None:
        self.play_button.setText("Pause" if playing else "Play")
        self.play_button.setIcon(theme.play_icon(playing))


def _accuracies(run: Run | RunGroup, snapshot: int) -> str:
    """The stored accuracies of a snapshot, as far as they are known; of a group their means."""
    known = {part: run.history(f"{part}_accuracy")[snapshot] for part in PARTS}
    mean = "mean " if isinstance(run, RunGroup) else ""
    return ", ".join(f"{mean}{part} {accuracy:.2f} %" for part, accuracy in known.items() if np.isfinite(accuracy))


def _iteration(run: Run | RunGroup, snapshot: int) -> str:
    """The iteration of a snapshot beside its epoch, as far as both are known."""
    both = np.isfinite(run.epochs).all() and np.isfinite(run.iterations[snapshot])
    return f"iteration {run.iterations[snapshot]:.0f}, " if both else ""
