"""What the compare panel shows besides changes has the numbers of the commands, is canceled and exported."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from scipy.linalg import subspace_angles

import workbench as wb
from tests.gui.recorded_weights import planted, record_weights
from tests.gui.windows import all_drawn, small_file
from workbench.evaluation.giving_up import go_on
from workbench.figures.comparing.showing import ROWS
from workbench.gui.panels.compare.choices import NO_LAYER, SAME_LAYER
from workbench.gui.panels.compare.panel import CANCEL, COMPUTE, ComparePanel
from workbench.gui.panels.compare.views import VIEWS, AnglesView, BarrierView, CkaView, UnitsView
from workbench.resource import resource

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from workbench.gui.window.main_window import MainWindow

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support propagateSizeHints")


@pytest.fixture(scope="module")
def lasting_run(module_bot: QtBot, lasting_window: MainWindow, tmp_path_factory: pytest.TempPathFactory) -> MainWindow:
    """The window with the small run and every view of the panel: what is made later would be left by a test."""
    panel = lasting_window.panels["compare"]
    assert isinstance(panel, ComparePanel)
    for shown in VIEWS:
        panel.make_view(shown)
    return all_drawn(module_bot, lasting_window, small_file(tmp_path_factory.mktemp("run")))


@pytest.fixture
def panel(qtbot: QtBot, shared: MainWindow) -> ComparePanel:
    shared.docks["compare"].come()
    shared.session.select(layer="fc1", snapshot=5)
    found = shared.panels["compare"]
    assert isinstance(found, ComparePanel)
    return found


@pytest.fixture
def sample(qtbot: QtBot, shared: MainWindow, panel: ComparePanel) -> wb.Run:
    run = wb.open_run(resource("sample_runs/digits_conv.h5"))
    shared.session.add(run)
    shared.session.select(layer="fc1", snapshot=run.snapshots - 1)
    return run


def _shown(qtbot: QtBot, panel: ComparePanel, **settings: Any) -> Any:
    """The view with these settings."""
    assert panel.restore(settings) == ()
    qtbot.waitUntil(lambda: panel.complete, timeout=60_000)
    return panel.make_view(panel.choices.shown)


def _same_figure(panel: ComparePanel) -> None:
    """The figure is made again from its own settings and runs."""
    drawing = panel.drawing()
    assert drawing is not None
    place = drawing.place
    settings = {name: value for name, value in drawing.settings.items() if name != "view"}
    again = wb.figure("compare", place.run, place.layer, place.snapshot, group=drawing.group, **settings)
    assert again.figure.table() == drawing.figure.table()


def test_angles_stand_beside_chance_and_another_seed(
    qtbot: QtBot, shared: MainWindow, panel: ComparePanel, tmp_path: Path
) -> None:
    place = panel.session.selection.place
    assert place is not None
    runs = []
    for number in (1, 2):
        weights = {"fc1": [each + np.roll(each, number, 0) for each in planted(40, 90, 3)], "fc2": planted(10, 40, 3)}
        runs.append(record_weights(tmp_path / f"run{number}.h5", weights, title=f"run {number}"))
        panel.session.add(runs[-1])
    panel.session.select(source=place.source, layer="fc1", snapshot=5)
    view = _shown(qtbot, panel, show="angles", other=runs[0].run_id, when="last", unrelated=runs[1].run_id, rank=4)
    assert isinstance(view, AnglesView)
    there = f"{runs[1].path}@2"  # the moment nearest to that of the selected snapshot
    found = wb.principal_angles(f"{place.run.path}@5", f"{runs[0].path}@2", "fc1", 4, unrelated=there)
    assert found.unrelated is not None
    for item, values in (
        (view.angles.curve, found.degrees), (view.angles.chance, found.chance.mean),
        (view.angles.low, found.chance.low), (view.angles.high, found.chance.high),
        (view.angles.unrelated, found.unrelated),
    ):  # fmt: skip
        np.testing.assert_array_equal(item.getData()[1], values)
    joint = wb.joint_svd([f"{place.run.path}@5", f"{runs[0].path}@2"], "fc1", 4)
    np.testing.assert_array_equal(view.shares.dots.getData()[1], 100.0 * joint.shares[0])
    assert len(view.shares.blocks) == len(joint.blocks)
    assert found.words in panel.line.text()
    assert panel.drawing().group == (runs[0], runs[1])  # type: ignore[union-attr]
    _same_figure(panel)
    view = _shown(qtbot, panel, unrelated="none")
    assert view.angles.unrelated.getData()[1] is None or not len(view.angles.unrelated.getData()[1])
    _same_figure(panel)
    shared.session.remove(runs[1])
    assert panel.restore({"unrelated": runs[1].run_id}) != ()


def test_another_layer_of_as_many_inputs_can_stand_beside(
    qtbot: QtBot, shared: MainWindow, panel: ComparePanel, tmp_path: Path
) -> None:
    layer = panel.choices.layer
    _shown(qtbot, panel, show="angles", other="", unrelated="none")
    assert layer.isVisible()
    assert not layer.isEnabled()
    assert layer.currentText() == NO_LAYER.format(panel.session.selection.place.layer_view.inputs)  # type: ignore[union-attr]
    run = record_weights(tmp_path / "run.h5", {"fc1": planted(40, 40, 3), "fc2": planted(10, 40, 3)})
    panel.session.add(run)
    panel.session.select(layer="fc1", snapshot=2)
    assert [layer.itemText(at) for at in range(layer.count())] == [SAME_LAYER, "fc2"]
    view = _shown(qtbot, panel, show="angles", when="same", other_layer="fc2", rank=4)
    assert isinstance(view, AnglesView)
    here = f"{run.path}@2"
    found = wb.principal_angles(here, here, "fc1", 4, other_layer="fc2")
    one, two = (np.linalg.svd(run.layer(name).weights(2).astype(float))[2][:4].T for name in ("fc1", "fc2"))
    np.testing.assert_allclose(found.degrees, np.rad2deg(subspace_angles(one, two))[::-1], atol=1e-6)
    np.testing.assert_array_equal(view.angles.curve.getData()[1], found.degrees)
    np.testing.assert_array_equal(view.angles.chance.getData()[1], found.chance.mean)
    assert found.words in panel.line.text()
    assert (
        "fc1 and fc2 share directions beyond chance only where their inputs are the same signals" in panel.line.text()
    )
    assert wb.joint_svd([here, here], ["fc1", "fc2"], 4).shares.shape == (2, 4)
    drawing = panel.drawing()
    assert drawing is not None
    assert drawing.settings["other_layer"] == "fc2"
    assert panel.legend.entries[0].text == "both layers"
    assert "other_layer='fc2'" in (panel.as_python() or "")
    _same_figure(panel)
    view = _shown(qtbot, panel, other_layer="")
    assert wb.principal_angles(here, f"{run.path}@0", "fc1", 4).words in panel.line.text()


def test_units_lie_where_the_command_says(qtbot: QtBot, panel: ComparePanel) -> None:
    view = _shown(qtbot, panel, show="units", other="", rank=3)
    assert isinstance(view, UnitsView)
    place = panel.session.selection.place
    assert place is not None
    found = wb.subspace(f"{place.run.path}@5", "fc1", 3)
    for name in ("similarity", "residual", "inside"):
        x, y = view.dots[name][0].getData()
        np.testing.assert_array_equal(x, found.units.norm)
        np.testing.assert_array_equal(y, getattr(found.units, name))
    heights = view.ways[0].getData()[1].reshape(40, -1)[:, :-1]
    np.testing.assert_array_equal(heights, found.distances[:, found.units.largest(50)].T)
    assert f"projection residual {found.correlations()['residual']:.2f}".replace("-", "−") in panel.line.text()
    _same_figure(panel)


def test_cka_and_barrier_are_those_of_the_commands(
    qtbot: QtBot, panel: ComparePanel, sample: wb.Run, capsys: pytest.CaptureFixture[str]
) -> None:
    last = sample.snapshots - 1
    here, there = f"{sample.path}@{last}", f"{sample.path}@0"
    view = _shown(qtbot, panel, show="cka", other="", when="first")
    assert isinstance(view, CkaView)
    found = wb.cka(here, there)
    figure = view.map.figure
    assert figure is not None
    np.testing.assert_array_equal(figure.values, found.values)
    assert f"{found.values[2, 1]:.4f}" in view.map.tip(2, 1)
    high = float(np.nanmax(found.shuffled_high))
    assert f"; shuffled images stay below {high:.2g} in 95 %; " in panel.line.text()  # never 0.00 of many images
    assert view.map.cell_at(view.map.cell(2, 1).center()) == (2, 1)
    exec(compile(panel.as_python() or "", "copied", "exec"), {})
    assert [line.split() for line in capsys.readouterr().out.splitlines()] == [
        [str(cell) for cell in row] for row in found.rows()
    ]
    panel.session.select(layer="fc2")
    assert panel.complete  # all layers are in it already
    _same_figure(panel)
    view = _shown(qtbot, panel, show="barrier")
    assert isinstance(view, BarrierView)
    line = wb.barrier(here, there)
    np.testing.assert_array_equal(view.plain.getData()[1], line.accuracy)
    np.testing.assert_array_equal(view.matched.getData()[1], line.matched_accuracy)
    assert line.words in panel.line.text()
    assert not panel.button.isVisible()
    _same_figure(panel)


def test_without_a_network_the_reason_is_said_and_can_be_tried_again(qtbot: QtBot, panel: ComparePanel) -> None:
    _shown(qtbot, panel, show="cka", other="")
    assert panel.reason.text()
    assert panel.choices.show.isVisible()
    assert panel.button.text() == COMPUTE
    assert panel.drawing() is panel.as_python() is None
    _shown(qtbot, panel, show="changes")
    assert panel.changes.plot.isVisible()
    assert not panel.button.isVisible()


def test_a_long_computation_says_how_far_it_is_and_is_canceled(
    qtbot: QtBot, panel: ComparePanel, sample: wb.Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended, may_end = threading.Event(), threading.Event()

    def pictures(_question: object) -> Iterator[str]:
        yield "CKA: 250 of 360 images"
        try:
            while not may_end.wait(0.01):
                go_on()
            yield "CKA: 360 of 360 images"
        finally:
            ended.set()

    with monkeypatch.context() as patch:
        patch.setitem(ROWS, "cka", replace(ROWS["cka"], pictures=pictures))
        panel.restore({"show": "cka", "other": "", "when": "first"})
        qtbot.waitUntil(panel.button.isVisible)
        assert panel.button.text() == CANCEL
        assert panel.reason.text() == "CKA: 250 of 360 images"
        assert "250 of 360" in panel.line.text()
        assert not panel.complete
        with monkeypatch.context() as grown:
            grown.setattr(panel, "_shown", None)  # as where a run has grown, and is asked about again
            panel._on_late_timeout()
            assert panel.line.text().endswith(": computing…"), "there is no picture until then"
        panel.button.click()
        qtbot.waitUntil(ended.is_set)
        assert panel.complete
        assert panel.button.text() == COMPUTE
    may_end.set()
    panel.button.click()
    qtbot.waitUntil(lambda: panel.complete and not panel.button.isVisible(), timeout=60_000)
    assert panel.drawing() is not None
