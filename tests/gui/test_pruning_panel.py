"""The pruning panel: its curves are those of the masked network, its cursor selects what the order removes."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from PySide6.QtCore import QPoint, QPointF, Qt
from shiboken6 import isValid

from workbench.analysis.frame_potential import frame_potential
from workbench.analysis.orders import ORDERS, RANDOM_SEEDS, random_order, removal_order
from workbench.evaluation import of_run
from workbench.gui.panels import pruning_picture
from workbench.gui.panels.pruning import PruningPanel
from workbench.gui.panels.pruning_picture import PruningCurves, Question
from workbench.gui.panels.pruning_picture_lines import Line, reach
from workbench.nets.parts import normalise
from workbench.resource import resource
from workbench.runs.run import open_run
from workbench.runs.spec import DataSpec

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from concurrent.futures import ThreadPoolExecutor

    from pytestqt.qtbot import QtBot

    from workbench.gui.session import Session
    from workbench.runs.run import Run

    Show = Callable[..., None]

LAST = 28  # the sample run's last snapshot
STEP = 100.0 / 360 + 1e-9  # one test image, in percent


@pytest.fixture(autouse=True, scope="module")
def one_thread() -> Iterator[None]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)
    of_run.forget()


@pytest.fixture
def run() -> Run:
    """Small convolutional network on digits; whoever adds it to the session closes it."""
    return open_run(resource("sample_runs/digits_conv.h5"))


@pytest.fixture
def panel(session: Session, pool: ThreadPoolExecutor, qtbot: QtBot) -> Iterator[PruningPanel]:
    shown = PruningPanel(session, pool)
    qtbot.addWidget(shown)
    shown.resize(500, 260)
    with qtbot.waitExposed(shown):
        shown.show()
    yield shown
    shown.shut()


@pytest.fixture
def show(panel: PruningPanel, session: Session, qtbot: QtBot) -> Show:
    """`show(run, layer=…, snapshot=…)` selects, and waits until the panel has drawn its last picture."""

    def select(run: Run | None = None, **selection: Any) -> None:
        if run is not None:
            session.add(run)
        session.select(**selection)
        qtbot.waitUntil(lambda: panel.complete, timeout=20_000)

    return select


def twin(run: Run, layer: str, snapshot: int, units: list[int], removed: str = "bias", part: str = "test") -> float:
    """The accuracy in percent with these units removed: change the network, run it."""
    net, data = of_run.network_of(run, snapshot), of_run.data_of(run, part)  # type: ignore[arg-type]
    images = data.images
    if data.mean is not None and data.std is not None:
        images = normalise(images, data.mean, data.std)
    masked = deepcopy(net)
    with torch.no_grad():
        if removed == "bias":
            masked.get_submodule(layer).weight[units] = 0.0
            answer = masked(images)
        else:
            names = [name for name, _ in net.named_children()]
            end = names.index(layer) + 2  # its ReLU included
            hidden = net[:end](images)
            axes = [axis for axis in range(hidden.ndim) if axis != 1]
            value = hidden.mean(axes) if removed == "mean" else torch.zeros(hidden.shape[1])
            shape = (-1, *(1 for _ in hidden.shape[2:]))
            hidden[:, units] = value[units].reshape(shape)
            answer = net[end:](hidden)
    return 100.0 * float((answer.argmax(1) == data.labels).float().mean())


def curve(panel: PruningPanel, name: str) -> np.ndarray[Any, Any]:
    levels, values = panel.plot.curves[name].getData()
    assert panel.plot.curves[name].isVisible()
    np.testing.assert_array_equal(levels, np.arange(len(values)))
    return np.asarray(values)


def check(panel: PruningPanel, qtbot: QtBot, *names: str) -> None:
    """Exactly these orders are shown."""
    for action in panel.orders.actions():
        if action.isChecked() != (action.data() in names):
            action.trigger()
    qtbot.waitUntil(lambda: panel.complete, timeout=20_000)


def choose(panel: PruningPanel, qtbot: QtBot, **controls: str) -> None:
    """Set controls by the data of their entries."""
    for name, key in controls.items():
        control = getattr(panel, name)
        if name == "removed":
            control.setCurrentIndex(control.findData(key))
        else:
            next(action for action in control.actions() if action.data() == key).trigger()
    qtbot.waitUntil(lambda: panel.complete, timeout=20_000)


def place_of(panel: PruningPanel, level: float) -> QPoint:
    """Where on the plot's viewport a number of removed units lies."""
    return panel.plot.mapFromScene(panel.plot.getPlotItem().vb.mapViewToScene(QPointF(level, 50.0)))


