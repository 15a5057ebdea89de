"""The training under way: its curves, how far it is, and how to start and stop one."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QProgressBar, QPushButton

from workbench.figures.drawing import Drawing
from workbench.figures.settings import TrainingSettings
from workbench.figures.training import missing_curves, spreads, stored_curves, training_figure, training_of
from workbench.gui.background.ticker import single_shot
from workbench.gui.panels.base import Panel
from workbench.gui.panels.beside import BesideRow
from workbench.gui.panels.frame import Empty
from workbench.gui.panels.help import TRAINING as HELP
from workbench.gui.panels.kind import PanelKind
from workbench.gui.plots.hand_zoom import HandZoom
from workbench.gui.plots.legend import Entry, Legend
from workbench.gui.plots.mean_band import mean_entries
from workbench.gui.plots.training_plot import NO_RUNS, CurvePlot, of_loss
from workbench.gui.state import theme
from workbench.gui.state.course import PARTS, Training
from workbench.gui.state.figure_program import group_table_program
from workbench.gui.state.program import program
from workbench.gui.state.words import accuracies_now, goes, title_of, went
from workbench.gui.widgets.plain_text import ElidedLabel
from workbench.runs.collection.groups import RunGroup
from workbench.runs.collection.naming import course, short_name
from workbench.runs.place import Place

if TYPE_CHECKING:
    from collections.abc import Mapping
    from concurrent.futures import ThreadPoolExecutor

    from workbench.figures.groups.trainings import Trainings
    from workbench.gui.plots.training_plot import Curve
    from workbench.gui.state.session import Selection, Session
    from workbench.gui.state.trainer import Trainer
    from workbench.gui.work.workshop import Workshop
    from workbench.runs.run import Run


NO_LOSS = "This run stores no losses. The timeline shows its accuracies."
UNOPENED = "a training whose run is not open yet"  # its axes, for what is zoomed to
STEPS = 1000  # of the progress bar
REDRAW_MS = 100  # events come more often than anybody can look


@dataclass(frozen=True)
class Live:
    """The training of this window as it is after so many events."""

    training: Training
    events: int


@dataclass(frozen=True, eq=False)
class Stored:
    """The curves that a run keeps, or their means over a group, and in words how its training went."""

    source: Run | RunGroup
    loss: Mapping[str, Curve]
    accuracy: Mapping[str, Curve]
    status: str
    runs: Mapping[str, Trainings] = field(default_factory=dict)  # the losses of each run of a group


class TrainingPanel(Panel):
    """The loss of the training under way, live; else that which the selected run keeps.

    The accuracy over time is the timeline's; of a training under way the newest one is written here.
    """

    kind = PanelKind(
        name="training",
        title="Training",
        help=HELP,
        settings=TrainingSettings,
        shortcut="Ctrl+4",
        next_to="run",
        shows_groups=True,
    )
    train_requested = Signal()

    @classmethod
    def make(cls, shop: Workshop) -> TrainingPanel:
        return cls(shop.session, shop.pool, shop.trainer)

    def __init__(self, session: Session, pool: ThreadPoolExecutor, trainer: Trainer) -> None:
        super().__init__(session, pool)
        self._trainer, self._pool = trainer, pool
        self._status = ""
        self._curves: tuple[Mapping[str, Curve], Mapping[str, Curve]] | None = None  # loss and accuracy, as drawn
        self._pointed: float | None = None
        self._over = "iteration"  # what the curves are drawn over
        self.loss = CurvePlot("loss")
        self.newest = ElidedLabel()
        self.legend = Legend()
        self.heading = ElidedLabel()
        self.start_button = QPushButton("Train…")  # nothing to show is no dead end
        self.start_button.clicked.connect(self.train_requested)
        self.add_to_message(self.start_button)
        self._arrange_controls()
        self._arrange_plots()
        self._timer = single_shot(self, REDRAW_MS, self.refresh)
        trainer.changed.connect(self._on_trainer_changed)
        trainer.ended.connect(self.refresh)
        self._show_state()

    def _arrange_controls(self) -> None:
        self.train_button = QPushButton("Train…")
        self.train_button.setToolTip("Choose what to train")
        self.train_button.clicked.connect(self.train_requested)
        self.stop_button = QPushButton("Stop")
        self.stop_button.setToolTip("Stop the training; everything recorded so far is kept")
        self.stop_button.clicked.connect(self._trainer.stop)
        self.progress = QProgressBar()
        self.progress.setAccessibleName("Progress of the training")
        self.progress.setFormat("%p %")  # the panel's line says how much time is left: there is room for it
        self.progress.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.progress.setMinimumWidth(60)
        self.controls.addWidget(self.train_button)
        self.controls.addWidget(self.stop_button)
        self.controls.addWidget(self.progress, 1)

    def _arrange_plots(self) -> None:
        self.picture.addWidget(self.heading)
        self.picture.addWidget(self.newest)
        self.picture.addWidget(self.legend)
        self.picture.addWidget(self.loss, 1)
        self.loss.setAccessibleName("Loss over the iterations of the training")
        self.zoom = HandZoom(self, self.loss)
        self.keep("view", of_loss(self.zoom.setting(self.settings_changed.emit)), "zoom")
        self.beside = BesideRow(self, self._pool, (self.loss,))
        self.loss.left.connect(self._on_loss_left)
        self.loss.pointed.connect(self._on_loss_pointed)

    def needs(self, selection: Selection) -> object:
        training = self._trainer.training
        if training is not None:
            return Live(training, training.events)
        if selection.place is None:
            return Empty("Nothing is being trained, and no run is open.")
        if selection.place.snapshots == 0:
            return Empty("Nothing is being trained here, and the selected run has no snapshot yet.")
        missing = missing_curves(selection.place.source)
        return Empty(missing) if missing else selection.place.source

    @staticmethod
    def compute(needs: Live | Run | RunGroup) -> Live | Stored:
        if isinstance(needs, Live):
            return needs
        curves = stored_curves(needs, "loss"), stored_curves(needs, "accuracy")
        return Stored(needs, *curves, went(needs), spreads(needs, "loss"))

    def wants(self, question: object) -> bool:
        # Events come faster than answers: an older picture of the same training is still good.
        if isinstance(question, Live) and isinstance(self._question, Live):
            return question.training is self._question.training
        return super().wants(question)

    def draw(self, result: Live | Stored) -> None:
        if isinstance(result, Live):
            training = result.training
            heading, self._status = training.title, goes(training)
            loss, accuracy = (
                {part: (trace.x, trace.y) for part, trace in traces.items() if len(trace)}
                for traces in (training.loss, training.accuracy)
            )
        else:
            heading, self._status = title_of(result.source), result.status
            loss, accuracy = dict(result.loss), dict(result.accuracy)
        self._curves = loss, accuracy
        self._over = "iteration" if isinstance(result, Live) else course(result.source)[0]
        self.loss.set_x_label(self._over)
        self.heading.setText(heading)
        self.newest.setText(accuracies_now(result.training) if isinstance(result, Live) else "" if loss else NO_LOSS)
        self.newest.setVisible(bool(self.newest.text()))
        runs = NO_RUNS if isinstance(result, Live) else result.runs
        self.loss.show_curves(loss, runs)
        known = [part for part in PARTS if part in loss]
        self.legend.set_entries(
            [
                *(Entry(part, theme.accuracy_pen(part).color(), theme.accuracy_mark(part)) for part in known),
                *mean_entries(None if isinstance(result, Live) else result.source),
            ]
        )
        source = self._source()
        self.zoom.show_for(UNOPENED if source is None else Place(source).run.run_id)
        self._show_state()
        self._show_cursor(self.session.selection)
        self._show_line()

    def _source(self) -> Run | RunGroup | None:
        """The run or group whose training is shown; None: it is not open yet."""
        training, place = self._trainer.training, self.session.selection.place
        if training is None:
            return None if place is None else place.source
        return next((run for run in self.session.runs if Path(run.path) == training.path), None)

    def drawing(self) -> Drawing | None:
        """The curves, of a training under way too, once its run is open."""
        shown, source, selection = self._curves, self._source(), self.session.selection
        if shown is None or source is None or source.snapshots == 0:
            return None
        chosen = selection.place
        here = chosen.snapshot if chosen is not None and chosen.source is source else source.snapshots - 1
        over, places = course(source)
        if isinstance(source, RunGroup):
            figure = training_of(source, here, self.zoom.zoom)
        else:
            figure = training_figure(short_name(source), *shown, float(places[here]), over, self.zoom.zoom)
        place = Place(source, "" if chosen is None else chosen.layer, here)
        units = tuple(sorted(selection.units))
        return Drawing(figure, place.alone, units, self.settings(), group=place.others)

    def place(self, needs: Live | Run | RunGroup) -> object:
        if isinstance(needs, Live):
            return Path(needs.training.path)
        return Place(needs).subject if isinstance(needs, RunGroup) else needs.path

    def awaited(self, needs: Live | Run | RunGroup) -> str:
        return f"{needs.training.title if isinstance(needs, Live) else Place(needs).name}: computing…"

    def clear(self) -> None:
        self._curves = self._pointed = None
        self._status = ""
        self.heading.setText("")
        self.newest.setText("")
        self.legend.set_entries(())
        self.loss.show_curves({})
        self.loss.point_at(None)

    def as_python(self) -> str | None:
        run = self.session.selection.run
        if run is None:
            return group_table_program(self.drawing())
        return program(
            run,
            'for part in ("train", "validation", "test"):',
            '    print(part, run.history(f"{part}_loss"), run.history(f"{part}_accuracy"))',
            "print(run.spec.command)  # what makes this run again",
        )

    def shut(self) -> None:
        self._timer.stop()
        super().shut()

    def _show_state(self) -> None:
        """Buttons and progress bar."""
        training = self._trainer.training
        self._show_buttons()
        self.progress.setVisible(training is not None)
        progress = training.progress if training is not None else None
        if progress is None:
            self.progress.setRange(0, 0)  # busy: it is not known how long loading takes
            return
        self.progress.setRange(0, STEPS)
        self.progress.setValue(round(STEPS * progress.estimate.done))

    def _show_buttons(self) -> None:
        training = self._trainer.training
        self.train_button.setEnabled(training is None)
        self.stop_button.setEnabled(training is not None and not training.stopping)

    def _show_cursor(self, selection: Selection) -> None:
        place, source = selection.place, self._source()
        here = None
        if place is not None and place.source is source and place.snapshot < place.snapshots:
            here = float(course(place.source)[1][place.snapshot])
        self.loss.point_at(here)

    def _show_line(self) -> None:
        if self._pointed is None:
            self.line.setText(self._status)
        else:
            at = f"{self._over} {max(round(self._pointed), 0):,}"
            self.line.setText(f"{at}: loss {self.loss.reading(self._pointed)}")

    def _on_session_changed(self, old: Selection, new: Selection) -> None:
        super()._on_session_changed(old, new)
        if self.isVisible():
            self._show_cursor(new)

    def _on_trainer_changed(self) -> None:
        self._show_buttons()
        if self.isVisible() and not self._timer.isActive():
            self._timer.start()

    def _on_loss_pointed(self, x: float, _y: float) -> None:
        self._pointed = x
        self._show_line()

    def _on_loss_left(self) -> None:
        self._pointed = None
        self._show_line()
