"""Row spaces and their angles against scipy, closed forms and plain simulation."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.linalg import subspace_angles

from workbench.analysis.subspaces import rows
from workbench.analysis.subspaces.angles import chance, principal_angles
from workbench.analysis.subspaces.rows import row_space
from workbench.analysis.subspaces.stacked import stacked
from workbench.analysis.subspaces.units import distances, units_in_space


def _random(seed: int, *shape: int) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(shape)


def _orthogonal(seed: int, size: int) -> np.ndarray:
    return np.linalg.qr(_random(seed, size, size))[0]


@pytest.mark.parametrize(("inputs", "first", "second"), [(40, 5, 5), (40, 3, 8), (8, 6, 5), (300, 10, 10)])
def test_angles_are_those_of_scipy(inputs: int, first: int, second: int) -> None:
    one, two = np.linalg.qr(_random(1, inputs, first))[0], np.linalg.qr(_random(2, inputs, second))[0]
    found = principal_angles(one, two)
    np.testing.assert_allclose(found, np.rad2deg(np.sort(subspace_angles(one, two))), atol=1e-10)
    np.testing.assert_allclose(principal_angles(two, one), found, atol=1e-10)


@pytest.mark.parametrize("angle", [1e-12, 1e-9, 1e-4, 0.3, 0.7853981634, 1.2, np.pi / 2])
def test_planted_angles_are_found_however_small(angle: float) -> None:
    turn = _orthogonal(3, 20)
    one = np.eye(20, 2)
    two = one.copy()
    two[1, 1], two[2, 1] = np.cos(angle), np.sin(angle)
    found = principal_angles(turn @ one, turn @ two)
    np.testing.assert_allclose(np.deg2rad(found), [0.0, angle], rtol=1e-3, atol=4e-16)


def test_a_space_has_angle_zero_with_itself_and_units_may_be_permuted() -> None:
    weights, other = _random(4, 30, 50), _random(5, 30, 50)
    order = np.random.default_rng(6).permutation(30)
    space, permuted = row_space(weights, 7).basis, row_space(weights[order], 7).basis
    assert principal_angles(space, space).max() < 1e-12
    assert principal_angles(space, permuted).max() < 1e-11
    turn = _orthogonal(7, 50)
    plain = principal_angles(space, row_space(other, 7).basis)
    turned = principal_angles(row_space(weights @ turn, 7).basis, row_space(other @ turn, 7).basis)
    np.testing.assert_allclose(turned, plain, atol=1e-10)


def test_spaces_of_other_inputs_have_no_angles() -> None:
    with pytest.raises(ValueError, match="in 4 and 5 dimensions"):
        principal_angles(np.eye(4, 2), np.eye(5, 2))


@pytest.mark.parametrize(("dimensions", "rank", "other"), [(12, 3, 5), (9, 6, 5), (60, 4, 4)])
def test_chance_is_what_plain_simulation_gives(dimensions: int, rank: int, other: int) -> None:
    generator, draws = np.random.default_rng(8), []
    for _ in range(400):
        one, two = (np.linalg.qr(generator.standard_normal((dimensions, each)))[0] for each in (rank, other))
        draws.append(np.rad2deg(np.sort(subspace_angles(one, two))))
    found = chance(dimensions, rank, other)
    # each mean is of 400 draws that spread by at most 17°
    np.testing.assert_allclose(found.mean, np.mean(draws, axis=0), atol=4 * 17 * np.sqrt(2 / 400))
    spread = np.std(draws, axis=0)
    np.testing.assert_allclose(found.mean, np.mean(draws, axis=0), atol=5 * spread.max() * np.sqrt(2 / 400) + 1e-9)
    assert (found.low <= found.mean).all()
    assert (found.mean <= found.high).all()


def test_chance_of_two_lines_has_its_closed_form() -> None:
    """In three dimensions the mean angle between two lines is one radian."""
    assert chance(3, 1, 1).mean[0] == pytest.approx(np.rad2deg(1.0), abs=4)
    assert chance(16_384, 10, 10).mean[0] > 87  # nearly orthogonal
    assert chance(4, 4, 2).mean.max() < 1e-6  # inside of all there is
    with pytest.raises(ValueError, match="no spaces of rank 5 and 2"):
        chance(4, 5, 2)


def test_a_cut_through_nearly_equal_singular_values_is_said() -> None:
    left, right = _orthogonal(9, 8), _orthogonal(10, 20)[:8]
    weights = left @ np.diag([9, 5, 4.99, 4.98, 4.97, 2, 1, 0.5]) @ right
    assert row_space(weights, 1).block is None
    assert row_space(weights, 5).block is None
    assert row_space(weights, 8).block is None
    assert row_space(weights, 3).block == (2, 5)
    assert "numbers 2 to 5" in row_space(weights, 3).doubt
    assert "at rank 1 or 5" in row_space(weights, 2).doubt
    equal = row_space(np.eye(6), 2)
    assert equal.block == (1, 6)
    assert equal.doubt.endswith("at rank 6")
    assert row_space(weights, 1).energy == pytest.approx(81 / np.square(weights).sum())
    assert row_space(weights, 1).doubt == ""


def test_a_rank_that_there_is_not_is_refused() -> None:
    low = _random(11, 6, 2) @ _random(12, 2, 9)
    with pytest.raises(ValueError, match="have only rank 2"):
        row_space(low, 3)
    with pytest.raises(ValueError, match="has the ranks 1 to 6, not 7"):
        row_space(low, 7)
    assert row_space(low, 2).rank == 2


@pytest.mark.parametrize("shape", [(30, 50), (50, 30)])
def test_large_matrices_have_the_same_space(monkeypatch: pytest.MonkeyPatch, shape: tuple[int, int]) -> None:
    weights = _random(13, *shape)
    plain = row_space(weights, 6)
    monkeypatch.setattr(rows, "_LARGEST_SVD", 1)
    fast = row_space(weights, 6)
    np.testing.assert_allclose(fast.singular_values, plain.singular_values, rtol=1e-6)
    assert principal_angles(fast.basis, plain.basis).max() < 1e-9


def test_units_in_a_space_against_a_loop() -> None:
    weights, start, basis = _random(14, 9, 12), _random(15, 9, 12), np.linalg.qr(_random(16, 12, 4))[0]
    weights[3] = 0.0
    found = units_in_space(weights, start, basis)
    projection = basis @ basis.T
    for unit, (now, before) in enumerate(zip(weights, start, strict=True)):
        if unit == 3:
            assert np.isnan([found.similarity[3], found.residual[3], found.inside[3]]).all()
            continue
        here, there = projection @ now, projection @ before
        assert found.norm[unit] == pytest.approx(np.linalg.norm(now))
        assert found.residual[unit] == pytest.approx(np.linalg.norm(now - here) / np.linalg.norm(now))
        assert found.similarity[unit] == pytest.approx(now @ before / np.linalg.norm(now) / np.linalg.norm(before))
        assert found.inside[unit] == pytest.approx(here @ there / np.linalg.norm(here) / np.linalg.norm(there))
    assert found.largest(2) == list(np.argsort(-found.norm)[:2])
    assert len(found.largest(100)) == 8
    five = found.largest(5)
    expected = np.corrcoef(found.norm[five], found.residual[five])[0, 1]
    assert found.correlations(5)["residual"] == pytest.approx(expected)
    assert np.isnan(found.correlations(2)["inside"])
    own = row_space(weights, 8).basis
    assert np.nanmax(distances(weights, own)) < 1e-12


def test_stacked_layers_share_what_both_have() -> None:
    axes = _orthogonal(17, 6)
    one = np.vstack([3 * axes[0], 2 * axes[1], 0.1 * axes[4]])
    two = np.vstack([30 * axes[0], 10 * axes[2], axes[5]])
    found = stacked([one, two], 3)
    scaled = np.vstack([one / np.linalg.norm(one), two / np.linalg.norm(two)])
    np.testing.assert_allclose(found.singular_values, np.linalg.svd(scaled)[1][:3])
    np.testing.assert_allclose(found.shares[:, 0], [0.44, 0.56], atol=0.01)
    np.testing.assert_allclose(np.sort(found.shares[:, 1:], axis=None), [0, 0, 1, 1], atol=1e-9)
    plain = stacked([one, two], 2, normalised=False)
    np.testing.assert_allclose(plain.shares[1], [900 / 909, 1.0], rtol=1e-6)
    with pytest.raises(ValueError, match="6 and 7 inputs"):
        stacked([one, np.ones((2, 7))], 1)
    with pytest.raises(ValueError, match="has no directions"):
        stacked([one, np.zeros((2, 6))], 1)
