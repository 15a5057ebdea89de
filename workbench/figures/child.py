"""The process that draws: `python -m workbench.figures.child`. It reads requests on standard input until that ends.

A request is a length (8 bytes, big-endian) and MessagePack: a page, a format and a recipe as JSON, or none. The answer
is a length, a byte that says whether it went well, and the file or a sentence.
"""

from __future__ import annotations

import struct
import sys
from typing import IO, TYPE_CHECKING

from workbench.figures.files.embedding import embedded
from workbench.figures.recipe import Recipe
from workbench.figures.wire import unpacked
from workbench.runs.saying import in_words

if TYPE_CHECKING:
    from collections.abc import Iterator

LENGTH = struct.Struct(">Q")
DONE, FAILED = b"+", b"-"


def requests(stream: IO[bytes]) -> Iterator[bytes]:
    """The messages of a stream, until it ends."""
    while len(head := stream.read(LENGTH.size)) == LENGTH.size:
        yield stream.read(LENGTH.unpack(head)[0])


def send(stream: IO[bytes], content: bytes) -> None:
    """Write one message."""
    stream.write(LENGTH.pack(len(content)) + content)
    stream.flush()


def drawn(request: bytes) -> bytes:
    """The answer to a request."""
    work = unpacked(request)
    try:
        content = work["page"].bytes(work["format"])
        if work["recipe"] is not None:
            content = embedded(content, work["format"], Recipe.from_json(work["recipe"]))
    except (ValueError, RuntimeError, MemoryError, OverflowError, ImportError) as error:
        return FAILED + in_words(error).encode()
    return DONE + bytes(content)


def main() -> None:
    """Answer requests until standard input ends."""
    for request in requests(sys.stdin.buffer):
        send(sys.stdout.buffer, drawn(request))


if __name__ == "__main__":
    main()
