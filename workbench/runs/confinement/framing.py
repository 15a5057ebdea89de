"""How this process and its children talk: frames, each a JSON object on one line and the bytes that it announces.

A line that begins with `{"bytes":N` is followed by N bytes. Both sides of every child use this module, which imports
nothing that may be missing; what the objects mean is each user's own affair.
"""

from __future__ import annotations

import os
import re
import sys
from typing import IO, TYPE_CHECKING, BinaryIO, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

ANNOUNCED = re.compile(rb'\{"bytes":([0-9]{1,15})[,}]')
LONGEST_LINE = 64 << 20  # bytes: the specification and the parameters of the largest network take a few


class Frame(NamedTuple):
    """A JSON object, and the bytes that came with it."""

    line: bytes
    payload: bytes = b""


class FrameError(ValueError):
    """A process sent what is no message; words that follow "the process"."""


def framed(line: bytes, payload: bytes = b"") -> bytes:
    """A JSON object, written on one line, and its bytes as they travel."""
    if not payload:
        return line + b"\n"
    rest = line[1:] if line[1:2] == b"}" else b"," + line[1:]
    return b'{"bytes":%d%b\n%b' % (len(payload), rest, payload)


def frames(stream: IO[bytes], most: int = 0) -> Iterator[Frame]:
    """The frames that come from a stream until it ends.

    `most` is the largest number of bytes that may follow a line. FrameError: they are more, or the line is too long;
    EOFError: the stream ends in the middle of a frame.
    """
    while line := stream.readline(LONGEST_LINE):
        if len(line) == LONGEST_LINE:
            raise FrameError(f"sent a line of more than {LONGEST_LINE:,} bytes")
        if not line.endswith(b"\n"):
            raise EOFError
        announced = ANNOUNCED.match(line)
        size = int(announced[1]) if announced else 0
        if size > most:
            raise FrameError(f"sent {size:,} bytes at once; at most {most:,} are allowed")
        payload = stream.read(size)
        if len(payload) < size:
            raise EOFError
        yield Frame(line[:-1], payload)


def private_output() -> BinaryIO:
    """Standard output for frames alone: whatever else this process prints goes to standard error from now on."""
    private = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    return private
