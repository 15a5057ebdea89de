"""The pruning panel: its curves are those of the masked network, and come as they should."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from pruning_driving import LAST, check, choose, curve, first_of, on_one_thread, panel, run, show, twin
from shiboken6 import isValid

from workbench.analysis.matrices import frame_potential
from workbench.analysis.orders import ORDERS, RANDOM_SEEDS, random_order
from workbench.evaluation import run_evaluators
from workbench.figures.pruning import curves as pruning_curves
from workbench.figures.pruning.curves import PruningCurves
from workbench.figures.pruning.lines import reach
from workbench.figures.pruning.question import Question
from workbench.runs.place import place_in

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytestqt.qtbot import QtBot

    from workbench.gui.panels.pruning import PruningPanel
    from workbench.gui.state.session import Session
    from workbench.runs.run import Run

    Show = Callable[..., None]


# --- the curves ---


@pytest.mark.parametrize(
    ("layer", "removed", "levels"),
    [
        ("fc1", "bias", (0, 1, 31, 60, 85, 100)),
        ("fc1", "mean", (0, 20, 70, 100)),
        ("fc2", "zero", (0, 5, 20, 32)),
        ("conv2", "bias", (0, 1, 8, 15, 16)),
        ("conv1", "zero", (0, 1, 4, 8)),
        ("conv1", "mean", (0, 3)),
    ],
)
@pytest.mark.thinned(3)
def test_every_level_is_the_accuracy_of_the_changed_network(
    panel: PruningPanel, show: Show, run: Run, qtbot: QtBot, layer: str, removed: str, levels: tuple[int, ...]
) -> None:
    show(run, layer=layer, snapshot=LAST)
    choose(panel, qtbot, removed=removed)
    for name in ("max_mag", "max_fp"):
        values = curve(panel, name)
        assert len(values) == run.layer(layer).units + 1
        for level in levels:
            units = first_of(run, layer, LAST, name, level)
            assert values[level] == pytest.approx(twin(run, layer, LAST, units, removed), abs=1e-4)


def test_the_random_band_is_mean_and_interval_of_five_seeds(panel: PruningPanel, show: Show, run: Run) -> None:
    show(run, layer="fc1", snapshot=LAST)
    for level in (0, 40, 80):
        orders = [random_order(100, seed)[:level].tolist() for seed in RANDOM_SEEDS]
        seeds = np.array([twin(run, "fc1", LAST, units) for units in orders])
        assert curve(panel, "random")[level] == pytest.approx(seeds.mean(), abs=1e-4)
        x, y = panel.plot.band.getData()
        half = 2.7764451 * seeds.std(ddof=1) / np.sqrt(5)  # Student's t, 4 degrees of freedom
        edges = sorted(y[x == level])
        assert edges == pytest.approx([seeds.mean() - half, seeds.mean() + half], abs=1e-3)


def test_the_random_band_comes_last(run: Run) -> None:
    question = Question(place_in(run, "fc2"), ("max_mag", "random", "max_fp"), "bias", "test", "accuracy")
    pictures = list(PruningCurves().pictures(question))
    drawn = [tuple(line.name for line in picture.lines) for picture in pictures]
    assert list(dict.fromkeys(drawn)) == [("max_mag",), ("max_mag", "max_fp"), ("max_mag", "random", "max_fp")]
    assert pictures[-2].whole_unit is not None, "the whole-unit curve comes before it"


@pytest.mark.parametrize("part", ["test", "validation"])
def test_nothing_removed_is_the_stored_accuracy(
    panel: PruningPanel, show: Show, run: Run, qtbot: QtBot, part: str
) -> None:
    choose(panel, qtbot, part=part)
    for snapshot in (0, 12, LAST):
        show(run if snapshot == 0 else None, layer="fc1", snapshot=snapshot)
        assert curve(panel, "max_mag")[0] == pytest.approx(run.history(f"{part}_accuracy")[snapshot], abs=1e-4)
        assert f"{part} images" in panel.line.text()


def test_the_classifier_is_pruned_too_and_the_line_says_what_its_units_are(
    panel: PruningPanel, show: Show, run: Run
) -> None:
    show(run, layer="fc3", snapshot=LAST)
    assert curve(panel, "max_mag")[10] == pytest.approx(twin(run, "fc3", LAST, list(range(10))), abs=1e-4)
    assert "its units are the classes" in panel.line.text()


def test_every_order_of_the_weights_is_one_click_away_with_a_look_of_its_own(
    panel: PruningPanel, show: Show, run: Run, qtbot: QtBot
) -> None:
    show(run, layer="fc2", snapshot=LAST)
    names = tuple(name for name, order in ORDERS.items() if order.needs == "gram")
    check(panel, qtbot, *names)
    for name in set(names) - {"random"}:
        units = first_of(run, "fc2", LAST, name, 12)
        assert curve(panel, name)[12] == pytest.approx(twin(run, "fc2", LAST, units), abs=1e-4)
    looks = {(panel.plot.pen(name).color().name(), panel.plot.pen(name).style()) for name in ORDERS}
    assert len(looks) == len(ORDERS)
    assert len([entry for entry in panel.legend.entries if entry.mark != "tick"]) == len(names)
    check(panel, qtbot)
    assert not any(item.isVisible() for item in panel.plot.curves.values())
    assert "no order is chosen" in panel.line.text()


def test_loss_and_frame_potential_go_up_the_plot_too(panel: PruningPanel, show: Show, run: Run, qtbot: QtBot) -> None:
    show(run, layer="fc1", snapshot=LAST)
    choose(panel, qtbot, quantity="loss")
    assert curve(panel, "max_mag")[0] == pytest.approx(run.test_loss[LAST], rel=1e-4)
    assert panel.plot.getPlotItem().getAxis("left").labelText == "loss (nats)"
    choose(panel, qtbot, quantity="potential")
    gram = run.layer("fc1").gram(LAST)
    left = np.setdiff1d(np.arange(100), first_of(run, "fc1", LAST, "max_fp", 40))
    values = curve(panel, "max_fp")
    assert values[40] == pytest.approx(frame_potential(gram[np.ix_(left, left)]))
    assert f"frame potential {frame_potential(gram):,.1f}, 100 if all units were orthogonal" in panel.line.text()


def test_the_line_says_how_far_each_order_goes_and_what_one_image_is_worth(
    panel: PruningPanel, show: Show, run: Run
) -> None:
    show(run, layer="fc1", snapshot=LAST)
    reached = {name: _by_hand(curve(panel, name)) for name in ("max_mag", "max_fp", "random")}
    assert panel.line.text() == (
        f"digits_conv · fc1, epoch 40: {reached['max_fp']} of 100 can go within a point, 26 of them dead (max_fp); "
        f"max_mag {reached['max_mag']}; random {reached['random']} (360 test images, 0.28 points each)"
    )
    told = panel.legend.toolTip()
    assert f"max_mag {curve(panel, 'max_mag').mean():.2f}" in told  # the area
    assert "best up to" in told
    assert "With whole units set to zero: " in told


def _by_hand(values: np.ndarray[Any, Any]) -> int:
    level = 0
    while level + 1 < len(values) and values[level + 1] >= values[0] - 1.0 - 1e-6:
        level += 1
    return level


@pytest.mark.parametrize(
    ("values", "quantity", "expected"),
    [
        ([98.0, 97.5, 97.0, 96.9, 98.0], "accuracy", 2),
        ([98.0, 98.0, 98.0], "accuracy", 2),
        ([98.0, 10.0, 98.0], "accuracy", 0),
        ([0.1, 0.105, 0.11, 0.2], "loss", 2),
        ([8.0, 5.0, 4.0, 1.0, 0.0], "potential", 2),
    ],
)
def test_the_reach_ends_where_a_curve_first_leaves_its_start(values: list[float], quantity: Any, expected: int) -> None:
    assert reach(np.array(values), quantity) == expected


def test_chance_to_one_hundred_and_all_units_are_in_sight(panel: PruningPanel, show: Show, run: Run) -> None:
    show(run, layer="fc1", snapshot=LAST)
    (left, right), (low, high) = panel.plot.getPlotItem().vb.viewRange()
    assert left <= 0
    assert right >= 100
    assert low <= 10.0 < 100.0 <= high < 105.0
    assert panel.plot.chance.value() == pytest.approx(10.0)


# --- how they come ---


def question(run: Run, **fields: Any) -> Question:
    asked = Question(place_in(run, "fc1", LAST), ("max_mag", "max_fp", "random"), "bias", "test", "accuracy")
    return replace(asked, **fields)


def test_the_random_band_comes_last_and_everything_sharpens_from_a_thousand_images(run: Run) -> None:
    with run:
        pictures = list(PruningCurves().pictures(question(run, part="train")))
    assert [line.name for line in pictures[0].lines] == ["max_mag"]
    assert [line.images for line in pictures[0].lines] == [1_000]
    shown = [[line.name for line in picture.lines] for picture in pictures]
    assert next(names for names in shown if "random" in names) == ["max_mag", "max_fp", "random"]
    assert [line.name for line in pictures[-1].lines] == ["max_mag", "max_fp", "random"]
    assert pictures[-1].images == (1_293, 1_293)
    seen = [picture.images[0] for picture in pictures]
    assert seen == sorted(seen)


def test_what_was_measured_once_is_there_at_once(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    curves = PruningCurves()
    with run:
        whole = list(curves.pictures(question(run)))[-1]
        other = list(curves.pictures(question(run, place=place_in(run, "fc1", 5))))[-1]
        monkeypatch.setattr(run_evaluators, "evaluator", _not_again)
        earlier = {"place": place_in(run, "fc1", 5)}
        for fields, expected in (({}, whole), ({"orders": ("max_mag",)}, whole), (earlier, other)):
            asked = question(run, **fields)
            assert curves.knows(asked)
            (again,) = curves.pictures(asked)
            np.testing.assert_array_equal(again.lines[0].values, expected.lines[0].values)
        assert curves.knows(question(run, quantity="loss"))
        assert not curves.knows(question(run, removed="mean"))


def _not_again(*_: object) -> None:
    raise AssertionError("measured again")


def test_an_order_that_the_layer_does_not_have_is_left_out_and_said(
    panel: PruningPanel, show: Show, run: Run, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = pruning_curves.removal_order

    def refuse(asked: Question, name: str) -> Any:
        if name == "bn_norm":
            raise ValueError("fc2 has no batch norm.")
        return known(asked, name)

    monkeypatch.setattr(pruning_curves, "removal_order", refuse)
    show(run, layer="fc2", snapshot=LAST)
    check(panel, qtbot, "max_mag", "bn_norm")
    assert [entry.text.partition(":")[0] for entry in panel.legend.entries] == [
        "smallest norm first (max_mag)",
        "the first 3 removed are the dead units",
    ]
    assert "bn_norm is left out: fc2 has no batch norm" in panel.line.text()


def test_outdated_curves_are_faint_and_the_line_tells_what_is_stored(
    panel: PruningPanel, show: Show, run: Run, session: Session, qtbot: QtBot
) -> None:
    show(run, layer="fc1", snapshot=LAST)
    session.select(snapshot=3)
    qtbot.waitUntil(lambda: panel.has_followed)
    assert panel.plot.curves["max_mag"].opacity() < 0.5
    assert not panel.legend.fresh
    stored = f"computing… {run.test_accuracy[3]:.1f} % with nothing removed."
    pale = "Pale until then: digits_conv · fc1, epoch 40."
    assert panel.line.text() == f"digits_conv · fc1, epoch {run.epochs[3]:.4g}: {stored} {pale}"
    qtbot.waitUntil(lambda: panel.complete, timeout=20_000)
    assert panel.plot.curves["max_mag"].opacity() == 1.0
    assert panel.legend.fresh


def test_who_comes_back_before_new_curves_are_there_finds_the_old_ones_and_their_line(
    panel: PruningPanel, show: Show, run: Run, session: Session, qtbot: QtBot
) -> None:
    show(run, layer="fc1", snapshot=LAST)
    line = panel.line.text()
    session.select(snapshot=3)
    qtbot.waitUntil(lambda: panel.has_followed)
    assert "Pale until then" in panel.line.text()
    session.select(snapshot=LAST)
    assert panel.following is not None
    panel.following.now()  # its turn, before the answer comes
    assert panel.line.text() == line
    assert panel.plot.curves["max_mag"].opacity() == 1.0
    assert panel.legend.fresh
    assert not panel.complete, "it is asked again"


@pytest.mark.parametrize(("quantity", "numbered"), [("accuracy", True), ("loss", False)])
def test_the_axes_are_those_of_the_question_before_its_first_curve(
    panel: PruningPanel, session: Session, run: Run, qtbot: QtBot, quantity: str, numbered: bool
) -> None:
    choose(panel, qtbot, quantity=quantity)
    panel.rest.setInterval(60_000)  # until it is told to ask
    session.add(run)
    session.select(layer="fc1", snapshot=LAST)
    qtbot.waitUntil(lambda: panel.has_followed)
    assert panel.shown is None
    item = panel.plot.getPlotItem()
    (left, right), (low, high) = item.vb.viewRange()
    assert (left, right) == pytest.approx((-1.0, 101.0))
    assert item.getAxis("bottom").labelText == "units removed"
    assert item.getAxis("left").style["showValues"] == numbered
    if numbered:
        assert low <= 10.0 < 100.0 <= high < 105.0
    panel.ask_now()
    qtbot.waitUntil(lambda: panel.complete, timeout=20_000)
    assert item.getAxis("left").style["showValues"]


def test_items_are_made_once(panel: PruningPanel, show: Show, run: Run, qtbot: QtBot) -> None:
    show(run, layer="fc1", snapshot=LAST)
    items = list(panel.plot.getPlotItem().items)
    show(layer="conv2", units=frozenset({1, 2}))
    check(panel, qtbot, "min_mag", "random")
    assert list(panel.plot.getPlotItem().items) == items
    assert all(isValid(item) for item in items)
