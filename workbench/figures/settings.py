"""What can be set of each figure, with its first value: the settings of the panels."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, get_args

from workbench.analysis.graph import KERNEL_VARIANCE
from workbench.analysis.layout.forces import Force, Forces, Springs
from workbench.analysis.orders import JOINT_RULES, JointRule
from workbench.evaluation.ranks.approximated import MATRICES, Matrix  # msgspec reads the settings' types
from workbench.evaluation.results import MEANINGS, Quantity, Removed
from workbench.evaluation.similarity.table import RANKED_BY, SIMILARITIES, RankedBy, SimilarityName
from workbench.figures.controls import Line, setting
from workbench.figures.graph.cutoff import UNITS, CutoffUnit
from workbench.figures.graph.groups import COLOURINGS, Colouring
from workbench.figures.overview.history import ACCURACY
from workbench.figures.overview.measures import SHOWN, TABLE
from workbench.figures.pruning.axes import ACROSS, Across
from workbench.figures.pruning.figure import FIRST_ORDERS
from workbench.figures.pruning.lines import TITLES
from workbench.figures.timeline.time_axis import SCALES, Scale
from workbench.figures.zoom import Zoom  # noqa: TC001  (msgspec reads the settings' types)

Part = Literal["test", "validation"]
Arrows = Literal["none", "first", "previous"]  # since which snapshot
ARROWS: dict[Arrows, str] = {
    "none": "none", "first": "since the first snapshot", "previous": "since the snapshot before",
}  # fmt: skip
FIRST_TRACKS = (ACCURACY, "dead", "clusters", "outliers")  # of the timeline


@dataclass(frozen=True)
class CutoffsSettings:
    """Where edges begin, and how they are weighed: as the weight graph's.

    A cut-off that is a cosine is one of a shape ("256x16384"), any other of its unit ("percentile"). `least_weight` is
    how a cut-off by weight was said before there were units.
    """

    cutoffs: dict[str, float] = field(default_factory=dict)
    variance: float = setting(
        KERNEL_VARIANCE, "Kernel σ²", "An edge weighs exp(−(1 − cosine)/σ²)", low=0.05, high=2, digits=2,
        words="kernel σ²",
    )  # fmt: skip
    similarity: SimilarityName = setting(
        "weights", "Similarity", "What is compared, and how edges are weighed",
        choices={name: row.title for name, row in SIMILARITIES.items()},
    )  # fmt: skip
    cutoff_unit: CutoffUnit = setting(
        "cosine", "Unit of the cut-off", "What the cut-off limits",
        choices={name: row.title for name, row in UNITS.items()},
    )  # fmt: skip
    mean_distance: float = setting(
        0.0, "Kernel k", "As in the report's code, an edge weighs exp(−d²/k²), d = (1 − cosine)/2; 0 takes the mean of "
        "d over all snapshots", high=1, digits=3, words="kernel k",
    )  # fmt: skip
    least_weight: float = 0.0


@dataclass(frozen=True)
class GraphSettings(CutoffsSettings, Forces):
    """As the weight graph panel's: cut-offs, the kernels' σ² and k, the similarity, the forces.

    `stacked` names the layers under the selected one; a figure takes the other runs as its `group`.
    """

    charge: float = setting(Forces.charge, "Charge", "Negative charges repel each other", low=-200, high=50)
    charge_nearest: float = setting(Forces.charge_nearest, "Charge: nearest distance", low=1, high=100)
    charge_farthest: float = setting(Forces.charge_farthest, "Charge: farthest distance", low=10, high=2000)
    gravity: float = setting(Forces.gravity, "Gravity", high=0.3, digits=3)
    gravity_up: float = setting(Forces.gravity_up, "Gravity up, times that across", high=10, digits=2)
    link_distance: float = setting(Forces.link_distance, "Link distance", low=1, high=200)
    link_strength: float = setting(Forces.link_strength, "Link strength", high=3, digits=2)
    link_iterations: int = setting(
        Forces.link_iterations, "Link iterations", "Times that links pull in each step", low=1, high=10, step=1
    )
    springs: Springs = setting(
        Forces.springs, "Springs", "Whether edges pull by their weight, or all alike as in the report",
        choices={"weighted": "by weight", "unweighted": "all alike (report)"},
    )  # fmt: skip
    collision_radius: float = setting(Forces.collision_radius, "Collision radius", high=40)
    collision_strength: float = setting(Forces.collision_strength, "Collision strength", high=1, digits=2)
    collision_iterations: int = setting(
        Forces.collision_iterations, "Collision iterations", "Times that nodes push apart in each step", low=1, high=10,
        step=1,
    )  # fmt: skip
    centring: float = setting(
        Forces.centring, "Centre", "The part of the offset of the middle that each step takes away", high=1, digits=2
    )
    velocity_kept: float = setting(
        Forces.velocity_kept, "Velocity kept", "Of a step, in the next one; the report's tool calls 1 minus this decay",
        high=0.95, digits=2,
    )  # fmt: skip
    alpha_decay: float = setting(
        round(Forces.alpha_decay, 4), "Cooling", "How fast the layout comes to rest", low=0.005, high=0.2, digits=4
    )
    off: tuple[Force, ...] = ()  # forces that are switched off
    colouring: Colouring = setting(
        "auto", "Colour by", "What the colours of the nodes tell apart", choices=COLOURINGS, words="colours"
    )
    pairs: bool = setting(
        True, "Pairs of a stack", "Join the units of each pair that is beyond chance by a line", words="lines of pairs"
    )
    arrows: Arrows = setting(
        "none", "Arrows", "From where each unit was in the layout of an earlier snapshot to where it is",
        choices=ARROWS, words="arrows",
    )  # fmt: skip
    stacked: tuple[str, ...] = ()  # layers under the selected one: "run:ID@3", "snapshot:3" or "rank:10"
    view: Zoom | None = None


MapShow = Literal["matrix", "plane", "pairs", "sizes"]  # of the units of a weight graph
MAP_SHOWS: dict[MapShow, str] = {
    "matrix": "Similarity matrix", "plane": "Principal plane (PCA)", "pairs": "Pairs of a stack",
    "sizes": "Clusters over time",
}  # fmt: skip


@dataclass(frozen=True)
class MapSettings(CutoffsSettings):
    """As the map's: what it shows; all else is the weight graph's."""

    show: MapShow = setting("matrix", "Show", "Another view of the units of the weight graph", choices=MAP_SHOWS)
    colouring: Colouring = setting(
        "auto", "Colour by", "What the colours of the units tell apart", choices=COLOURINGS, words="colours"
    )
    stacked: tuple[str, ...] = ()  # as the weight graph's


@dataclass(frozen=True)
class SpectrumSettings:
    """As the spectrum panel's."""

    scale: Literal["auto", "linear", "log"] = setting(
        "auto", "Axis of the eigenvalues", "auto is logarithmic where the largest is over 10 times the edge",
        choices={name: f"{name} axis" for name in ("auto", "linear", "log")}, words="axis",
    )  # fmt: skip
    initial: bool = setting(True, "Initial", words="initial outline")
    matrix: Matrix = setting(
        "weights", "Matrix", "The matrix whose eigenvalues are shown: W, W − W₀, the rows of selected units, rows of "
        "length one, rows with batch norm folded in, or W Σ^½ on the layer’s real inputs",
        choices={"weights": "W", "moved": "W − W₀", "units": "selected", "normalised": "normalised", "folded": "folded",
                 "data": "W Σ^½"},
    )  # fmt: skip
    shuffled: bool = setting(
        False, "Shuffled", "The outline of the spectrum after the entries of the matrix are moved to random places",
        words="shuffled entries",
    )  # fmt: skip
    counts: bool = setting(False, "Counts", "Up the plot: eigenvalues in each bin instead of their density")
    band: tuple[float, float] | None = None  # from λ to λ: eigenvalues whose removal is measured
    view: Zoom | None = None


