"""What is done beside a training has a low priority, so that it takes no time from it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.training import background

if TYPE_CHECKING:
    import pytest


def test_the_thread_lowers_its_priority_before_it_begins(monkeypatch: pytest.MonkeyPatch) -> None:
    happened: list[object] = []
    monkeypatch.setattr(background, "lower_priority", happened.append)
    beside = background.Background()
    beside.do(lambda: happened.append("work"))
    beside.wait()
    assert happened == [background.NICENESS, "work"]
