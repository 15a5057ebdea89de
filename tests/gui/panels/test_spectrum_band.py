"""The spectrum panel beyond W: other matrices, shuffled entries, a band of eigenvalues, and the units of an outlier."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from spectrum_driving import message, panel, show

import workbench as wb
from workbench.figures.kinds import figure
from workbench.figures.spectrum.directions import direction_at
from workbench.figures.spectrum.picture import Question, picture_of
from workbench.gui.panels.spectrum import NO_UNITS
from workbench.resource import resource
from workbench.runs.place import place_in
from workbench.runs.run import open_run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pytestqt.qtbot import QtBot

    from workbench.gui.panels.spectrum import SpectrumPanel
    from workbench.gui.state.session import Session
    from workbench.runs.run import Run

    Show = Callable[..., None]

__all__ = ["panel", "show"]
pytestmark = pytest.mark.usefixtures("one_thread", "no_evaluator_stays")


@pytest.fixture
def sample() -> Iterator[Run]:
    run = open_run(resource("sample_runs/digits_conv.h5"))
    yield run
    run.close()


def choose(qtbot: QtBot, panel: SpectrumPanel, matrix: str) -> None:
    panel.matrix.setCurrentIndex(panel.matrix.findData(matrix))
    qtbot.waitUntil(lambda: panel.settled)


@pytest.mark.parametrize("matrix", ["moved", "normalised", "data"])
def test_the_bars_and_the_outline_are_those_of_the_matrix_and_of_its_shuffled_entries(
    panel: SpectrumPanel, show: Show, sample: Run, qtbot: QtBot, matrix: str
) -> None:
    show(sample, layer="fc1", snapshot=28)
    panel.shuffled.setChecked(True)
    choose(qtbot, panel, matrix)
    edges = panel.shown_result.edges
    for values, item in (
        (wb.layer_spectrum(sample, "fc1", matrix=matrix), panel.plot.bars),
        (wb.layer_spectrum(sample, "fc1", matrix=matrix, shuffled=0), panel.plot.null),
    ):
        widths = np.diff(np.log10(edges) if panel.shown_result.scale == "log" else edges)
        expected = np.histogram(values.eigenvalues, edges)[0] / (values.units * widths)
        np.testing.assert_allclose(item.getData()[1], expected)
    assert f", {panel.shown_result.matrix}: " in panel.line.text()
    axis = panel.plot.getPlotItem().getAxis("bottom")
    label = axis.label.mapRectToItem(axis, axis.label.boundingRect())
    assert label.center().x() == pytest.approx(axis.boundingRect().center().x(), abs=40), "in the middle"
    assert label.right() <= axis.boundingRect().right()
    assert "unknown initialiser" not in panel.line.text()
    drawn = panel.drawing()
    assert drawn is not None
    same = figure("spectrum", sample, "fc1", **{k: v for k, v in panel.settings().items() if k != "view"})
    np.testing.assert_array_equal(drawn.figure.null, same.figure.null)  # type: ignore[attr-defined]


@pytest.mark.parametrize("scale", [1, 2])
def test_bars_can_be_counts_and_all_curves_follow(
    panel: SpectrumPanel, show: Show, sample: Run, qtbot: QtBot, scale: int
) -> None:
    show(sample, layer="fc1", snapshot=28)
    panel.scale.setCurrentIndex(scale)
    qtbot.waitUntil(lambda: panel.settled)
    bars, law = panel.plot.bars.getData()[1].copy(), panel.plot.laws["entries"].getData()[1].copy()
    panel.counts.setChecked(True)
    qtbot.waitUntil(lambda: panel.settled)
    counts, _ = np.histogram(sample.layer("fc1").eigenvalues(), panel.shown_result.edges)
    np.testing.assert_allclose(panel.plot.bars.getData()[1], counts)
    filled = bars > 0
    factor = (counts[filled] / bars[filled])[0]
    np.testing.assert_allclose(panel.plot.laws["entries"].getData()[1], factor * law)
    assert panel.plot.getPlotItem().getAxis("left").labelText == "eigenvalues"


def test_selected_units_and_what_cannot_be_shown(
    panel: SpectrumPanel, show: Show, session: Session, sample: Run, qtbot: QtBot
) -> None:
    show(sample, layer="fc1", snapshot=28)
    choose(qtbot, panel, "units")
    assert message(panel) == NO_UNITS
    assert panel.whole.isVisible(), "the list of matrices is not in sight"
    session.select(units=frozenset({3, 5, 8}))
    qtbot.waitUntil(lambda: panel.settled and not panel.shows_message)
    squares = np.linalg.svd(sample.layer("fc1").weights()[[3, 5, 8]].astype(float), compute_uv=False) ** 2
    np.testing.assert_allclose(panel.shown_result.result.eigenvalues, squares, rtol=1e-5)
    choose(qtbot, panel, "moved")
    show(snapshot=0)
    assert message(panel) == "fc1, snapshot 0: W − W₀ is zero, so there is no spectrum."
    choose(qtbot, panel, "folded")
    assert "fc1 has no batch norm behind it to fold in" in message(panel)
    assert panel.whole.isVisible()
    panel.whole.click()
    qtbot.waitUntil(lambda: panel.settled and not panel.shows_message)
    assert panel.matrix.currentData() == "weights"


def test_a_dragged_band_gives_the_accuracy_without_it(
    panel: SpectrumPanel, show: Show, sample: Run, qtbot: QtBot
) -> None:
    show(sample, layer="fc1", snapshot=28)
    values = sample.layer("fc1").eigenvalues()
    panel.band.switch.click()
    qtbot.waitUntil(lambda: panel.complete, timeout=60_000)
    assert panel.band.numbers == (1, 10), "the outliers at first"
    assert wb.band(sample, "fc1", 1, 10).words in panel.line.text()
    low, high = values[24] * 0.999, values[14] * 1.001
    panel.plot.band.setRegion([np.log10(low), np.log10(high)])  # as the mouse does
    qtbot.waitUntil(lambda: panel.complete and panel.band.answer is not None, timeout=60_000)
    assert panel.settings()["band"] == pytest.approx([low, high])
    found = wb.band(sample, "fc1", 15, 25)
    assert panel.band.words == found.words
    assert panel.line.text().startswith(f"digits_conv · fc1, epoch 40: {found.words}; ")
    program = panel.as_python()
    assert program is not None
    assert "wb.band(run, 'fc1', 15, 25, snapshot=28)" in program
    drawn = panel.drawing()
    assert drawn is not None
    assert drawn.figure.band == pytest.approx((low, high))  # type: ignore[attr-defined]
    panel.retry()  # as when the images have changed
    assert panel.band.answer is None
    qtbot.waitUntil(lambda: panel.complete and panel.band.answer is not None, timeout=60_000)
    assert panel.band.words == found.words
    panel.plot.band.setRegion([3.0, 4.0])
    qtbot.waitUntil(lambda: "No eigenvalue lies in the band" in panel.line.text())
    panel.band.switch.click()
    assert panel.settings()["band"] is None
    assert not panel.plot.band.isVisible()
    assert panel.line.text() == panel.shown_result.words


def test_tails_are_bands_and_an_outlier_is_read_with_its_margin(
    panel: SpectrumPanel, show: Show, sample: Run, qtbot: QtBot
) -> None:
    show(sample, layer="fc1", snapshot=28)
    panel.advanced.tails["bulk"].click()
    assert panel.band.numbers == (11, 100)
    panel.advanced.tails["right"].click()
    assert panel.band.numbers == (1, 10)
    panel.advanced.tails["left"].click()
    assert "the left tail is empty" in panel.line.text()
    assert panel.band.numbers == (1, 10)
    result = panel.shown_result.result
    law = result.initialiser
    panel.plot.pointed.emit(float(np.log10(result.outliers[1])), 0.1)
    beyond = result.outliers[1] - law.high
    assert (
        f"eigenvalue 2 is {result.outliers[1]:.4g}, {beyond:.3g} beyond the edge ({beyond / law.margin:.3g} times"
        in (panel.line.text())
    )


def test_a_click_on_an_outlier_selects_the_units_that_load_on_it(
    panel: SpectrumPanel, show: Show, session: Session, sample: Run, qtbot: QtBot
) -> None:
    show(sample, layer="fc1", snapshot=28)
    qtbot.waitUntil(lambda: panel.plot.getPlotItem().vb.width() > 100)
    box = panel.plot.getPlotItem().vb
    place = box.mapViewToScene(QPointF(float(panel.plot.rug.positions[2]), box.viewRange()[1][0]))
    assert panel.plot.outlier_at(place.x(), place.y() - 5.0) == 3
    assert panel.plot.outlier_at(place.x(), place.y() - 60.0) is None
    position = panel.plot.mapFromScene(QPointF(place.x(), place.y() - 5.0))
    qtbot.mouseClick(panel.plot.viewport(), Qt.MouseButton.LeftButton, pos=position)
    expected = direction_at(place_in(sample, "fc1"), 3)
    qtbot.waitUntil(lambda: session.selection.units == frozenset(expected.units))
    qtbot.waitUntil(lambda: "of the vector of eigenvalue 3" in panel.line.text())


def test_the_axes_of_a_matrix_stay_still_and_have_their_own_name(sample: Run) -> None:
    place = place_in(sample, "fc1")
    early, late = (picture_of(Question(place.at(snapshot), None, "normalised")) for snapshot in (5, 28))
    assert early is not None
    assert late is not None
    np.testing.assert_array_equal(early.edges, late.edges)
    assert early.axes == late.axes != picture_of(Question(place, None)).axes  # type: ignore[union-attr]
