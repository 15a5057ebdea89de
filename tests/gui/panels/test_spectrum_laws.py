"""Which law of chance the spectrum panel draws, counts against and names."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from spectrum_driving import GLOROT, panel, run, show, spiked

from workbench.analysis.spectra.bulk import Bulk
from workbench.analysis.spectra.marchenko_pastur import MarchenkoPastur

if TYPE_CHECKING:
    from collections.abc import Callable

    from workbench.gui.panels.spectrum import SpectrumPanel
    from workbench.runs.run import Run

    WriteRun = Callable[..., Run]
    Show = Callable[..., None]


def test_the_curves_are_the_marchenko_pastur_laws_of_both_variances_with_their_edges(
    panel: SpectrumPanel, show: Show, run: Run
) -> None:
    show(run, layer="fc1", snapshot=3)
    values = run.layer("fc1").eigenvalues(3)
    for name, variance in (("initialiser", GLOROT), ("entries", values.sum() / (40 * 64))):
        low, high = (variance * (np.sqrt(64) + sign * np.sqrt(40)) ** 2 for sign in (-1, 1))
        x, y = panel.plot.laws[name].getData()
        expected = np.sqrt(np.maximum((high - x) * (x - low), 0.0)) / (2 * np.pi * 40 * variance * x)
        np.testing.assert_allclose(y, expected, atol=1e-6)
        assert np.trapezoid(y, x) == pytest.approx(1.0, abs=1e-3)
        assert sorted(line.value() for line in panel.plot.edges[name]) == pytest.approx([low, high])


def test_a_shrunk_bulk_is_said_beside_the_count_and_its_law_is_drawn(
    panel: SpectrumPanel, show: Show, write_run: WriteRun
) -> None:
    start = spiked(40, 64, [0.0])[0]
    show(write_run({"fc1": [start, 0.4 * start]}), layer="fc1", snapshot=1)
    assert panel.shown_result is not None
    bulk, counts = panel.shown_result.result.bulk, panel.shown_result.result.counts
    assert bulk is not None
    assert counts is not None
    assert counts.beyond == 0
    assert f": no eigenvalue of 40 beyond {MarchenkoPastur(40, 64, GLOROT).high:.3g}, the initialiser’s edge " in (
        panel.line.text()
    )
    assert f"{counts.below} below its lower edge" in panel.line.text()
    fit = f"σ² = {bulk.law.variance:.3g} fitted to all 40"
    assert f"the bulk has shrunk to 0.17 times its initial variance ({fit})" in panel.line.text()
    shown = [line.value() for line in panel.plot.edges["bulk"] if line.isVisible()]
    assert sorted(shown) == pytest.approx([bulk.law.low, bulk.law.high])
    assert len(panel.plot.rug.positions) == 0


def test_with_an_unknown_initialiser_the_law_that_decides_is_drawn_and_named(
    panel: SpectrumPanel, show: Show, write_run: WriteRun
) -> None:
    show(write_run({"fc1": spiked(40, 64, [0.0, 5.0])}, initialiser="mine"), layer="fc1", snapshot=1)
    assert panel.plot.laws["initialiser"].xData.size == 0
    assert not any(line.isVisible() for line in panel.plot.edges["initialiser"])
    assert all(line.isVisible() for line in panel.plot.edges["entries"])
    assert panel.shown_result is not None
    bulk = panel.shown_result.result.bulk
    assert bulk is not None
    assert max(line.value() for line in panel.plot.edges["bulk"]) == pytest.approx(bulk.law.high)
    assert (
        f"3 outliers beyond the edge {bulk.law.high:.3g} (margin {bulk.margin:.2g}), σ² = {bulk.law.variance:.3g} "
        "fitted to the lowest 37 of 40; largest"
    ) in panel.line.text()
    assert panel.line.text().endswith("; unknown initialiser “mine”")
    names = ["now", "initial", "MP, σ² entries", "MP, σ² of the bulk", "outliers"]
    assert [entry.text for entry in panel.legend.entries] == names


def test_a_bulk_of_unmoved_units_smaller_than_half_keeps_its_law_and_its_words(
    panel: SpectrumPanel, show: Show, write_run: WriteRun
) -> None:
    random = np.random.default_rng(1)
    start = random.normal(0.0, np.sqrt(GLOROT), (40, 64))
    learned = start.copy()
    learned[16:] += random.normal(0.0, 2.0, (24, 64)) * np.geomspace(1.0, 4.0, 24)[:, None]
    show(write_run({"fc1": [start, learned]}), layer="fc1", snapshot=1)
    law, values = MarchenkoPastur(40, 64, GLOROT), np.linalg.svd(learned, compute_uv=False) ** 2
    beyond, below = int((values > law.limit).sum()), int((values < law.floor).sum())
    assert (beyond, below) == (24, 0)
    assert len(panel.plot.rug.positions) == 24
    _, vectors = np.linalg.eigh(learned @ learned.T)
    share = (vectors[:16, :16] ** 2).sum() / 16
    text = panel.line.text()
    assert "24 of 40 eigenvalues beyond " in text
    assert f", 16 between its edges; 16 units have hardly moved and carry {100 * share:.0f} % of" in text
    assert "no Marchenko–Pastur law" not in text


def test_the_edge_that_outliers_are_counted_against_is_drawn_when_the_bulk_has_grown(
    panel: SpectrumPanel, show: Show, write_run: WriteRun
) -> None:
    random = np.random.default_rng(5)
    start = random.normal(0, np.sqrt(GLOROT), (40, 64))
    show(write_run({"fc1": [start, 1.6 * start]}, name="grown.h5"), snapshot=1)
    picture = panel.shown_result
    assert picture is not None
    assert picture.result.verdict == "grown"
    assert isinstance(picture.result.counted_against, Bulk)
    shown = [line.value() for line in panel.plot.edges["bulk"] if line.isVisible()]
    assert max(shown) == pytest.approx(picture.result.counted_against.law.high)
    assert any("bulk" in entry.text for entry in panel.legend.entries)
    show(snapshot=0)
    assert not any(line.isVisible() for line in panel.plot.edges["bulk"])
