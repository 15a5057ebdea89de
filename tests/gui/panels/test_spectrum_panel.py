"""The spectrum panel: what its items hold is what numpy finds in the run's eigenvalues."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QApplication
from spectrum_driving import GLOROT, message, panel, run, show, spiked

from workbench.analysis.spectra.marchenko_pastur import MarchenkoPastur
from workbench.figures.labels import GAP, arrange

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytestqt.qtbot import QtBot

    from workbench.gui.panels.spectrum import SpectrumPanel
    from workbench.gui.state.session import Session
    from workbench.runs.run import Run

    WriteRun = Callable[..., Run]
    Show = Callable[..., None]

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support propagateSizeHints")


def test_the_bars_are_the_histogram_of_the_stored_eigenvalues(panel: SpectrumPanel, show: Show, run: Run) -> None:
    for snapshot in (0, 2, 4):
        show(run if snapshot == 0 else None, layer="fc1", snapshot=snapshot)
        edges, density = panel.plot.bars.getData()
        values = np.linalg.svd(run.layer("fc1").weights(snapshot).astype(float), compute_uv=False) ** 2
        counts, _ = np.histogram(values, bins=edges)
        assert len(density) == 40
        np.testing.assert_allclose(density, counts / 40 / np.diff(edges), rtol=1e-9)


def test_outliers_are_ticks_with_their_values_and_the_line_counts_them(
    panel: SpectrumPanel, show: Show, run: Run
) -> None:
    show(run, layer="fc1", snapshot=4)
    law = MarchenkoPastur(40, 64, GLOROT)
    values = run.layer("fc1").eigenvalues(4)
    outliers = values[values > law.limit]
    assert len(outliers) == 3
    np.testing.assert_allclose(panel.plot.rug.positions, outliers)
    told = " ".join(label.text for label in panel.plot.rug.labels())
    assert f"{outliers[0]:.3g}" in told
    assert panel.line.text().startswith(
        f"run · fc1, epoch 4: 3 of 40 eigenvalues beyond {law.high:.3g}, the initialiser’s edge (margin "
        f"{law.margin:.2g}), 37 between its edges"
    )
    assert panel.line.text().endswith(f"; largest {values[0]:.3g}, Q = 1.6")


def test_the_axes_stay_still_while_the_timeline_is_dragged(panel: SpectrumPanel, show: Show, run: Run) -> None:
    show(run, layer="fc1", snapshot=0)
    before = panel.plot.getPlotItem().vb.viewRange()
    items = list(panel.plot.getPlotItem().items)
    edges = panel.plot.bars.getData()[0].copy()
    for snapshot in range(1, 5):
        show(snapshot=snapshot)
        assert panel.plot.getPlotItem().vb.viewRange() == before
        np.testing.assert_array_equal(panel.plot.bars.getData()[0], edges)
    assert list(panel.plot.getPlotItem().items) == items


def test_the_log_axis_is_chosen_by_the_data_or_by_hand(
    panel: SpectrumPanel, show: Show, run: Run, write_run: WriteRun, qtbot: QtBot
) -> None:
    show(run, layer="fc1", snapshot=4)
    axis = panel.plot.getPlotItem().getAxis("bottom")
    assert not axis.logMode
    qtbot.keyClick(panel.scale, Qt.Key.Key_End)
    qtbot.waitUntil(lambda: panel.settled)
    assert panel.scale.currentText() == "log axis"
    assert axis.logMode
    edges, density = panel.plot.bars.getData()
    values = np.log10(run.layer("fc1").eigenvalues(4))
    np.testing.assert_allclose(density, np.histogram(values, edges)[0] / 40 / np.diff(edges), rtol=1e-9)
    assert (len(density), density.sum() * np.diff(edges)[0]) == (60, pytest.approx(1.0))
    assert np.trapezoid(*panel.plot.laws["entries"].getData()[::-1]) == pytest.approx(1.0, abs=1e-3)
    panel.scale.setCurrentIndex(0)
    show(write_run({"fc1": spiked(40, 64, [0.0, 9.0])}, name="far.h5"), snapshot=0)
    assert axis.logMode  # the last snapshot asks for it, and the axis does not change on the way there
    panel.scale.setCurrentIndex(1)
    show(snapshot=1)
    assert not axis.logMode
    assert panel.plot.rug.labels()[0].text.endswith("→")  # the largest lies beyond the linear axis


def test_the_ghost_is_the_initial_spectrum_in_the_same_bins(panel: SpectrumPanel, show: Show, run: Run) -> None:
    show(run, layer="fc1", snapshot=4)
    edges, density = panel.plot.ghost.getData()
    values = run.layer("fc1").eigenvalues(0)
    np.testing.assert_allclose(density, np.histogram(values, edges)[0] / 40 / np.diff(edges))
    assert panel.plot.ghost.isVisible()
    panel.initial.click()
    assert not panel.plot.ghost.isVisible()
    assert "initial" not in [entry.text for entry in panel.legend.entries]
    show(snapshot=3)
    assert not panel.plot.ghost.isVisible()


def test_the_line_reads_the_plot_under_the_mouse_and_returns(
    panel: SpectrumPanel, show: Show, run: Run, qtbot: QtBot
) -> None:
    show(run, layer="fc1", snapshot=4)
    words = panel.line.text()
    edges, _ = panel.plot.bars.getData()
    box = panel.plot.getPlotItem().vb.sceneBoundingRect()
    place = panel.plot.mapFromScene(box.left() + 0.15 * box.width(), box.center().y())
    with qtbot.waitSignal(panel.plot.pointed) as moved:
        qtbot.mouseMove(panel.plot.viewport(), place)
    number = int(np.searchsorted(edges, moved.args[0], side="right")) - 1
    assert 0 < number < 40
    for snapshot in (4, 1):  # the reading follows the timeline
        show(snapshot=snapshot)
        count = np.histogram(run.layer("fc1").eigenvalues(snapshot), edges)[0][number]
        noun = "eigenvalue" if count <= 1 else "eigenvalues"
        assert f": {count or 'no'} {noun} from {edges[number]:.3g} to {edges[number + 1]:.3g}" in panel.line.text()
        assert panel.line.text().startswith("λ = ")
    show(snapshot=4)
    QApplication.sendEvent(panel.plot, QEvent(QEvent.Type.Leave))
    assert panel.line.text() == words


def test_certain_zeros_are_told_and_not_drawn(panel: SpectrumPanel, show: Show, write_run: WriteRun) -> None:
    show(write_run({"wide": spiked(80, 20, [0.0, 0.1])}), layer="wide", snapshot=1)
    edges, density = panel.plot.bars.getData()
    assert (density * np.diff(edges)).sum() == pytest.approx(20 / 80)
    assert "60 of 80 eigenvalues are certainly zero (Q < 1) and not drawn" in panel.line.text()


def test_a_spectrum_that_is_not_finite_is_a_message_and_the_others_are_still_drawn(
    panel: SpectrumPanel, show: Show, write_run: WriteRun
) -> None:
    diverged = {("fc1", 2): np.full(40, np.nan)}
    show(write_run({"fc1": spiked(40, 64, [0.0, 2.0, 3.0])}, spectra=diverged), layer="fc1", snapshot=2)
    assert "the training diverged here: choose an earlier snapshot" in message(panel)
    show(snapshot=1)
    assert not panel.shows_message
    assert panel.line.text().startswith("run · fc1, epoch 1: ")


def test_an_empty_panel_says_why(panel: SpectrumPanel, show: Show, write_run: WriteRun) -> None:
    assert message(panel) == "No run is open."
    show(write_run({"fc1": [np.zeros((40, 64))]}), layer="fc1", snapshot=0)
    assert "all weights are zero" in message(panel)


def test_a_double_click_brings_the_axes_back_and_zooming_survives_the_timeline(
    panel: SpectrumPanel, show: Show, run: Run, qtbot: QtBot
) -> None:
    show(run, layer="fc1", snapshot=4)
    box = panel.plot.getPlotItem().vb
    home = box.viewRange()
    box.setXRange(1.0, 2.0, padding=0)
    show(snapshot=3)
    assert box.viewRange()[0] == pytest.approx([1.0, 2.0])
    qtbot.mouseDClick(panel.plot.viewport(), Qt.MouseButton.LeftButton)
    qtbot.mouseRelease(panel.plot.viewport(), Qt.MouseButton.LeftButton)
    assert np.allclose(box.viewRange(), home)


def test_axes_of_a_growing_run_follow_it_without_a_new_item(
    panel: SpectrumPanel, show: Show, write_run: WriteRun, session: Session, qtbot: QtBot
) -> None:
    steps = spiked(40, 64, [0.0, 1.0, 4.0])
    young = write_run({"fc1": steps[:2]}, name="young.h5", capacity=9)
    show(young, layer="fc1", snapshot=1)
    items = list(panel.plot.getPlotItem().items)
    reach = panel.plot.getPlotItem().vb.viewRange()[0][1]
    grown = write_run({"fc1": steps}, name="grown.h5", capacity=9)
    session.renew(young, grown)
    show(snapshot=2)
    assert panel.line.text().startswith("grown · fc1, epoch 2: 3 of 40 eigenvalues")
    assert panel.plot.getPlotItem().vb.viewRange()[0][1] > reach
    assert list(panel.plot.getPlotItem().items) == items


def test_a_layer_that_starts_at_zero_is_drawn_on_a_log_axis_without_a_ghost(
    panel: SpectrumPanel, show: Show, write_run: WriteRun
) -> None:
    weights = [np.zeros((40, 64)), spiked(40, 64, [1.0])[0]]
    panel.scale.setCurrentIndex(2)
    show(write_run({"fc1": weights}, initialiser="mine"), layer="fc1", snapshot=1)
    assert panel.line.text().startswith("run · fc1, epoch 1: ")
    assert not panel.plot.ghost.getData()[1].any()


@given(
    st.lists(st.floats(-200.0, 900.0), min_size=1, max_size=40),
    st.floats(60.0, 700.0),
)
def test_labels_are_whole_and_never_overlap_and_every_tick_in_sight_is_told(pixels: list[float], room: float) -> None:
    positions = np.sort(np.array(pixels))[::-1]
    labels = arrange(positions, [f"{value:.3g}" for value in positions], room, lambda text: 7.0 * len(text))
    spans = sorted((label.left, label.left + label.width) for label in labels)
    assert all(left >= 0 for left, _ in spans)
    assert all(right <= room + 1e-9 or len(spans) == 1 for _, right in spans)
    assert all(spans[i + 1][0] - spans[i][1] >= GAP - 1e-9 for i in range(len(spans) - 1))
