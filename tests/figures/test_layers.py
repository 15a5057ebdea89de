"""The table of a run's layers, as a figure."""

from __future__ import annotations

import pytest
from matplotlib.figure import Figure as Canvas

from workbench.figures.layers import LayersFigure
from workbench.figures.style import Style

LONG = "encoder.blocks.11.attention.projection_with_a_long_name.out_proj"


@pytest.mark.parametrize("width", [84.0, 174.0])
def test_a_long_name_stays_in_its_column_and_keeps_both_ends(width: float) -> None:
    figure = LayersFigure("run", ((LONG, "linear", 1000, 200, 0.2), ("out", "linear", 3, 1000, 333.3)))
    page = Canvas(figsize=(width / 25.4, 1.0), dpi=100)
    page.subplots_adjust(left=0.0, right=1.0)  # as on a page of figures
    figure.draw(page, Style(width=width))
    page.draw_without_rendering()
    texts = {text.get_text(): text.get_window_extent() for text in page.axes[0].texts}
    name = next(text for text in texts if text.startswith("enc"))
    assert name.endswith("roj")
    assert texts[name].x1 <= texts["kind"].x0
    assert "out" in texts


def test_the_numbers_of_the_table_have_the_whole_name() -> None:
    assert LayersFigure("run", ((LONG, "linear", 1, 1, 1.0),)).table().rows[0][0] == LONG
