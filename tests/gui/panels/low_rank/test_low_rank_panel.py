"""The low-rank panel against numpy's singular values and against the network with its weights replaced."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from low_rank_driving import correct_with, go, shown_correct, truncated, wait
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QGuiApplication, QMouseEvent
from PySide6.QtWidgets import QApplication

from workbench.analysis.low_rank import smallest_rank_within
from workbench.evaluation.run_evaluators import data_of
from workbench.gui.panels.low_rank.panel import NO_UNITS, LowRankPanel

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytestqt.qtbot import QtBot

    from tests.gui.conftest import WriteRun
    from workbench.gui.state.session import Session
    from workbench.runs.run import Run

    Show = Callable[..., LowRankPanel]


NO_KEYS = Qt.KeyboardModifier.NoModifier


pytestmark = pytest.mark.usefixtures("one_thread", "no_evaluator_stays")


@pytest.mark.parametrize(("layer", "snapshot"), [("fc1", 28), ("fc1", 0), ("conv2", 28)])
def test_the_curve_is_the_residual_of_numpys_singular_values(
    show: Show, sample: Run, layer: str, snapshot: int
) -> None:
    panel = show(sample, layer=layer, snapshot=snapshot)
    squares = np.linalg.svd(sample.layer(layer).weights(snapshot).astype(float), compute_uv=False) ** 2
    expected = [100 * squares[rank:].sum() / squares.sum() for rank in range(len(squares) + 1)]
    ranks, lost = panel.plot.residual.getData()
    np.testing.assert_array_equal(ranks, np.arange(len(squares) + 1))
    np.testing.assert_allclose(lost, expected, atol=1e-5)
    assert panel.shown_result is not None
    np.testing.assert_allclose(
        panel.shown_result.result.norm_percent, np.sqrt(1e4 - 100 * np.array(expected)), atol=1e-2
    )


def test_the_line_says_what_is_shown_and_found(show: Show, sample: Run) -> None:
    panel = show(sample, layer="fc1", snapshot=28)
    squares = np.linalg.svd(sample.layer("fc1").weights(28).astype(float), compute_uv=False) ** 2
    norm = 100 * np.sqrt(squares[:10].sum() / squares.sum())
    accuracy = 100 * correct_with(sample, "fc1", truncated(sample.layer("fc1").weights(), 10)) / 360
    change = accuracy - sample.test_accuracy[28]
    signed = f"{change:+.1f}".replace("-", "−") if round(change, 1) else "0"
    proposed = panel.proposed_ranks()
    assert panel.line.text() == (
        f"digits_conv · fc1, epoch 40: rank 10 of 100 keeps {norm:.1f} % of the norm; accuracy {accuracy:.1f} % "
        f"({signed}); elbows: Kneedle 10, gap {proposed['gap']}, MP edge {proposed['MP edge']}, "
        f"tolerance {proposed['tolerance']}"
    )


@pytest.mark.parametrize(("layer", "ranks"), [("fc1", (0, 3, 10, 60)), ("conv2", (1, 6)), ("fc3", (4,))])
def test_the_accuracy_is_that_of_the_network_with_truncated_weights(
    qtbot: QtBot, show: Show, sample: Run, layer: str, ranks: tuple[int, ...]
) -> None:
    panel = show(sample, layer=layer, snapshot=28)
    curve = panel.plot.accuracy.getData()[1]
    for rank in ranks:
        expected = correct_with(sample, layer, truncated(sample.layer(layer).weights(), rank))
        go(qtbot, panel, rank)
        assert shown_correct(panel) == expected
        assert curve[rank] == pytest.approx(100 * expected / 360)


@pytest.mark.parametrize("part", ["test", "validation"])
def test_full_rank_is_the_stored_accuracy(qtbot: QtBot, show: Show, sample: Run, part: str) -> None:
    panel = show(sample, layer="fc1", snapshot=20)
    panel.advanced.part.setCurrentText(part)
    wait(qtbot, panel)
    go(qtbot, panel, 100)
    accuracy = panel.answers.accuracy()
    assert accuracy is not None
    assert accuracy.accuracy == pytest.approx(sample.history(f"{part}_accuracy")[20])
    assert panel.plot.stored.value() == pytest.approx(accuracy.accuracy)
    assert "(0)" in panel.line.text()


def test_tolerance_is_the_smallest_rank_that_keeps_the_validation_accuracy(
    qtbot: QtBot, show: Show, sample: Run
) -> None:
    panel = show(sample, layer="fc2", snapshot=28)
    weights = sample.layer("fc2").weights()
    counts = [correct_with(sample, "fc2", truncated(weights, rank), part="validation") for rank in range(33)]
    accuracies = 100 * np.array(counts) / len(data_of(sample, "validation"))
    for points in (1.0, 0.0, 20.0):
        panel.advanced.tolerance.setValue(points)
        assert panel.proposed_ranks()["tolerance"] == smallest_rank_within(accuracies, points)
    panel.elbows.buttons["tolerance"].click()
    assert panel.rank.value() == smallest_rank_within(accuracies, 20.0)


def test_what_training_added_is_approximated_on_top_of_the_initial_weights(
    qtbot: QtBot, show: Show, panel: LowRankPanel, sample: Run
) -> None:
    show(sample, layer="fc2", snapshot=28)
    panel.matrix.setCurrentText("W − W₀")
    wait(qtbot, panel)
    go(qtbot, panel, 5)
    start, end = sample.layer("fc2").weights(0).astype(float), sample.layer("fc2").weights(28).astype(float)
    squares = np.linalg.svd(end - start, compute_uv=False) ** 2
    np.testing.assert_allclose(panel.plot.residual.getData()[1][5], 100 * squares[5:].sum() / squares.sum())
    assert shown_correct(panel) == correct_with(sample, "fc2", start + truncated(end - start, 5))
    assert "rank 5 of 32 of W − W₀" in panel.line.text()
    show(snapshot=0)  # nothing has moved: every rank is all of it
    assert not panel.plot.residual.getData()[1].any()
    assert shown_correct(panel) == round(sample.test_accuracy[0] * 3.6)


def test_selected_units_alone_are_approximated(
    qtbot: QtBot, show: Show, panel: LowRankPanel, session: Session, sample: Run
) -> None:
    show(sample, layer="fc1", snapshot=28)
    panel.matrix.setCurrentText("selected units")
    wait(qtbot, panel)
    assert panel.line.text() == NO_UNITS
    units = [2, 3, 5, 7, 11, 13, 17, 19]
    session.select(units=frozenset(units))
    wait(qtbot, panel)
    go(qtbot, panel, 2)
    weights = sample.layer("fc1").weights(28).astype(float)
    squares = np.linalg.svd(weights[units], compute_uv=False) ** 2
    expected = [100 * squares[rank:].sum() / squares.sum() for rank in range(9)]
    np.testing.assert_allclose(panel.plot.residual.getData()[1], expected, atol=1e-9)
    weights[units] = truncated(weights[units], 2)
    assert shown_correct(panel) == correct_with(sample, "fc1", weights)
    session.select(units=frozenset())
    wait(qtbot, panel)
    assert panel.line.text() == NO_UNITS
    panel.matrix.setCurrentText("W")
    wait(qtbot, panel)
    assert "rank 10 of 100 keeps" in panel.line.text()


def test_a_drag_ends_at_the_last_rank_with_its_accuracy(qtbot: QtBot, show: Show, sample: Run) -> None:
    panel = show(sample, layer="fc1", snapshot=28)
    box, viewport = panel.plot.getPlotItem().vb, panel.plot.viewport()
    left = Qt.MouseButton.LeftButton
    for rank in (80, 60, 40, 20, 4):
        place = panel.plot.mapFromScene(box.mapViewToScene(QPointF(rank, 50.0)))
        kind = QEvent.Type.MouseButtonPress if rank == 80 else QEvent.Type.MouseMove
        position = QPointF(place), QPointF(viewport.mapToGlobal(place))
        QApplication.sendEvent(viewport, QMouseEvent(kind, *position, left, left, NO_KEYS))
    qtbot.mouseRelease(viewport, left, pos=place)
    wait(qtbot, panel)
    assert panel.rank.value() == panel.rank.slider.value() == panel.plot.handle.value() == 4
    assert shown_correct(panel) == correct_with(sample, "fc1", truncated(sample.layer("fc1").weights(), 4))
    assert "rank 4 of 100" in panel.line.text()


def test_a_rank_is_answered_before_the_whole_curve_is_there(
    qtbot: QtBot, show: Show, panel: LowRankPanel, sample: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    show(sample, layer="fc1", snapshot=28)
    monkeypatch.setattr(panel.answers._all, "ask", lambda _cost: None)  # a curve that takes for ever
    panel.session.select(snapshot=27)
    qtbot.waitUntil(lambda: panel.shown_result is not None and panel.shown_result.question.place.snapshot == 27)
    for rank in (50, 30, 7):
        panel.rank.box.setValue(rank)
    qtbot.waitUntil(lambda: panel.answers.accuracy() is not None, timeout=20_000)
    assert panel.answers.curves is None
    panel.rank.slider.setValue(6)
    qtbot.waitUntil(lambda: panel.answers.accuracy() is not None, timeout=20_000)
    expected = correct_with(sample, "fc1", truncated(sample.layer("fc1").weights(27), 6), 27)
    assert shown_correct(panel) == expected


def test_the_rank_follows_the_elbow_until_it_is_set_by_hand(qtbot: QtBot, show: Show, sample: Run) -> None:
    panel = show(sample, layer="fc2", snapshot=28)
    first = {}
    for snapshot in (0, 28):
        show(snapshot=snapshot)
        first[snapshot] = panel.proposed_ranks()["Kneedle"]
        assert panel.rank.value() == first[snapshot]
    assert len(set(first.values())) > 1
    go(qtbot, panel, 17)
    show(snapshot=0)
    assert panel.rank.value() == 17
    show(layer="fc3")
    assert panel.rank.value() == panel.proposed_ranks()["Kneedle"]
    show(layer="fc2")
    assert panel.rank.value() == 17
    qtbot.mouseClick(panel.elbows.buttons["Kneedle"], Qt.MouseButton.LeftButton)
    show(snapshot=28)
    assert panel.rank.value() == first[28]


def test_every_elbow_is_marked_on_the_curve_and_one_click_away(qtbot: QtBot, show: Show, sample: Run) -> None:
    panel = show(sample, layer="fc1", snapshot=28)
    proposed = panel.proposed_ranks()
    assert [point.pos().x() for point in panel.plot.marks.points()] == list(proposed.values())
    for name, rank in proposed.items():
        button = panel.elbows.buttons[name]
        assert button.text() == f"{name} {rank}"
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
        assert panel.rank.value() == rank


def test_a_new_snapshot_never_keeps_the_accuracy_of_another(qtbot: QtBot, show: Show, sample: Run) -> None:
    panel = show(sample, layer="fc1", snapshot=28)
    items = list(panel.plot.getPlotItem().items)
    panel.session.select(snapshot=5)
    qtbot.waitUntil(lambda: panel.settled)
    if panel.answers.curves is None:
        assert panel.answers.accuracy() is None
    assert panel.plot.stored.value() == pytest.approx(sample.test_accuracy[5])
    wait(qtbot, panel)
    assert panel.plot.accuracy.getData()[1][-1] == pytest.approx(sample.test_accuracy[5])
    assert list(panel.plot.getPlotItem().items) == items


def test_missing_data_are_named_while_the_residual_still_shows(
    show: Show, sample: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("WORKBENCH_DATA", raising=False)
    spec = replace(sample.spec, data=replace(sample.spec.data, name="mnist"))
    panel = show(replace(sample, spec=spec, run_id="elsewhere"), layer="fc1", snapshot=28)
    assert panel.problem.isVisible()
    assert "MNIST" in panel.problem.text()
    assert "WORKBENCH_DATA" in panel.problem.text()
    assert len(panel.plot.residual.getData()[0]) == 101
    assert "rank 10 of 100 keeps" in panel.line.text()
    assert "accuracy" not in panel.line.text()


def test_a_diverged_snapshot_says_so_and_the_others_still_show(show: Show, write_run: WriteRun) -> None:
    weights = [np.random.default_rng(0).normal(size=(6, 20)) for _ in range(2)]
    run = write_run({"fc1": weights}, spectra={("fc1", 1): np.full(6, np.nan)})
    panel = show(run, layer="fc1", snapshot=1)
    assert panel.shows_message
    assert "diverged" in panel.message
    show(snapshot=0)
    assert not panel.shows_message
    assert "of 6 keeps" in panel.line.text()


def test_an_empty_or_hidden_panel_asks_nothing(
    panel: LowRankPanel, session: Session, sample: Run, qtbot: QtBot
) -> None:
    assert "No run is open" in panel.message
    panel.hide()
    session.add(sample)
    assert (panel.shown_result, panel.answers.about) == (None, None)
    panel.show()
    wait(qtbot, panel)
    assert panel.answers.accuracy() is not None


def test_a_panel_that_is_shut_in_the_middle_leaves_nothing_behind(
    panel: LowRankPanel, session: Session, sample: Run, qtbot: QtBot
) -> None:
    session.add(sample)
    session.select(layer="conv1", snapshot=28)
    qtbot.waitUntil(lambda: panel.answers.about is not None, timeout=20_000)
    panel.shut()
    session.select(snapshot=3)
    assert not panel.answers.rest.isActive()


def test_pointing_reads_a_rank_and_copying_takes_them_all(show: Show, sample: Run) -> None:
    panel = show(sample, layer="fc1", snapshot=28)
    panel.plot.pointed.emit(20.3, 50.0)
    assert panel.line.text().startswith("rank 20: residual ")
    panel.plot.left.emit()
    assert "rank 10 of 100" in panel.line.text()
    panel.advanced.copy.click()
    assert len(QGuiApplication.clipboard().text().splitlines()) == 102
