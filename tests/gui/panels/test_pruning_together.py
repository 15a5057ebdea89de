"""The pruning panel beyond one layer's accuracy: the oracle, several layers, other axes, merging, and copies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from pruning_driving import LAST, check, choose, curve, on_one_thread, panel, question, run, show
from PySide6.QtGui import QGuiApplication
from warm_children import run_python

from workbench.analysis.matrices import frame_potential
from workbench.evaluation import run_evaluators, several
from workbench.evaluation.evaluator import exact
from workbench.evaluation.questions import prune
from workbench.evaluation.removal.oracle import greedy_oracle
from workbench.evaluation.removal.orders import orders_of
from workbench.evaluation.smaller.merging import merge
from workbench.figures.pruning.axes import smaller_sizes
from workbench.figures.pruning.curves import PruningCurves
from workbench.nets.architectures.building import build
from workbench.runs.place import place_in

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytestqt.qtbot import QtBot

    from workbench.gui.panels.pruning import PruningPanel
    from workbench.gui.state.session import Session
    from workbench.runs.run import Run

    Show = Callable[..., None]

BOTH = ("fc1", "fc2")


def together(panel: PruningPanel, qtbot: QtBot, *names: str) -> None:
    """Exactly these layers lose their units together."""
    for action in panel.advanced.layer_actions:
        if action.isChecked() != (action.data() in names):
            action.trigger()
    qtbot.waitUntil(lambda: panel.complete, timeout=30_000)


# --- the oracle ---


def test_the_oracle_ranks_on_validation_and_is_drawn_as_the_others(
    panel: PruningPanel, show: Show, run: Run, qtbot: QtBot
) -> None:
    show(run, layer="fc2", snapshot=LAST)
    check(panel, qtbot, "max_mag", "oracle")
    order = list(greedy_oracle(run_evaluators.evaluator(place_in(run, "fc2", LAST), "validation")))
    expected = exact(run_evaluators.evaluator(place_in(run, "fc2", LAST)).removal_curve(order)).accuracy
    np.testing.assert_allclose(curve(panel, "oracle"), expected)


# --- several layers ---


@pytest.mark.parametrize("rule", ["ranked", "fractions"])
def test_several_layers_lose_their_units_together(
    panel: PruningPanel, show: Show, run: Run, qtbot: QtBot, rule: Any
) -> None:
    show(run, layer="fc1", snapshot=LAST)
    together(panel, qtbot, *BOTH)
    choose(panel, qtbot, rule=rule)
    found = dict(prune(run, snapshot=LAST, orders=("max_mag", "random"), layers=BOTH, rule=rule).curves)
    values = curve(panel, "max_mag")
    assert len(values) == 133
    levels = found["max_mag"][0].levels
    np.testing.assert_allclose(values[levels], found["max_mag"][0].accuracy)
    seeds = np.mean([each.accuracy for each in found["random"]], axis=0)
    np.testing.assert_allclose(curve(panel, "random")[levels], seeds)
    assert panel.line.text().startswith("digits_conv · fc1+fc2, epoch 40: ")
    assert "of 132 can go within a point" in panel.line.text()
    assert len(levels) == 133
    assert "Measured at" not in panel.legend.toolTip()


def test_a_curve_with_straight_lines_in_it_says_so(
    panel: PruningPanel, show: Show, run: Run, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(several, "LEVELS", 21)
    show(run, layer="fc1", snapshot=LAST)
    together(panel, qtbot, *BOTH)
    assert "Measured at 21 numbers of removed units, with straight lines between" in panel.legend.toolTip()


def test_curves_of_several_layers_can_be_given_up_between_any_two(run: Run) -> None:
    asked = question(run, orders=("max_mag", "random"), layers=BOTH)
    with run:
        pictures = list(PruningCurves().pictures(asked))
    told = [picture.progress for picture in pictures]
    assert told[0] == "measuring max_mag, 1 of 1…"
    first = told.index("measuring random, 1 of 5…")
    assert [f"measuring random, {number} of 5…" for number in range(1, 6)] == told[first : first + 5]
    assert "no curve yet" in pictures[0].words
    assert told[-1] == ""
    assert [line.name for line in pictures[-1].lines] == ["max_mag", "random"]


def test_the_first_layer_that_is_checked_joins_the_one_that_is_looked_at(
    panel: PruningPanel, show: Show, run: Run, qtbot: QtBot
) -> None:
    show(run, layer="fc1", snapshot=LAST)
    assert [action.data() for action in panel.advanced.layer_actions] == ["conv1", "conv2", "fc1", "fc2"]
    next(action for action in panel.advanced.layer_actions if action.data() == "conv2").trigger()
    assert panel.advanced.layers == ("conv2", "fc1")
    together(panel, qtbot)
    assert len(curve(panel, "max_mag")) == 101


def test_the_cursor_marks_the_units_of_the_layer_that_is_looked_at(
    panel: PruningPanel, show: Show, run: Run, session: Session, qtbot: QtBot
) -> None:
    show(run, layer="fc1", snapshot=LAST)
    together(panel, qtbot, *BOTH)
    (order,) = orders_of(run, BOTH, LAST, "max_mag")
    gone = order.removed(70)
    panel.plot.scrubbed.emit(70)
    assert session.selection.units == frozenset(gone[0].tolist())
    assert panel.plot.level == 70
    show(layer="fc2")
    assert session.selection.units == frozenset(gone[1].tolist())
    assert panel.plot.level == 70
    for level in range(71, 76):  # a level at which this layer loses nothing moves the cursor too
        panel.plot.scrubbed.emit(level)
        assert panel.plot.level == level
    assert panel.legend.entries[0].text == f"smallest norm first (max_mag): {curve(panel, 'max_mag')[75]:.1f} %"


def test_the_frame_potential_of_several_layers_is_the_sum_of_theirs(
    panel: PruningPanel, show: Show, run: Run, qtbot: QtBot
) -> None:
    show(run, layer="fc1", snapshot=LAST)
    together(panel, qtbot, *BOTH)
    choose(panel, qtbot, quantity="potential")
    values = curve(panel, "max_fp")
    grams = [run.layer(layer).gram(LAST) for layer in BOTH]
    (order,) = orders_of(run, BOTH, LAST, "max_fp")
    for level in (0, 50, 131, 132):
        left = [np.setdiff1d(np.arange(len(gram)), gone) for gram, gone in zip(grams, _gone(order, level), strict=True)]
        expected = sum(
            frame_potential(gram[np.ix_(units, units)]) if len(units) else 0.0
            for gram, units in zip(grams, left, strict=True)
        )
        assert values[level] == pytest.approx(expected)


def _gone(order: Any, level: int) -> list[Any]:
    return [order.units[:level][order.layers[:level] == layer] for layer in range(2)]


# --- other axes ---


@pytest.mark.parametrize("across", ["parameters", "operations"])
def test_parameters_and_multiply_adds_go_along_the_plot(
    panel: PruningPanel, show: Show, run: Run, qtbot: QtBot, across: str
) -> None:
    show(run, layer="conv2", snapshot=LAST)
    before = curve(panel, "max_mag")
    choose(panel, qtbot, across=across)
    steps, values = panel.plot.curves["max_mag"].getData()
    np.testing.assert_array_equal(values, before)
    whole, smaller = (_size(widths, across) for widths in ((8, 16, 100, 32), (8, 5, 100, 32)))
    assert steps[11] == pytest.approx(100 * (1 - smaller / whole))
    assert f"% of {whole:,}" in panel.plot.getPlotItem().getAxis("bottom").labelText
    panel.plot.scrubbed.emit(11)
    assert panel.plot.cursor_line.value() == pytest.approx(steps[11])
    assert panel.legend.entries[0].text == f"smallest norm first (max_mag): {before[11]:.1f} %"


def _size(widths: tuple[int, ...], across: str) -> int:
    net = build("digits_conv", (1, 8, 8), 10, widths).eval()
    if across == "parameters":
        return sum(parameter.numel() for parameter in net.parameters())
    from torch.utils.flop_counter import FlopCounterMode

    with FlopCounterMode(display=False) as counter, torch.inference_mode():
        net(torch.zeros(1, 1, 8, 8))
    return int(counter.get_total_flops()) // 2


def test_over_several_layers_each_order_has_its_own_steps(
    panel: PruningPanel, show: Show, run: Run, qtbot: QtBot
) -> None:
    show(run, layer="fc1", snapshot=LAST)
    together(panel, qtbot, *BOTH)
    choose(panel, qtbot, across="parameters")
    (order,) = orders_of(run, BOTH, LAST, "max_fp")
    left = smaller_sizes(run, BOTH, order).parameters
    gone = [len(units) for units in _gone(order, 15)]
    assert left[15] == _size((8, 16, 100 - gone[0], 32 - gone[1]), "parameters")
    steps, _ = panel.plot.curves["max_fp"].getData()
    np.testing.assert_allclose(steps, 100 * (1 - left / left[0]))


def test_each_class_has_a_curve_of_the_first_order(panel: PruningPanel, show: Show, run: Run, qtbot: QtBot) -> None:
    show(run, layer="fc1", snapshot=LAST)
    choose(panel, qtbot, quantity="class")
    found = prune(run, "fc1", LAST, ("max_mag",)).curves[0][1][0]
    for index in range(10):
        np.testing.assert_allclose(curve(panel, f"class {index}"), found.per_class[:, index])
    assert not panel.plot.curves["max_mag"].isVisible()
    assert not panel.plot.band.isVisible()
    assert "by class, max_mag; class" in panel.line.text()
    looks = {(entry.colour.name(), entry.mark) for entry in panel.legend.entries}  # type: ignore[union-attr]
    assert len(looks) == 10
    choose(panel, qtbot, quantity="accuracy")
    assert not panel.plot.curves["class 0"].isVisible()


# --- merging ---


def test_merging_stands_beside_pruning_at_the_same_number_of_units(
    panel: PruningPanel, show: Show, run: Run, qtbot: QtBot
) -> None:
    show(run, layer="fc1", snapshot=LAST)
    assert not panel.orders.merged
    check(panel, qtbot, "max_mag", "merged")
    gone, values = panel.plot.merged.getData()
    assert panel.plot.merged.isVisible()
    one = merge(run, "fc1", 0.5, LAST)
    at = list(gone).index(100 - one.result.units)
    assert values[at] == pytest.approx(one.accuracy.accuracy)
    good = [removed for removed, value in zip(gone, values, strict=True) if value >= values[0] - 1 - 1e-9]
    entry = next(entry for entry in panel.legend.entries if entry.mark == "ring")
    assert entry.text == f"merged: {int(good[-1])} can go within a point"
    panel.plot.scrubbed.emit(1)
    first = next(number for number, removed in enumerate(gone) if removed >= 1)
    entry = next(entry for entry in panel.legend.entries if entry.mark == "ring")
    assert entry.text == f"merged ({int(gone[first])}) {values[first]:.1f}"
    panel.plot.scrubbed.emit(0)
    assert f"; merged {int(good[-1])}" in panel.line.text()
    choose(panel, qtbot, quantity="potential")
    assert not panel.plot.merged.isVisible()


def test_the_classifier_cannot_be_merged_and_that_is_said(
    panel: PruningPanel, show: Show, run: Run, qtbot: QtBot
) -> None:
    show(run, layer="fc3", snapshot=LAST)
    check(panel, qtbot, "max_mag", "merged")
    assert "merged is left out: fc3 is the classifier" in panel.line.text()
    together(panel, qtbot, *BOTH)
    assert "merged is left out: it is of one layer at a time" in panel.line.text()
    assert not panel.plot.merged.isVisible()


# --- copies ---


def test_copied_data_are_every_digit_of_what_is_drawn(panel: PruningPanel, show: Show, run: Run, qtbot: QtBot) -> None:
    show(run, layer="fc2", snapshot=LAST)
    check(panel, qtbot, "max_mag", "random", "merged")
    panel.advanced.copy_data.trigger()
    rows = [line.split("\t") for line in QGuiApplication.clipboard().text().splitlines()]
    assert rows[0] == ["order", "removed", "along the plot", "accuracy (%)", "standard deviation", "images"]
    mine = [row for row in rows if row[0] == "max_mag"]
    assert [int(row[1]) for row in mine] == list(range(33))
    np.testing.assert_array_equal([float(row[3]) for row in mine], curve(panel, "max_mag"))
    assert {len(row) for row in rows} == {6}
    assert sum(row[0] == "merged" for row in rows) == len(panel.plot.merged.getData()[0])


@pytest.mark.parametrize("layers", [(), BOTH])
@pytest.mark.thinned(2)
def test_the_copied_python_program_measures_the_same(
    panel: PruningPanel, show: Show, run: Run, qtbot: QtBot, layers: tuple[str, ...]
) -> None:
    show(run, layer="fc2", snapshot=LAST)
    check(panel, qtbot, "max_mag", "merged")
    together(panel, qtbot, *layers)
    choose(panel, qtbot, removed="zero", part="validation")
    program = panel.as_python()
    assert program is not None
    code = "import torch; torch.set_num_threads(1)\n" + program
    done = run_python("-c", code)
    rows = [line.split() for line in done.stdout.splitlines()]
    values = curve(panel, "max_mag")
    pruned = [(int(row[1]), float(row[2])) for row in rows if row[0] == "max_mag"]
    np.testing.assert_allclose([height for _, height in pruned], values[[level for level, _ in pruned]])
    assert len(pruned) == (133 if layers else 33)
    assert any(row[0] == "merged" for row in rows) == (not layers)
