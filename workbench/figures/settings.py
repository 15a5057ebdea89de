"""What can be set of each figure, with its first value: the settings of the panels."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from workbench.analysis.forces import Forces
from workbench.analysis.graph import KERNEL_VARIANCE
from workbench.evaluation.ranks.approximated import Matrix  # noqa: TC001  (msgspec reads the settings' types)
from workbench.figures.graph.similarities import SimilarityName  # noqa: TC001  (the same)
from workbench.figures.pruning.figure import FIRST_ORDERS
from workbench.figures.zoom import Zoom  # noqa: TC001  (msgspec reads the settings' types)

Part = Literal["test", "validation"]


@dataclass(frozen=True)
class GraphSettings(Forces):
    """As the weight graph panel's: cut-offs by shape ("256x16384"), the kernel's σ², the similarity, the forces.

    `least_weight`, above 0, takes the place of the cut-off with a similarity that has it: "report-code".
    """

    cutoffs: dict[str, float] = field(default_factory=dict)
    variance: float = KERNEL_VARIANCE
    similarity: SimilarityName = "weights"
    least_weight: float = 0.0
    view: Zoom | None = None


@dataclass(frozen=True)
class SpectrumSettings:
    """As the spectrum panel's."""

    scale: Literal["auto", "linear", "log"] = "auto"
    initial: bool = True
    view: Zoom | None = None


@dataclass(frozen=True)
class PruningSettings:
    """As the pruning panel's; the order "merged" is the merging curve."""

    orders: tuple[str, ...] = FIRST_ORDERS
    removed: Literal["bias", "zero", "mean"] = "bias"
    quantity: Literal["accuracy", "loss", "potential", "class"] = "accuracy"
    across: Literal["units", "parameters", "operations"] = "units"
    part: Part = "test"
    rule: Literal["ranked", "fractions"] = "ranked"
    layers: tuple[str, ...] = ()
    view: Zoom | None = None


@dataclass(frozen=True)
class LowRankSettings:
    """As the low-rank panel's; `ranks` are those set by hand: (run id, layer, matrix, rank) each."""

    ranks: tuple[tuple[str, str, str, int], ...] = ()
    matrix: Matrix = "weights"
    part: Part = "test"
    tolerance: float = 1.0
    view: Zoom | None = None


@dataclass(frozen=True)
class TrainingSettings:
    """As the training panel's."""

    view: Zoom | None = None


@dataclass(frozen=True)
class NoSettings:
    """Of panels in which nothing can be set that a figure shows."""
