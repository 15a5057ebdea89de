"""Pruning orders that packages add by an entry point."""

from __future__ import annotations

from importlib.metadata import EntryPoint

import numpy as np
import pytest

from workbench.analysis import orders
from workbench.analysis.greedy import Ranking


@pytest.fixture
def packages(monkeypatch):
    """Installs entry points for the time of a test."""

    def install(**values):
        entries = [EntryPoint(name, value, orders.ENTRY_POINTS) for name, value in values.items()]
        monkeypatch.setattr(orders, "entry_points", lambda group: [e for e in entries if e.group == group])
        orders.available_orders.cache_clear()

    yield install
    orders.available_orders.cache_clear()


def fewer_neighbours(matrix, _):
    """Yields, while units go, how many of those left each unit is not orthogonal to."""
    left = np.ones(len(matrix))
    while True:
        left[(yield (matrix != 0.0) @ left)] = 0.0


def yielding(*scores):
    return orders.Order("as listed", "gram", lambda matrix, _: (np.asarray(each, float) for each in scores))


class FromAPackage:
    fewer_neighbours = orders.Order("fewest neighbours first", "gram", fewer_neighbours)
    ends_early = yielding([1, 2, 3])
    wrong_shape = yielding([1, 2])
    not_finite = yielding([1, np.nan, 2])
    last_first = orders.Order("last first", "gram", lambda matrix, _: Ranking(-np.arange(len(matrix), dtype=float)))
    largest_first = orders.Order("largest weights first", "gram", lambda gram, _: -gram.diagonal())
    too_short = orders.Order("too short", "gram", lambda gram, _: gram.diagonal()[1:])
    by_scores = orders.Order("by scores", "scores", lambda scores, _: scores)
    no_order = 7


def test_a_package_adds_an_order_by_an_entry_point(packages):
    packages(last_first=f"{__name__}:FromAPackage.last_first")
    assert orders.removal_order("last_first", np.eye(4)).tolist() == [3, 2, 1, 0]


def test_a_package_order_may_give_plain_scores(packages):
    packages(mine=f"{__name__}:FromAPackage.largest_first")
    assert orders.removal_order("mine", np.diag([1.0, 3.0, 2.0])).tolist() == [1, 2, 0]


def test_a_package_order_may_be_a_generator_over_what_is_left(packages):
    packages(mine=f"{__name__}:FromAPackage.fewer_neighbours")
    path = np.eye(5) + np.eye(5, k=1) + np.eye(5, k=-1)  # once an end has gone, the next unit is the end
    assert orders.removal_order("mine", path).tolist() == [0, 1, 2, 3, 4]
    joint = orders.joint_order("mine", [path, np.eye(2)])
    assert joint.removed(7)[0].tolist() == [0, 1, 2, 3, 4]


@pytest.mark.parametrize(
    ("name", "words"),
    [("ends_early", "ended after 1 of 3 units"), ("wrong_shape", r"shape \(2,\), not \(3,\)"), ("not_finite", "NaN")],
)
def test_a_generator_that_cannot_be_followed_is_named(packages, name, words):
    packages(mine=f"{__name__}:FromAPackage.{name}")
    with pytest.raises(ValueError, match=f'"mine" cannot rank these units: .*{words}'):
        orders.removal_order("mine", np.eye(3))


def test_a_package_order_that_does_not_score_every_unit_is_named(packages):
    packages(mine=f"{__name__}:FromAPackage.too_short")
    with pytest.raises(ValueError, match='"mine" gave 2 scores for 3 units'):
        orders.removal_order("mine", np.eye(3))


def test_an_order_that_cannot_be_loaded_is_reported_by_name_and_the_others_stay(packages):
    here = f"{__name__}:FromAPackage"
    packages(missing="no_such_module:order", number=f"{here}.no_order", max_fp="json:dumps", mine=f"{here}.by_scores")
    available = orders.available_orders()
    assert set(available.orders) == set(orders.ORDERS)
    assert available.broken["missing"].startswith("no_such_module:order: ModuleNotFoundError")
    assert "should be a workbench.analysis.orders.Order, but is a int" in available.broken["number"]
    assert "already" in available.broken["max_fp"]
    assert 'a package has no way to measure "scores"' in available.broken["mine"]
    with pytest.raises(ValueError, match=r'"missing" could not be loaded: .*no_such_module'):
        orders.removal_order("missing", np.eye(4))


def test_an_unknown_order_suggests_the_nearest_names():
    with pytest.raises(ValueError, match=r'unknown pruning order "max_mga": did you mean max_mag'):
        orders.removal_order("max_mga", np.eye(4))
