"""Files that chance has spoilt, the same ones for the same seed."""

from __future__ import annotations

import random
import struct
from collections.abc import Callable, Sequence
from typing import TypeAlias

Change: TypeAlias = Callable[[bytearray, random.Random, Sequence[bytes]], None]
BLOCKS = (8, 16, 64, 512, 4096)
PAGE = 64
SIGNATURE = b"\x89HDF\r\n\x1a\n"
POWERS = tuple(1 << power for power in (0, 1, 3, 8, 12, 16, 20, 31, 32, 40, 63, 64))
INTERESTING = (0, 48, 96, *POWERS, *(power - 1 for power in POWERS))


def mutated(bases: Sequence[bytes], seed: int, number: int) -> bytes:
    """File `number` of the sequence that belongs to `seed`: a base after one to four changes."""
    chance = random.Random(f"{seed}:{number}")
    content = bytearray(chance.choice(bases))
    for _ in range(chance.choice((1, 1, 1, 2, 2, 4))):
        if content:
            chance.choices(list(CHANGES), CHANGES.values())[0](content, chance, bases)
    return bytes(content)


def _place(content: bytearray, chance: random.Random) -> int:
    """A byte that means something, mostly: nearly all of the first MiB, where the metadata are, is empty."""
    for _ in range(200):
        page = chance.randrange(0, len(content), PAGE)
        if chance.random() < 0.15 or any(content[page : page + PAGE]):
            place = min(page + chance.randrange(PAGE), len(content) - 1)
            if place >= len(SIGNATURE) or chance.random() < 0.02:
                return place
    return chance.randrange(len(content))


def _flip(content: bytearray, chance: random.Random, _bases: Sequence[bytes]) -> None:
    for _ in range(chance.choice((1, 1, 2, 8, 64))):
        content[_place(content, chance)] ^= 1 << chance.randrange(8)


def _overwrite(content: bytearray, chance: random.Random, _bases: Sequence[bytes]) -> None:
    for _ in range(chance.choice((1, 1, 4, 16))):
        content[_place(content, chance)] = chance.randrange(256)


def _number(content: bytearray, chance: random.Random, _bases: Sequence[bytes]) -> None:
    """A whole number that means much to a parser: sizes, offsets, counts."""
    size = chance.choice((1, 2, 4, 8))
    place = _place(content, chance)
    place -= place % size if chance.random() < 0.8 else 0
    values = (*INTERESTING, len(content), len(content) - 1, chance.randrange(len(content)))
    value = chance.choice(values) & ((1 << 8 * size) - 1)
    content[place : place + size] = struct.pack("<Q", value)[:size]


def _zero(content: bytearray, chance: random.Random, _bases: Sequence[bytes]) -> None:
    """A page that never reached the disk."""
    size = chance.choice(BLOCKS)
    place = _place(content, chance) // size * size
    content[place : place + size] = bytes(len(content[place : place + size]))


def _duplicate(content: bytearray, chance: random.Random, _bases: Sequence[bytes]) -> None:
    """A block once more, over another or between others."""
    size = chance.choice(BLOCKS)
    block = content[(source := _place(content, chance)) : source + size]
    target = _place(content, chance)
    content[target : target + (len(block) if chance.random() < 0.7 else 0)] = block


def _splice(content: bytearray, chance: random.Random, bases: Sequence[bytes]) -> None:
    """A part of another file, in the same place or to the end."""
    other = chance.choice(bases)
    start = _place(content, chance)
    size = chance.choice((*BLOCKS, len(content)))
    content[start : start + size] = other[start : start + size]


def _cut(content: bytearray, chance: random.Random, _bases: Sequence[bytes]) -> None:
    del content[chance.randrange(len(content)) :]


def _remove(content: bytearray, chance: random.Random, _bases: Sequence[bytes]) -> None:
    place = _place(content, chance)
    del content[place : place + chance.choice(BLOCKS)]


# change -> how often
CHANGES: dict[Change, int] = {
    _flip: 25, _overwrite: 15, _number: 25, _zero: 8, _duplicate: 8, _splice: 10, _cut: 4, _remove: 5,
}  # fmt: skip
