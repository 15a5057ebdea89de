"""What the process that trains writes to the one that asked for it."""

from __future__ import annotations

import io
import threading
from typing import TYPE_CHECKING

from workbench.runs.confinement.framing import framed
from workbench.training.events import Heartbeat
from workbench.training.process import child
from workbench.training.process.wire import Failed, encode

if TYPE_CHECKING:
    import pytest


class Listener(io.BytesIO):
    """A stream that closes after three lines."""

    def write(self, line: bytes) -> int:  # type: ignore[override]
        if self.getvalue().count(b"\n") == 3:
            raise BrokenPipeError
        return super().write(line)


def test_hearts_beat_until_nobody_listens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(child, "BEAT", 0.001)
    stream = Listener()
    beating = threading.Thread(target=child._Events(stream).beat, daemon=True)
    beating.start()
    beating.join(30)
    assert not beating.is_alive()
    assert stream.getvalue() == 3 * framed(encode(Heartbeat()))


def test_nothing_comes_after_the_end() -> None:
    stream = io.BytesIO()
    events = child._Events(stream)
    events.tell(Failed("it went wrong", ""))
    events.tell(Heartbeat())
    assert stream.getvalue() == framed(encode(Failed("it went wrong", "")))
