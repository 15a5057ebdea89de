"""Labels of blocks that lie close: a small part of a page, or of a film, has less room than the layout took."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

LETTER, LINE = 0.6, 1.4  # a letter's width and a line's height, of the size of the font


def lie_apart(labels: Iterable[Any], point: float) -> None:
    """Raise matplotlib's texts by lines, from the left, until none lies on another one; `point` in the axes' units."""
    taken: list[tuple[float, float, float]] = []  # left, right and bottom
    for label in sorted(labels, key=lambda label: float(label.get_position()[0])):
        (left, bottom), size = map(float, label.get_position()), point * label.get_fontsize()
        right = left + LETTER * size * len(label.get_text())
        beneath = [low for start, end, low in taken if start < right and left < end]
        while tops := [low + LINE * size for low in beneath if abs(low - bottom) < 0.99 * LINE * size]:
            bottom = max(tops)
        label.set_y(bottom)
        taken.append((left, right, bottom))
