"""The page of a unit shows the numbers of that unit, leads on to others, and says why something is missing."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt

from workbench.figures.overview.one_unit import WeightPicture, facts_of
from workbench.figures.overview.unit_measures import ClassLosses, UnitMeasures, measures_of
from workbench.figures.overview.unit_words import chance_words
from workbench.figures.overview.units import table_of
from workbench.gui.panels.units import charts
from workbench.gui.panels.units import page as module
from workbench.gui.panels.units.cards import AROUND
from workbench.gui.panels.units.charts import extremes
from workbench.gui.panels.units.page import UnitPage
from workbench.gui.panels.units.page_answers import PageNeeds, Pages
from workbench.gui.panels.units.page_words import of_losses
from workbench.gui.panels.units.pictures import NEGATIVE, POSITIVE, ZERO, pixels_of
from workbench.runs.collection.naming import death
from workbench.runs.place import place_in

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtGui import QImage
    from pytestqt.qtbot import QtBot

    from tests.gui.conftest import WriteRun
    from workbench.gui.state.session import Session
    from workbench.runs.run import Run

LONG = 60_000


@pytest.fixture
def page(shown: Callable[..., UnitPage]) -> UnitPage:
    return shown(UnitPage, module, (900, 700))


@pytest.fixture
def sample(page: UnitPage, with_sample: Callable[..., Run]) -> Run:
    return with_sample(page, frozenset({24, 60}))


def test_what_is_shown_are_the_numbers_of_the_unit(page: UnitPage, sample: Run) -> None:
    place = place_in(sample, "fc1")
    facts, table = facts_of(place, 24), table_of(place)
    *_, measured = measures_of(place, 24)
    assert page.name.text() == f"Unit 24: {table.label(24)}"
    assert table.rule(24) in page.about.text()
    assert f"norm {table.norm[24]:.3f}" in page.about.text().lower()
    assert page.line.text().endswith("unit 24, the first of 2 selected")
    for curve, expected in zip(
        page.history.curves, (facts.history.norm, facts.history.cosine, facts.history.activity), strict=True
    ):
        np.testing.assert_array_equal(curve.values, expected)
    for unit, cosine in zip(facts.nearest.units, facts.nearest.cosines, strict=True):
        assert f"unit&nbsp;{unit}</a>&nbsp;{cosine:.3f}" in page.links.text()
    assert chance_words(table, "nearest_cosine") in page.links.toolTip()
    assert "by chance" in page.links.toolTip()
    assert measured.images is not None
    assert measured.losses is not None
    assert [each.number for each in page.images.images] == [each.number for each in measured.images]
    assert f"fires on {measured.fires} of 360 test images" in page.of_images.note.text()
    shown = page.losses.bars
    if measured.losses.by_class.any():
        assert shown is not None
        np.testing.assert_array_equal(shown.values, measured.losses.by_class)
    else:
        assert page.of_losses.note.text().startswith("No class loses or gains accuracy on 360 test images")
    assert facts.outgoing is not None
    assert page.outgoing.bars is not None
    np.testing.assert_array_equal(page.outgoing.bars.values, facts.outgoing.strengths)
    assert page.of_outgoing.title.text() == "Outgoing weights to fc2"
    assert page.grab().toImage().width() > 0


def test_links_and_curves_lead_on(page: UnitPage, sample: Run, session: Session, qtbot: QtBot) -> None:
    nearest = facts_of(place_in(sample, "fc1"), 24).nearest.units[0]
    page.links.linkActivated.emit(str(nearest))
    assert session.selection.units == {nearest}
    qtbot.waitUntil(lambda: page.complete and page.shown_result.needs.unit == nearest, timeout=LONG)
    left = page.history._area(0).left()
    across = page.history._area(0).width()
    last = sample.snapshots - 1
    qtbot.mouseClick(page.history, Qt.MouseButton.LeftButton, pos=QPoint(round(left + across * 5 / last), 20))
    assert session.selection.place is not None
    assert session.selection.place.snapshot == 5
    qtbot.waitUntil(lambda: page.complete and page.shown_result.needs.place.snapshot == 5, timeout=LONG)
    session.select(units=frozenset())
    assert "No unit is selected" in page.message


def test_a_dead_unit_says_so(page: UnitPage, sample: Run, session: Session, qtbot: QtBot) -> None:
    table = table_of(place_in(sample, "fc1"))
    dead = int(np.flatnonzero(table.states.dead)[0])
    session.select(units=frozenset({dead}))
    qtbot.waitUntil(lambda: page.complete and page.shown_result.needs.unit == dead, timeout=LONG)
    died = int(table.died_at[dead])
    assert f"dead since snapshot {died} (epoch {sample.epochs[died]:.4g})" in page.about.text().lower()
    assert page.name.text() == f"Unit {dead}: {death(sample, died)}"
    assert page.of_losses.note.text() == "No class loses or gains accuracy on 360 test images; its bias is kept."
    assert page.losses.bars is None


def test_what_a_unit_costs_a_network_that_only_guesses_is_said_to_mean_nothing(sample: Run) -> None:
    losses = ClassLosses(0.5, np.array([5.0, 0.0]), 360, exact=True, start=11.4)
    found = UnitMeasures(place_in(sample, "fc1", 0), 24, losses=losses)
    said = "0.50 points of accuracy are lost in total on 360 test images; its bias is kept."
    guess = " The network is at chance: nothing to lose (11.4 %; guessing gives 10 %)."
    assert of_losses(found) == f"{said}{guess}"
    assert of_losses(replace(found, losses=replace(losses, start=98.6))) == said


def test_what_cannot_be_measured_says_why(
    page: UnitPage, session: Session, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, write_run: WriteRun
) -> None:
    def refuse(*_: Any) -> Any:
        raise ImportError("No module named 'torch'", name="torch")

    monkeypatch.setattr("workbench.evaluation.run_evaluators.evaluator", refuse)
    weights = np.random.default_rng(0).normal(size=(3, 5))
    session.add(write_run({"fc1": [weights, 2 * weights]}))
    session.select(units=frozenset({1}))
    qtbot.waitUntil(lambda: page.complete and page.shown_result is not None, timeout=LONG)
    for card in (page.of_images, page.of_losses):
        assert card.note.text().startswith("– ")
        assert "torch" in card.note.text()
    assert page.images.images == ()
    assert "not known which layer takes its outputs" in page.of_outgoing.note.text()


def test_weights_have_the_colours_of_their_size_and_sign() -> None:
    maps = np.array([[[-2.0, 0.0]], [[2.0, 1.0]], [[0.0, 0.0]]], np.float32)
    pixels = pixels_of(WeightPicture("maps", maps, ""))
    assert pixels.shape == (1, 8, 4)  # three maps of two, with gaps
    assert [tuple(pixels[0, at, :3].tolist()) for at in (0, 1, 3)] == [NEGATIVE, ZERO, POSITIVE]
    half = [round(zero + (end - zero) / 2) for zero, end in zip(ZERO, POSITIVE, strict=True)]
    np.testing.assert_allclose(pixels[0, 4, :3], half, atol=1)
    assert pixels[0, :, 3].tolist() == [255, 255, 0, 255, 255, 0, 255, 255]
    coloured = pixels_of(WeightPicture("image", np.array([[[1.0]], [[0.0]], [[-1.0]]], np.float32), ""))
    assert coloured[0, 0].tolist() == [255, 128, 0, 255]
    long = pixels_of(WeightPicture("strip", np.ones(1001, np.float32), ""))
    assert long.shape == (3, 334, 4)
    assert int((long[..., 3] > 0).sum()) == 1001


def test_a_run_that_gets_the_identity_of_a_closed_file_has_its_own_page(write_run: WriteRun) -> None:
    weights = np.random.default_rng(1).normal(size=(5, 9)).astype(np.float32)
    old, new = (write_run({"fc1": [weights, by * weights]}, f"{by}.h5") for by in (2, 3))
    new = replace(new, _identity=old.identity)  # a file of the same size may get the inode of a deleted one
    pages = Pages()
    for run, by in ((old, 2), (new, 3), (old, 2)):
        *_, page = pages.page(PageNeeds(place_in(run, "fc1"), 4))
        assert page.table is not None
        assert page.table.norm == pytest.approx(by * np.linalg.norm(weights, axis=1))
        assert page.facts.history.norm[1] == pytest.approx(by * np.linalg.norm(weights[4]))


def test_a_hidden_page_lets_go_of_a_run_that_is_closed(page: UnitPage, sample: Run, session: Session) -> None:
    page.hide()
    session.remove(sample)
    assert (page.shown_result, page.measures, page.complete) == (None, None, True)


@pytest.mark.parametrize("count", [3, 300, 301, 5000])
def test_of_more_bars_than_pixels_the_largest_and_smallest_are_drawn(count: int) -> None:
    values = np.random.default_rng(2).normal(size=count)
    bars = list(extremes(values, 300))
    assert len(bars) <= 600
    assert {number for first, end, _ in bars for number in range(first, end)} == set(range(count))
    for first, end, value in bars:
        assert value == (values[first:end].max() if value > 0 else values[first:end].min())
    assert {max(bar[2] for bar in bars), min(bar[2] for bar in bars)} == {values.max(), values.min()}


def test_its_picture_has_what_is_scrolled_out_of_sight(page: UnitPage, sample: Run) -> None:
    saved: list[tuple[str, QImage]] = []
    page.resize(500, 300)
    page.save_picture_requested.connect(lambda name, image: saved.append((name, image)))
    page.save_picture()
    (name, image), inside, last = saved[0], page.cards.inside, page.of_outgoing
    assert name == "digits_conv_fc1_unit_24.png"
    assert page.cards.viewport().height() < inside.height()
    size = image.deviceIndependentSize().toSize()
    assert size.height() > inside.height() + page.name.height() + page.about.height()
    below = size.height() - AROUND - inside.height() + last.y()  # where the last card begins
    scale = round(image.devicePixelRatio())
    card = image.copy(0, scale * below, image.width(), scale * last.height())
    assert len({card.pixel(x, y) for x in range(0, card.width(), 2) for y in range(0, card.height(), 2)}) > 5


def test_its_csv_has_all_numbers_that_are_shown(page: UnitPage, sample: Run) -> None:
    saved: list[tuple[str, str]] = []
    page.save_requested.connect(lambda name, text: saved.append((name, text())))
    page.save()
    (name, text), facts = saved[0], page.shown_result.facts
    assert name == "digits_conv_fc1_unit_24.csv"
    rows = list(csv.reader(io.StringIO(text)))
    assert rows[0] == ["what", "of", "value"]

    def values(what: str) -> list[float]:
        return [float(row[2]) for row in rows if row[0] == what]

    np.testing.assert_allclose(values("weight of input"), sample.layer("fc1").weights(-1)[24], rtol=1e-6)
    np.testing.assert_allclose(values("norm at snapshot"), facts.history.norm)
    np.testing.assert_allclose(values("cosine with unit"), facts.nearest.cosines)
    assert page.measures is not None
    assert page.measures.losses is not None
    assert page.measures.images is not None
    np.testing.assert_allclose(values("points lost by class"), page.measures.losses.by_class)
    np.testing.assert_allclose(values("output on test image"), [each.output for each in page.measures.images])
    np.testing.assert_allclose(values("weight to unit of fc2"), sample.layer("fc2").weights(-1)[:, 24], rtol=1e-6)
    copied: list[str] = []
    page.copy_requested.connect(lambda text: copied.append(text()))
    page.copy_numbers()
    assert copied[0].replace("\t", ",").splitlines()[-1] == text.splitlines()[-1]


def test_of_many_snapshots_the_lowest_and_highest_of_each_stretch_are_drawn() -> None:
    values = np.random.default_rng(0).normal(size=10_000)
    drawn = charts._seen(values, 400)
    assert len(drawn) <= 400
    assert {int(values.argmin()), int(values.argmax())} <= set(drawn.tolist())
    assert charts._seen(values[:500], 400).tolist() == list(range(500))
