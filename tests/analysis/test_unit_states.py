from __future__ import annotations

import numpy as np
import pytest

from workbench.analysis.units import DEAD, HARDLY_MOVED, unit_cosines, unit_states


def test_dead_comes_before_hardly_moved_and_the_rest_are_the_others():
    activity, cosines = np.array([0.0, 0.0, 0.3, 0.3]), np.array([1.0, 0.0, 1.0, 0.2])
    states = unit_states(4, activity, cosines)
    assert states.dead.tolist() == [True, True, False, False]
    assert states.hardly_moved.tolist() == [False, False, True, False]
    assert states.others.tolist() == [False, False, False, True]


def test_a_unit_on_the_threshold_has_moved():
    assert not unit_states(1, np.ones(1), np.array([0.95])).hardly_moved.any()


def test_groups_are_components_but_for_the_dead_and_the_hardly_moved():
    states = unit_states(3, np.array([0.0, 1.0, 1.0]), np.array([0.0, 0.99, 0.0]))
    assert states.groups(np.array([0, 1, 4], np.int32)).tolist() == [DEAD, HARDLY_MOVED, 4]


def test_without_activity_no_unit_is_called_dead_and_without_the_start_none_unmoved():
    states = unit_states(3)
    assert states.others.all()


@pytest.mark.parametrize("argument", ["activity", "cosines_to_start"])
def test_values_of_another_layer_are_refused(argument):
    with pytest.raises(ValueError, match=r"of 3 units must have the shape \(3,\)"):
        unit_states(3, **{argument: np.ones(4)})


def test_components_of_another_layer_are_refused():
    with pytest.raises(ValueError, match="3 units, but the components of 2"):
        unit_states(3).groups(np.zeros(2, np.int32))


def test_unit_cosines_are_those_of_the_rows_and_zero_for_zero_rows():
    rng = np.random.default_rng(0)
    now, start = rng.standard_normal((2, 5, 40)).astype(np.float32)
    now[3] = 0.0
    now[4] = -2 * start[4]
    found = unit_cosines(now, start)
    expected = [a @ b / np.sqrt((a @ a) * (b @ b)) for a, b in zip(now[:3], start[:3], strict=True)]
    np.testing.assert_allclose(found, [*expected, 0.0, -1.0], atol=1e-6)
    assert np.abs(found).max() <= 1.0


def test_unit_cosines_refuse_other_shapes_and_nan():
    with pytest.raises(ValueError, match="cannot be compared"):
        unit_cosines(np.ones((2, 3)), np.ones((2, 4)))
    with pytest.raises(ValueError, match="NaN or infinite"):
        unit_cosines(np.array([[np.nan, 1.0]]), np.ones((1, 2)))
