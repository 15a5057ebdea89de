"""What is chosen in a window."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from workbench.gui.window.main_window import MainWindow
    from workbench.runs.place import Place

T_OF_2 = np.sqrt(2 * 0.95**2 / (1 - 0.95**2))  # Student's t of two degrees of freedom: F(t) = ½ + t / 2√(2 + t²)


def place_of(window: MainWindow) -> Place:
    place = window.session.selection.place
    assert place is not None
    return place


def student(values: object) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Mean, lower and upper end of the 95 % interval over the first axis, by hand: Student's t of three runs."""
    runs = np.asarray(values, np.float64)
    assert len(runs) == 3
    half = T_OF_2 * runs.std(axis=0, ddof=1) / np.sqrt(3)
    return runs.mean(axis=0), runs.mean(axis=0) - half, runs.mean(axis=0) + half
