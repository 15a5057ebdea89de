"""Commit records: the only thing that makes a snapshot exist.

Words (uint32, little-endian): magic, t + 1, time in µs since 1970 (low, high), the CRC-32 of the row of each
dataset in the order of /snapshots/datasets, and the CRC-32 of all the words before.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

MAGIC = 0x524B4257  # "WBKR" in the file
EXTRA_WORDS = 5  # besides one per dataset
AT_ONCE = 1 << 20  # bytes of records read in one go

Words = NDArray[np.uint32]
Read: TypeAlias = "Callable[[int, int], Words]"  # records t…t+count−1 as (count, length)


def words(datasets: int) -> int:
    """The length of a commit record of so many datasets."""
    return datasets + EXTRA_WORDS


def checksum(row: NDArray[np.generic]) -> int:
    """The CRC-32 of a row's bytes."""
    return crc32(row.reshape(-1).view(np.uint8).data)


def record(snapshot: int, microseconds: int, checksums: Sequence[int]) -> Words:
    """The commit record of a snapshot."""
    head = (MAGIC, snapshot + 1, microseconds & 0xFFFFFFFF, microseconds >> 32)
    body = np.array((*head, *checksums, 0), "<u4")
    body[-1] = checksum(body[:-1])
    return body


def says(record: Words, snapshot: int) -> bool:
    """Whether `record` is whole and commits `snapshot`."""
    return bool(record[0] == MAGIC and record[1] == snapshot + 1 and record[-1] == checksum(record[:-1]))


def left_over(read: Read, length: int, capacity: int, first: int) -> Iterator[tuple[int, bool]]:
    """(t, whether it is whole) of every record from `first` on that is not empty."""
    block = max(1, AT_ONCE // (4 * length))
    for start in range(first, capacity, block):
        rows = read(start, min(block, capacity - start))
        for index in np.flatnonzero(rows.any(axis=1)):
            yield start + int(index), says(rows[index], start + int(index))


def committed(read: Read, length: int, capacity: int, first: int = 0) -> int:
    """The number of snapshots: whole records 0, 1, 2… without a gap, `first` of which are known already."""
    block = max(1, AT_ONCE // (4 * length))
    snapshot = first
    while snapshot < capacity:
        count = min(block, capacity - snapshot)
        for row in read(snapshot, count):
            if not says(row, snapshot):
                return snapshot
            snapshot += 1
    return snapshot
