from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import stats

from workbench.analysis.curves import Winner, area_under, winners, winners_in_words
from workbench.analysis.intervals import over_repeats, wilson_interval

CURVES = hnp.arrays(np.float64, st.tuples(st.integers(1, 4), st.integers(1, 9)), elements=st.integers(0, 3))


def test_the_area_under_a_curve_is_its_mean_over_every_level_up_to_the_last_that_counts():
    curve = np.array([90.0, 80.0, 40.0, 10.0])
    assert area_under(curve).mean == 55.0
    assert area_under(curve, up_to=2).mean == 70.0
    assert area_under(curve, up_to=0).mean == 90.0


def test_levels_that_were_left_out_are_interpolated():
    whole = np.linspace(100.0, 0.0, 11)
    assert area_under(whole[[0, 4, 10]], levels=[0, 4, 10]).mean == pytest.approx(area_under(whole).mean)
    assert area_under(whole[[0, 4, 10]], levels=[0, 4, 10], up_to=7).mean == pytest.approx(whole[:8].mean())


def test_the_interval_over_repeats_is_students():
    curves = np.random.default_rng(0).uniform(0, 100, (5, 30))
    areas = curves.mean(axis=1)
    expected = stats.t.interval(0.95, 4, loc=areas.mean(), scale=stats.sem(areas))
    found = area_under(curves)
    assert (found.low, found.high) == pytest.approx(expected)


def test_the_interval_of_one_curve_is_that_of_its_images():
    expected = stats.binomtest(300, 500).proportion_ci(0.95, method="wilson")
    found = area_under(np.array([70.0, 50.0]), images=500)
    assert (found.low, found.high) == pytest.approx((100 * expected.low, 100 * expected.high))


def test_one_curve_of_unknown_images_has_no_interval():
    found = area_under(np.array([70.0, 50.0]))
    assert np.isnan([found.low, found.high]).all()


@pytest.mark.parametrize(("correct", "images"), [(0, 10), (10, 10), (1, 1), (181, 360)])
def test_wilsons_interval_is_scipys(correct, images):
    expected = stats.binomtest(correct, images).proportion_ci(0.95, method="wilson")
    found = wilson_interval(100 * correct / images, images)
    assert found == pytest.approx((100 * expected.low, 100 * expected.high), abs=1e-10)


def test_wilsons_interval_is_the_published_one():
    found = wilson_interval(100 * 81 / 263, 263)  # Newcombe, Statistics in Medicine 17 (1998), 857
    assert np.round(found, 2).tolist() == [25.53, 36.62]


def test_no_rounding_takes_an_end_of_wilsons_interval_past_the_percentage():
    for images in range(1, 20_001):
        percent = 100.0 * np.array([0, 1, images // 3, images - 1, images]) / images
        low, high = wilson_interval(percent, images)
        assert (low <= percent).all(), images
        assert (percent <= high).all(), images
        assert (low[0], high[-1]) == (0.0, 100.0)


def test_repeats_give_the_mean_and_the_sample_variance_of_each_value():
    values = np.random.default_rng(0).standard_normal((10, 3))
    found = over_repeats(values)
    np.testing.assert_allclose(found.mean, values.mean(axis=0))
    np.testing.assert_allclose(found.variance, values.var(axis=0, ddof=1))
    np.testing.assert_allclose(found.std, values.std(axis=0, ddof=1))
    low, high = stats.t.interval(0.95, 9, loc=found.mean, scale=stats.sem(values))
    np.testing.assert_allclose([found.low, found.high], [low, high])


def test_a_single_repeat_has_a_mean_and_no_variance():
    found = over_repeats(np.array([[1.0, 2.0]]))
    np.testing.assert_array_equal(found.mean, [1.0, 2.0])
    assert np.isnan([found.variance, found.std, found.low, found.high]).all()


def test_the_winner_of_each_range_is_the_best_curve_there():
    found = winners({"max_mag": [9.0, 8.0, 7.0, 3.0, 1.0], "max_fp": [9.0, 7.0, 6.0, 4.0, 1.0]})
    assert found == (Winner(("max_mag",), 0, 2), Winner(("max_fp",), 3, 4))
    assert winners_in_words(found) == "max_mag best up to 2 of 4, then max_fp up to 4"


def test_within_the_margin_the_leader_stays():
    curves = {"a": [9.0, 8.0, 5.0], "b": [8.0, 8.4, 6.0]}
    assert winners(curves, margin=0.5) == (Winner(("a",), 0, 1), Winner(("b",), 2, 2))
    assert winners(curves, margin=1.0) == (Winner(("a", "b"), 0, 2),)


@given(CURVES)
def test_winners_cover_every_level_once_with_the_fewest_ranges(heights):
    curves = {str(i): row for i, row in enumerate(heights)}
    found = winners(curves)
    assert [level for w in found for level in range(w.first, w.last + 1)] == list(range(heights.shape[1]))
    best = heights == heights.max(axis=0)
    for winner in found:
        leads = best[:, winner.first : winner.last + 1].all(axis=1)
        assert winner.names == tuple(str(i) for i in np.flatnonzero(leads))
    assert len(found) == fewest_ranges(best)


def fewest_ranges(best):
    """By dynamic programming over the last range's first level."""
    least = [0]
    for end in range(1, best.shape[1] + 1):
        starts = [start for start in range(end) if best[:, start:end].all(axis=1).any()]
        least.append(1 + min(least[start] for start in starts))
    return least[-1]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"curves": np.ones((2, 0))}, "one value per level"),
        ({"curves": np.ones((2, 2, 2))}, "one value per level"),
        ({"curves": np.ones(3), "levels": [0, 2]}, "as many levels"),
        ({"curves": np.ones(3), "levels": [1, 2, 3]}, "ascending from 0"),
        ({"curves": np.ones(3), "levels": [0, 2, 2]}, "ascending from 0"),
        ({"curves": np.ones(3), "up_to": 3}, "ends at 2"),
    ],
)
def test_an_area_under_what_is_no_curve_is_refused(arguments, words):
    with pytest.raises(ValueError, match=words):
        area_under(**arguments)


@pytest.mark.parametrize(
    ("curves", "margin"), [({}, 0.0), ({"a": [1.0], "b": [1.0, 2.0]}, 0.0), ({"a": [1.0]}, -1.0), ({"a": []}, 0.0)]
)
def test_winners_among_curves_that_cannot_be_compared_are_refused(curves, margin):
    with pytest.raises(ValueError, match="curves of one length"):
        winners(curves, margin)


def test_what_needs_something_to_describe_says_so():
    with pytest.raises(ValueError, match="no ranges"):
        winners_in_words(())
    with pytest.raises(ValueError, match="at least one"):
        over_repeats(np.ones((0, 3)))
    for percent, images in ((50.0, 0), (-0.1, 5), (100.1, 5), (np.nan, 5)):
        with pytest.raises(ValueError, match="no interval"):
            wilson_interval(percent, images)
