"""The comment of an MP4 file, read from its boxes: no picture of the film is looked at (ISO/IEC 14496-12)."""

from __future__ import annotations

import struct

from workbench.figures.recipe import RecipeError

COMMENT = (b"moov", b"udta", b"meta", b"ilst", b"\xa9cmt", b"data")  # the way to it, from the outermost box
BEFORE = {b"meta": 4, b"data": 8}  # bytes that stand before what these boxes hold


def begins_like_mp4(content: bytes) -> bool:
    """Whether these are the first bytes of an MP4 file."""
    return content[4:8] == b"ftyp"


def comment_in(content: bytes) -> bytes | None:
    """The comment of the film, UTF-8; None where it has none. RecipeError: what should hold it is damaged."""
    start, end = 0, len(content)
    for name in COMMENT:
        found = _inside(content, start, end, name)
        if found is None:
            return None
        start, end = found[0] + BEFORE.get(name, 0), found[1]
    return content[start:end]


def _inside(content: bytes, start: int, end: int, name: bytes) -> tuple[int, int] | None:
    """Where the content of the first box of this name among those from `start` to `end` begins and ends."""
    while start + 8 <= end:
        length, kind = struct.unpack_from(">I4s", content, start)
        head = 8
        if length == 1 and start + 16 <= end:
            (length,), head = struct.unpack_from(">Q", content, start + 8), 16
        stop = start + length if length else end  # a box without a length goes on to the end
        if stop < start + head:
            raise RecipeError("the MP4 file is damaged: a box in it has no room for its own header")
        if kind == name:
            if stop > end:
                raise RecipeError("the MP4 file is cut off, or damaged")
            return start + head, stop
        start = stop
    return None
