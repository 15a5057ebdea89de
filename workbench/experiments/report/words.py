"""The reproduction in sentences and as a table in plain text."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from workbench.runs.saying import counted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from workbench.experiments.report.numbers import Row, Scale

SCALES: Mapping[Scale, str] = {
    "quick": "The scale is quick: short trainings that end within a quarter of an hour on two processor cores, to see "
    "how it all works; each figure says what cannot be seen.",
    "half": "The scale is half: half of the report's iterations, three trainings of each network but one of VGG19BN.",
    "full": "The scale is full: the report's recipe, ten trainings of each network but one of VGG19BN.",
}
GROUPS = {  # how a verdict begins -> what is counted
    "agrees": "within our interval",
    "close": "close",
    "the same": "the same",
    "holds": "statements hold",
    "differs": "differ",
    "does not hold": "statements do not hold",
    "undecided": "undecided",
    "cannot be seen": "cannot be seen at this scale",
    "other data": "not comparable (other data)",
    "not measured": "not measured",
    "no number": "without a number in the report",
}


def summary(rows: Sequence[Row]) -> str:
    """How many rows were judged how."""
    found = Counter(next((words for start, words in GROUPS.items() if row.verdict.startswith(start)), row.verdict)
                    for row in rows)  # fmt: skip
    parts = ", ".join(f"{found[words]} {words}" for words in GROUPS.values() if found[words])
    return f"Of {counted(len(rows), 'row')}: {parts}."


def lines(rows: Sequence[Row]) -> Iterator[str]:
    """The table for a terminal, figure by figure."""
    cells = [("", "report", "", "ours (95 % interval)", "difference", "verdict"), *map(_cells, rows)]
    widths = [max(len(row[at]) for row in cells) for at in range(len(cells[0]))]
    before = ""
    for row, each in zip([None, *rows], cells, strict=True):
        if row is not None and row.figure != before:
            before = row.figure
            yield before
        yield "  ".join(f"{cell:<{width}}" for cell, width in zip(each, widths, strict=True)).rstrip()


def _cells(row: Row) -> tuple[str, ...]:
    return f"  {row.what}", row.printed, row.number.source, row.measured, row.distance, row.verdict