def first_of(run: Run, layer: str, snapshot: int, name: str, count: int) -> list[int]:
    return removal_order(name, run.layer(layer).gram(snapshot))[:count].tolist()


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
    assert len(panel.legend.entries) == len(names)
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
        f"digits_conv · fc1, epoch 40: max_mag stays within 1 point up to {reached['max_mag']} of 100 removed; "
        f"max_fp up to {reached['max_fp']}; random {reached['random']} (360 test images, 0.28 points each)"
    )
    told = panel.legend.toolTip()
    assert f"max_mag {curve(panel, 'max_mag').mean():.2f}" in told  # the area
    assert "best up to" in told
    assert "With whole units set to zero: max_mag stays within" in told


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
    asked = Question(run, "fc1", LAST, ("max_mag", "max_fp", "random"), "bias", "test", "accuracy")
    return replace(asked, **fields)


def test_the_random_band_comes_first_and_everything_sharpens_from_a_thousand_images(run: Run) -> None:
    with run:
        pictures = list(PruningCurves().pictures(question(run, part="train")))
    assert [line.name for line in pictures[0].lines] == ["random"]
    assert [line.images for line in pictures[0].lines] == [1_000]
    assert [line.name for line in pictures[-1].lines] == ["max_mag", "max_fp", "random"]
    assert pictures[-1].images == (1_293, 1_293)
    seen = [picture.images[0] for picture in pictures]
    assert seen == sorted(seen)


