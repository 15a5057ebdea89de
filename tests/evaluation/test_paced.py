"""Long evaluations say how far they are and how long they will still take."""

from __future__ import annotations

from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

import pytest
from seeds import seeds

from workbench.cli import main
from workbench.cli.commands import evaluating, low_ranks, surgery
from workbench.evaluation import questions
from workbench.evaluation.evaluator import Evaluator
from workbench.evaluation.paced import Paced
from workbench.evaluation.ranks import groups
from workbench.evaluation.results import Accuracy
from workbench.runs.pace import Estimate, Pace
from workbench.runs.run import open_run
from workbench.runs.spec import DataSpec, NetSpec, OptimiserSpec, RunSpec

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

TINY = RunSpec(
    NetSpec("lenet", widths=(12, 6)), DataSpec("digits"), OptimiserSpec("adam", 1e-2), iterations=20, snapshots="log"
)
IMAGES = 400


@pytest.fixture(scope="module")
def paths(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Three seeds of a small LeNet on the digits."""
    return list(seeds(tmp_path_factory.mktemp("group"), TINY))


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("workbench.evaluation.cached_curves.folder", lambda: tmp_path)


class Clock:
    """A clock that goes on when it is told to."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    def answers(self, seconds: float, *images: int) -> Iterator[Accuracy]:
        """Answers that take so many seconds each."""
        for count in images:
            self.now += seconds
            yield Accuracy(0, count, 0.0, (), (), count == IMAGES)


def test_what_is_left_is_planned_by_the_images_that_were_seen() -> None:
    clock, heard = Clock(), list[Estimate]()
    paced = Paced(IMAGES, heard.append, Pace(enough=0.0, clock=clock))
    paced.expect("unchanged", 2)
    paced.exact("unchanged", clock.answers(3.0, 100, IMAGES))
    clock.now += 1000.0  # between two evaluations: of no kind
    assert paced.exact("unchanged", clock.answers(3.0, IMAGES)).exact
    assert [(each.done, each.seconds) for each in heard] == [(0.125, 21.0), (0.5, 6.0), (1.0, 0.0)]


def test_what_was_found_in_the_cache_is_done_and_says_nothing_of_the_time() -> None:
    clock, heard = Clock(), list[Estimate]()
    paced = Paced(IMAGES, heard.append, Pace(enough=0.0, clock=clock))
    paced.expect("curves", 3)
    paced.exact("curves", clock.answers(0.01, IMAGES), cached=True)
    paced.exact("curves", clock.answers(3.0, 200, IMAGES), cached=True)
    assert [each.seconds for each in heard] == [None, 9.0, 6.0]
    assert [each.done for each in heard] == pytest.approx([1 / 3, 1 / 2, 2 / 3])


def test_a_group_says_after_each_training_how_long_the_others_will_take(
    paths: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    clock, heard = Clock(), list[Estimate]()
    monkeypatch.setattr(groups, "Paced", partial(Paced, pace=Pace(enough=0.0, clock=clock)))

    def slow(measure: Callable[..., Iterator[Accuracy]], seconds: float) -> Callable[..., Iterator[Accuracy]]:
        def measured(*asked: object) -> Iterator[Accuracy]:
            clock.now += seconds
            yield from measure(*asked)

        return measured

    monkeypatch.setattr(Evaluator, "accuracies", slow(Evaluator.accuracies, 2.0))
    monkeypatch.setattr(Evaluator, "low_ranks", slow(Evaluator.low_ranks, 3.0))
    runs = [open_run(path) for path in paths]
    groups.low_rank_group(runs, "fc1", 3, tell=heard.append)
    for run in runs:
        run.close()
    assert [each.seconds for each in heard] == [10.0, 10.0, 8.0, 5.0, 3.0, 0.0]
    assert heard[-1].done == 1.0


@pytest.mark.parametrize(
    "words",
    [
        ("lowrank-group", "seed0.h5", "seed1.h5", "--rank", "3"),
        ("lowrank", "seed0.h5", "--ranks", "1:3", "--json"),
        ("lowrank", "seed0.h5", "--json"),
        ("prune", "seed0.h5", "--out", "pruned.csv", "--overwrite"),
        ("ablate", "seed0.h5", "--units", "1,2"),
        ("merge", "seed0.h5", "--cosine", ".5"),
    ],
)
def test_every_evaluation_of_the_command_line_shows_how_far_it_is(
    words: tuple[str, ...], paths: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[float] = []

    @contextmanager
    def bar(doing: str) -> Iterator[Callable[[Estimate], None]]:
        assert "fc1" in doing
        yield lambda estimate: heard.append(estimate.done)

    for module in (low_ranks, evaluating, surgery):
        monkeypatch.setattr(module, "bar", bar)
    monkeypatch.chdir(paths[0].parent)
    assert main([*words, "--layer", "fc1"]) == 0
    assert heard == sorted(heard)
    assert heard[-1] == 1.0


def test_random_curves_are_planned_seed_by_seed(paths: list[Path]) -> None:
    heard: list[float] = []
    with open_run(paths[0]) as run:
        questions.prune(run, "fc1", orders=("max_mag", "random"), tell=lambda estimate: heard.append(estimate.done))
    assert heard == pytest.approx([each / 6 for each in range(1, 7)])