@dataclass(frozen=True)
class PruningSettings:
    """As the pruning panel's; the order "merged" is the merging curve."""

    orders: tuple[str, ...] = FIRST_ORDERS
    removed: Removed = setting(
        "bias", "What removed means", f"What “removed” means: {'; '.join(MEANINGS.values())}", words="removed",
        choices={"bias": "Bias kept (report)", "zero": "Whole unit zero", "mean": "Mean output"},
    )  # fmt: skip
    quantity: Quantity = setting(
        "accuracy", "Up the plot", words="quantity",
        choices={name: title.capitalize() for name, title in TITLES.items()},
    )  # fmt: skip
    across: Across = setting("units", "Along the plot", words="across", choices=ACROSS)
    part: Part = setting(
        "test", "Measured on", words="part", choices={"test": "Test images", "validation": "Validation images"}
    )
    rule: JointRule = setting(
        "ranked", "Several layers lose units", words="rule",
        choices=lambda: {name: rule.title.capitalize() for name, rule in JOINT_RULES.items()},
    )  # fmt: skip
    similarity: RankedBy = setting(
        "weights", "Units are compared by", words="similarity", choices=RANKED_BY,
        tip="By what max_fp, min_ip and their like compare units; merging, too, where it is not the weights",
    )  # fmt: skip
    layers: tuple[str, ...] = ()
    view: Zoom | None = None


