"""Arrays as short texts for a page: base64 of bytes, whole numbers by their gaps."""

from __future__ import annotations

from base64 import b64encode
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

LEVELS = 255  # of a share in a byte: at most 1/510 off


def in_bytes(values: NDArray[Any]) -> str:
    """The array as base64 of its bytes, little-endian."""
    return b64encode(values.astype(values.dtype.newbyteorder("<"), copy=False).tobytes()).decode()


def shares(values: NDArray[np.float64], low: float, high: float) -> NDArray[np.uint8]:
    """Numbers from `low` to `high` as bytes, 0…`LEVELS`; at most (high − low)/510 off."""
    part = (values - low) / (high - low) if high > low else np.zeros(len(values))
    return np.clip(np.rint(part * LEVELS), 0, LEVELS).astype(np.uint8)


def in_gaps(values: NDArray[np.int64]) -> str:
    """Ascending whole numbers ≥ 0 as base64 of the gaps between them, 7 bits a byte, the lowest first (LEB128).

    The high bit says that another byte of the same gap follows; the first gap is counted from 0. ValueError: they are
    negative or do not ascend.
    """
    gaps = np.diff(values, prepend=0)
    if len(gaps) and gaps.min() < 0:
        raise ValueError("gaps need ascending whole numbers that are not negative")
    coded = bytearray()
    for gap in gaps.tolist():
        while gap > 0x7F:
            coded.append(gap & 0x7F | 0x80)
            gap >>= 7
        coded.append(gap)
    return b64encode(coded).decode()
