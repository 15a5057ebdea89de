"""The units in which a weight graph can be cut off, and what a cut-off is in each of them."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

import numpy as np

from workbench.analysis.directions.independent import cosine_of_share, share_beyond
from workbench.analysis.edges.distribution import PairCosines, count_pairs, interpolated
from workbench.analysis.edges.distribution import cosine_of_rank as rank_of_all
from workbench.analysis.graph import KERNELS, REPORT_CUTOFF, null_cutoff
from workbench.figures.controls import SliderScale
from workbench.runs.saying import counted

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from workbench.analysis.close_pairs import Directions
    from workbench.analysis.directions.independent import Space
    from workbench.analysis.graph import Kernel, WeightGraph

CutoffUnit = Literal["cosine", "weight", "percentile", "edges", "p_value", "chance_edges"]  # the names in `UNITS`
OF_PAIRS = ("percentile", "edges")  # units that need the distribution of all pairs
LEAST_P = 1e-30  # of the slider
LEAST_EDGES = 1e-9  # by chance


@dataclass(frozen=True)
class Unit:
    """One row: a way to give the cut-off."""

    title: str  # what is limited, and to which side
    meaning: str
    scale: Callable[[int], SliderScale]  # of the slider, of so many pairs


UNITS: Mapping[CutoffUnit, Unit] = MappingProxyType(
    {
        "cosine": Unit("Cosine ≥", "the smallest cosine (inner product) of an edge", lambda _: SliderScale(0.0, 1.0)),
        "weight": Unit("Weight ≥", "the smallest weight of an edge, by its kernel", lambda _: SliderScale(0.01, 1.0)),
        "percentile": Unit(
            "Percentile ≥",
            "the percentage of all pairs of units that have no edge: at 95 the top 5 % have one",
            lambda _pairs: SliderScale(0.0, 100.0, 3, "tail"),
        ),
        "edges": Unit(
            "Edges ≤", "how many edges there are, the closest pairs first",
            lambda pairs: SliderScale(1.0, max(float(pairs), 2.0), 0, "falling"),
        ),
        "p_value": Unit(
            "p ≤",
            "the probability that two independent directions are as close, for one pair: not corrected for the number "
            "of pairs",
            lambda _pairs: SliderScale(LEAST_P, 1.0, None, "falling"),
        ),
        "chance_edges": Unit(
            "By chance ≤",
            "how many edges as many independent directions would have: p times the number of pairs, which is also the "
            "p-value after Bonferroni",
            lambda pairs: SliderScale(LEAST_EDGES, max(float(pairs), 1.0), None, "falling"),
        ),
    }
)  # fmt: skip


@dataclass(frozen=True)
class Basis:
    """What a cut-off is converted for: how many units, of how many numbers, and how their edges are weighed."""

    units: int  # that point anywhere
    inputs: Space  # in which directions point anywhere by chance
    kernel: Kernel
    width: float  # of the kernel
    sides: int = 1  # as `Similarity.sides`

    @property
    def pairs(self) -> int:
        """All pairs of units."""
        return self.units * (self.units - 1) // 2


@dataclass(frozen=True, eq=False)
class Ranks:
    """The cosines of the nearest pairs by rank: from a graph with enough edges, else from all units."""

    lower: WeightGraph | None
    directions: Callable[[], Directions]
    counted: Callable[[], PairCosines] | None = None  # where it is known

    def cosine(self, rank: int) -> float:
        """The `rank`-th largest cosine."""
        if self.lower is not None and rank <= len(self.lower.inner_products):
            return float(self.lower.inner_products[-rank])
        directions = self.directions()
        return rank_of_all(directions, rank, count_pairs(directions) if self.counted is None else self.counted())


def cosine_at(unit: CutoffUnit, amount: float, of: Basis, ranks: Ranks) -> float:
    """The cosine, −1 to 1, at which a cut-off in some unit lies. ValueError: an unknown unit, or no such cut-off."""
    check_cutoff(unit, amount)
    if unit == "cosine":
        return amount
    if unit == "weight":
        return max(KERNELS[of.kernel].cosine(amount, of.width), -1.0)
    if unit == "p_value":
        return cosine_of_share(amount, of.inputs, of.sides)
    if of.pairs == 0:
        return 1.0
    if unit == "chance_edges":
        return cosine_of_share(min(amount / of.pairs, 1.0), of.inputs, of.sides)
    if unit == "percentile":
        return interpolated(amount, of.pairs, ranks.cosine)
    return ranks.cosine(min(int(amount), of.pairs))


def check_cutoff(unit: str, amount: float) -> None:
    """ValueError: there is no such unit, or no such cut-off in it."""
    if unit not in UNITS:
        raise ValueError(f'unknown unit of a cut-off "{unit}": choose one of {", ".join(UNITS)}')
    low, high = {
        "cosine": (-1.0, 1.0), "weight": (0.0, 1.0), "percentile": (0.0, 100.0), "edges": (1.0, np.inf),
        "p_value": (0.0, 1.0), "chance_edges": (0.0, np.inf),
    }[unit]  # fmt: skip
    open_below = unit in ("weight", "p_value", "chance_edges")
    if not (low < amount if open_below else low <= amount) or not amount <= high:
        what = "a cosine" if unit == "cosine" else f"a number of the unit {unit}"
        ends = {np.inf: ""}.get(high, f" and at most {high:g}")
        raise ValueError(f"a cut-off is {what} {'above' if open_below else 'of at least'} {low:g}{ends}, not {amount}")


def readings(cosine: float, edges: float, of: Basis) -> dict[CutoffUnit, float]:
    """A cut-off in every unit: this cosine, which so many edges reach."""
    share = share_beyond(cosine, of.inputs, of.sides)
    return {
        "cosine": cosine,
        "weight": float(KERNELS[of.kernel].weight(np.array([cosine]), of.width)[0]),
        "percentile": 100.0 * (1.0 - edges / of.pairs) if of.pairs else 0.0,
        "edges": edges,
        "p_value": share,
        "chance_edges": share * of.pairs,
    }


def in_words(found: Mapping[CutoffUnit, float], kernel_words: str = "") -> str:
    """A cut-off in every unit, as a sentence; `kernel_words` says how edges are weighed."""
    chance, p_value = found["chance_edges"], found["p_value"]
    corrected = f"p = {min(chance, 1.0):.2g} after Bonferroni" if chance < 1.0 else "Bonferroni leaves no level"
    return (
        f"Cut-off: cosine {found['cosine']:.3g}, weight {found['weight']:.3g}{kernel_words}, percentile "
        f"{found['percentile']:.5g}, {counted(round(found['edges']), 'edge')}. Independent directions: p = "
        f"{p_value:.2g} for a pair, {chance:.2g} edges by chance ({corrected})."
    )


def ticks(unit: CutoffUnit, of: Basis, count_from: Callable[[float], float]) -> dict[str, float]:
    """Where the report's cut-off and that of the null lie in a unit; `count_from` says how many edges a cosine has."""
    cosines = {"report": REPORT_CUTOFF, "null": null_cutoff(max(of.units, 1), of.inputs, of.sides)}
    return {name: readings(cosine, count_from(cosine), of)[unit] for name, cosine in cosines.items()}
