"""The process that draws figures: when it is gone, a sentence says so."""

from __future__ import annotations

import signal

import pytest

from workbench.figures.kinds import figure
from workbench.figures.page import Page
from workbench.figures.process import renderer as module
from workbench.figures.process.renderer import DrawingEnded, Renderer
from workbench.gui.background.errors import in_one_sentence
from workbench.resource import resource
from workbench.runs.confinement import children
from workbench.runs.run import open_run


def test_a_person_reads_why_nothing_is_drawn_and_no_name_of_a_class() -> None:
    renderer = Renderer()
    with open_run(resource("sample_runs/digits_conv.h5")) as run:
        page = Page((figure("timeline", run).figure,))
        try:
            started = renderer.start()
            started.process.kill()
            started.process.wait()
            renderer.start = lambda: started  # type: ignore[method-assign]
            with pytest.raises(DrawingEnded) as died:
                renderer.render(page, "svg")
        finally:
            renderer.close()
        assert in_one_sentence(died.value) == "the process that draws figures ended before it was done: try again"
        with pytest.raises(DrawingEnded) as closed:
            renderer.render(page, "svg")
        assert in_one_sentence(closed.value) == "drawing has ended: the window is closing"


def test_a_stopped_process_is_said_and_ended_and_the_next_page_is_drawn() -> None:
    renderer = Renderer()
    with open_run(resource("sample_runs/digits_conv.h5")) as run:
        page = Page((figure("timeline", run).figure,))
        try:
            stopped = renderer.start().process
            stopped.send_signal(signal.SIGSTOP)
            with pytest.raises(DrawingEnded) as caught:
                renderer.render(page, "svg")
            said = "the process that draws figures was stopped by the system (SIGSTOP): try again"
            assert (in_one_sentence(caught.value), stopped.poll()) == (said, -signal.SIGKILL)
            assert renderer.render(page, "svg")[:5] == b"<?xml"
        finally:
            renderer.close()


def test_a_page_that_is_given_up_ends_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cancelled (the generator is closed), or alive without an answer for too long."""
    hangs = lambda *_, **options: children.start_code("import time; time.sleep(600)", **options)  # noqa: E731
    monkeypatch.setattr(module, "start_module", hangs)
    renderer = Renderer()
    with open_run(resource("sample_runs/digits_conv.h5")) as run:
        page = Page((figure("timeline", run).figure,))
    try:
        cancelled = renderer.start().process
        steps = renderer.steps(page, "svg")
        assert next(steps) is None
        steps.close()
        assert cancelled.poll() == -signal.SIGKILL
        hanging = renderer.start().process
        monkeypatch.setattr(module, "PATIENCE", 0.1)
        with pytest.raises(DrawingEnded, match=r"did not answer within 0\.1 s: try again"):
            renderer.render(page, "svg")
        assert hanging.poll() == -signal.SIGKILL
    finally:
        renderer.close()
