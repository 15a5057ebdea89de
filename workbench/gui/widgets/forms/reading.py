"""How typed text is read as numbers, and how numbers are shown as text. What cannot be read is a ValueError that says
what is allowed.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

LARGEST = 2**63 - 1  # a limit that is not worth saying


def whole(least: int, most: int = LARGEST) -> Callable[[str], int]:
    """Reads a whole number from `least` to `most`."""

    def parse(text: str) -> int:
        digits = text.replace(",", "").replace(" ", "")
        if not digits.isdecimal() or len(digits) > 30 or not least <= int(digits) <= most:
            end = f" to {most:,}" if most < LARGEST else ""
            raise ValueError(f"a whole number from {least:,}{end}")
        return int(digits)

    return parse


def decimal(least: float, most: float = math.inf, above: bool = False, below: bool = False) -> Callable[[str], float]:
    """Reads a number from `least` to `most`; with `above` not `least` itself, with `below` not `most`."""
    start = f"above {least:g}" if above else f"from {least:g}"
    end = "" if math.isinf(most) else f" to below {most:g}" if below else f" to {most:,}"

    def parse(text: str) -> float:
        try:
            number = float(text)
        except ValueError:
            number = math.nan
        inside = (least < number) if above else (least <= number)
        if not inside or not math.isfinite(number) or number > most or (below and number == most):
            raise ValueError(f"a number {start}{end}")
        return number

    return parse


def wholes(least: int) -> Callable[[str], tuple[int, ...] | None]:
    """Reads whole numbers between commas; nothing typed is None."""

    def parse(text: str) -> tuple[int, ...] | None:
        words = text.replace(",", " ").split()
        if not all(word.isdecimal() and len(word) < 10 and int(word) >= least for word in words):
            raise ValueError(f"whole numbers from {least} with commas between them, or nothing")
        return tuple(int(word) for word in words) or None

    return parse


def words(text: str) -> tuple[str, ...]:
    """Words between commas or spaces; none where nothing is typed."""
    return tuple(text.replace(",", " ").split())


def plain(number: float) -> str:
    """The number as it is typed: 0.003, not 3.000e-03."""
    return f"{number:g}"


def listed(numbers: tuple[int, ...] | None) -> str:
    """Numbers with commas between them; nothing for None."""
    return ", ".join(map(str, numbers or ()))
