"""How this process and its children talk: frames, each a JSON object on one line and the bytes that it announces.

A line that begins with `{"bytes":N` is followed by N bytes. Both sides of every child use this module, which imports
nothing that may be missing; what the objects mean is each user's own affair.
"""

from __future__ import annotations

import json
import os
import re
import sys
from contextlib import suppress
from io import BytesIO
from typing import IO, TYPE_CHECKING, Any, BinaryIO, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

ANNOUNCED = re.compile(rb'\{"bytes":([0-9]{1,15})[,}]')
LONGEST_LINE = 64 << 20  # bytes: the specification and the parameters of the largest network take a few

SHORT = 1 << 16  # bytes: an object about a task of few words


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
        yield Frame(_without(announced, line[:-1]) if announced else line[:-1], payload)


def _without(announced: re.Match[bytes], line: bytes) -> bytes:
    """The object as it was before its bytes were announced in it."""
    rest = line[announced.end() :]
    return b"{" + (rest if announced[0].endswith(b",") else b"}" + rest)


def whole_frames(content: bytes, most: int = 0) -> list[Frame]:
    """The frames at the beginning of what a process sent that need not have been sound."""
    found: list[Frame] = []
    with suppress(EOFError, FrameError):
        found.extend(frames(BytesIO(content), most))
    return found


def fields_of(line: bytes) -> dict[str, Any]:
    """The fields of a short object that anything may have written; none where it is no such object."""
    with suppress(ValueError, RecursionError):
        fields = json.loads(line if len(line) < SHORT else b"")
        if isinstance(fields, dict):
            return fields
    return {}


def private_output() -> BinaryIO:
    """Standard output for frames alone: whatever else this process prints goes to standard error from now on."""
    private = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    return private
