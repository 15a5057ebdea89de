"""Labels that fit: single values whole inside the plot and none over another; words of an axis no longer than it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

MOST_LABELS = 4
GAP = 8.0  # pixels between two labels
LINKS = ("per", "of", "in", "at", "by", "with", "the")  # words that no label ends with


@dataclass(frozen=True)
class Label:
    """A piece of text and the pixels it takes, from its left end on."""

    text: str
    left: float
    width: float


def arrange(
    pixels: NDArray[np.float64], texts: Sequence[str], room: float, measure: Callable[[str], float]
) -> tuple[Label, ...]:
    """The labels for ticks at `pixels` (descending), each whole inside `room` and none over another.

    As many of the largest ticks as fit (four at most) get their text; one more label counts the others.
    One label with an arrow gives the ticks beyond the right end; those beyond the left end are omitted.
    """
    beyond = int(np.count_nonzero(pixels > room))
    placed: list[Label] = []
    if beyond:
        text = f"{texts[0]} →" if beyond == 1 else f"{beyond} up to {texts[0]} →"
        placed = [Label(text, max(room - measure(text), 0.0), measure(text))]
    inside = pixels[beyond : int(np.count_nonzero(pixels >= 0))].tolist()
    named = list(zip(inside, texts[beyond : beyond + MOST_LABELS], strict=False))
    limit = placed[0].left - GAP if placed else room
    for count in range(len(named), -1, -1):
        row = _row(named[:count], inside[count:], limit, measure, "more" if placed or count else "outliers")
        if row is not None:
            return (*placed, *row)
    return tuple(placed)


def _row(
    named: Sequence[tuple[float, str]],
    others: Sequence[float],
    limit: float,
    measure: Callable[[str], float],
    noun: str,
) -> list[Label] | None:
    """Labels from right to left up to `limit`; None where one would not fit near its tick."""
    row: list[Label] = []
    wanted = [(pixel, text, measure(text)) for pixel, text in named]
    if others:
        count = f"{len(others)} {noun}"
        wanted.append((sum(others) / len(others), count, measure(count)))
    for pixel, text, width in wanted:
        left = min(max(pixel - width / 2, 0.0), limit - width)
        if left < 0 or pixel - left > 1.5 * width + GAP:
            return None
        row.append(Label(text, left, width))
        limit = left - GAP
    return row


def shorter_and_shorter(label: str) -> Iterator[str]:
    """A label, its unit alone if it has one, else ever fewer of its words, none of `LINKS` at the end."""
    yield label
    words, opening, unit = label.partition("(")
    if opening:
        yield opening + unit
        return
    parts = words.split()
    for count in range(len(parts) - 1, 0, -1):
        if parts[count - 1] not in LINKS:
            yield " ".join(parts[:count])
