"""What lies inside a line drawn by hand, against matplotlib's paths."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.path import Path

from workbench.analysis.layout.lasso import inside


@pytest.mark.parametrize("corners", [3, 4, 9])
def test_points_inside_are_those_of_a_path(corners: int) -> None:
    random = np.random.default_rng(corners)
    angles = np.sort(random.uniform(0, 2 * np.pi, corners))
    outline = np.stack((np.cos(angles), np.sin(angles)), axis=1) * random.uniform(0.3, 1.0, (corners, 1))
    points = random.uniform(-1, 1, (500, 2))
    assert inside(points, outline).tolist() == Path(np.vstack((outline, outline[:1]))).contains_points(points).tolist()


def test_the_notch_of_an_outline_is_outside() -> None:
    outline = np.array([(0, 0), (4, 0), (4, 4), (2, 1), (0, 4)])
    assert inside(np.array([(2.0, 3.0), (0.5, 2.0), (3.5, 2.0), (5.0, 1.0)]), outline).tolist() == [
        False, True, True, False,
    ]  # fmt: skip
    assert not inside(np.zeros((3, 2)), outline[:2]).any()
