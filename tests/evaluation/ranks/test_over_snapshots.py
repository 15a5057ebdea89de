"""One rank at every snapshot: against an evaluator of its own, and in which order the snapshots come."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.evaluation.evaluator import exact
from workbench.evaluation.ranks.over_snapshots import over_snapshots, spread_out
from workbench.evaluation.run_evaluators import evaluator, forget
from workbench.resource import resource
from workbench.runs.place import place_in
from workbench.runs.run import Run, open_run

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def sample() -> Iterator[Run]:
    with open_run(resource("sample_runs/digits_conv.h5")) as run:
        yield run
    forget()


def test_every_snapshot_has_the_accuracy_of_its_own_low_rank_network(sample: Run) -> None:
    found = dict(over_snapshots(place_in(sample, "fc1", 0), 6, [28, 0, 11]))
    for snapshot, accuracy in found.items():
        twin = exact(evaluator(place_in(sample, "fc1", snapshot)).low_ranks(6))
        assert accuracy is not None
        assert (accuracy.exact, accuracy.correct) == (True, twin.correct)
    assert list(found) == [28, 0, 11]


def test_a_snapshot_that_diverged_has_no_accuracy(sample: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    read = Run.parameters

    def broken(self: Run, snapshot: int = -1) -> object:
        values = read(self, snapshot)
        return values | {"fc1.bias": np.full_like(values["fc1.bias"], np.nan)} if snapshot == 3 else values

    monkeypatch.setattr(Run, "parameters", broken)
    found = dict(over_snapshots(place_in(sample, "fc1", 0), 6, [3, 4]))
    assert found[3] is None
    assert found[4] is not None
    assert found[4].correct == exact(evaluator(place_in(sample, "fc1", 4)).low_ranks(6)).correct


def test_the_data_that_are_missing_are_named(sample: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WORKBENCH_DATA", raising=False)
    elsewhere = replace(sample, spec=replace(sample.spec, data=replace(sample.spec.data, name="mnist")))
    with pytest.raises(Exception, match="MNIST"):
        next(over_snapshots(place_in(elsewhere, "fc1", 0), 6, [0]))


@given(count=st.integers(1, 3000), most=st.integers(2, 80))
def test_snapshots_come_evenly_apart_with_the_ends_first(count: int, most: int) -> None:
    order = spread_out(count, most)
    assert len(set(order)) == len(order) == min(count, most)
    assert set(order[:2]) == {0, count - 1}
    gaps = np.diff(sorted(order))
    assert len(gaps) == 0 or gaps.max() - gaps.min() <= 1
    middle = sorted(order[:3])
    assert len(middle) < 3 or abs(middle[1] - (count - 1) / 2) <= max(2, count / min(count, most) + 1)
