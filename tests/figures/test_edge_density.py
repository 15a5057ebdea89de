"""Edges as a density: each counts where it lies, a sample stands for all, and tones never hide what lies below."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.figures.graph.density import DARKEST, Lines, density, lines_of, picture, strength_of, toned

SIZE = 40, 30


def lines(*ends: tuple[int, int], opacity: float = 0.25) -> Lines:
    return Lines(np.array(ends, np.int32).reshape(-1, 2), np.full(len(ends), opacity, np.float32))


def twin(places: np.ndarray, drawn: Lines) -> np.ndarray:
    """Step by step along each line, whatever lies outside."""
    found = np.zeros(SIZE[::-1])
    for (i, j), opacity in zip(drawn.ends.tolist(), drawn.opacities.tolist(), strict=True):
        steps = int(np.abs(places[j] - places[i]).max()) + 1
        along = (np.arange(steps)[:, None] + 0.5) / steps
        x, y = (places[i] + (places[j] - places[i]) * along).T
        inside = (x >= 0) & (x < SIZE[0]) & (y >= 0) & (y < SIZE[1])
        np.add.at(found, (y[inside].astype(int), x[inside].astype(int)), opacity)
    return found


@given(st.integers(0, 10_000), st.sampled_from([1.0, 3.0, 100.0]))
@settings(deadline=None, max_examples=30)
def test_each_line_counts_in_the_pixels_along_it(seed: int, extent: float) -> None:
    random = np.random.default_rng(seed)
    places = random.uniform(-extent * SIZE[0], extent * SIZE[0], (12, 2)) + 0.5 * np.array(SIZE)
    drawn = Lines(random.integers(0, 12, (20, 2)).astype(np.int32), random.uniform(0.1, 0.5, 20).astype(np.float32))
    found = density(places, drawn, SIZE)
    expected = twin(places, drawn)
    # A point on the edge of two pixels may be counted in either.
    assert np.abs(found - expected).max() < 1e-5 or np.count_nonzero(np.abs(found - expected) > 1e-5) <= 6
    assert abs(found.sum() - expected.sum()) <= 1.5


def test_lines_along_the_borders_stay_inside() -> None:
    corners = np.array([[0, 0], [SIZE[0], 0], [SIZE[0], SIZE[1]], [0, SIZE[1]]], float)
    found = density(corners, lines((0, 1), (1, 2), (2, 3), (3, 0)), SIZE)
    assert found.shape == SIZE[::-1]
    assert found[0].min() == pytest.approx(0.25)
    assert not found[1:-1, 1:-1].any()


def test_a_sample_is_unbiased() -> None:
    random = np.random.default_rng(0)
    places = random.uniform(0, 30, (200, 2))
    ends = random.integers(0, 200, (4000, 2)).astype(np.int32)
    opacities = random.uniform(0.1, 0.45, 4000)
    whole = density(places, lines_of(ends, opacities), SIZE)
    sums = [density(places, lines_of(ends, opacities, seed).sample(400), SIZE) for seed in range(200)]
    mean, spread = np.mean(sums, axis=0), np.std(sums, axis=0) / np.sqrt(len(sums))
    assert np.abs(mean - whole).max() < 5 * spread.max()
    assert mean.sum() == pytest.approx(whole.sum(), rel=0.02)
    every = lines_of(ends, opacities)
    assert every.sample(4000) is every
    assert sorted(map(tuple, every.ends.tolist())) == sorted(map(tuple, ends.tolist()))


def test_few_lines_are_as_strong_as_they_are_and_many_can_be_told_apart() -> None:
    few = np.array([[0.0, 0.1, 0.45]], np.float32)
    assert strength_of(few) == 0.0
    np.testing.assert_allclose(toned(few, 0.0), few)
    many = np.array([[0.0, 0.1, 1.0, 10.0, 40.0, 80.0]], np.float32)
    alphas = toned(many, strength_of(many))[0]
    assert (np.diff(alphas) > 0.02).all(), "no step is lost inside a dense cluster"
    assert alphas[1] == pytest.approx(0.1, rel=0.4)
    assert alphas[-1] <= DARKEST


def test_pixels_are_premultiplied_in_the_colour() -> None:
    found = np.array([[0.0, 0.2], [3.0, 30.0]], np.float32)
    pixels = picture(found, (255, 128, 0))
    alphas = 255 * toned(found, strength_of(found))
    assert pixels[0, 0] == 0
    np.testing.assert_allclose(pixels >> 24, alphas, atol=1.0)
    np.testing.assert_allclose(pixels >> 16 & 255, pixels >> 24, atol=1)
    np.testing.assert_allclose(pixels >> 8 & 255, (pixels >> 24) * 128 / 255, atol=1)
    assert not (pixels & 255).any()
