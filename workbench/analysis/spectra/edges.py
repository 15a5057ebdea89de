"""The eigenvalues beyond the edges of a law, one by one, each with the margin that chance has there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

import numpy as np

if TYPE_CHECKING:
    from workbench.analysis.matrices import Float64Array

Side = Literal["above", "between", "below"]
Tail = Literal["left", "bulk", "right"]
SIDES: dict[Tail, Side] = {"left": "below", "bulk": "between", "right": "above"}


class Edges(Protocol):
    """A law with its edges, and how far beyond them chance reaches at most once in 1,000 spectra."""

    @property
    def low(self) -> float: ...
    @property
    def high(self) -> float: ...
    @property
    def floor(self) -> float: ...
    @property
    def limit(self) -> float: ...


@dataclass(frozen=True)
class BeyondEdge:
    """An eigenvalue seen from the edges of a law."""

    number: int  # 1 is the largest
    eigenvalue: float
    side: Side
    distance: float  # beyond the edge of that side, in λ; 0 between
    margin: float  # how far beyond it chance reaches (Tracy–Widom), in λ; 0 between

    @property
    def margins(self) -> float:
        """The distance in margins: above 1 for every eigenvalue that is counted as beyond an edge."""
        return self.distance / self.margin if self.margin else 0.0


def seen_from(eigenvalues: Float64Array, law: Edges) -> list[BeyondEdge]:
    """Every eigenvalue (descending) seen from both edges; "between" where chance explains it."""
    upper, lower = law.limit - law.high, law.low - law.floor
    found: list[BeyondEdge] = []
    for number, value in enumerate(np.asarray(eigenvalues, np.float64).tolist(), start=1):
        if value > law.limit:
            found.append(BeyondEdge(number, value, "above", value - law.high, upper))
        elif value < law.floor:
            found.append(BeyondEdge(number, value, "below", law.low - value, lower))
        else:
            found.append(BeyondEdge(number, value, "between", 0.0, 0.0))
    return found


def beyond(eigenvalues: Float64Array, law: Edges) -> list[BeyondEdge]:
    """Only those beyond an edge."""
    return [each for each in seen_from(eigenvalues, law) if each.side != "between"]


def band_between(eigenvalues: Float64Array, low: float, high: float) -> tuple[int, int]:
    """The first and last number of the eigenvalues (descending) from `low` to `high`. ValueError: there are none."""
    inside = np.flatnonzero((eigenvalues >= low) & (eigenvalues <= high))
    if not len(inside):
        raise ValueError(f"no eigenvalue lies from {low:.4g} to {high:.4g}")
    return int(inside[0]) + 1, int(inside[-1]) + 1


def band_of_tail(eigenvalues: Float64Array, law: Edges, tail: Tail) -> tuple[int, int]:
    """The first and last number of those beyond an edge of a law, or between its edges. ValueError: there are none."""
    inside = [each.number for each in seen_from(eigenvalues, law) if each.side == SIDES[tail]]
    if not inside:
        where = {"left": f"below {law.floor:.4g}", "right": f"beyond {law.limit:.4g}"}.get(tail, "between the edges")
        raise ValueError(f"no eigenvalue lies {where}: the {tail} {'tail ' * (tail != 'bulk')}is empty")
    return inside[0], inside[-1]
