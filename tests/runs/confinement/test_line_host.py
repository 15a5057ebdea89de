"""The frames that processes exchange, and the host of those that answer."""

from __future__ import annotations

import signal
from io import BytesIO
from typing import TYPE_CHECKING

import pytest

from workbench.runs.confinement import framing
from workbench.runs.confinement.children import how_it_ended, start_code
from workbench.runs.confinement.framing import Frame, FrameError, framed, frames
from workbench.runs.confinement.line_host import PIPES, LineHost

if TYPE_CHECKING:
    from collections.abc import Iterator

ECHO = """
import sys
from workbench.runs.confinement.framing import framed, frames, private_output
out = private_output()
for frame in frames(sys.stdin.buffer, 1 << 30):
    print("a library prints")
    out.write(framed(*frame))
    out.flush()
"""
PATIENCE = 120.0


@pytest.mark.parametrize(
    ("line", "payload", "travels"),
    [
        (b"{}", b"", b"{}\n"),
        (b"{}", b"a\nb", b'{"bytes":3}\na\nb'),
        (b'{"a":1}', b"\0", b'{"bytes":1,"a":1}\n\0'),
    ],
)
def test_a_frame_is_an_object_on_a_line_and_the_bytes_it_announces(line: bytes, payload: bytes, travels: bytes) -> None:
    assert framed(line, payload) == travels
    (back,) = frames(BytesIO(travels), len(payload))
    assert back == Frame(line, payload)


@pytest.mark.parametrize(
    ("content", "error", "words"),
    [
        (b'{}\n{"bytes":5}\n12345', FrameError, "sent 5 bytes at once; at most 4 are allowed"),
        (b'{}\n{"bytes":4}\n123', EOFError, "^$"),
        (b'{}\n{"a":', EOFError, "^$"),
        (b"{}\n" + b" " * 100, FrameError, "sent a line of more than 50 bytes"),
    ],
)
def test_what_is_no_frame_ends_the_frames(
    content: bytes, error: type[Exception], words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(framing, "LONGEST_LINE", 50)
    coming = frames(BytesIO(content), 4)
    assert next(coming) == Frame(b"{}")
    with pytest.raises(error, match=words):
        next(coming)


def until_end(host: LineHost[Frame]) -> Iterator[Frame]:
    """What a child sends until it sends nothing more."""
    while (frame := host.receive(PATIENCE)) is not None:
        yield frame
    raise AssertionError("nothing came in time")


def test_what_is_larger_than_a_pipe_goes_both_ways_and_what_is_printed_is_kept_apart() -> None:
    host = LineHost(start_code(ECHO, **PIPES), lambda frame: frame, most=1 << 20)
    large = b"x" * 300_000
    for _ in range(3):
        host.send(b"{}", large)
    assert [host.receive(PATIENCE) for _ in range(3)] == 3 * [Frame(b"{}", large)]
    assert host.end(PATIENCE) == 0
    with pytest.raises(EOFError):
        host.receive(PATIENCE)
    assert host.last_output() == 3 * "a library prints\n"


def test_a_child_that_does_not_read_holds_nobody_up() -> None:
    host = LineHost(start_code("import time; time.sleep(600)", **PIPES), lambda frame: frame)
    host.send(b"{}", b"x" * 300_000)
    assert host.receive(0.01) is None
    assert not host.is_stopped
    assert host.end() == -signal.SIGKILL
    assert host.end() == -signal.SIGKILL  # again


@pytest.mark.parametrize(
    ("sends", "error", "words"),
    [
        ("{}\\n{'a':", EOFError, "^$"),
        ("{}\\n{}\\nno object\\n", FrameError, "sent an invalid message (.*JSON"),
        ('{"bytes":5}\\n12345', FrameError, "sent 5 bytes at once; at most 0 are allowed"),
    ],
)
def test_what_a_child_sends_that_is_no_message_is_said(sends: str, error: type[Exception], words: str) -> None:
    def decode(frame: Frame) -> Frame:
        if frame.line != b"{}":
            raise ValueError("this is no JSON")
        return frame

    host = LineHost(start_code(f"print({sends!r}, end='')".replace("\\\\", "\\"), **PIPES), decode)
    with pytest.raises(error, match=words.replace("(", r"\(")):
        list(until_end(host))
    with pytest.raises(error):  # and again
        host.receive(PATIENCE)
    host.end()


def test_how_a_child_ended_is_said_in_words() -> None:
    assert [how_it_ended(status) for status in (3, -signal.SIGKILL, -signal.SIGSEGV, -77)] == [
        "ended unexpectedly with exit status 3",
        "was killed by SIGKILL, perhaps because the system ran out of memory",
        "was killed by SIGSEGV",
        "was killed by signal 77",
    ]
