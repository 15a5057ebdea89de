"""At which iterations snapshots are taken."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.runs.pace import Pace
from workbench.runs.spec import DataFacts, DataSpec, NetSpec, OptimiserSpec, RunSpec, SpecError
from workbench.training import schedule
from workbench.training.events import Started
from workbench.training.schedule import snapshot_iterations

lengths = st.integers(1, 5_000)
texts = st.one_of(
    st.sampled_from(["epoch", "log"]),
    st.integers(1, 3_000).map(lambda k: f"every:{k}"),
    st.integers(2, 300).map(lambda n: f"log:{n}"),
)


@given(texts, lengths, st.integers(1, 1_000))
def test_every_schedule_rises_from_the_initialisation_to_the_last_iteration(
    text: str, iterations: int, per_epoch: int
) -> None:
    moments = snapshot_iterations(text, iterations, per_epoch)
    assert moments[0] == 0
    assert moments[-1] == iterations
    assert list(moments) == sorted(set(moments))


@given(st.integers(1, 100), st.integers(1, 200))
def test_one_snapshot_per_epoch_gives_epochs_and_one(epochs: int, per_epoch: int) -> None:
    moments = snapshot_iterations("epoch", epochs * per_epoch, per_epoch)
    assert moments == tuple(range(0, epochs * per_epoch + 1, per_epoch))


@given(lengths, st.integers(1, 3_000))
def test_every_k_iterations(iterations: int, step: int) -> None:
    assert snapshot_iterations(f"every:{step}", iterations, 7) == (*range(0, iterations, step), iterations)


def test_log_doubles_inside_the_first_epoch_and_then_takes_one_per_epoch() -> None:
    assert snapshot_iterations("log", 70, 20) == (0, 1, 2, 4, 8, 16, 20, 40, 60, 70)
    assert snapshot_iterations("log", 16, 16) == (0, 1, 2, 4, 8, 16)


@given(st.integers(2, 300), lengths)
def test_log_n_gives_exactly_n_snapshots_where_there_are_so_many_iterations(count: int, iterations: int) -> None:
    assert len(snapshot_iterations(f"log:{count}", iterations, 10)) == min(count, iterations + 1)


def test_log_n_has_equal_ratios_where_iterations_are_not_too_few() -> None:
    assert snapshot_iterations("log:8", 1_000_000, 10) == (0, 1, 10, 100, 1_000, 10_000, 100_000, 1_000_000)


def test_before_an_evaluation_its_time_is_foreseen_from_the_images_it_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr(schedule, "Pace", lambda: Pace(enough=0.0, clock=lambda: now[0]))
    facts = DataFacts(1000, 60, 120, 100, 30, 0)
    spec = RunSpec(NetSpec("lenet"), DataSpec("digits"), OptimiserSpec("sgd", 0.1), batch_size=10, facts=facts)
    pace = schedule.pace_of(Started(spec, "", (), {}, (0, 8), 0), None)
    pace.enter("training")
    for _ in range(4):
        now[0] += 3.0
        pace.count()
    # Four batches, and two evaluations of 210 images each; a batch is 10 images, three times as costly in training.
    assert pace.estimate().seconds == pytest.approx(3.0 * (4 + 2 * 210 / (3 * 10)))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("weekly", "is not known; it is one of"),
        ("every", "is not known; it is one of"),
        ("epoch:3", "is not known; it is one of"),
        ("every:-2", "is not known; it is one of"),
        ("", "is not known; it is one of"),
        ("every:0", "at least 1"),
        ("log:1", "at least 2"),
    ],
)
def test_a_text_that_is_no_schedule_is_refused_with_what_is_allowed(text: str, said: str) -> None:
    with pytest.raises(SpecError, match=said):
        snapshot_iterations(text, 100, 10)
