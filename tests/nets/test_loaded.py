"""A module that a thread still imports is not taken half made."""

from __future__ import annotations

import sys
import threading
from importlib import import_module
from typing import TYPE_CHECKING, Any

from workbench.nets.memory import loaded

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

SLOW = (
    "import threading\nbegun, go_on = threading.Event(), threading.Event()\nbegun.set()\ngo_on.wait(60)\nwhole = True\n"
)


def test_whoever_asks_waits_for_the_end_of_an_import(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "slow_to_load.py").write_text(SLOW)
    monkeypatch.syspath_prepend(tmp_path)
    assert loaded("slow_to_load") is None
    found: list[Any] = []
    first = threading.Thread(target=import_module, args=("slow_to_load",))
    first.start()
    while not hasattr(half := sys.modules.get("slow_to_load"), "go_on"):
        pass
    half.begun.wait(60)  # type: ignore[union-attr]
    asker = threading.Thread(target=lambda: found.append(loaded("slow_to_load")))
    asker.start()
    asker.join(0.2)
    assert asker.is_alive()
    half.go_on.set()  # type: ignore[union-attr]
    for thread in (asker, first):
        thread.join(60)
    assert found[0].whole
    monkeypatch.delitem(sys.modules, "slow_to_load")
