"""Every number in the lines under the pruning and low-rank plots is that of the curves that are drawn."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.analysis.greedy import JointOrder
from workbench.evaluation.removal.flat_start import flat_start
from workbench.evaluation.results import Accuracy
from workbench.figures.low_rank.picture import Question, picture_of, sentence
from workbench.figures.pruning.group import reaching_of
from workbench.figures.pruning.guessing import guess_of
from workbench.figures.pruning.lines import Ablation, Drawn, drawn_line
from workbench.figures.pruning.picture import left_out
from workbench.figures.pruning.words import basis, cost, cost_in_brief, details, findings, reaching, reading
from workbench.runs.place import place_in

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from workbench.runs.run import Run

SETTINGS = settings(deadline=None, max_examples=60)
IMAGES = st.integers(1, 400)


@st.composite
def curves(draw: st.DrawFn) -> tuple[int, list[list[int]]]:
    """How many images there are, and of each curve how many are right at 0…M removed: flat, falling or anything."""
    images, units = draw(IMAGES), draw(st.integers(1, 12))
    right = st.integers(0, images)
    anything = st.lists(right, min_size=units + 1, max_size=units + 1)
    perfect = st.just([images] * (units + 1))
    falling = anything.map(lambda counts: sorted(counts, reverse=True))
    return images, draw(st.lists(st.one_of(anything, falling, perfect), min_size=1, max_size=3))


def drawn(images: int, counts: list[list[int]], ablation: Ablation | None = None) -> Drawn:
    units = len(counts[0]) - 1
    levels, steps = np.arange(units + 1), [np.arange(units + 1.0)]
    lines = [
        drawn_line(f"order{number}", 100.0 * np.array([each]) / images, levels, steps, images, images)
        for number, each in enumerate(counts)
    ]
    return Drawn("accuracy", units, tuple(lines), None, ablation, None, "")


@given(case=curves())
@SETTINGS
def test_each_curve_stays_as_long_as_the_line_says_and_no_longer(case: tuple[int, list[list[int]]]) -> None:
    images, counts = case
    units = len(counts[0]) - 1
    found = list(findings(drawn(images, counts)))
    first = re.fullmatch(rf"(\d+|none) of {units} can go within a point \(order(\d)\)", found[0])
    assert first is not None
    levels = {int(first[2]): 0 if first[1] == "none" else int(first[1])}
    levels |= {int(text.split()[0].removeprefix("order")): int(text.split()[1]) for text in found[1:]}
    assert sorted(levels) == list(range(len(counts)))
    assert levels[int(first[2])] == max(levels.values())  # the best one comes first
    for number, level in levels.items():
        right = counts[number]
        within = [100 * (right[0] - each) <= images for each in right]  # in whole numbers: a point is one percent
        assert all(within[: level + 1])
        assert level == units or not within[level + 1]


def test_an_order_that_keeps_dead_units_says_how_many_there_are() -> None:
    picture = drawn(100, [[90, 90, 90, 80, 70, 60]])
    (kept,) = findings(picture, {"order0": np.array([0, 0, 1, 1, 2, 3])})
    assert kept == "2 of 5 can go within a point, 1 of the 3 dead units among them (order0)"
    (none,) = findings(picture, {"order0": np.array([0, 0, 1, 1, 1, 1])})
    assert none == "2 of 5 can go within a point, 1 of them dead (order0)"


@given(case=curves())
@SETTINGS
def test_no_order_is_called_better_that_is_not_drawn_above(case: tuple[int, list[list[int]]]) -> None:
    images, counts = case
    picture = drawn(images, counts)
    said = [text for text in details(picture, 100.0 * counts[0][0] / images) if "order is better" in text]
    heights = np.array(counts) / images
    if said:
        assert ((heights.max(axis=0) - heights.min(axis=0)) <= 0.01 + 1e-9).all()
    for name, mean in re.findall(r"(order\d) (\d+\.\d\d)", next(iter(details(picture, np.nan)))):
        assert float(mean) == pytest.approx(100 * heights[int(name[-1])].mean(), abs=0.0051)
    *_, last = details(picture, 100.0 * counts[0][0] / images)
    assert re.fullmatch(r"With nothing removed: (\d+\.\d) % measured, \1 % stored", last)


@given(images=IMAGES, data=st.data())
@SETTINGS
def test_what_selected_units_cost_has_the_sign_of_its_change(images: int, data: st.DataObject) -> None:
    start, value, *random = data.draw(st.lists(st.integers(0, images), min_size=7, max_size=7))
    percent = 100.0 / images
    text = cost(Ablation(3, start * percent, value * percent, np.array(random) * percent), "accuracy")
    found = re.fullmatch(
        r"3 selected units removed: (\d+\.\d) % \((0|[+−]\d+\.\d)\); 3 random: (\d+\.\d) %, SD (\d+\.\d)", text
    )
    assert found is not None, text
    change = float(found[2].replace("−", "-"))
    assert change == pytest.approx((value - start) * percent, abs=0.0501)
    assert (found[2] == "0") == (abs(value - start) * percent < 0.05) or abs(abs(value - start) * percent - 0.05) < 1e-9
    assert float(found[1]) == pytest.approx(value * percent, abs=0.0501)
    assert float(found[3]) == pytest.approx(np.mean(random) * percent, abs=0.0501)
    assert float(found[4]) == pytest.approx(np.std(random, ddof=1) * percent, abs=0.0501)


def test_numbers_that_rest_on_different_images_say_on_how_many() -> None:
    random = np.array([90.0, 92.0])
    few = Ablation(3, 97.0, 96.5, random, images=10_000, total=10_000, random_images=192)
    text = "3 selected units removed: 96.5 % (−0.5) on 10,000 images; 3 random: 91.0 %, SD 1.4 on 192"
    assert cost(few, "accuracy") == text
    picture = drawn(10_000, [[9700, 9600]], few)
    assert (basis(picture, "test"), picture.images) == (" (of 10,000 test images; more to come)", (192, 10_000))
    same = replace(few, random_images=10_000)
    assert cost(same, "accuracy") == text.replace(" on 10,000 images", "").replace(" on 192", "")
    assert basis(drawn(10_000, [[9700, 9600]], same), "test") == " (10,000 test images)"
    some = replace(few, images=1000)
    assert cost_in_brief(some, "3 units", "test") == (
        "3 units selected: about −0.5 points on 1,000 of 10,000 test images"
    )
    assert cost_in_brief(few, "3 units", "test") == "3 units selected: −0.5 points on 10,000 test images"


def test_a_network_that_only_guesses_has_nothing_to_lose(run: Run) -> None:
    guess = guess_of(run, 11.389, 360)
    assert guess == "at chance: nothing to lose (11.4 %; guessing gives 10 %)"
    picture = replace(drawn(360, [[41, 41, 41]]), guess=guess)
    assert reaching_of(picture.lines[0], picture) == "order0"
    assert reaching_of(picture.lines[0], picture, brief=True) == "order0"
    few = Ablation(3, 11.389, 11.389, np.array([]), images=360, total=360)
    assert cost_in_brief(few, "3 units", "test", guess) == f"3 units selected: {guess}"
    assert guess_of(run, 98.6, 360) == guess_of(run, float("nan")) == ""
    start = picture_of(Question(place_in(run, "fc1", 0), "weights"))
    assert guess in sentence(start, 3, None, "test", {})


def test_how_far_a_curve_from_some_images_goes_is_about_that() -> None:
    (line,) = drawn(100, [[90, 90, 90, 80, 70, 60]]).lines
    some = replace(line, images=50)
    assert reaching(some, "accuracy") == "order0: about 2 can go within a point"
    assert reaching(some, "accuracy", brief=True) == "order0 ≈ 2"
    assert reading(some, 1.0, "accuracy") == "order0: about 90.0 %"
    picture = replace(drawn(100, [[90] * 6]), lines=(some, replace(some, name="order1")))
    assert list(findings(picture)) == ["about 2 of 5 can go within a point (order0)", "order1 ≈ 2"]


@given(right=st.lists(st.integers(0, 9), min_size=2, max_size=10), seed=st.integers(0, 999), share=st.floats(0, 1))
@SETTINGS
def test_a_flat_start_counts_the_dead_units_that_the_order_removes_in_it(
    right: list[int], seed: int, share: float
) -> None:
    random, units = np.random.default_rng(seed), len(right) - 1
    order = random.permutation(units)
    dead = random.random(units) < share
    start = flat_start(
        10.0 * np.array(right), np.arange(units + 1), JointOrder(np.zeros(units, np.int64), order), [dead]
    )
    flat = next((level for level, each in enumerate(right) if each != right[0]), len(right)) - 1
    gone = int(dead[order[:flat]].sum())
    assert (start.removed, start.dead) == (flat, gone)
    assert ("all dead" in start.words or "is a dead unit" in start.words) == (0 < gone == flat)
    assert ("not only dead" in start.words) == (0 < gone < flat)


@pytest.mark.parametrize("values", [[np.nan, np.nan], [1.0, np.nan], [1.0, 1.0, np.inf]])
def test_of_a_loss_that_is_no_number_nothing_is_claimed(values: list[float]) -> None:
    levels = np.arange(len(values))
    line = drawn_line("max_mag", np.array([values]), levels, [levels.astype(float)], 10, 10)
    (text,) = findings(Drawn("loss", len(values) - 1, (line,), None, None, None, ""))
    level = sum(map(np.isfinite, values)) - 1 if np.isfinite(values[0]) else 0
    assert text.startswith(f"{level or 'none'} of {len(values) - 1} can go")


def test_orders_that_are_left_out_for_one_reason_are_said_in_one_clause() -> None:
    why = {"max_mag": "every weight is zero", "bn_norm": "fc2 has no batch norm", "random": "every weight is zero"}
    assert list(left_out(why)) == [
        "max_mag, random are left out: every weight is zero",
        "bn_norm is left out: fc2 has no batch norm",
    ]


ELBOWS = st.dictionaries(st.sampled_from(["Kneedle", "gap", "MP edge"]), st.one_of(st.none(), st.integers(0, 100)))


@given(rank=st.integers(0, 100), right=st.integers(0, 360), proposed=ELBOWS, known=st.booleans())
@SETTINGS
def test_the_low_rank_line_says_what_is_drawn_at_the_rank(
    run: Run, rank: int, right: int, proposed: dict[str, int | None], known: bool
) -> None:
    picture = picture_of(Question(place_in(run, "fc1"), "weights"))
    accuracy = Accuracy(right, 360, 1.0, (right,), (360,), True) if known else None
    text = sentence(picture, rank, accuracy, "test", proposed).split(": ", 1)[1]
    squares: NDArray[np.float64] = np.linalg.svd(run.layer("fc1").weights(-1).astype(float), compute_uv=False) ** 2
    norm = 100 * np.sqrt(squares[:rank].sum() / squares.sum())
    said = re.match(r"rank (\d+) of 100 keeps (\d+\.\d) % of the norm", text)
    assert said is not None
    assert (int(said[1]), float(said[2])) == (rank, pytest.approx(norm, abs=0.051))
    measured = re.search(r"; accuracy (\d+\.\d) % \((0|[+−]\d+\.\d)\)", text)
    assert (measured is not None) == known
    if measured is not None:
        change = 100 * right / 360 - float(run.test_accuracy[-1])
        assert float(measured[1]) == pytest.approx(100 * right / 360, abs=0.051)
        assert float(measured[2].replace("−", "-")) == pytest.approx(change, abs=0.051)
    elbows = {name: at for name, at in proposed.items() if at is not None}
    assert dict(re.findall(r"(Kneedle|gap|MP edge) (\d+)", text)) == {name: str(at) for name, at in elbows.items()}
    assert ("elbows" in text) == bool(elbows)
    assert not text.endswith((": ", "; "))
