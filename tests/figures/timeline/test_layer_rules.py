"""Rules about a layer over its snapshots, against the numbers themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from workbench.analysis.rules import RuleError
from workbench.figures.overview.history import update_at
from workbench.figures.overview.layer import history_of, overview_of
from workbench.figures.timeline.rules import COLUMNS, Named, check, holds
from workbench.runs.place import place_in

if TYPE_CHECKING:
    from workbench.figures.overview.layer import LayerOverview
    from workbench.runs.run import Run


@pytest.fixture(scope="module")
def rows(run: Run) -> list[LayerOverview]:
    place = place_in(run, "fc1")  # 100 × 256
    return [*history_of(place), overview_of(place)]


@pytest.fixture(scope="module")
def updates(run: Run) -> np.ndarray:  # type: ignore[type-arg]
    return np.array([update_at(place_in(run, "fc1", at)) for at in range(run.snapshots)])


def test_percentages_are_of_units_of_the_largest_rank_and_of_the_norm(
    run: Run,
    rows: list[LayerOverview],
    updates: np.ndarray,  # type: ignore[type-arg]
) -> None:
    numbers = {name: np.array([getattr(row, name) for row in sorted(rows, key=lambda row: row.snapshot)], float)
               for name in ("dead", "isolated", "outliers", "stable_rank")}  # fmt: skip
    accuracy = run.test_accuracy
    expected = {
        "dead > 10 %": numbers["dead"] > 10,
        "dead > 10": numbers["dead"] > 10,
        "isolated <= 26%": numbers["isolated"] <= 26,
        "outliers >= 5 %": numbers["outliers"] >= 5,  # of rank 100
        "stable_rank < 20 % and dead": None,
        "update > 10 %": updates > 0.1,
        "update > 0.1": updates > 0.1,
        "accuracy > 90 %": accuracy > 90,
        "test_accuracy > 90 or dead > 25 %": (accuracy > 90) | (numbers["dead"] > 25),
        "units == 100 and inputs == 256": np.ones(run.snapshots, bool),
        "snapshot >= 20": np.arange(run.snapshots) >= 20,
        "epoch < 1 and train_loss > 0": run.epochs < 1,
        "not dead > 10 %": ~(numbers["dead"] > 10),
    }
    for rule, wanted in expected.items():
        if wanted is None:
            with pytest.raises(RuleError, match="the rule ends where one of"):
                holds(rule, run, rows, updates)
        else:
            found = holds(rule, run, rows, updates)
            assert np.count_nonzero(wanted) > 0, rule
            if "train_loss" not in rule:  # which snapshot 0 may not have
                assert found.tolist() == wanted.tolist(), rule


def test_what_is_not_known_yet_matches_nothing(run: Run, rows: list[LayerOverview]) -> None:
    unknown = np.full(run.snapshots, np.nan)
    assert np.flatnonzero(holds("dead >= 0", run, rows[:2], unknown)).tolist() == sorted(
        row.snapshot for row in rows[:2]
    )
    assert not holds("dead >= 0 or not dead >= 0", run, [], unknown).any()
    assert not holds("update >= 0", run, rows, unknown).any()


def test_a_rule_says_what_it_needs() -> None:
    assert check("dead > 10 %") == Named(rows=True, updates=False, dead=True)
    assert check("update < 1 % and accuracy > 90") == Named(rows=False, updates=True, dead=False)
    assert check("epoch > 3") == Named(rows=False, updates=False, dead=False)
    for name in COLUMNS:
        check(f"{name} > 1")


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ("ded > 10 %", "there is no column “ded”: did you mean dead\\?"),
        ("dead >", "the rule ends where a number after dead > is expected"),
        ("epoch > 10 %", "a percentage of epoch means nothing"),
        ("units > 10 %", "a percentage of units means nothing"),
        ("dead > ten", "a number after dead > is expected, not “ten”"),
        ("", "the rule ends"),
    ],
)
def test_a_bad_rule_says_why(rule: str, said: str) -> None:
    with pytest.raises(RuleError, match=said):
        check(rule)