def test_what_was_measured_once_is_there_at_once(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    curves = PruningCurves()
    with run:
        whole = list(curves.pictures(question(run)))[-1]
        other = list(curves.pictures(question(run, snapshot=5)))[-1]
        monkeypatch.setattr(of_run, "evaluator", _not_again)
        for fields, expected in (({}, whole), ({"orders": ("max_mag",)}, whole), ({"snapshot": 5}, other)):
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
    known = pruning_picture._removal_order

    def refuse(asked: Question, name: str) -> Any:
        if name == "bn_norm":
            raise ValueError("fc2 has no batch norm.")
        return known(asked, name)

    monkeypatch.setattr(pruning_picture, "_removal_order", refuse)
    show(run, layer="fc2", snapshot=LAST)
    check(panel, qtbot, "max_mag", "bn_norm")
    assert [entry.text.split()[0] for entry in panel.legend.entries] == ["max_mag"]
    assert "bn_norm is left out: fc2 has no batch norm." in panel.line.text()


def test_outdated_curves_are_faint_and_the_line_tells_what_is_stored(
    panel: PruningPanel, show: Show, run: Run, session: Session, qtbot: QtBot
) -> None:
    show(run, layer="fc1", snapshot=LAST)
    session.select(snapshot=3)
    assert panel.plot.curves["max_mag"].opacity() < 0.5
    stored = f"{run.test_accuracy[3]:.1f} % with nothing removed; computing…"
    assert panel.line.text() == f"digits_conv · fc1, epoch {run.epochs[3]:.4g}: {stored}"
    qtbot.waitUntil(lambda: panel.complete, timeout=20_000)
    assert panel.plot.curves["max_mag"].opacity() == 1.0


def test_items_are_made_once(panel: PruningPanel, show: Show, run: Run, qtbot: QtBot) -> None:
    show(run, layer="fc1", snapshot=LAST)
    items = list(panel.plot.getPlotItem().items)
    show(layer="conv2", units=frozenset({1, 2}))
    check(panel, qtbot, "min_mag", "random")
    assert list(panel.plot.getPlotItem().items) == items
    assert all(isValid(item) for item in items)


# --- the cursor ---


def test_a_click_selects_the_units_removed_up_to_there_by_the_first_order(
    panel: PruningPanel, show: Show, run: Run, session: Session, qtbot: QtBot
) -> None:
    show(run, layer="fc1", snapshot=LAST)
    qtbot.mouseClick(panel.plot.viewport(), Qt.MouseButton.LeftButton, pos=place_of(panel, 30))
    level = panel.plot.level
    assert abs(level - 30) <= 1
    assert session.selection.units == frozenset(first_of(run, "fc1", LAST, "max_mag", level))
    assert panel.plot.cursor_line.value() == level
    assert [entry.text for entry in panel.legend.entries[:2]] == [
        f"{name} {curve(panel, name)[level]:.1f}" for name in ("max_mag", "max_fp")
    ]


def test_dragging_reads_the_curves_and_computes_nothing(
    panel: PruningPanel, show: Show, run: Run, session: Session, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    show(run, layer="fc1", snapshot=LAST)
    monkeypatch.setattr(panel.known, "pictures", _not_again)
    asked = panel._asked
    viewport = panel.plot.viewport()
    qtbot.mousePress(viewport, Qt.MouseButton.LeftButton, pos=place_of(panel, 10))
    seen = []
    for level in range(10, 90, 5):
        panel.plot.mouseMoveEvent(_moved(panel, level))
        seen.append(panel.plot.level)
        assert session.selection.units == frozenset(first_of(run, "fc1", LAST, "max_mag", panel.plot.level))
    qtbot.mouseRelease(viewport, Qt.MouseButton.LeftButton, pos=place_of(panel, 85))
    assert np.abs(np.array(seen) - np.arange(10, 90, 5)).max() <= 1
    assert panel._asked == asked
    qtbot.wait(panel.patience_ms + 50)
    assert panel.line.text().startswith("digits_conv · fc1, epoch 40: max_mag stays")


def _moved(panel: PruningPanel, level: int) -> Any:
    from PySide6.QtCore import QEvent
    from PySide6.QtGui import QMouseEvent

    place = QPointF(place_of(panel, level))
    none, held = Qt.MouseButton.NoButton, Qt.MouseButton.LeftButton
    return QMouseEvent(QEvent.Type.MouseMove, place, place, none, held, Qt.KeyboardModifier.NoModifier)


def test_the_arrow_keys_move_the_cursor_and_it_stays_inside(
    panel: PruningPanel, show: Show, run: Run, session: Session, qtbot: QtBot
) -> None:
    show(run, layer="conv2", snapshot=LAST)
    for key, expected in (
        (Qt.Key.Key_Right, 1),
        (Qt.Key.Key_PageUp, 11),
        (Qt.Key.Key_PageUp, 16),
        (Qt.Key.Key_Left, 15),
        (Qt.Key.Key_Home, 0),
        (Qt.Key.Key_Left, 0),
        (Qt.Key.Key_End, 16),
    ):
        qtbot.keyClick(panel.plot, key)
        assert (panel.plot.level, len(session.selection.units)) == (expected, expected)


def test_the_marked_units_follow_the_order_to_another_snapshot_and_to_another_first_order(
    panel: PruningPanel, show: Show, run: Run, session: Session, qtbot: QtBot
) -> None:
    show(run, layer="fc1", snapshot=LAST)
    panel.plot.scrubbed.emit(20)
    show(snapshot=10)
    assert session.selection.units == frozenset(first_of(run, "fc1", 10, "max_mag", 20))
    check(panel, qtbot, "max_fp", "random")
    assert session.selection.units == frozenset(first_of(run, "fc1", 10, "max_fp", 20))
    show(layer="fc2")
    assert (session.selection.units, panel.plot.level) == (frozenset(), 0)


# --- units selected elsewhere ---


@pytest.mark.parametrize("orders", [("max_mag", "random"), ("max_mag",)])
def test_units_selected_elsewhere_stand_beside_as_many_random_ones(
    panel: PruningPanel, show: Show, run: Run, qtbot: QtBot, orders: tuple[str, ...]
) -> None:
    show(run, layer="fc1", snapshot=LAST)
    check(panel, qtbot, *orders)
    units = list(range(40, 52))
    show(units=frozenset(units))
    start, cost = twin(run, "fc1", LAST, []), twin(run, "fc1", LAST, units)
    drawn = np.array([twin(run, "fc1", LAST, random_order(100, seed)[:12].tolist()) for seed in RANDOM_SEEDS])
    change = f"{cost - start:+.1f}".replace("-", "−")
    assert panel.line.text() == (
        f"digits_conv · fc1, epoch 40: 12 selected units removed: {cost:.1f} % ({change}); "
        f"12 random: {drawn.mean():.1f} ± {drawn.std(ddof=1):.1f} % (360 test images, 0.28 points each)"
    )
    points = [(point.pos().x(), point.pos().y()) for point in panel.plot.points.points()]
    assert points == [pytest.approx((12, cost), abs=1e-4), pytest.approx((12, drawn.mean()), abs=1e-4)]
    assert panel.plot.level == 12
    show(units=frozenset())
    assert not panel.plot.points.isVisible()
    assert panel.plot.level == 0
    assert "max_mag stays within" in panel.line.text()


def test_selected_units_have_a_frame_potential_too(panel: PruningPanel, show: Show, run: Run, qtbot: QtBot) -> None:
    show(run, layer="fc1", snapshot=LAST)
    choose(panel, qtbot, quantity="potential")
    show(units=frozenset(range(50)))
    gram = run.layer("fc1").gram(LAST)
    assert f"50 selected units removed: {frame_potential(gram[50:, 50:]):,.1f} (" in panel.line.text()


# --- where there is nothing to show ---


def test_a_hidden_panel_computes_nothing(panel: PruningPanel, show: Show, run: Run, session: Session) -> None:
    panel.hide()
    show(run, layer="fc1", snapshot=LAST)
    session.select(units=frozenset({3}))
    assert panel.shown is None
    assert not isinstance(panel._asked, Question)
    panel.show()
    show()
    assert panel.shown is not None


def test_missing_data_are_named_with_what_to_type_and_the_frame_potential_is_offered(
    panel: PruningPanel, show: Show, run: Run, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("WORKBENCH_DATA", raising=False)
    elsewhere = replace(run, run_id="elsewhere", spec=replace(run.spec, data=DataSpec("mnist")))
    show(elsewhere, layer="fc1", snapshot=LAST)
    assert panel._pages.currentIndex() == 0
    assert "WORKBENCH_DATA" in panel._message.text()
    assert panel.instead.isVisible()
    qtbot.mouseClick(panel.instead, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: panel.complete)
    assert panel._pages.currentIndex() == 1
    assert curve(panel, "max_mag")[0] == pytest.approx(frame_potential(run.layer("fc1").gram(LAST)))


def test_a_run_of_an_unknown_network_says_so(panel: PruningPanel, show: Show, small_run: Run) -> None:
    show(small_run, layer="fc1", snapshot=4)  # its two layers are no LeNet
    assert panel._pages.currentIndex() == 0
    assert "lenet" in panel._message.text()
    assert panel._retry.isVisible()


def test_no_run_is_said(panel: PruningPanel, session: Session) -> None:
    assert "No layer is chosen" in panel._message.text()
    assert not panel.instead.isVisible()


def test_a_band_over_seeds_is_no_wider_than_what_was_measured() -> None:
    line = Line("random", np.array([[98.0, 90.0], [98.0, 92.0]]), 10, 10)
    np.testing.assert_allclose(line.mean, [98.0, 91.0])
    assert line.over_seeds.low[0] == line.over_seeds.high[0] == 98.0
