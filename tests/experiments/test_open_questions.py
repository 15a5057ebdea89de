"""The open questions: slopes are those of least squares, verdicts follow from intervals, and a page is written."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from workbench.experiments.questions import clusters, elbow, suffix
from workbench.experiments.questions.asking import ask
from workbench.experiments.questions.catalogue import FEWEST_TRAININGS, REPEATS, TITLES
from workbench.experiments.questions.clusters import Clustered
from workbench.experiments.questions.elbow import Answer, Elbow, answers, specifications, verdict
from workbench.experiments.questions.regression import slope
from workbench.experiments.questions.rows import QUESTIONS
from workbench.experiments.questions.suffix import Likeness
from workbench.figures.progress import Progress, Written

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("one_thread", "no_evaluator_stays")


def elbows(rank: dict[float, float], spread: float = 0.1) -> tuple[Elbow, ...]:
    """Trainings whose elbow grows by so many ranks for each class, by weight decay, by every estimator."""
    generator = np.random.default_rng(0)
    return tuple(
        Elbow(layer, name, classes, decay, seed, round(rank[decay] * classes + generator.normal(0, spread)), 90.0)
        for layer in elbow.LAYERS
        for name in elbow.ELBOWS
        for classes in elbow.CLASSES
        for decay in elbow.DECAYS
        for seed in range(3)
    )


def test_a_slope_is_that_of_least_squares_with_a_level_for_each_group() -> None:
    generator = np.random.default_rng(1)
    x, groups = np.tile([2.0, 3.0, 5.0, 10.0], 6), np.repeat([0, 1, 2], 8)
    y = 0.7 * x + 3.0 * groups + generator.normal(0, 1, len(x))
    design = np.column_stack([x, *(groups == group for group in range(3))])
    values, (rest,), *_ = np.linalg.lstsq(design, y)
    found = slope(x.tolist(), y.tolist(), groups.tolist())
    error = (rest / (len(x) - 4) * np.linalg.inv(design.T @ design)[0, 0]) ** 0.5
    assert found.value == pytest.approx(values[0])
    assert found.high - found.low == pytest.approx(2 * 2.085963 * error)  # of Student's t with 20 degrees of freedom
    with pytest.raises(ValueError, match="no slope over a number that is the same"):
        slope([1.0, 1.0], [1.0, 2.0], [0, 0])


@pytest.mark.parametrize(
    ("rank", "said"),
    [
        ({0.0: 1.0, 1e-3: 1.0, 1e-2: 1.0}, "Yes, here: by the report's estimator"),
        ({0.0: -3.0, 1e-3: 3.0, 1e-2: 1.0}, "It depends on the weight decay."),
        ({0.0: 3.0, 1e-3: 3.0, 1e-2: 3.0}, "It grows with the number of classes, but does not equal it."),
        ({0.0: 0.0, 1e-3: 0.0, 1e-2: 0.0}, "Not here: no growth is seen."),
    ],
)
def test_the_verdict_on_the_elbow_is_what_the_intervals_allow(rank: dict[float, float], said: str) -> None:
    found = verdict(answers(elbows(rank, spread=0.6)))
    assert found.startswith(said)
    assert "over 63 trainings" in found


def test_an_estimator_that_cannot_say_has_no_slope() -> None:
    assert Answer("fc1", "MP edge", None, ()).verdict == "not enough trainings"


def test_the_trainings_differ_by_classes_weight_decay_and_seed_alone() -> None:
    found = list(specifications(2))
    assert len(found) == 2 * len(elbow.CLASSES) * len(elbow.DECAYS)
    assert {spec.iterations for spec in found} == {elbow.ITERATIONS}
    subsets = {(spec.seed, spec.data.classes) for spec in found}
    assert len(subsets) == 2 * len(elbow.CLASSES)


def test_the_effects_on_clusters_are_those_of_a_factorial_and_the_verdict_names_what_they_depend_on() -> None:
    generator = np.random.default_rng(2)
    found = [
        Clustered(layer, *levels, seed, 40.0 * levels[0] * (not levels[1]) + generator.normal(10, 1), 0.0, 95.0)
        for layer in clusters.LAYERS
        for levels in itertools.product((False, True), repeat=len(clusters.FACTORS))
        for seed in range(2)
    ]
    mine = [each for each in found if each.layer == "first"]
    means = [np.mean([each.repeated for each in mine if each.decay == on]) for on in (False, True)]
    assert clusters.effect(found, "first", "decay").value == pytest.approx(means[1] - means[0])
    off, on = clusters.parted(found, "first", "decay", "norm")
    assert off.value == pytest.approx(40.0, abs=1.5)
    assert on.low < 0.0 < on.high
    said = clusters.verdict(found)
    assert "over 64 trainings. In the first layer: weight decay, from 0 to 0.01: +20." in said
    assert "The effect of weight decay depends on batch norm (no batch norm: +40." in said
    assert "on the depth" not in said
    assert "With no weight decay at most 3.0 % repeat" in clusters.verdict(
        [replace(each, repeated=each.repeated if each.decay else 3.0) for each in found]
    )
    assert said.endswith("All learned: 95 to 95 % of the test images.")
    failed = clusters.verdict([replace(each, accuracy=10.0) if each.seed else each for each in found])
    assert failed.endswith("These include 32 trainings that did not learn (below 50 %).")
    flat = clusters.verdict([replace(each, repeated=10.0 + each.seed) for each in found])
    assert "no factor has an effect" in flat


def test_the_trainings_of_clusters_are_all_combinations_each_in_its_own_file(tmp_path: Path) -> None:
    found = list(clusters.specifications(2))
    assert len({clusters.file_of(tmp_path, spec) for spec in found}) == len(found) == 2 * 32
    shapes = {(spec.net.name, spec.net.widths) for spec in found}
    assert {("lenet", (300, 100)), ("lenet_bn", (75, 25, 25, 25))} <= shapes


def test_the_verdict_on_the_suffix_is_what_the_contrast_allows() -> None:
    def pairs(seeds: int = 4, **changes: float) -> list[Likeness]:
        cosines = dict.fromkeys(suffix.CONDITIONS, 0.8) | {"stranger": 0.0} | changes
        return [
            Likeness(layer, name, seed, value + 0.01 * (-1) ** seed * (name != "reordered"), 0.9, 0.9)
            for layer in suffix.LAYERS
            for name, value in cosines.items()
            for seed in range(seeds)
        ]

    said = suffix.verdict(pairs(redrawn=0.4, frozen=0.5))
    assert "The suffix matters more than the order of the batches: drawn again 0.40 (difference +0.40, +0.3" in said
    assert "frozen as it began 0.50" in said.partition("no more than the order")[0]
    assert "no more than the order, as far as can be seen: permuted 0.80" in said
    assert "less than the order: permuted 0.95" in suffix.verdict(pairs(permuted=0.95))
    assert "one seed gives no interval: drawn again" in suffix.verdict(pairs(seeds=1))


def test_each_way_of_the_suffix_has_the_same_batches_and_another_order(tmp_path: Path) -> None:
    twins = {(each.suffix, each.frozen, each.order) for each in suffix.TWINS.values()}
    ways = {("redrawn", False), ("permuted", False), ("kept", True), ("redrawn", True)}
    both = {(*way, order) for way in ways for order in ("kept", "changed")}
    assert twins == both | {("kept", False, "changed")}
    assert len({each.path for each in suffix.trainings(2, tmp_path)}) == 2 * (1 + len(twins))


def _cancelled_while_measured(folder: Path) -> None:
    """Stop a question whose runs are there after the first of them was measured: nothing is written anew."""
    page = folder / "report.html"
    page.write_text("as it was")
    seen: list[str] = []
    asking = ask("elbow", folder, 1, 4, lambda: "measuring the runs: 25 %" in seen)
    for event in asking:
        assert isinstance(event, Progress)
        seen.append(event.doing)
    assert seen[-1] == "measuring the runs: 25 %"
    assert page.read_text() == "as it was"


def test_a_question_is_asked_whole_and_its_runs_are_used_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert set(TITLES) == set(REPEATS) == set(QUESTIONS)
    made = {name: len(list(question.trainings(1, tmp_path, None))) for name, question in QUESTIONS.items()}
    assert made == FEWEST_TRAININGS
    monkeypatch.setattr(elbow, "CLASSES", (2, 10))
    monkeypatch.setattr(elbow, "DECAYS", (0.0, 1e-2))
    for _ in range(2):
        *before, last = ask("elbow", tmp_path, 1, 4, command=("workbench", "ask", "elbow"))
        assert isinstance(last, Written)
        assert "over 4 trainings" in last.words
        steps = [each for each in before if isinstance(each, Progress)]
        said = [each.doing for each in steps]
        assert [words for words in said if words.startswith("measuring the runs: ")] == [
            f"measuring the runs: {percent} %" for percent in (25, 50, 75, 100)
        ]
        assert said[-1] == "writing the page"
        assert sum(words.startswith("drawing the page: ") for words in said) == 2 * len(elbow.ELBOWS)
        assert [each.done for each in steps] == sorted(each.done for each in steps)
    _cancelled_while_measured(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["report.html", "report.pdf", "runs", "table.csv"]
    assert len((tmp_path / "table.csv").read_text().splitlines()) == 1 + 4 * 2 * len(elbow.ELBOWS)
