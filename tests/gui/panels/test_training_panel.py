"""The trainer and its panel: fed with a script, and driven once for real."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest
from PySide6.QtCore import QPointF
from scripted_training import QUICK, TITLE, Script, progress, snapshot, started

from workbench.training.events import (
    Event,
    Heartbeat,
    Paused,
    Silent,
    TrainingError,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from workbench.gui.panels.training import TrainingPanel
    from workbench.gui.state.session import Session
    from workbench.gui.state.trainer import Trainer
    from workbench.runs.run import Run

# The offscreen platform has no window manager to tell the least size to, and says so.
pytestmark = pytest.mark.qt_log_ignore("This plugin does not support propagateSizeHints")


@pytest.fixture
def play(monkeypatch: pytest.MonkeyPatch, trainer: Trainer, tmp_path: Path) -> Callable[[Script], Script]:
    """Starts a training that says what the script says."""

    def begin(script: Script) -> Script:
        monkeypatch.setattr("workbench.training.process.host.host", script)
        trainer.start(QUICK, tmp_path / "trained.h5")
        return script

    return begin


def curve(panel: TrainingPanel, plot: str, part: str) -> tuple[Any, Any]:
    x, y = getattr(panel, plot).curves[part].getOriginalDataset()
    return ([], []) if x is None else (x.tolist(), y.tolist())


def test_a_training_is_drawn_while_it_runs(
    training_panel: TrainingPanel, play: Callable[[Script], Script], qtbot: QtBot
) -> None:
    play(Script([started(), snapshot(0, 0), progress(10), progress(20), snapshot(1, 30), progress(40)]))
    qtbot.waitUntil(lambda: "iteration 40 of 90" in training_panel.line.text())
    assert training_panel.line.text() == "training: iteration 40 of 90, 4 it/s, about 12 s left"
    assert training_panel.progress.isVisible()
    assert training_panel.progress.text() == "44 %"
    training_panel.resize(290, 330)
    bar = training_panel.progress
    assert bar.fontMetrics().horizontalAdvance("100 %") < bar.width(), "on one line"
    assert training_panel.heading.text() == TITLE  # as it is written
    # the mean since the last snapshot stands in for the training curve where no sign of life came since
    assert curve(training_panel, "loss", "train") == ([0, 10, 20, 30, 40], [10.0, 0.2, 0.1, 11.0, 0.05])
    # the newest number of each part; the curves over time are the timeline's
    assert training_panel.newest.text() == "accuracy: train 40.0 %, validation 11.0 %, test 11.0 %"
    assert [entry.text for entry in training_panel.legend.entries] == ["train", "validation", "test"]
    assert not training_panel.train_button.isEnabled()


def test_many_events_are_drawn_ten_times_a_second_at_most(
    training_panel: TrainingPanel, play: Callable[[Script], Script], qtbot: QtBot
) -> None:
    drawn: list[float] = []
    training_panel.drawn.connect(lambda: drawn.append(time.monotonic()))
    begun = time.monotonic()
    play(Script([started(), *(progress(number) for number in range(1, 90))] * 20))
    qtbot.waitUntil(lambda: training_panel.settled and "iteration 89" in training_panel.line.text())
    assert len(drawn) <= (time.monotonic() - begun) / 0.1 + 2


def test_the_stop_button_asks_the_training_to_end(
    training_panel: TrainingPanel, trainer: Trainer, play: Callable[[Script], Script], qtbot: QtBot
) -> None:
    script = play(Script([started(), progress(10)]))
    qtbot.waitUntil(lambda: "iteration 10" in training_panel.line.text())
    with qtbot.waitSignal(trainer.ended) as ended:
        training_panel.stop_button.click()
        assert not training_panel.stop_button.isEnabled()
    assert script.asked_to_stop
    assert ended.args[0].reason == "stopped"
    assert trainer.training is None
    qtbot.waitUntil(lambda: training_panel.train_button.isEnabled())


def test_what_the_training_has_to_say_comes_first_in_the_line(
    training_panel: TrainingPanel, play: Callable[[Script], Script], qtbot: QtBot
) -> None:
    play(Script([started(), progress(10, loss=float("nan"), note="the loss is not a finite number")]))
    qtbot.waitUntil(lambda: training_panel.line.text().startswith("the loss is not a finite number; training"))
    assert curve(training_panel, "loss", "train") == ([], [])


def test_a_pause_is_said_until_the_training_goes_on(
    training_panel: TrainingPanel, trainer: Trainer, qtbot: QtBot, play: Callable[[Script], Script]
) -> None:
    problem = "/runs/trained.h5 cannot be written (No space left on device)"
    waits = []
    trainer.paused.connect(waits.append)
    script = play(Script([started(), progress(3), Paused(problem), Heartbeat(), Paused(problem)], [progress(4)]))
    said = f"paused; it continues automatically when it can: {problem}"
    qtbot.waitUntil(lambda: training_panel.line.text() == said)
    assert waits == [Paused(problem)]
    script.then = [progress(4), Heartbeat()]
    with qtbot.waitSignal(trainer.progressed):
        script.go_on.set()
    qtbot.waitUntil(lambda: trainer.training is None)


def test_a_process_that_does_not_answer_is_said_until_it_does(
    training_panel: TrainingPanel, trainer: Trainer, qtbot: QtBot, play: Callable[[Script], Script]
) -> None:
    problem = "the training process does not respond (stopped by the system?)"
    waits, returns = [], []
    trainer.paused.connect(waits.append)
    trainer.went_on.connect(lambda: returns.append(True))
    script = Script([started(), progress(3), Silent(problem), Silent(problem)], [progress(4)])
    script.beat = Silent(problem)
    play(script)
    qtbot.waitUntil(lambda: training_panel.line.text() == problem)
    assert (waits, returns) == ([Silent(problem)], [])
    script.beat = Heartbeat()
    qtbot.waitUntil(lambda: training_panel.line.text().startswith("training: iteration 3"))
    assert (waits, returns) == ([Silent(problem)], [True])


def test_a_run_that_goes_on_in_another_file_is_announced_again(
    training_panel: TrainingPanel, trainer: Trainer, qtbot: QtBot, play: Callable[[Script], Script], tmp_path: Path
) -> None:
    paths: list[Path] = []
    trainer.path_ready.connect(paths.append)
    script = play(Script([started(), snapshot(0, 0), Paused("it was deleted", "/other.h5")]))
    qtbot.waitUntil(lambda: training_panel.line.text().endswith("it was deleted"))
    other = tmp_path / "other.h5"
    trainer.go_on_as(other)
    qtbot.waitUntil(lambda: training_panel.line.text().startswith("starting"))
    assert script.names == [other]
    assert paths == [tmp_path / "trained.h5", other]
    assert trainer.training is not None
    assert trainer.training.path == other


def test_a_training_that_goes_on_shows_the_whole_run(
    training_panel: TrainingPanel,
    trainer: Trainer,
    small_run: Run,
    monkeypatch: pytest.MonkeyPatch,
    qtbot: QtBot,
) -> None:
    last = int(small_run.iterations[-1])

    def rest(_path: Path, should_stop: Callable[[], bool], **_: Any) -> Iterator[Event]:
        yield started()
        yield progress(last + 5)
        while not should_stop():
            time.sleep(0.01)
            yield Heartbeat()

    monkeypatch.setattr("workbench.training.process.host.host_rest", rest)
    trainer.resume(small_run.spec, small_run.path)
    iterations = [*small_run.iterations.tolist(), last + 5]
    qtbot.waitUntil(lambda: curve(training_panel, "loss", "train")[0] == iterations)
    assert curve(training_panel, "loss", "train")[1] == [*small_run.train_loss.tolist(), 2.0 / (last + 5)]
    assert f"test {small_run.test_accuracy[-1]:.1f} %" in training_panel.newest.text()
    assert curve(training_panel, "loss", "validation")[1] == small_run.validation_loss.tolist()
    trainer.stop()
    qtbot.waitUntil(lambda: trainer.training is None)


def test_the_file_is_announced_once_with_its_first_snapshot(
    trainer: Trainer, play: Callable[[Script], Script], qtbot: QtBot, tmp_path: Path
) -> None:
    paths: list[Path] = []
    trainer.path_ready.connect(paths.append)
    script = play(Script([started(), progress(10)], [snapshot(0, 0), snapshot(1, 10), TrainingError("killed")]))
    qtbot.waitUntil(lambda: trainer.training is not None and trainer.training.progress is not None)
    assert paths == []
    with qtbot.waitSignals([trainer.failed, trainer.ended]):
        script.go_on.set()
    assert paths == [tmp_path / "trained.h5"]


def test_after_a_failure_the_run_so_far_is_announced(
    trainer: Trainer, play: Callable[[Script], Script], qtbot: QtBot
) -> None:
    script = play(Script([started()], [TrainingError("the disk is full")]))
    with qtbot.waitSignals([trainer.failed, trainer.path_ready, trainer.ended]):
        script.go_on.set()


def test_a_file_that_was_there_before_is_not_announced(
    trainer: Trainer, play: Callable[[Script], Script], qtbot: QtBot, tmp_path: Path
) -> None:
    (tmp_path / "trained.h5").touch()
    script = play(Script([], [TrainingError("already exists")]))
    with qtbot.assertNotEmitted(trainer.path_ready), qtbot.waitSignal(trainer.ended) as ended:
        script.go_on.set()
    assert ended.args == [None]


def test_only_one_training_runs_at_a_time(trainer: Trainer, play: Callable[[Script], Script]) -> None:
    play(Script([started()]))
    with pytest.raises(TrainingError, match="already running"):
        trainer.start(QUICK, trainer.training.path)  # type: ignore[union-attr]


def test_without_a_training_the_selected_run_shows_its_curves(
    training_panel: TrainingPanel, session: Session, small_run: Run, qtbot: QtBot
) -> None:
    with qtbot.waitSignal(training_panel.drawn):
        session.add(small_run)
    qtbot.waitUntil(lambda: training_panel.settled)
    assert curve(training_panel, "loss", "train")[0] == small_run.iterations.tolist()
    drawing = training_panel.drawing()
    assert drawing is not None
    *_, test = drawing.figure.accuracy  # type: ignore[attr-defined]
    assert test.y.tolist() == small_run.test_accuracy.tolist()
    assert training_panel.line.text() == f"finished in 4 s: test {small_run.test_accuracy[-1]:.1f} %"
    assert not training_panel.progress.isVisible()


def test_the_line_in_the_plots_follows_the_selected_snapshot(
    training_panel: TrainingPanel, session: Session, small_run: Run, qtbot: QtBot
) -> None:
    session.add(small_run)
    qtbot.waitUntil(lambda: training_panel.settled)
    session.select(snapshot=3)
    assert training_panel.loss.cursor.isVisible()
    assert training_panel.loss.cursor.value() == small_run.iterations[3]


def test_the_snapshot_of_another_run_is_not_marked_in_a_live_plot(
    training_panel: TrainingPanel, session: Session, small_run: Run, play: Callable[[Script], Script], qtbot: QtBot
) -> None:
    session.add(small_run)
    play(Script([started(), progress(10)]))
    qtbot.waitUntil(lambda: "iteration 10" in training_panel.line.text())
    assert not training_panel.loss.cursor.isVisible()


def test_pointing_at_a_plot_reads_its_values(
    training_panel: TrainingPanel, session: Session, small_run: Run, qtbot: QtBot
) -> None:
    session.add(small_run)
    qtbot.waitUntil(lambda: training_panel.settled)
    box = training_panel.loss.getPlotItem().vb
    qtbot.waitUntil(lambda: box.viewRange()[0][1] > small_run.iterations[2])
    training_panel.loss.scene().sigMouseMoved.emit(box.mapViewToScene(QPointF(small_run.iterations[2], 0.5)))
    assert training_panel.line.text() == "iteration 20: loss train 0.25, validation 0.25, test 0.25"
    training_panel.loss.left.emit()
    assert training_panel.line.text().startswith("finished")


def test_an_empty_panel_says_why_and_offers_a_training(training_panel: TrainingPanel, qtbot: QtBot) -> None:
    assert "no run is open" in training_panel.message
    with qtbot.waitSignal(training_panel.train_requested):
        training_panel.start_button.click()


def test_a_hidden_panel_draws_nothing(
    training_panel: TrainingPanel, trainer: Trainer, play: Callable[[Script], Script], qtbot: QtBot
) -> None:
    training_panel.hide()
    with qtbot.assertNotEmitted(training_panel.drawn, wait=200):
        play(Script([started(), progress(10)]))
        qtbot.waitUntil(lambda: trainer.training is not None and trainer.training.progress is not None)
