"""Where the nodes of a moving graph begin, as text that a command or a recipe can hold."""

from __future__ import annotations

import binascii
import zlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

STEPS = 10  # of a pixel of the layout: figures round positions to as much
MOST_BYTES = 1 << 20  # of the positions: 131,072 nodes


def start_text(snapshot: int, positions: NDArray[Any]) -> str:
    """The places of nodes at a snapshot, (m, 2) in pixels of the layout, as letters, digits, "-", "_", "=" and ":"."""
    whole = np.rint(np.asarray(positions, np.float64) * STEPS).clip(-(2**31), 2**31 - 1).astype("<i4")
    return f"{snapshot}:{urlsafe_b64encode(zlib.compress(whole.tobytes(), 9)).decode()}"


def read_start(text: str) -> tuple[int, NDArray[np.float32]]:
    """The snapshot and the places, (m, 2), of `start_text`. ValueError: it is no such text."""
    number, colon, packed = text.partition(":")
    try:
        if not colon or not number.isdecimal():
            raise ValueError("no snapshot")
        unpacking = zlib.decompressobj()
        content = unpacking.decompress(urlsafe_b64decode(packed.encode("ascii")), MOST_BYTES)
        if not unpacking.eof or len(content) % 8:
            raise ValueError("too long, or cut off")
    except (ValueError, zlib.error, binascii.Error) as error:
        raise ValueError("the start of the graph cannot be read: copy it as the window wrote it") from error
    places = np.frombuffer(content, "<i4").reshape(-1, 2)
    return int(number), (places / STEPS).astype(np.float32)
