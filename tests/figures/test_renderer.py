"""The process that draws figures: when it is gone, a sentence says so."""

from __future__ import annotations

import pytest

from workbench.figures.of_run import figure
from workbench.figures.page import Page
from workbench.figures.renderer import DrawingEnded, Renderer
from workbench.gui.errors import in_one_sentence
from workbench.resource import resource
from workbench.runs.run import open_run


def test_a_person_reads_why_nothing_is_drawn_and_no_name_of_a_class() -> None:
    renderer = Renderer()
    with open_run(resource("sample_runs/digits_conv.h5")) as run:
        page = Page((figure("timeline", run).figure,))
        try:
            started = renderer._started()
            started.kill()
            started.wait()
            renderer._started = lambda: started  # type: ignore[method-assign]
            with pytest.raises(DrawingEnded) as died:
                renderer.render(page, "svg")
        finally:
            renderer.close()
        assert in_one_sentence(died.value) == "the process that draws figures ended before it was done: try again"
        with pytest.raises(DrawingEnded) as closed:
            renderer.render(page, "svg")
        assert in_one_sentence(closed.value) == "nothing is drawn any more: the window is closing"
