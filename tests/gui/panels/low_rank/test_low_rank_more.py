"""What the low-rank panel shows only when asked: all layers, the curve over the snapshots, the program."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from warm_children import run_python

from workbench.evaluation.evaluator import exact
from workbench.evaluation.questions import joint_low_rank
from workbench.evaluation.run_evaluators import evaluator
from workbench.figures.low_rank.joint import joint_sentence
from workbench.gui.panels.low_rank.panel import LowRankPanel
from workbench.runs.place import place_in

if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import ThreadPoolExecutor

    from pytestqt.qtbot import QtBot

    from workbench.gui.state.session import Session
    from workbench.runs.run import Run


pytestmark = pytest.mark.usefixtures("one_thread", "no_evaluator_stays", "lasting_cache")


@pytest.fixture
def panel(qtbot: QtBot, session: Session, pool: ThreadPoolExecutor, sample: Run) -> Iterator[LowRankPanel]:
    """The panel with fc1 of the sample run at its last snapshot, all accuracies there."""
    shown = LowRankPanel(session, pool, pool)
    qtbot.addWidget(shown)
    shown.answers.rest.setInterval(20)
    shown.more.rest.setInterval(20)
    shown.resize(480, 400)
    with qtbot.waitExposed(shown):
        shown.show()
    session.add(sample)
    session.select(layer="fc1", snapshot=28)
    wait(qtbot, shown)
    yield shown
    shown.shut()


def wait(qtbot: QtBot, panel: LowRankPanel) -> None:
    qtbot.waitUntil(lambda: panel.complete and panel.settled, timeout=30_000)


def drawn(panel: LowRankPanel) -> tuple[np.ndarray, np.ndarray]:
    snapshots, accuracy = panel.more.over_time.accuracy.getData()
    return (np.array([]), np.array([])) if snapshots is None else (snapshots, accuracy)


def all_drawn(qtbot: QtBot, panel: LowRankPanel, count: int) -> np.ndarray:
    qtbot.waitUntil(lambda: len(drawn(panel)[0]) == count, timeout=30_000)
    return drawn(panel)[1]


def test_all_layers_are_told_in_a_line_at_each_snapshot_while_their_switch_is_on(
    qtbot: QtBot, panel: LowRankPanel, sample: Run
) -> None:
    together = panel.more.together
    together.rest.setInterval(20)
    assert not together.line.isVisible()
    panel.advanced.energy.setValue(20.0)
    panel.advanced.all_layers.setChecked(True)
    assert together.line.isVisible()
    expected = joint_low_rank(sample, 0.2, 28)
    qtbot.waitUntil(lambda: together.line.text() == joint_sentence(expected), timeout=30_000)
    ranks = dict(expected.ranks)
    assert together.line.text().startswith(f"all layers at tolerance 20 %: ranks conv1 {ranks['conv1']}, conv2 ")
    assert "% of the weights as factors" in together.line.text()
    drawing = panel.drawing()
    assert drawing is not None
    low, high = expected.accuracy.interval95
    assert drawing.figure.all_layers.interval == (low, high)  # type: ignore[attr-defined]
    assert drawing.figure.table().columns[-2:] == (
        "all layers at tolerance 20 %",
        "all layers at tolerance 20 %: value",
    )
    panel.rank.box.setValue(7)
    assert together.line.text() == joint_sentence(expected)
    panel.session.select(snapshot=5)
    wait(qtbot, panel)
    other = joint_sentence(joint_low_rank(sample, 0.2, 5))
    qtbot.waitUntil(lambda: together.line.text() == other, timeout=30_000)
    panel.advanced.all_layers.setChecked(False)
    assert not together.line.isVisible()


def test_the_curve_over_the_snapshots_is_that_of_the_shown_rank(qtbot: QtBot, panel: LowRankPanel, sample: Run) -> None:
    assert not panel.more.over_time.isVisible()
    panel.rank.box.setValue(6)
    panel.advanced.over_time.setChecked(True)
    found = all_drawn(qtbot, panel, sample.snapshots)
    np.testing.assert_array_equal(drawn(panel)[0], np.arange(sample.snapshots))
    for snapshot in (0, 9, 28):
        assert found[snapshot] == exact(evaluator(place_in(sample, "fc1", snapshot)).low_ranks(6)).accuracy
    np.testing.assert_allclose(panel.more.over_time.stored.getData()[1], sample.test_accuracy)
    assert panel.more.over_time.here.value() == 28
    assert not panel.more.doubt.isVisible()
    panel.advanced.over_time.setChecked(False)
    assert not panel.more.over_time.isVisible()


def test_what_makes_the_curve_over_the_snapshots_doubtful_is_said_under_it(
    qtbot: QtBot, panel: LowRankPanel, sample: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def doubtful(run: Run, snapshot: int, part: str, *_: object) -> tuple[str, ...]:
        return (f"Snapshot {snapshot} is not that of the {part} images.",)

    monkeypatch.setattr("workbench.evaluation.doubts.warnings_of", doubtful)
    panel.rank.box.setValue(6)
    panel.advanced.over_time.setChecked(True)
    all_drawn(qtbot, panel, sample.snapshots)
    assert panel.more.doubt.text() == "Snapshot 28 is not that of the test images."
    assert panel.more.doubt.isVisible()
    panel.advanced.over_time.setChecked(False)
    assert not panel.more.doubt.isVisible()
    panel.advanced.over_time.setChecked(True)  # found before, and as doubtful
    qtbot.waitUntil(panel.more.doubt.isVisible, timeout=30_000)


def test_another_snapshot_keeps_the_curve_and_another_rank_replaces_it(
    qtbot: QtBot, panel: LowRankPanel, sample: Run
) -> None:
    panel.rank.box.setValue(6)
    panel.advanced.over_time.setChecked(True)
    first = all_drawn(qtbot, panel, sample.snapshots)
    panel.session.select(snapshot=4)
    wait(qtbot, panel)
    assert panel.more.over_time.here.value() == 4
    np.testing.assert_array_equal(drawn(panel)[1], first)
    panel.rank.box.setValue(2)
    assert len(drawn(panel)[0]) == 0
    second = all_drawn(qtbot, panel, sample.snapshots)
    assert second[28] == exact(evaluator(place_in(sample, "fc1", 28)).low_ranks(2)).accuracy
    assert second[28] < first[28]


def test_a_rank_that_was_asked_before_is_not_computed_again(
    qtbot: QtBot, panel: LowRankPanel, sample: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    panel.advanced.over_time.setChecked(True)
    first = all_drawn(qtbot, panel, sample.snapshots)
    panel.advanced.over_time.setChecked(False)
    monkeypatch.setattr("workbench.evaluation.ranks.over_snapshots.Evaluator", None)
    panel.advanced.over_time.setChecked(True)
    np.testing.assert_array_equal(all_drawn(qtbot, panel, sample.snapshots), first)


def test_a_panel_that_is_shut_gives_the_curve_up(qtbot: QtBot, panel: LowRankPanel, sample: Run) -> None:
    panel.advanced.over_time.setChecked(True)
    qtbot.waitUntil(lambda: len(drawn(panel)[0]) > 0, timeout=30_000)
    panel.shut()
    before = len(drawn(panel)[0])
    qtbot.wait(100)
    assert len(drawn(panel)[0]) <= before + 1 <= sample.snapshots + 1


@pytest.mark.parametrize("matrix", ["W", "W − W₀", "selected units"])
@pytest.mark.thinned(3)
def test_the_copied_program_runs_and_prints_what_the_panel_shows(
    qtbot: QtBot, panel: LowRankPanel, matrix: str
) -> None:
    panel.session.select(units=frozenset({1, 2, 3, 5, 8, 13, 21}))
    panel.matrix.setCurrentText(matrix)
    wait(qtbot, panel)
    panel.rank.box.setValue(3)
    wait(qtbot, panel)
    program = panel.as_python()
    assert program is not None
    done = run_python("-c", program)
    assert done.returncode == 0, done.stderr
    accuracy = panel.answers.accuracy()
    assert accuracy is not None
    assert f"accuracy {accuracy.accuracy:.2f} %, loss {accuracy.loss:.4g}" in done.stdout
    if matrix == "W":
        assert panel.shown_result is not None
        assert f"norm {panel.shown_result.result.norm_percent[3]:.1f} %" in done.stdout


def test_the_axis_says_less_where_there_is_less_room(qtbot: QtBot, panel: LowRankPanel) -> None:
    axis = panel.plot.getPlotItem().getAxis("left")
    for height, label in ((400, "residual, accuracy (%)"), (240, "(%)")):
        panel.resize(480, height)
        qtbot.waitUntil(lambda label=label: axis.labelText == label)
        assert axis.label.boundingRect().width() <= panel.plot.height()


def test_no_elbow_and_no_curve_is_cut_however_narrow_the_panel_is(panel: LowRankPanel, qtbot: QtBot) -> None:
    for width in (260, 330, 480, 900):
        panel.resize(width, 500)
        qtbot.waitUntil(lambda width=width: panel.width() == width and abs(panel.elbows.width() - width) < 30)
        nothing_is_cut(panel)


def nothing_is_cut(panel: LowRankPanel) -> None:
    row = panel.elbows
    places = [button.geometry() for button in row.buttons.values()]
    for button, place in zip(row.buttons.values(), places, strict=True):
        assert place.width() >= button.sizeHint().width()
        assert row.rect().contains(place)
        assert not place.intersects(row.legend.geometry())
    assert not any(one.intersects(other) for one in places for other in places if one is not other)
    assert row.legend.width() >= row.legend.length() or row.legend.height() > row.legend.fontMetrics().height() + 2
