"""No label of a block lies on another one, however little room there is."""

from __future__ import annotations

from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st
from matplotlib.figure import Figure

from workbench.figures.graph.block_labels import LETTER, LINE, lie_apart

PLACES = st.tuples(st.floats(-100, 100), st.floats(-100, 100), st.text("a ", max_size=20))


@given(places=st.lists(PLACES, max_size=6), point=st.floats(0.1, 10))
def test_labels_are_raised_until_they_lie_apart(places: list[tuple[float, float, str]], point: float) -> None:
    axes = Figure().subplots()
    texts = [axes.text(left, bottom, words, size=7) for left, bottom, words in places]
    lie_apart(texts, point)
    for text, (left, bottom, _) in zip(texts, places, strict=True):
        assert text.get_position()[0] == left
        assert text.get_position()[1] >= bottom
    for one, other in combinations(texts, 2):
        (left, low), (right, high) = sorted((one.get_position(), other.get_position()))
        first = min((one, other), key=lambda text: text.get_position())
        beside = right >= left + LETTER * 7 * point * len(first.get_text())
        assert beside or abs(high - low) >= 0.98 * LINE * 7 * point or not other.get_text() or not one.get_text()


def test_labels_with_room_stay_where_they_are() -> None:
    axes = Figure().subplots()
    texts = [axes.text(left, 0.0, "26 dead", size=7) for left in (0.0, 40.0)]
    lie_apart(texts, 1.0)
    assert [text.get_position() for text in texts] == [(0.0, 0.0), (40.0, 0.0)]
    texts[1].set_x(20.0)
    lie_apart(texts, 1.0)
    assert texts[1].get_position() == (20.0, LINE * 7.0)
