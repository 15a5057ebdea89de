"""What a training says on a terminal while it goes by."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.cli.following import followed
from workbench.training.events import Progress

if TYPE_CHECKING:
    from collections.abc import Generator

    import pytest

    from workbench.training.events import Event


def diverging() -> Generator[Event, None, None]:
    for iteration in range(20):
        note = "" if iteration < 5 else "the loss is not a finite number"
        yield Progress("training", iteration, 20, iteration / 10, note=note)


def test_what_every_event_says_again_is_said_once(capsys: pytest.CaptureFixture[str]) -> None:
    assert followed(diverging()) == 0
    assert capsys.readouterr().err.count("the loss is not a finite number") == 1