@dataclass(frozen=True)
class LowRankSettings:
    """As the low-rank panel's; `ranks` are those set by hand: (run id, layer, matrix, rank) each."""

    ranks: tuple[tuple[str, str, str, int], ...] = ()
    matrix: Matrix = setting(
        "weights", "Matrix", "What is approximated; the rest of the network stays as it is",
        choices={name: kind.title for name, kind in MATRICES.items()},
    )  # fmt: skip
    part: Part = setting(
        "test", "Accuracy on", "The part of the data whose accuracy is shown", words="part",
        choices={part: part for part in ("test", "validation")},
    )  # fmt: skip
    tolerance: float = setting(
        1.0, "Tolerance", "How much validation accuracy the elbow “tolerance” may cost",
        high=50, step=0.5, digits=1, unit=" points",
    )  # fmt: skip
    over_time: bool = setting(
        False, "Accuracy over the snapshots", words="over time",
        tip="The accuracy at the shown rank at every snapshot, as a curve under the plot",
    )  # fmt: skip
    energy: float = setting(
        10.0, "Energy tolerance", "How much of its energy ‖W‖² each layer may lose when all are approximated together",
        high=100, step=1, digits=1, unit=" %", words="energy",
    )  # fmt: skip
    all_layers: bool = setting(
        False, "All layers together", words="all layers",
        tip="The cost of reducing every layer to the smallest rank within that energy tolerance",
    )  # fmt: skip
    view: Zoom | None = None


@dataclass(frozen=True)
class OverviewSettings:
    """As the overview's."""

    measure: str = setting(
        TABLE, name="Show", choices=SHOWN, tip="all numbers of each layer, or one of them at every snapshot"
    )
    costs: bool = setting(True, name="Costs", tip="Measure in the background how many units can be removed or merged")


Clusters = Literal["auto", "2", "3", "4", "5", "6", "7", "8", "9", "10"]  # of directions; auto chooses a number


@dataclass(frozen=True)
class DirectionsSettings:
    """As the directions panel's."""

    clusters: Clusters = setting(
        "4", "Clusters", "How many clusters of directions; auto takes the number with the largest mean silhouette",
        choices={name: name if name == "auto" else f"{name} clusters" for name in get_args(Clusters)},
    )  # fmt: skip


@dataclass(frozen=True)
class TimelineSettings:
    """As the timeline's: which tracks over which time, and which snapshots a rule marks."""

    tracks: tuple[str, ...] = FIRST_TRACKS
    axis: Scale = setting("steps", "Time axis", choices=SCALES, words="time axis")
    rule: str = setting(
        "", "Mark where", "Mark the snapshots at which a rule holds for the layer: dead > 10 %, or "
        "stable_rank < 5 and accuracy > 90", Line, empty="Mark where: dead > 10 %", words="rule",
    )  # fmt: skip


When = Literal["first", "last", "same", "iteration", "fraction"]  # which snapshot of the other run is compared
WHEN: dict[When, str] = {
    "first": "first snapshot", "last": "last snapshot", "same": "same moment", "iteration": "same iteration",
    "fraction": "same part of the run",
}  # fmt: skip
Show = Literal["changes", "angles", "units", "cka", "barrier"]  # of two networks
SHOWS: dict[Show, str] = {
    "changes": "Changes", "angles": "Angles", "units": "Units in the space", "cka": "CKA", "barrier": "Barrier",
}  # fmt: skip


@dataclass(frozen=True)
class CompareSettings:
    """As the compare panel's: the other run by its run_id ("": the same run), its snapshot, and the rank of the spaces.

    A figure takes the other run as its `group`, and behind it the unrelated one.
    """

    show: Show = setting(
        "changes", "Show", "What is shown of two networks: the change of the layer, the angles between its row spaces, "
        "its units and the space they end up in, CKA of all layers, or the accuracy on the line between", choices=SHOWS,
    )  # fmt: skip
    other: str = ""
    when: When = setting("first", "Snapshot", "Which snapshot of that run", choices=WHEN)
    other_layer: str = ""  # for the angles: of that run, where it is not the same one
    rank: int = setting(
        10, "Rank", "The rank of the row spaces between which angles are measured", low=1, high=999, step=1, unit="",
    )  # fmt: skip
    unrelated: str = ""  # the run_id of a run of another seed, whose angles stand beside; "none", or "": the first
    part: Part = setting(
        "test", "Images", "The images that both networks see", words="part",
        choices={"test": "test images", "validation": "validation images"},
    )  # fmt: skip


@dataclass(frozen=True)
class TrainingSettings:
    """As the training panel's."""

    view: Zoom | None = None


@dataclass(frozen=True)
class NoSettings:
    """Of panels in which nothing can be set that a figure shows."""
