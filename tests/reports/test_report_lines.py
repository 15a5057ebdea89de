"""Lines of a report fit their columns, and so do its tables."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from workbench.reports.lines import elided, fitted, text_width, wrapped


@given(text=st.text(st.sampled_from("abc Ŵᵀ漢\n\u202e"), max_size=200), width=st.floats(40, 400))
def test_no_line_is_wider_than_its_column_and_no_word_is_lost(text: str, width: float) -> None:
    lines = wrapped(text, width, 9.0)
    assert all(text_width(line, 9.0) <= width or len(line) <= 4 for line in lines)
    kept = "".join("".join(lines).split())
    assert len(kept) == len("".join(text.split()))


def test_a_table_that_is_too_wide_gets_smaller_letters_and_at_last_shorter_names() -> None:
    columns = tuple(f"column {number}" for number in range(10))
    size, widths = fitted(columns, [("1234.5678",) * 10], 493.0, 8.0)
    assert 5.0 < size < 8.0
    assert sum(widths) <= 493.0
    name = "features.denseblock1.denselayer6.conv2" * 8
    size, widths = fitted(columns, [(name, *("1234.5678",) * 9)], 493.0, 8.0)
    assert sum(widths) <= 493.0
    assert text_width(elided(name, widths[0], size), size) <= widths[0]
    assert elided("fc1", widths[0], size) == "fc1"
