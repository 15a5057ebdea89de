"""How many there are of something is said as people say it."""

from __future__ import annotations

from workbench.runs.saying import counted, plural


def test_one_of_something_is_said_as_one() -> None:
    assert [counted(count, "snapshot") for count in (0, 1, 1200)] == ["0 snapshots", "1 snapshot", "1,200 snapshots"]
    assert [counted(count, "class", "classes") for count in (1, 2)] == ["1 class", "2 classes"]
    assert [plural(epochs, "epoch") for epochs in (0.5, 1.0, 2.0)] == ["epochs", "epoch", "epochs"]
